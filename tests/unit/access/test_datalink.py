"""DataLink documents as VOTables: valid whatever is in them, and complete for each dataset."""

from xml.etree import ElementTree

import pytest

from iact.access.datalink import document, is_our_format
from iact.access.link import Link
from iact.access.linkset import MOST_IDENTIFIERS, chosen, link_set
from unit.access.linkeddata import DID, SERVER, closed, for_member, linked, open_to_all

NAMESPACE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
EVENTS = DID.format("events")

#: DataLink 1.1, section 3.2.
UCDS = {
    "ID": "meta.id;meta.main",
    "access_url": "meta.ref.url",
    "service_def": "meta.ref",
    "error_message": "meta.code.error",
    "description": "meta.note",
    "semantics": "meta.code",
    "content_type": "meta.code.mime",
    "content_length": "phys.size;meta.file",
    "content_qualifier": None,
    "local_semantics": "meta.id.assoc",
    "link_auth": "meta.code",
    "link_authorized": "meta.code",
}


def answer(dids, known=None, access=open_to_all, elsewhere=None, most=None):
    known = {EVENTS: linked()} if known is None else known
    links = link_set(dids, known, elsewhere or {}, access, SERVER, most)
    return ElementTree.fromstring(links.as_votable().encode("utf-8"))


def rows(tree):
    names = [field.get("name") for field in tree.iter(f"{NAMESPACE}FIELD")]
    return [
        dict(zip(names, [cell.text for cell in row], strict=True))
        for row in tree.iter(f"{NAMESPACE}TR")
    ]


def services(tree):
    return {
        resource.get("ID"): resource
        for resource in tree.iter(f"{NAMESPACE}RESOURCE")
        if resource.get("utype") == "adhoc:service"
    }


def inputs(resource):
    group = resource.find(f"{NAMESPACE}GROUP")
    return {param.get("name"): param for param in group.iter(f"{NAMESPACE}PARAM")}


def overflow(tree):
    found = [
        info
        for info in tree.iter(f"{NAMESPACE}INFO")
        if (info.get("name"), info.get("value")) == ("QUERY_STATUS", "OVERFLOW")
    ]
    return found[0].text if found else None


def test_all_columns_are_there_with_their_ucds():
    fields = list(answer([]).iter(f"{NAMESPACE}FIELD"))
    assert {field.get("name"): field.get("ucd") for field in fields} == UCDS
    assert [field.get("name") for field in fields] == list(UCDS)
    types = {field.get("name"): field.get("datatype") for field in fields}
    assert types.pop("content_length") == "long" and types.pop("link_authorized") == "boolean"
    assert set(types.values()) == {"char"}


def test_the_document_says_which_standard_it_follows():
    infos = {info.get("name"): info.get("value") for info in answer([]).iter(f"{NAMESPACE}INFO")}
    assert infos["standardID"] == "ivo://ivoa.net/std/DataLink#links-1.1"


def test_no_identifier_gives_an_empty_table_without_services():
    tree = answer([])
    assert rows(tree) == [] and services(tree) == {} and overflow(tree) is None


def test_an_unknown_dataset_is_an_error_row_not_a_failure():
    *_, unknown = rows(answer([EVENTS, "ivo://nowhere"]))
    assert (unknown["ID"], unknown["semantics"]) == ("ivo://nowhere", "#this")
    assert unknown["access_url"] is None and unknown["link_auth"] is None
    assert unknown["error_message"].startswith("NotFoundFault: ")


def test_an_identifier_sent_twice_is_answered_once():
    assert len(rows(answer([EVENTS, EVENTS]))) == len(rows(answer([EVENTS])))


@pytest.mark.parametrize("access", [open_to_all, closed, for_member])
def test_rights_are_told_for_whoever_asks(access):
    this = rows(answer([EVENTS], access=access))[0]
    assert this["link_auth"] == ("false" if access is open_to_all else "true")
    assert this["link_authorized"] == ("false" if access is closed else "true")


@pytest.mark.parametrize(
    "hostile", ["</TD><x>&\x01\x00", "\ud800", "a\r\nb", "]]>", "<![CDATA[", "\ufffe"]
)
def test_hostile_identifiers_still_make_valid_xml(hostile):
    (row,) = rows(answer([hostile]))
    for char in "\x01\x00\ud800\ufffe":
        hostile = hostile.replace(char, "\ufffd")
    assert row["ID"] == hostile


def test_hostile_texts_of_a_dataset_stay_texts():
    link = Link("<", "#this", '<script>"&', access_url="http://x/?a=1&b=<")
    tree = ElementTree.fromstring(document([link], ()))
    (row,) = rows(tree)
    assert (row["description"], row["access_url"]) == ('<script>"&', "http://x/?a=1&b=<")


def test_every_service_that_a_row_names_is_in_the_document():
    tree = answer([EVENTS])
    named = [row["service_def"] for row in rows(tree) if row["service_def"]]
    assert sorted(named) == sorted(services(tree)) == ["soda_async_1", "soda_sync_1"]


def test_services_of_several_datasets_have_names_of_their_own():
    """Clients that show names show which is which; votlint minds two of the same."""
    known = {f"{EVENTS}{number}": linked() for number in range(2)}
    named = [resource.get("name") for resource in services(answer(list(known), known)).values()]
    assert sorted(named) == ["soda_async_1", "soda_async_2", "soda_sync_1", "soda_sync_2"]


def test_a_service_has_the_limits_of_its_own_dataset():
    resource = services(answer([EVENTS]))["soda_sync_1"]
    given = {
        param.get("name"): param.get("value") for param in resource.findall(f"{NAMESPACE}PARAM")
    }
    assert given["standardID"] == "ivo://ivoa.net/std/SODA#sync-1.0"
    assert given["accessURL"] == "http://server/cta/dl/soda/dlget"
    found = inputs(resource)
    assert found["ID"].get("value") == EVENTS and found["ID"].get("ref") is None

    def limits(name):
        values = found[name].find(f"{NAMESPACE}VALUES")
        return [(value.tag.removeprefix(NAMESPACE), value.get("value")) for value in values]

    assert limits("CIRCLE") == [("MAX", "83.5 22 2.5")]
    assert limits("ENERGY") == [("MIN", "0.1"), ("MAX", "100")]
    assert limits("BAND") == [("MIN", "1.2e-20"), ("MAX", "1.2e-17")]
    (_, start), (_, stop) = limits("TIME")
    # UTC is behind TT by 32.184 s and the leap seconds until then, 37 s.
    assert float(start) == pytest.approx(60000 - 69.184 / 86400, abs=1e-7)
    assert float(stop) > float(start)


def test_many_datasets_share_a_service_that_takes_the_identifier_from_the_column():
    known = {f"{EVENTS}{number}": linked() for number in range(21)}
    tree = answer(list(known), known)
    assert sorted(services(tree)) == ["soda_async", "soda_sync"]
    assert {row["service_def"] for row in rows(tree)} == {None, "soda_sync", "soda_async"}
    found = inputs(services(tree)["soda_sync"])
    assert found["ID"].get("ref") == "ID"
    assert not any(list(param.iter(f"{NAMESPACE}VALUES")) for param in found.values())
    few = answer(list(known)[:20], known)
    assert len(services(few)) == 40


def test_too_many_identifiers_are_answered_in_part_and_said_so():
    dids = [f"ivo://nowhere/{number}" for number in range(10_000)]
    assert len(chosen(dids)) == MOST_IDENTIFIERS >= 1000
    tree = answer(dids)
    assert [row["ID"] for row in rows(tree)] == dids[:MOST_IDENTIFIERS]
    assert f"first {MOST_IDENTIFIERS} datasets" in overflow(tree)
    assert f"{10_000 - MOST_IDENTIFIERS} more" in overflow(tree)
    assert overflow(answer(dids[:MOST_IDENTIFIERS])) is None


@pytest.mark.parametrize(("most", "whole"), [(0, 0), (16, 0), (17, 1), (33, 1), (34, 2), (99, 2)])
def test_a_limit_of_rows_never_cuts_a_dataset(most, whole):
    known = {EVENTS: linked(), "b": linked()}
    tree = answer([EVENTS, "b"], known, most=most)
    assert len(rows(tree)) == 17 * whole
    assert (overflow(tree) is None) == (whole == 2)


@pytest.mark.parametrize(
    ("wanted", "ours"),
    [
        ("votable", True), ("VOTable", True), ("application/x-votable+xml", True),
        ("application/x-votable+xml; content=datalink", True), ("text/html", False), ("", False),
    ],
)  # fmt: skip
def test_formats_are_told_apart_without_their_parameters(wanted, ours):
    assert is_our_format(wanted) == ours

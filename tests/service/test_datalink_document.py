"""What documents of the {links} service say, and to whom; and what is made of misuse."""

import contextlib
import io
import time
from urllib.parse import quote

import pytest
import requests
from astropy.io.votable import parse_single_table
from lxml import etree

from iact.access.linkset import MOST_IDENTIFIERS
from service.linkrequests import DID, MEDIA_TYPE, PROPRIETARY, PUBLIC, ask, links, rows_of


def table_at(url):
    answer = requests.get(url, timeout=30)
    assert answer.headers["content-type"].startswith("application/x-votable+xml")
    return parse_single_table(io.BytesIO(answer.content)).array


def overflow(answer):
    tree = etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))
    found = tree.xpath("//*[local-name()='INFO'][@value='OVERFLOW']")
    assert len(found) < 2
    return found[0].text if found else None


def all_dids(archive):
    return [row["did"] for row in archive.rows("SELECT obs_publisher_did AS did FROM cta.product")]


def test_a_run_has_its_products_each_at_an_address_of_its_own(archive):
    found = links(archive, DID.format(PUBLIC))
    products = [row for row in found if row["content_qualifier"] and row["access_url"]]
    assert {(row["semantics"], row["content_qualifier"]) for row in products} == {
        ("#this", "event-list"), ("#package", "event-bundle"), ("#calibration", "aeff"),
        ("#calibration", "edisp"), ("#calibration", "psf"), ("#calibration", "bkgrate"),
    }  # fmt: skip
    assert len({row["access_url"] for row in products}) == 6
    semantics = {row["semantics"] for row in found}
    assert {"#thumbnail", "#preview-image", "#preview-plot", "#cutout", "#documentation",
            "#counterpart", "#auxiliary"} <= semantics  # fmt: skip


def test_every_dataset_of_the_archive_has_a_complete_document(archive):
    dids = all_dids(archive)
    answer = ask(archive, "POST", ID=dids[:MOST_IDENTIFIERS])
    found = rows_of(answer)
    assert not any(row["error_message"] for row in found)
    assert list(dict.fromkeys(row["ID"] for row in found)) == dids[:MOST_IDENTIFIERS]
    first = [row for row, before in zip(found, [None, *found], strict=False)
             if before is None or before["ID"] != row["ID"]]  # fmt: skip
    assert all(row["semantics"] == "#this" for row in first)
    # All rows of one dataset stand together.
    assert len(first) == len({row["ID"] for row in found})


def test_the_queries_that_links_lead_to_have_answers(archive):
    found = links(archive, DID.format(PUBLIC))
    urls = {
        row["local_semantics"]: row["access_url"]
        for row in found
        if "/tap/sync?" in (row["access_url"] or "")
    }
    assert set(urls) == {"terms", "target"}
    counts = {label: len(table_at(url)) for label, url in urls.items()}
    assert counts["terms"] == 1
    crab = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore WHERE target_name = 'Crab Nebula'")
    assert counts["target"] == crab - 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_identifiers_can_be_repeated(archive, method):
    dids = [DID.format(obs_id) for obs_id in (PUBLIC, PROPRIETARY)]
    answer = ask(archive, method, ID=[*dids, "ivo://nowhere"])
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert list(dict.fromkeys(row["ID"] for row in rows_of(answer))) == [*dids, "ivo://nowhere"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_thousand_identifiers_in_one_request(archive, method):
    # As long as identifiers of an archive are.
    dids = [f"{DID.format('nowhere')}/{number}" for number in range(900)]
    dids += all_dids(archive)[:100]
    answer = ask(archive, method, ID=dids)
    assert list(dict.fromkeys(row["ID"] for row in rows_of(answer))) == dids
    assert overflow(answer) is None


def test_ten_thousand_identifiers_are_answered_in_part_and_said_so(archive):
    dids = [f"ivo://nowhere/{number}" for number in range(10_000)]
    start = time.monotonic()
    answer = ask(archive, "POST", ID=dids)
    assert time.monotonic() - start < 20
    assert [row["ID"] for row in rows_of(answer)] == dids[:MOST_IDENTIFIERS]
    assert "10000" not in overflow(answer) and str(MOST_IDENTIFIERS) in overflow(answer)


def test_maxrec_counts_rows_and_leaves_out_whole_datasets(archive):
    dids = [DID.format(PUBLIC), DID.format(PROPRIETARY)]
    first = len(links(archive, dids[0]))
    for most, whole in ((0, 0), (first - 1, 0), (first, 1)):
        answer = ask(archive, ID=dids, MAXREC=most)
        assert len(rows_of(answer)) == whole * first
        assert overflow(answer).startswith(
            "The links of the first 1 datasets are complete" if whole else "MAXREC is less than"
        )
    assert ask(archive, ID=dids, MAXREC=-1).status_code == 400
    assert ask(archive, ID=dids, MAXREC="many").text.startswith("UsageFault: MAXREC many")


def test_a_megabyte_of_identifier_is_an_error_row(archive):
    did = "x" * 1_000_000
    (row,) = rows_of(ask(archive, "POST", ID=did))
    assert row["ID"] == did
    assert row["error_message"].startswith("NotFoundFault: ") and len(row["error_message"]) < 400


def test_a_line_that_is_too_long_for_http_is_refused_and_harms_nobody(archive):
    # Twisted may close the connection while the client still sends.
    with contextlib.suppress(requests.ConnectionError):
        assert ask(archive, ID="x" * 1_000_000).status_code >= 400
    assert links(archive, DID.format(PUBLIC))


@pytest.mark.parametrize(
    "did",
    [
        "\0", "a\0b", b"\xff\xfe", "\x01", "\ufffe", b"\xed\xa0\x80", "<&>\"'", "x" * 5000,
        "'; DROP TABLE x --", "%", "%s", "%(a)s",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hostile_identifier_is_an_error_row(archive, did, method):
    (row,) = rows_of(ask(archive, method, ID=did))
    assert row["error_message"].startswith("NotFoundFault")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("key", "other", "what"),
    [
        ("MAGIC-RADMAX/5029748", "MAGIC-JOINT-CRAB/5029748", "Another reconstruction"),
        (
            "HAWC-CRAB-PASS4/chunks%20103%20-%20133/8",
            "HAWC-CRAB-PASS4/chunks%20103%20-%20133/9",
            "Another list",
        ),
        ("HESS-DL3-DR1/20136", None, None),
    ],
)
def test_lists_of_the_same_observation_know_each_other(archive, real_data, key, other, what):
    did = "ivo://cta-demo.unregistered/~?cta/{}/events"
    found = [row for row in links(archive, did.format(key)) if row["semantics"] == "#coderived"]
    if other is None:
        assert found == []
        return
    (row,) = found
    assert row["description"].startswith(what) and row["content_type"] == MEDIA_TYPE
    followed = rows_of(requests.get(row["access_url"], timeout=30))
    assert {link["ID"] for link in followed} == {did.format(other)}


@pytest.mark.realdata
def test_responses_in_a_file_that_runs_share_are_links_of_each_run(archive, real_data):
    (did, *_) = (
        row["obs_publisher_did"]
        for row in archive.rows(
            "SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_collection = 'CTA-1DC'"
        )
    )
    found = links(archive, did)
    assert {"aeff", "edisp", "psf", "bkgrate"} <= {row["content_qualifier"] for row in found}
    (package,) = (row for row in found if row["semantics"] == "#package")
    assert package["content_qualifier"] == "event-list"
    response = links(archive, did.removesuffix("events") + "aeff")
    assert response[0]["content_qualifier"] == "aeff"
    assert "#package" not in {row["semantics"] for row in response}


def test_rights_are_told_to_whoever_asks(archive, member):
    did = DID.format(PROPRIETARY)
    expected = {None: "false", member.auth: "true"}
    for who, allowed in expected.items():
        this = links(archive, did, auth=who)[0]
        assert (this["link_auth"], this["link_authorized"]) == ("true", allowed)
        package = f"{archive.url}/dl3/SIM-CTAO-N/{PROPRIETARY}/sim_{PROPRIETARY}.fits.gz"
        status = requests.get(package, auth=who, timeout=30).status_code
        assert (status == 200) == (allowed == "true")
    this = links(archive, DID.format(PUBLIC))[0]
    assert (this["link_auth"], this["link_authorized"]) == ("false", "true")


def test_a_wrong_password_is_not_taken_for_nobody(archive, member):
    answer = ask(archive, ID=DID.format(PROPRIETARY), auth=(member.name, "wrong"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


def test_products_of_dachs_are_answered_by_its_own_identifiers(archive):
    archive.sql(
        "INSERT INTO dc.products (accref, mime, embargo, accesspath, sourcetable)"
        " VALUES ('links test/a+b.fits', 'image/fits', '2100-01-01', 'x', 'y')"
    )
    try:
        did = f"ivo://cta-demo.unregistered/~?{quote('links test/a+b.fits')}"
        (row,) = links(archive, did)
    finally:
        archive.sql("DELETE FROM dc.products WHERE sourcetable = 'y'")
    assert row["ID"] == did
    assert row["access_url"] == f"{archive.url}/getproduct/links%20test/a%2Bb.fits"
    assert (row["link_auth"], row["content_type"]) == ("true", "image/fits")


def test_tables_of_others_that_do_not_answer_keep_no_link_of_ours_back(archive):
    with archive.connect() as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE dc.products IN ACCESS EXCLUSIVE MODE")
        ours, *_, other = links(archive, DID.format(PUBLIC), "ivo://nowhere")
    assert ours["access_url"]
    assert other["error_message"].startswith("TransientFault: ")
    assert other["semantics"] == "#this"


def test_what_is_told_of_files_and_documents_is_so(archive):
    found = [
        row
        for row in links(archive, DID.format(PUBLIC))
        if row["semantics"] in ("#this", "#package", "#calibration", "#auxiliary", "#documentation")
    ]
    assert len(found) == 9
    for row in found:
        answer = requests.head(row["access_url"], timeout=30)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == row["content_type"]
        if row["content_length"]:
            assert answer.headers["content-length"] == row["content_length"]

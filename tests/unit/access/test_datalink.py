"""DataLink documents: rows for what is there, error rows for what is not."""

from dataclasses import replace
from xml.etree import ElementTree

from iact.access.datalink import links_document
from iact.access.decision import Rights
from iact.access.lookup import Dataset, StoredFile, StoredProduct

DID = "ivo://x.test/~?cta/C%26A/7/events"
FILE = StoredFile("root", "a/b/run #7+.fits.gz", 1234, 5, "aa")
PRODUCTS = {
    "package": StoredProduct(DID, "package", "", 0, "", 1234, "aa", "application/gzip", FILE),
    "events": StoredProduct(
        DID, "events", "EVENTS", 1, "events", 99, "b", "application/fits", FILE
    ),
    "aeff": StoredProduct(DID, "aeff", "AEFF", 2, "aeff_2d", 99, "c", "application/fits", FILE),
}
DATASET = Dataset(
    DID, "events", "C&A", "7", "", "run <7> & more", Rights("public", None, ""), PRODUCTS
)
NAMESPACE = "{http://www.ivoa.net/xml/VOTable/v1.3}"


def rows(document):
    tree = ElementTree.fromstring(document)
    names = [field.get("name") for field in tree.iter(f"{NAMESPACE}FIELD")]
    return [
        dict(zip(names, [cell.text for cell in row], strict=True))
        for row in tree.iter(f"{NAMESPACE}TR")
    ]


def test_a_known_dataset_has_a_link_to_its_file():
    (row,) = rows(links_document([DID], {DID: DATASET}, "http://server"))
    assert row["ID"] == DID
    assert row["semantics"] == "#this"
    assert row["access_url"] == "http://server/dl3/C%26A/7/run%20%237%2B.fits.gz"
    assert row["content_length"] == "1234"
    assert row["error_message"] is None


def test_the_qualifier_says_whether_responses_are_in_the_file():
    alone = replace(DATASET, products={"package": PRODUCTS["package"]})
    qualifiers = [
        rows(links_document([DID], {DID: dataset}, "http://s"))[0]["content_qualifier"]
        for dataset in (DATASET, alone)
    ]
    assert qualifiers == ["event-bundle", "event-list"]


def test_an_unknown_dataset_is_an_error_row_not_a_failure():
    known, unknown = rows(links_document([DID, "ivo://nowhere"], {DID: DATASET}, "http://s"))
    assert known["error_message"] is None
    assert unknown["ID"] == "ivo://nowhere"
    assert unknown["access_url"] is None
    assert unknown["error_message"].startswith("NotFoundFault: ")


def test_no_identifier_gives_an_empty_table():
    assert rows(links_document([], {}, "http://s")) == []


def test_an_identifier_sent_twice_is_answered_once():
    assert len(rows(links_document([DID, DID], {DID: DATASET}, "http://s"))) == 1


def test_hostile_identifiers_still_make_valid_xml():
    (row,) = rows(links_document(["</TD><x>&\x01\x00"], {}, "http://s"))
    assert row["ID"] == "</TD><x>&\ufffd\ufffd"

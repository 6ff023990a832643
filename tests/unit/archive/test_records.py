"""What the Registry is told about a collection."""

import json
from dataclasses import replace

import pytest

from iact.archive import records
from iact.archive.coverage import Coverage
from iact.archive.records import CollectionText
from iact.operate import vocabularies

PAGE = "https://archive.example.org/tableinfo/cta.vo_obscore"
TEXT = CollectionText(
    name="HESS-DL3-DR1",
    title="A test release",
    description="Some runs.",
    creator="H.E.S.S. Collaboration",
    licence="CC BY 4.0",
    terms_of_use="For tests only.",
    references=("10.5281/zenodo.1421099", "2018A&A...612A...1H", "https://hess.example.org/dl3"),
)
COVERAGE = Coverage(
    spatial="6/12 14",
    temporal=((53090.123456, 53100.5), (54000.0, 54010.0)),
    spectral=(2.4e-8, 1.6e-5),
    facilities=("H.E.S.S.",),
    instruments=("HESS1",),
    updated="2026-11-24T12:00:00Z",
)


def told(text=TEXT, coverage=COVERAGE):
    """Return all values of each key of a collection's record."""
    found = {}
    for key, value in records.collection_meta(text, coverage, PAGE):
        found.setdefault(key, []).append(value)
    return found


def test_a_collection_says_which_rows_are_its_own():
    (description,) = told()["description"]
    assert "ivoa.obscore, these are the rows with obs_collection = 'HESS-DL3-DR1'." in description


def test_a_collection_that_is_not_in_obscore_does_not_say_it_is():
    (description,) = told(coverage=replace(COVERAGE, is_in_obscore=False))["description"]
    assert "In the table cta.vo_obscore, these are the rows" in description
    assert "ivoa.obscore has none of them." in description


def test_coverage_has_the_units_of_vodataservice():
    found = told()
    assert found["coverage.temporal"] == ["53090.12346 53100.50000", "54000.00000 54010.00000"]
    assert found["coverage.spectral"] == ["2.4e-08 1.6e-05"]
    assert found["coverage.spatial"] == ["6/12 14"]


def test_what_is_not_known_is_not_told():
    found = told(CollectionText("X", "T", "D", "C"), Coverage())
    assert not {"rights", "source", "coverage.spatial", "coverage.temporal", "facility"} & {*found}
    assert found["referenceURL"] == [PAGE]


def test_a_bibcode_is_the_source_and_other_references_are_cited():
    found = told()
    assert found["source"] == ["2018A&A...612A...1H"]
    assert found["cites"] == ["doi:10.5281/zenodo.1421099"]
    assert found["referenceURL"] == ["https://hess.example.org/dl3"]


def test_without_a_bibcode_a_doi_is_the_source():
    found = told(replace(TEXT, references=("https://doi.org/10.1051/0004-6361/201936452",)))
    assert found["source"] == ["doi:10.1051/0004-6361/201936452"]
    assert found["referenceURL"] == [PAGE]


@pytest.mark.parametrize(
    ("licence", "uri"),
    [
        ("CC BY 4.0", "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("CC BY-NC-SA 4.0", "https://spdx.org/licenses/CC-BY-NC-SA-4.0.html"),
        ("CC0 1.0", "https://spdx.org/licenses/CC0-1.0.html"),
        ("https://example.org/terms", "https://example.org/terms"),
        ("Ask us", ""),
        ("CC BY", ""),
        ("", ""),
    ],
)
def test_licences_have_addresses_where_they_are_known(licence, uri):
    assert records.licence_uri(licence) == uri


def test_the_address_of_a_licence_belongs_to_the_licence():
    pairs = records.collection_meta(TEXT, COVERAGE, PAGE)
    place = pairs.index(("rights", "CC BY 4.0"))
    assert pairs[place + 1] == ("rights.rightsURI", "https://spdx.org/licenses/CC-BY-4.0.html")
    assert pairs[place + 2] == ("rights", "For tests only.")


def test_protected_files_are_mentioned_only_where_there_are_some():
    assert not any("protected" in line for line in told()["rights"])
    assert "data_rights" in told(coverage=replace(COVERAGE, is_protected=True))["rights"][-1]


@pytest.mark.parametrize("simulated", [False, True])
def test_subjects_are_terms_of_the_thesaurus(simulated):
    found = told(replace(TEXT, simulated=simulated))
    assert set(found["subject"]) <= set(vocabularies.TERMS["uat"])
    assert ("astronomical-simulations" in found["subject"]) == simulated
    assert found["type"] == ["Simulation" if simulated else "Archive"]


def test_no_value_begins_another_key_or_a_macro():
    text = replace(TEXT, description="One.\ntitle: Two\\getConfig{db}{password}\n!creator: X")
    lines = records.stream(records.collection_meta(text, COVERAGE, PAGE)).splitlines()
    assert sum(line.startswith("title:") for line in lines) == 1
    assert not any("\\" in line or line.startswith("!") for line in lines)


def test_a_record_needs_title_description_and_creator():
    assert TEXT.missing == ()
    assert CollectionText("X", "T").missing == ("description", "creator")


def test_coverage_survives_its_text():
    assert Coverage.from_text(COVERAGE.as_text()) == COVERAGE
    assert Coverage.from_text(Coverage().as_text()) == Coverage()


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("10.5281/zenodo.1421099", "https://doi.org/10.5281/zenodo.1421099"),
        ("doi:10.1051/0004-6361(2018)<x>", "https://doi.org/10.1051/0004-6361%282018%29%3Cx%3E"),
        ("2018A&A...612A...1H", "https://ui.adsabs.harvard.edu/abs/2018A%26A...612A...1H/abstract"),
        ("https://hess.example.org/dl3", "https://hess.example.org/dl3"),
        ("javascript:alert(1)", ""),
        ("see the paper", ""),
    ],
)
def test_references_lead_where_they_can_be_read(reference, url):
    assert records.reference_url(reference) == url


def test_coverage_is_read_that_an_older_version_wrote():
    written = json.loads(COVERAGE.as_text())
    del written["is_in_obscore"]
    assert Coverage.from_text(json.dumps(written)) == COVERAGE

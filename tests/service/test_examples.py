"""The examples at /tap/examples: each is a question that astronomers ask, and is answered."""

import re
from dataclasses import dataclass

import pytest
import requests
from astropy.table import Table
from lxml import etree

TITLES = [
    "Observations that see a source",
    "Observations of one night",
    "Observations whose range reaches above 10 TeV",
    "Observations at large zenith angles",
    "Observations simultaneous with an interval",
    "What there is from each site",
    "Versions of the reconstruction",
    "Only what you can fetch now",
    "Targets with the largest exposure",
    "Off runs near a position",
    "Observations of a list of sources",
    "High-energy data of all observatories",
    "An observation table for gammapy",
    "Provenance of a run",
    "Products of a run with sizes and checksums",
]
CRAB, PKS_2155, POLE = (83.6331, 22.0145), (329.7169, -30.2256), (0.0, 90.0)
#: What gammapy asks of an observation (gammapy.data.ivoa).
GAMMAPY = {"obs_id", "obs_mode", "ra_pnt", "dec_pnt", "alt_pnt", "az_pnt", "tstart", "tstop"}


@dataclass(frozen=True)
class Example:
    """An example as it is served."""

    query: str
    text: str
    tables: list[str]


@pytest.fixture(scope="module")
def page(archive):
    """The page at /tap/examples, parsed as XML, as DALI wants it."""
    answer = requests.get(f"{archive.url}/tap/examples", timeout=30)
    assert answer.status_code == 200
    return etree.fromstring(answer.content)


@pytest.fixture(scope="module")
def examples(page):
    """All examples by title."""
    found = {}
    for element in page.xpath("//*[@typeof='example']"):
        (title,) = element.xpath(".//*[@property='name']")
        (query,) = element.xpath(".//*[@property='query']")
        text = " ".join("".join(part.itertext()) for part in element.iterfind("{*}p"))
        tables = [table.text for table in element.xpath(".//*[@property='table']")]
        found[title.text] = Example(query.text, " ".join(text.split()), tables)
    return found


@pytest.fixture(scope="module")
def sources():
    """A list of sources: two that were observed and one that nobody here can see."""
    positions = (CRAB, PKS_2155, POLE)
    return Table(
        {
            "name": ["Crab", "PKS 2155-304", "pole"],
            "ra": [ra for ra, _ in positions],
            "dec": [dec for _, dec in positions],
        }
    )


@pytest.fixture(scope="module")
def answer(archive, examples, sources):
    """Give the rows of an example, which is sent exactly as it is served."""

    def ask(title):
        query = examples[title].query
        uploads = {"sources": sources} if "TAP_UPLOAD" in query else None
        return archive.tap.run_sync(query, uploads=uploads).to_table()

    return ask


def test_there_are_at_least_twelve(examples):
    assert set(examples) >= set(TITLES)
    assert len(TITLES) >= 12


def test_they_are_marked_as_dali_wants_them(page):
    (marked,) = page.xpath("//*[@vocab]")
    # DALI 1.1 in its first form, and as newer versions of DaCHS follow it.
    assert marked.get("vocab") in (
        "ivo://ivoa.net/std/DALI-examples#",
        "http://www.ivoa.net/rdf/examples#",
    )
    elements = marked.xpath(".//*[@typeof='example']")
    names = [element.get("id") for element in elements]
    assert len(set(names)) == len(names)
    assert [element.get("resource") for element in elements] == [f"#{name}" for name in names]


def test_pyvo_finds_the_same(archive, examples):
    found = [example["QUERY"] for example in archive.tap.examples]
    assert found == [example.query for example in examples.values()]


@pytest.mark.parametrize("title", TITLES)
def test_each_teaches_in_some_sentences(examples, title):
    assert 2 <= len(re.findall(r"[.:;](?: |$)", examples[title].text)) <= 8
    # What docutils cannot read it says in the page.
    assert "system-message" not in examples[title].text
    assert "`" not in examples[title].text


def test_tables_that_they_name_are_there(archive, examples):
    known = {row["table_name"] for row in archive.rows("SELECT * FROM TAP_SCHEMA.tables")}
    named = {table for title in TITLES for table in examples[title].tables}
    assert "cta.vo_obscore" in named
    assert named <= known


@pytest.mark.parametrize("title", TITLES)
def test_each_has_an_answer(answer, title):
    assert len(answer(title)) > 0


def test_a_source_is_seen_off_the_axis(answer):
    found = answer("Observations that see a source")
    assert min(found["offset_deg"]) > 0.3


def test_a_pause_is_not_simultaneous(archive, examples, answer):
    title = "Observations simultaneous with an interval"
    assert "101002" in answer(title)["obs_id"]
    query = examples[title].query
    # Run 101002 has a pause from 01:22:10 to 01:23:45.5.
    for old, new in (("02:30:00", "01:23:40"), ("01:30:00", "01:22:15")):
        assert old in query
        query = query.replace(old, new)
    assert len(archive.tap.search(query)) == 0


def test_closed_runs_are_not_among_what_can_be_fetched(answer):
    fetched = set(answer("Only what you can fetch now")["obs_id"])
    assert fetched >= {"101001", "101002"}
    assert not fetched & {"101005", "101006"}


def test_each_source_of_the_list_gets_its_runs(answer):
    found = answer("Observations of a list of sources")
    assert set(found["name"]) == {"Crab", "PKS 2155-304"}
    assert "101001" in found["obs_id"][found["name"] == "Crab"]
    assert "201001" in found["obs_id"][found["name"] == "PKS 2155-304"]


def test_gammapy_gets_its_columns_with_the_files_own_times(archive, answer):
    found = answer("An observation table for gammapy")
    assert set(found.colnames) >= GAMMAPY
    (row,) = found[found["obs_id"] == "101001"]
    # 2025-11-20T00:40:00 UTC is 9089 days, 2400 s and 5 leap seconds after 2001-01-01 UTC.
    assert row["tstart"] == pytest.approx(9089 * 86400 + 2400 + 5, abs=1e-3)
    assert row["tstop"] - row["tstart"] == pytest.approx(1680, abs=1e-3)


def test_products_of_a_run_have_sizes_and_checksums(answer):
    found = answer("Products of a run with sizes and checksums")
    assert set(found["kind"]) >= {"package", "events", "gti", "aeff", "edisp", "psf", "bkg"}
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in found["sha256"])
    assert min(found["content_length"]) > 0

"""The archive's registry: what `bin/cta publish` gives to harvesters, and takes back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests
from sickle import Sickle
from sickle.models import Record

from iact.archive.records import licence_uri
from service import registryrecords
from service.hiddenruns import NEVER, HiddenRuns
from service.livearchive import LiveArchive
from service.registryrecords import ask, error
from service.simulatedruns import COLLECTION, simulated, with_header, write_bytes, write_run

pytestmark = pytest.mark.skipif(
    not registryrecords.SCHEMATA.is_dir(), reason="DaCHS's schemas are not installed"
)
VOR = "{http://www.ivoa.net/xml/RegistryInterface/v1.0}Resource"
TABLES_OF_DACHS = ("authors", "subjects", "interfaces", "sets", "res_dependencies", "resources")
JOULE_PER_EV = 1.602176634e-19


def forget_publication(archive: LiveArchive) -> None:
    """Remove all traces of a publication, which `--withdraw` rightly keeps."""
    for table in TABLES_OF_DACHS:
        archive.sql(f"DELETE FROM dc.{table}")
    archive.sql("DELETE FROM cta_registry.registered")
    archive.sql("DELETE FROM cta_registry.record_digest")
    archive.sql(
        "UPDATE dc.rdmeta SET spatial = NULL, temporal = NULL, spectral = NULL"
        " WHERE sourcerd = 'cta/q'"
    )


@pytest.fixture(scope="module")
def report(archive: LiveArchive) -> Iterator[str]:
    """What the first `bin/cta publish` of an archive that nobody has published says."""
    assert archive.sql("SELECT count(*) FROM dc.resources") == [(0,)]
    done = archive.cta("publish")
    assert done.returncode == 0, done.stderr
    yield done.stdout
    forget_publication(archive)


@pytest.fixture
def harvester(archive: LiveArchive, report: str) -> Sickle:
    """A client of OAI-PMH that others wrote."""
    return Sickle(f"{archive.url}/oai.xml")


def harvest(harvester: Sickle, **arguments: str) -> dict[str, Record]:
    """Return all records by their identifiers, without that of the authority."""
    found = harvester.ListRecords(metadataPrefix="ivo_vor", **arguments)
    return {record.header.identifier: record for record in found}


def resources(harvester: Sickle) -> dict[str, object]:
    """Return the resources that records describe, by their identifiers."""
    return {
        name: next(record.xml.iter(VOR))
        for name, record in harvest(harvester).items()
        if not record.deleted
    }


def test_nothing_is_published_unasked(archive):
    assert error(archive, verb="ListRecords", metadataPrefix="ivo_vor") == "noRecordsMatch"
    assert error(archive, verb="Identify") == ""


def test_the_report_names_the_records_and_what_a_registration_needs(report):
    assert "ivo://cta-demo.unregistered/cta/SIM-CTAO-N" in report
    assert "must never be registered" in report
    assert "contact email" in report
    assert "bin/cta setup --url" in report


def test_a_harvester_finds_records_of_archive_collections_and_services(archive, harvester):
    base = "ivo://cta-demo.unregistered"
    collections = {row["obs_collection"] for row in archive.rows(
        "SELECT DISTINCT obs_collection FROM cta.vo_obscore"
    )}  # fmt: skip
    published = set(harvest(harvester))
    assert {f"{base}/{name}" for name in ("cta", "obscore", "obscore_hea", "tap", "~")} <= published
    assert {base, f"{base}/__system__/services/registry"} <= published
    assert f"{base}/cta/{COLLECTION}" in published
    own = f"{base}/cta/"
    below = {name.removeprefix(own) for name in published if name.startswith(own)}
    assert below <= collections | {"q/cone", "q/form"}
    assert {"q/cone", "q/form"} <= below
    headers = harvester.ListIdentifiers(metadataPrefix="ivo_vor")
    assert {header.identifier for header in headers} == published
    assert harvester.Identify().baseURL == f"{archive.url}/oai.xml"
    assert {found.setSpec for found in harvester.ListSets()} == {"ivo_managed", "local"}
    formats = {found.metadataPrefix for found in harvester.ListMetadataFormats()}
    assert formats == {"oai_dc", "ivo_vor"}


def test_every_answer_is_valid(archive, report):
    schema = registryrecords.schema()
    for arguments in (
        {"verb": "ListRecords", "metadataPrefix": "ivo_vor"},
        {"verb": "ListRecords", "metadataPrefix": "oai_dc"},
        {"verb": "ListIdentifiers", "metadataPrefix": "ivo_vor"},
        {"verb": "Identify"},
        {"verb": "ListSets"},
        {"verb": "ListMetadataFormats"},
    ):
        answer = ask(archive, **arguments)
        assert error(archive, **arguments) == ""
        assert schema.validate(answer), f"{arguments}: {schema.error_log}"


def test_a_record_that_is_wrong_is_found_to_be(archive, report):
    answer = ask(archive, verb="ListRecords", metadataPrefix="ivo_vor")
    title = next(answer.iter("title"))
    title.getparent().remove(title)
    assert not registryrecords.schema().validate(answer)


def test_bad_requests_get_the_errors_of_oai(archive, report):
    listing = {"verb": "ListRecords", "metadataPrefix": "ivo_vor"}
    for code, arguments in (
        ("badVerb", {"verb": "Destroy"}),
        ("badArgument", {}),
        ("badArgument", {"verb": "Identify", "colour": "red"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("badArgument", listing | {"start": "yesterday"}),
        ("badArgument", listing | {"start": "2020-01-01", "until": "2030-01-01T00:00:00Z"}),
        ("badArgument", listing | {"start": "'; DROP TABLE dc.resources; --"}),
        ("cannotDisseminateFormat", {"verb": "ListRecords", "metadataPrefix": "marc"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "nonsense"}),
        ("noRecordsMatch", listing | {"start": "2100-01-01"}),
        ("noRecordsMatch", listing | {"set": "none"}),
        ("idDoesNotExist", {"verb": "GetRecord", "metadataPrefix": "ivo_vor", "identifier": "x"}),
        ("idDoesNotExist", {"verb": "ListMetadataFormats", "identifier": "ivo://no/where"}),
    ):
        assert error(archive, **arguments) == code, arguments


def test_a_long_list_comes_in_parts(harvester):
    whole = {header.identifier for header in harvester.ListIdentifiers(metadataPrefix="ivo_vor")}
    # DaCHS's own argument, for tests: the size of a part. Where the last one is full, DaCHS
    # announces one more, and there is none.
    size = next(size for size in (3, 4, 5) if len(whole) % size)
    parts = harvester.ListIdentifiers(metadataPrefix="ivo_vor", maxRecords=size)
    assert len(whole) > 3
    assert {header.identifier for header in parts} == whole


def test_a_collection_says_who_made_it_and_what_one_may_do(archive, harvester):
    (told,) = archive.rows(f"SELECT * FROM cta.collection WHERE obs_collection = '{COLLECTION}'")
    record = resources(harvester)[f"ivo://cta-demo.unregistered/cta/{COLLECTION}"]
    assert record.findtext("title") == told["collection_title"]
    assert record.findtext("curation/creator/name") == told["creator"]
    rights = [found.text.replace("\n", " ") for found in record.iter("rights")]
    assert rights[:2] == [told["licence"], told["terms_of_use"]]
    assert next(record.iter("rights")).get("rightsURI") == licence_uri(told["licence"]) != ""
    assert any("data_rights" in line for line in rights), "some runs are proprietary"
    assert record.findtext("content/type") == "Simulation"
    assert record.findtext("facility") and record.findtext("instrument")
    related = {
        found.findtext("relationshipType"): found.find("relatedResource").get("ivo-id")
        for found in record.iter("relationship")
    }
    assert related == {
        "IsPartOf": "ivo://cta-demo.unregistered/cta",
        "IsServedBy": "ivo://cta-demo.unregistered/tap",
    }


def test_coverage_is_that_of_what_is_in_the_archive(archive, harvester):
    record = resources(harvester)[f"ivo://cta-demo.unregistered/cta/{COLLECTION}"]
    mine = f"FROM cta.vo_obscore WHERE obs_collection = '{COLLECTION}'"
    (extremes,) = archive.rows(
        "SELECT MIN(t_min) AS t0, MAX(t_max) AS t1, MIN(energy_min) AS e0, MAX(energy_max) AS e1"
        f" {mine}"
    )
    times = [float(word) for found in record.iter("temporal") for word in found.text.split()]
    assert times == sorted(times)
    assert (times[0], times[-1]) == pytest.approx((extremes["t0"], extremes["t1"]), abs=1e-5)
    low, high = (float(word) / JOULE_PER_EV for word in record.findtext(".//spectral").split())
    assert (low, high) == pytest.approx((extremes["e0"], extremes["e1"]), rel=1e-4)
    moc = " ".join(record.findtext(".//spatial").split())
    ((outside, far),) = archive.sql(
        "SELECT count(*) FILTER (WHERE NOT CAST(%s AS smoc) @> spoint(radians(s_ra),"
        " radians(s_dec))), bool_or(CAST(%s AS smoc) @> spoint(radians(s_ra), -radians(s_dec)))"
        f" {mine} AND abs(s_dec) > 10",
        (moc, moc),
    )
    assert (outside, far) == (0, False)
    assert record.findtext(".//waveband") == "Gamma-ray"


def test_pyvo_finds_the_service_from_the_records(archive, harvester):
    records = resources(harvester)
    found = {
        entry.ivoid: entry
        for entry in registryrecords.registry_results(list(records.values()))
    }  # fmt: skip
    (tap,) = [entry for entry in found.values() if "tap" in entry.access_modes()]
    collection = found[f"ivo://cta-demo.unregistered/cta/{COLLECTION.lower()}"]
    assert collection.content_types == ["Simulation"]
    assert collection.res_type == "vs:catalogresource"
    assert collection.waveband == ["gamma-ray"]
    for entry in (tap, collection, found["ivo://cta-demo.unregistered/obscore"]):
        service = entry.get_service("tap", lax=True)
        assert service.baseurl == f"{archive.url}/tap"
        assert len(service.search("SELECT TOP 1 obs_id FROM ivoa.obscore")) == 1


def test_obscore_is_found_by_data_model_and_by_its_tables_utype(harvester):
    records = resources(harvester)
    tap = records["ivo://cta-demo.unregistered/tap"]
    models = [found.get("ivo-id").lower() for found in tap.iter("dataModel")]
    assert "ivo://ivoa.net/std/obscore#core-1.1" in models
    # What pyvo's registry.search(datamodel="obscore_new") asks RegTAP for.
    (table,) = records["ivo://cta-demo.unregistered/obscore"].iter("table")
    assert table.findtext("name") == "ivoa.obscore"
    assert table.findtext("utype") == "ivo://ivoa.net/std/obscore#table-1.1"
    (table,) = records["ivo://cta-demo.unregistered/obscore_hea"].iter("table")
    assert table.findtext("name") == "ivoa.obscore_hea"
    assert table.findtext("utype") == "ivo://ivoa.net/std/obscore#hea-ext-1.0"


def test_the_archives_record_has_all_its_tables(archive, harvester):
    record = resources(harvester)["ivo://cta-demo.unregistered/cta"]
    tables = archive.rows("SELECT table_name FROM tap_schema.tables WHERE schema_name = 'cta'")
    assert {found.findtext("name") for found in record.iter("table")} == {
        row["table_name"] for row in tables
    }


def test_only_what_has_changed_is_new_to_harvesters(archive, harvester):
    before = {name: found.header.datestamp for name, found in harvest(harvester).items()}
    time.sleep(1.1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert " changed" not in archive.cta("publish").stdout
    again = {name: found.header.datestamp for name, found in harvest(harvester).items()}
    assert again == before
    assert error(archive, verb="ListRecords", metadataPrefix="ivo_vor", start=now) == (
        "noRecordsMatch"
    )


def test_what_a_collection_says_anew_is_told_and_what_it_lacks_is_asked_for(archive, harvester):
    before = {name: found.header.datestamp for name, found in harvest(harvester).items()}
    time.sleep(1.1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    collections = "ivo://cta-demo.unregistered/cta"
    kept = archive.sql("SELECT obs_collection, terms_of_use, creator FROM cta.collection")
    write = "UPDATE cta.collection SET terms_of_use = %s, creator = %s WHERE obs_collection = %s"
    try:
        archive.sql(write, ("Cite us.", "Somebody", COLLECTION))
        archive.sql(write, (None, None, "SIM-CTAO-S"))
        done = archive.cta("publish")
        assert "SIM-CTAO-S has no record of its own" in done.stdout
        assert "no creator" in done.stdout
        changed = harvest(harvester, **{"from": now})
        assert "Cite us." in changed[f"{collections}/{COLLECTION}"].raw
        assert changed[f"{collections}/SIM-CTAO-S"].deleted
        unchanged = harvest(harvester, until=max(before.values()))
        assert not set(unchanged) & set(changed)
        assert set(unchanged) | set(changed) == set(before)
    finally:
        for name, terms, creator in kept:
            archive.sql(write, (terms, creator, name))


def test_ingestion_brings_published_records_up_to_date(archive, harvester, folder):
    name = f"ivo://cta-demo.unregistered/cta/{COLLECTION}"
    before = harvest(harvester)[name].header.datestamp
    time.sleep(1.1)
    write_run(folder / "run.fits.gz", 888001)
    assert archive.cta("ingest", folder).returncode == 0
    assert harvest(harvester)[name].header.datestamp > before


def test_a_run_that_is_hidden_changes_no_record(archive, harvester, tmp_path):
    """Nor when it goes in, which a date would tell."""
    hidden = HiddenRuns(archive, tmp_path / "hidden-runs-of-the-registry")
    hidden.root.mkdir()
    try:
        hidden.configure(NEVER)
        hidden.write()
        for name in ("open", "seen"):
            (hidden.root / f"{name}.fits.gz").unlink()
        before = listed(archive)
        time.sleep(1.1)
        hidden.ingest()
        assert archive.sql("SELECT count(*) FROM cta.obscore_hidden") == [(2,)]
        assert listed(archive) == before
    finally:
        hidden.remove()


def listed(archive: LiveArchive) -> str:
    """Return all records as harvesters get them, without the date of the answer."""
    answer = requests.get(
        f"{archive.url}/oai.xml?verb=ListRecords&metadataPrefix=ivo_vor", timeout=60
    )
    text, number = re.subn("<(oai:)?responseDate>[^<]*<", "", answer.text)
    assert number == 1
    return text


def test_records_of_obscore_claim_no_simulations_that_are_kept_apart(archive, harvester, folder):
    """Of all that is in, only one run was observed, and only that one they cover."""
    observed = with_header(simulated(888002).content, TELESCOP="SOMEBODY")
    write_bytes(folder / "observed.fits.gz", observed)
    settings = archive.var / "etc" / "cta.yaml"
    old = settings.read_text(encoding="utf-8")
    assert old.count('simulations: "published"') == 1
    settings.write_text(old.replace('"published"', '"apart"'), encoding="utf-8")
    try:
        assert archive.cta("setup").returncode == 0
        assert archive.cta("ingest", folder).returncode == 0
        told = resources(harvester)
        (there,) = archive.rows(
            "SELECT MIN(t_min) AS start, MAX(t_max) AS stop, MAX(energy_max) AS high"
            " FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea"
        )
        facilities = {row["facility_name"] for row in archive.rows(
            "SELECT DISTINCT facility_name FROM ivoa.obscore"
        )}  # fmt: skip
        for name in ("obscore", "obscore_hea"):
            record = told[f"ivo://cta-demo.unregistered/{name}"]
            words = [word for found in record.iter("temporal") for word in found.text.split()]
            times = [float(words[0]), float(words[-1])]
            assert times == pytest.approx([there["start"], there["stop"]], abs=1e-5)
            high = float(record.findtext(".//spectral").split()[1]) / JOULE_PER_EV
            assert high == pytest.approx(there["high"], rel=1e-4)
            assert {found.text for found in record.iter("facility")} == facilities
        whole = told["ivo://cta-demo.unregistered/cta"]
        assert {found.text for found in whole.iter("facility")} > facilities
        description = told[f"ivo://cta-demo.unregistered/cta/{COLLECTION}"].findtext(
            "content/description"
        )
        assert "ivoa.obscore has none of them." in " ".join(description.split())
    finally:
        settings.write_text(old, encoding="utf-8")
        assert archive.cta("setup").returncode == 0
        assert archive.cta("publish").returncode == 0
    (whole, obscore) = (
        resources(harvester)[f"ivo://cta-demo.unregistered/{name}"] for name in ("cta", "obscore")
    )
    assert obscore.findtext(".//spatial") == whole.findtext(".//spatial")


def test_what_is_withdrawn_stays_as_deleted_until_it_is_published_again(archive, harvester):
    own = "ivo://cta-demo.unregistered/cta"
    done = archive.cta("publish", "--withdraw")
    assert done.returncode == 0, done.stderr
    assert own in done.stdout
    deleted = {name for name, record in harvest(harvester).items() if record.deleted}
    assert {own, f"{own}/{COLLECTION}", "ivo://cta-demo.unregistered/tap"} <= deleted
    assert registryrecords.schema().validate(
        ask(archive, verb="ListRecords", metadataPrefix="ivo_vor")
    )
    assert "Nothing is published" in archive.cta("publish", "--withdraw").stdout
    assert archive.tap.search("SELECT TOP 1 obs_id FROM ivoa.obscore")
    assert archive.cta("publish").returncode == 0
    assert not harvest(harvester)[own].deleted

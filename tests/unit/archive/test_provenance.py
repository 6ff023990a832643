"""The record of the last processing step."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from iact.archive.collections import INSTRUMENTS, Collection, CollectionSet, Processing
from iact.archive.provenance import last_step
from iact.dl3.observation import FileReport, Observation, Product

DID = "ivo://cta-demo.unregistered/~?cta/EX/a%20b/events"
FILE = DID.replace("events", "package")
SHA = "ab" * 32


def product(kind: str, path: str) -> Product:
    """A product whose checksum no other has."""
    digest = SHA if kind == "package" else hashlib.sha256(kind.encode()).hexdigest()
    name = "" if kind == "package" else kind.upper()
    return Product(kind, path, name, 1, f"{kind}_2d", 100, digest)


OBSERVATION = Observation(
    obs_id="a b",
    creator="writer (1.4.0)",
    created="2018-05-06T09:14:20",
    origin="Example Collaboration",
    observer="A. Person",
    ev_class="std",
    analysis_version="7",
    products=(
        product("package", "data/run.fits"),
        product("events", "data/run.fits"),
        product("gti", "data/run.fits"),
        product("edisp", "data/run.fits"),
        product("psf", "irf/irf file.fits"),
        product("aeff", "irf/irf file.fits"),
    ),
)
COLLECTION = Collection(
    "EX", "Example", creator="Institute", processing=Processing(applied_cuts="hard")
)
SIMULATED = replace(COLLECTION, simulated=True)


def report(size: int = 5, **changes: object) -> FileReport:
    observation = replace(OBSERVATION, **changes)
    return FileReport("data/run.fits", "observation", size, 6, SHA, "EX", observation, "a b")


def test_a_report_without_an_observation_is_refused():
    with pytest.raises(ValueError, match=r"irf\.fits: no observation"):
        last_step(FileReport("irf.fits", "response", 1, 1, SHA), COLLECTION, DID)


def test_nothing_known_still_makes_a_record_of_one_file_and_one_activity():
    bare = FileReport("x.fits", "observation", 1, 1, "", "EX", Observation(obs_id="1"), "1")
    record = last_step(bare, Collection("EX", "Example"), DID)
    assert set(record) == {"prefix", "entity", "activity", "wasGeneratedBy", "hadMember"}
    assert set(record["entity"]) == {DID, FILE}
    assert "null" not in json.dumps(record)
    assert '""' not in json.dumps(record)


def test_every_product_is_an_entity_with_its_own_checksum_and_size():
    for collection in (COLLECTION, SIMULATED):
        entities = last_step(report(size=100), collection, DID)["entity"]
        for made in OBSERVATION.products:
            entity = entities[DID.replace("events", made.kind)]
            assert entity["spdx:checksumValue"] == made.sha256
            assert entity["spdx:checksumAlgorithm"] == "SHA256"
            assert entity["dcat:byteSize"] == made.size


def test_the_file_has_its_place_and_the_time_of_its_making():
    file = last_step(report(), COLLECTION, DID)["entity"][FILE]
    assert file["prov:location"] == "data/run.fits"
    assert (file["spdx:checksumValue"], file["dcat:byteSize"]) == (SHA, 5)
    assert file["voprov:generatedAtTime"] == "2018-05-06T09:14:20Z"
    assert [kind["$"] for kind in file["prov:type"]] == ["prov:Collection", "voprov:DatasetEntity"]


def test_hdus_are_found_by_file_and_name_or_number():
    nameless = replace(product("gti", "data/run.fits"), hdu="", hdu_number=2)
    products = (*(p for p in OBSERVATION.products if p.kind != "gti"), nameless)
    entities = last_step(report(products=products), COLLECTION, DID)["entity"]
    places = {
        did.rpartition("/")[2]: entity.get("prov:location") for did, entity in entities.items()
    }
    assert places["events"] == "data/run.fits[EVENTS]"
    assert places["gti"] == "data/run.fits[2]"
    assert places["psf"] == "irf/irf file.fits[PSF]"


def test_the_file_is_made_by_the_production_and_holds_its_hdus():
    record = last_step(report(), COLLECTION, DID)
    generated = record["wasGeneratedBy"].values()
    assert {relation["prov:entity"] for relation in generated} == {FILE, DID}
    assert {relation["prov:activity"] for relation in generated} == {f"{DID}#production"}
    members = record["hadMember"].values()
    assert {relation["prov:collection"] for relation in members} == {FILE}
    held = {relation["prov:entity"].rpartition("/")[2] for relation in members}
    assert held == {"events", "gti", "edisp"}


def test_responses_in_other_files_were_used_where_the_events_were_drawn_through_them():
    record = last_step(report(), SIMULATED, DID)
    psf = DID.replace("events", "psf")
    assert record["used"]["_:psf"] == {
        "prov:activity": f"{DID}#production",
        "prov:entity": psf,
        "prov:role": "Calibration",
    }
    assert "voprov:role" not in record["entity"][psf]
    for kind in ("package", "events", "gti", "edisp"):
        assert f"_:{kind}" not in record["used"]


def test_responses_of_recorded_events_are_context_and_were_not_used():
    record = last_step(report(), COLLECTION, DID)
    for kind in ("psf", "aeff"):
        entity = record["entity"][DID.replace("events", kind)]
        assert entity["voprov:role"] == "Context"
        assert entity["dcterms:relation"]["$"] == DID
    assert {relation["prov:role"] for relation in record["used"].values()} == {"Setup"}


@pytest.mark.parametrize(
    ("creator", "analysis", "dst", "configured", "name", "version"),
    [
        ("ctobssim (1.4.0)", "7", "", "", "ctobssim", "1.4.0"),
        ("writer", "7", "6", "5", "writer", "7"),
        ("writer", "", "6", "5", "writer", "6"),
        ("writer", "", "", "5", "writer", "5"),
        ("writer", "", "", "", "writer", None),
        ("", "", "", "", None, None),
    ],
)
def test_the_software_is_the_creator_with_the_best_version_there_is(
    creator, analysis, dst, configured, name, version
):
    made = report(creator=creator, analysis_version=analysis, dst_version=dst)
    collection = replace(COLLECTION, processing=Processing(reco_version=configured))
    activity = last_step(made, collection, DID)["activity"][f"{DID}#production"]
    assert activity.get("voprov:desc_name") == name
    assert activity.get("voprov:desc_version") == version


@pytest.mark.parametrize(
    ("origin", "creator", "observer", "name", "kind"),
    [
        ("Org", "Institute", "Person", "Org", "prov:Organization"),
        ("", "Institute", "Person", "Institute", "prov:Organization"),
        ("string", "", "Person", "Person", "prov:Person"),
    ],
)
def test_the_agent_is_whoever_is_named_first(origin, creator, observer, name, kind):
    made = report(origin=origin, observer=observer)
    record = last_step(made, replace(COLLECTION, creator=creator), DID)
    agent = record["agent"][f"{DID}#creator"]
    assert (agent["voprov:name"], agent["prov:type"]["$"]) == (name, kind)
    attributed = record["wasAttributedTo"].values()
    assert {relation["prov:agent"] for relation in attributed} == {f"{DID}#creator"}
    assert {relation["prov:entity"] for relation in attributed} == {DID, FILE}
    assert record["wasAssociatedWith"]["_:association"]["prov:activity"] == f"{DID}#production"


def test_an_agent_that_only_placeholders_name_is_left_out():
    made = report(origin="", observer="string")
    record = last_step(made, replace(COLLECTION, creator=""), DID)
    assert not {"agent", "wasAttributedTo", "wasAssociatedWith"} & set(record)


@pytest.mark.parametrize(
    ("created", "iso"),
    [
        ("2018-05-06T11:14:20+02:00", "2018-05-06T09:14:20Z"),
        ("2018-05-06", "2018-05-06T00:00:00Z"),
        ("Wed Jan  6 03:40:44 2021", None),
    ],
)
def test_a_creation_date_is_a_time_only_if_it_is_one(created, iso):
    record = last_step(report(created=created), COLLECTION, DID)
    for relation in record["wasGeneratedBy"].values():
        assert relation.get("prov:time") == iso
    comment = record["entity"][FILE].get("voprov:comment")
    assert comment == (None if iso else f"created: {created}")


def test_parameters_that_are_known_are_used_as_set_up():
    record = last_step(report(), COLLECTION, DID)
    values = {
        entity["voprov:name"]: entity["voprov:value"]
        for entity in record["entity"].values()
        if entity["prov:type"] == {"$": "voprov:Parameter", "type": "prov:QUALIFIED_NAME"}
    }
    assert values == {"reco_version": "7", "applied_cuts": "hard", "event_class": "std"}
    assert record["used"]["_:applied_cuts"]["prov:role"] == "Setup"


def test_the_same_input_gives_the_same_text():
    turned = report(products=OBSERVATION.products[::-1])
    texts = {json.dumps(last_step(made, COLLECTION, DID)) for made in (report(), turned)}
    assert len(texts) == 1


@pytest.mark.parametrize("collection", [COLLECTION, SIMULATED])
def test_every_reference_leads_to_a_record(collection):
    record = last_step(report(), collection, DID)
    known = {
        "prov:entity": "entity",
        "prov:collection": "entity",
        "prov:activity": "activity",
        "prov:agent": "agent",
    }
    relations = set(record) - {"prefix", *known.values()}
    assert relations == {
        *("used", "wasGeneratedBy", "wasAssociatedWith", "wasAttributedTo", "hadMember")
    }
    for kind in relations:
        for relation in record[kind].values():
            ends = [(key, target) for key, target in known.items() if key in relation]
            assert len(ends) == 2
            for key, target in ends:
                assert relation[key] in record[target]


def test_another_implementation_of_prov_reads_it():
    model = pytest.importorskip("prov.model")
    text = json.dumps(last_step(report(), SIMULATED, DID))
    document = model.ProvDocument.deserialize(content=text, format="json")
    again = model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document
    assert DID in {record.identifier.uri for record in document.get_records(model.ProvEntity)}
    assert len(list(document.get_records(model.ProvUsage))) == 5
    assert len(list(document.get_records(model.ProvMembership))) == 3
    assert "wasGeneratedBy" in document.get_provn()


def test_simulated_data_say_so():
    known = CollectionSet.load(INSTRUMENTS)
    record = last_step(report(), known.by_name("CTA-1DC"), DID)
    activity = record["activity"][f"{DID}#production"]
    assert activity["voprov:desc_type"] == "Simulation"

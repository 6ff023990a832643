"""The record of the last processing step."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from iact.archive.collections import INSTRUMENTS, Collection, CollectionSet, Processing
from iact.archive.provenance import last_step
from iact.dl3.observation import FileReport, Observation, Product

DID = "ivo://cta-demo.unregistered/~?cta/EX/a%20b/events"
SHA = "ab" * 32


def product(kind: str, path: str) -> Product:
    return Product(kind, path, kind.upper(), 1, f"{kind}_2d", 100, "cd" * 32, "application/fits")


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
        product("psf", "irf/irf file.fits"),
        product("aeff", "irf/irf file.fits"),
    ),
)
COLLECTION = Collection(
    "EX", "Example", creator="Institute", processing=Processing(applied_cuts="hard")
)


def report(**changes: object) -> FileReport:
    return FileReport(
        "data/run.fits", "observation", 5, 6, SHA, "EX", replace(OBSERVATION, **changes), "a b"
    )


def test_a_report_without_an_observation_is_refused():
    with pytest.raises(ValueError, match=r"irf\.fits: no observation"):
        last_step(FileReport("irf.fits", "response", 1, 1, SHA), COLLECTION, DID)


def test_nothing_known_still_makes_a_record_of_one_file_and_one_activity():
    bare = FileReport("x.fits", "observation", 1, 1, "", "EX", Observation(obs_id="1"), "1")
    record = last_step(bare, Collection("EX", "Example"), DID)
    assert set(record) == {"prefix", "entity", "activity", "wasGeneratedBy"}
    assert list(record["entity"]) == [DID]
    assert "null" not in json.dumps(record)
    assert '""' not in json.dumps(record)


def test_the_events_file_has_its_place_and_checksum():
    events = last_step(report(), COLLECTION, DID)["entity"][DID]
    assert events["prov:location"] == "data/run.fits"
    assert events["spdx:checksumValue"] == SHA
    assert events["voprov:generatedAtTime"] == "2018-05-06T09:14:20Z"


def test_responses_in_other_files_were_used_with_their_checksums():
    record = last_step(report(), COLLECTION, DID)
    psf = DID.replace("events", "psf")
    assert record["entity"][psf]["prov:location"] == "irf/irf file.fits"
    assert record["entity"][psf]["spdx:checksumValue"] == "cd" * 32
    assert record["used"]["_:psf"] == {
        "prov:activity": f"{DID}#production",
        "prov:entity": psf,
        "prov:role": "Calibration",
    }
    assert "_:package" not in record["used"]
    assert "_:events" not in record["used"]


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
    assert record["wasAttributedTo"]["_:attribution"]["prov:agent"] == f"{DID}#creator"
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
    assert record["wasGeneratedBy"]["_:generation"].get("prov:time") == iso
    comment = record["entity"][DID].get("voprov:comment")
    assert comment == (None if iso else f"created: {created}")


def test_parameters_that_are_known_are_used_as_set_up():
    record = last_step(report(), COLLECTION, DID)
    values = {
        entity["voprov:name"]: entity["voprov:value"]
        for entity in record["entity"].values()
        if entity["prov:type"]["$"] == "voprov:Parameter"
    }
    assert values == {"reco_version": "7", "applied_cuts": "hard", "event_class": "std"}
    assert record["used"]["_:applied_cuts"]["prov:role"] == "Setup"


def test_the_same_input_gives_the_same_text():
    turned = report(products=OBSERVATION.products[::-1])
    texts = {json.dumps(last_step(made, COLLECTION, DID)) for made in (report(), turned)}
    assert len(texts) == 1


def test_every_reference_leads_to_a_record():
    record = last_step(report(), COLLECTION, DID)
    known = {"prov:entity": "entity", "prov:activity": "activity", "prov:agent": "agent"}
    links = 0
    for kind in ("used", "wasGeneratedBy", "wasAssociatedWith", "wasAttributedTo"):
        for relation in record[kind].values():
            for key, target in known.items():
                if key in relation:
                    links += 1
                    assert relation[key] in record[target]
    assert links == 2 * sum(len(record[kind]) for kind in ("used", "wasGeneratedBy")) + 4


def test_another_implementation_of_prov_reads_it():
    model = pytest.importorskip("prov.model")
    text = json.dumps(last_step(report(), COLLECTION, DID))
    document = model.ProvDocument.deserialize(content=text, format="json")
    again = model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document
    assert DID in {record.identifier.uri for record in document.get_records(model.ProvEntity)}
    assert len(list(document.get_records(model.ProvUsage))) == 5
    assert "wasGeneratedBy" in document.get_provn()


def test_simulated_data_say_so():
    known = CollectionSet.load(INSTRUMENTS)
    record = last_step(report(), known.by_name("CTA-1DC"), DID)
    activity = record["activity"][f"{DID}#production"]
    assert activity["voprov:desc_type"] == "Simulation"

"""Where event lists come from, as the archive tells it."""

import json

import pytest


@pytest.fixture(scope="module")
def records(archive):
    """The provenance records of all observations, by their identifier."""
    found = archive.rows("SELECT obs_publisher_did, prov_json FROM cta.provenance")
    return {row["obs_publisher_did"]: json.loads(row["prov_json"]) for row in found}


def test_every_observation_has_a_record(archive, records):
    found = archive.rows("SELECT obs_publisher_did FROM cta.vo_obscore")
    assert len(found) >= 24
    assert {row["obs_publisher_did"] for row in found} == records.keys()


def test_every_product_is_an_entity_with_the_checksum_of_its_own_bytes(archive, records):
    found = archive.rows(
        "SELECT o.obs_publisher_did, p.obs_publisher_did AS product_did, p.sha256, p.path, p.hdu,"
        " p.kind, p.content_length"
        " FROM cta.observation AS o JOIN cta.product AS p ON o.obs_collection = p.obs_collection"
        " AND o.obs_id = p.obs_id AND o.event_type = p.event_type"
    )
    assert sum(row["kind"] == "package" for row in found) == len(records)
    for row in found:
        entity = records[row["obs_publisher_did"]]["entity"][row["product_did"]]
        assert entity["spdx:checksumValue"] == row["sha256"]
        assert entity["dcat:byteSize"] == row["content_length"]
        if row["kind"] == "package":
            assert entity["prov:location"] == row["path"]
        elif row["hdu"]:
            assert entity["prov:location"] == f"{row['path']}[{row['hdu']}]"


def test_every_file_holds_its_event_list_and_was_made_by_one_activity(records):
    for did, record in records.items():
        file = did.rpartition("/")[0] + "/package"
        members = record["hadMember"].values()
        assert (file, did) in {(one["prov:collection"], one["prov:entity"]) for one in members}
        made = record["wasGeneratedBy"].values()
        assert {one["prov:entity"] for one in made} == {file, did}
        assert {one["prov:activity"] for one in made} == record["activity"].keys()


def test_only_simulated_events_were_made_with_responses(archive, records):
    found = archive.rows(
        "SELECT o.obs_publisher_did, c.simulated FROM cta.observation AS o"
        " JOIN cta.collection AS c ON o.obs_collection = c.obs_collection"
    )
    for row in found:
        used = records[row["obs_publisher_did"]].get("used", {}).values()
        roles = {one["prov:role"] for one in used}
        assert "Calibration" not in roles or row["simulated"]


def test_simulated_runs_name_their_software_and_maker(records):
    record = records["ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/101001/events"]
    (activity,) = record["activity"].values()
    assert activity["voprov:desc_name"].startswith("iact.sim")
    assert activity["voprov:desc_type"] == "Simulation"
    (agent,) = record["agent"].values()
    assert agent["voprov:name"] == "iact.sim"


def test_other_software_reads_the_records(records):
    model = pytest.importorskip("prov.model")
    for record in list(records.values())[:5]:
        document = model.ProvDocument.deserialize(content=json.dumps(record), format="json")
        assert list(document.get_records(model.ProvEntity))


def test_assumptions_are_numbered_and_belong_to_an_observation(archive):
    found = archive.rows(
        "SELECT a.assumption_no, a.topic, a.statement, o.obs_id AS known FROM cta.assumption AS a"
        " LEFT OUTER JOIN cta.observation AS o ON a.obs_collection = o.obs_collection"
        " AND a.obs_id = o.obs_id AND a.event_type = o.event_type"
    )
    assert all(
        row["known"] and row["topic"] and row["statement"] and row["assumption_no"] >= 1
        for row in found
    )

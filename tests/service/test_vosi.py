"""VOSI documents are valid and true, and columns keep their frames in every kind of query."""

import pytest
import requests
from lxml import etree

from service import schemas

#: With the root element of each.
DOCUMENTS = {
    "tap/capabilities": "capabilities",
    "tap/tables": "tableset",
    "tap/availability": "availability",
    "cta/q/cone/capabilities": "capabilities",
    "cta/q/cone/tableMetadata": "tableset",
    "cta/q/cone/availability": "availability",
    "cta/q/form/capabilities": "capabilities",
}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
#: Tables with plain columns of times and positions.
FRAMES = {
    "cta.vo_obscore": {"t_min": "TT", "t_max": "TT", "s_ra": "ICRS", "s_dec": "ICRS"},
    "cta.observation": {
        "t_start": "TT",
        "t_stop": "TT",
        "target_ra": "ICRS",
        "target_dec": "ICRS",
    },
    "cta.gti": {"t_start": "TT", "t_stop": "TT"},
    "cta.obs_config": {"ra_pnt": "ICRS", "dec_pnt": "ICRS"},
}


def fetch(archive, path):
    answer = requests.get(f"{archive.url}/{path}", timeout=60)
    assert answer.status_code == 200
    return answer.content


def frames(document):
    """Return time scale or frame of the columns that refer to one."""
    tree = etree.fromstring(document)
    systems = {
        element.get("ID"): element.get("timescale") or element.get("system")
        for element in tree.iter("{*}COOSYS", "{*}TIMESYS")
    }
    return {
        field.get("name"): systems[field.get("ref")]
        for field in tree.iter("{*}FIELD")
        if field.get("ref") in systems and field.get("name") != "s_region"
    }


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_are_valid(archive, path):
    document = fetch(archive, path)
    assert etree.QName(etree.fromstring(document)).localname == DOCUMENTS[path]
    assert schemas.errors(document) == []


def test_the_check_finds_what_is_not_valid(archive):
    document = fetch(archive, "tap/tables")
    assert schemas.errors(document.replace(b"<name>", b"<title>x</title><name>", 1))


def test_capabilities_lead_to_what_they_say(archive):
    tree = etree.fromstring(fetch(archive, "tap/capabilities"))
    found = {
        capability.get("standardID"): capability.findtext("interface/accessURL")
        for capability in tree.iter("capability")
    }
    # Some versions of DaCHS write the standard's version behind a hyphen.
    standards = {name.partition("-")[0] for name in found if name}
    for name in ("TAP", "VOSI#capabilities", "VOSI#availability", "VOSI#tables"):
        assert f"ivo://ivoa.net/std/{name}" in standards
    assert found["ivo://ivoa.net/std/TAP"] == f"{archive.url}/tap"
    examples = found["ivo://ivoa.net/std/DALI#examples"]
    assert requests.get(examples, timeout=30).status_code == 200


def test_pyvo_reads_capabilities_and_tables(archive):
    tap = archive.tap
    # ObsTAP: what clients look for in registries.
    models = {model.ivo_id.lower() for model in tap.get_tap_capability().datamodels}
    assert "ivo://ivoa.net/std/obscore#core-1.1" in models
    table = tap.tables["cta.vo_obscore"]
    column = next(column for column in table.columns if column.name == "energy_min")
    assert (column.unit, column.ucd) == ("eV", "em.energy;stat.min")


def test_the_cone_search_tells_its_parameters(archive):
    tree = etree.fromstring(fetch(archive, "cta/q/cone/capabilities"))
    (cone,) = (
        capability
        for capability in tree.iter("capability")
        if capability.get("standardID") == "ivo://ivoa.net/std/ConeSearch"
    )
    assert cone.get(TYPE) == "cs:ConeSearch"
    standard = {
        param.findtext("name") for param in cone.iter("param") if param.get("std") == "true"
    }
    assert standard >= {"RA", "DEC", "SR"}
    assert cone.findtext("interface/accessURL").startswith(f"{archive.url}/cta/q/cone/scs.xml")


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("table", FRAMES)
def test_times_and_positions_keep_their_frames(archive, table, mode):
    query = f"SELECT TOP 1 * FROM {table}"
    if mode == "sync":
        document = requests.get(
            f"{archive.url}/tap/sync", params={"LANG": "ADQL", "QUERY": query}, timeout=30
        ).content
    else:
        job = archive.tap.submit_job(query)
        try:
            job.run().wait(timeout=60)
            document = requests.get(job.result_uri, timeout=30).content
        finally:
            job.delete()
    assert frames(document) == FRAMES[table]


def test_joined_columns_keep_their_frames(archive):
    query = (
        "SELECT o.t_min, o.s_ra, o.s_dec, g.t_start, c.ra_pnt FROM cta.vo_obscore AS o"
        " JOIN cta.gti AS g ON g.obs_publisher_did = o.obs_publisher_did"
        " JOIN cta.obs_config AS c ON c.obs_id = o.obs_id"
    )
    document = requests.get(
        f"{archive.url}/tap/sync", params={"LANG": "ADQL", "QUERY": query}, timeout=30
    ).content
    assert frames(document) == {
        "t_min": "TT",
        "s_ra": "ICRS",
        "s_dec": "ICRS",
        "t_start": "TT",
        "ra_pnt": "ICRS",
    }


def test_the_cone_search_keeps_frames_too(archive):
    document = fetch(archive, "cta/q/cone/scs.xml?RA=83.6&DEC=22&SR=1")
    assert frames(document) == FRAMES["cta.vo_obscore"]

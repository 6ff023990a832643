"""What clients see of the tables before they ask for data."""

import pytest
import pyvo
import requests
from lxml import etree

PROTOTYPE = (
    "SELECT * FROM cta.vo_obscore as o WHERE 1 = intersects(o.s_region, "
    "circle('ICRS', 83.63308333, 22.0145, 0.001))"
)
PUBLIC = {
    "cta.site", "cta.collection", "cta.proposal", "cta.processing", "cta.observation",
    "cta.obs_config", "cta.gti", "cta.product", "cta.assumption", "cta.provenance",
    "cta.vo_obscore",
}  # fmt: skip
PRIVATE = ("cta.source_file", "cta.quarantine", "cta.obscore_row")
#: Words of UCDs that say a number is no physical quantity, or a ratio.
NO_UNIT = (
    "meta.", "arith.", "spect.resolution", "phys.polarization", "pos.outline", "time.release",
    "time.processing",
)  # fmt: skip
#: ObsCore 1.1 and DaCHS define these: ratios, or numbers of pixels.
NUMBERS = {"s_xel1", "s_xel2", "t_xel", "em_xel", "pol_xel", "calib_level", "em_res_power"}
FOREIGN_KEYS = {
    ("cta.observation", "cta.processing", "processing_id"),
    ("cta.observation", "cta.collection", "obs_collection"),
    *(
        (f"cta.{table}", "cta.observation", column)
        for table in ("obs_config", "gti", "product", "assumption", "provenance")
        for column in ("obs_collection", "obs_id", "event_type")
    ),
}
#: Design: what is beyond ObsCore in the flat table.
EXTENDED = {
    "site", "sub_array_name", "obs_mode", "reco_version", "reco_method", "calib_version",
    "applied_cuts", "spectral_model", "data_quality", "run_type", "ctao_level", "data_rights",
    "obs_release_date", "proposal_id", "dataproduct_subtype", "s_resolution_min",
    "s_resolution_max", "s_calib_status", "t_calib_status", "em_calib_status",
}  # fmt: skip
HIGH_ENERGY = {
    "ev_xel", "s_ref_energy", "em_ref_energy", "s_ref_oaa", "em_ref_oaa", "t_intervals",
    "energy_min", "energy_max", "tracking_mode", "scan_mode", "pointing_mode", "analysis_mode",
    "event_type", "messenger_name", "messenger_pdgid",
}  # fmt: skip
MANDATORY = {
    "dataproduct_type", "calib_level", "obs_collection", "obs_id", "obs_publisher_did",
    "access_url", "access_format", "access_estsize", "target_name", "s_ra", "s_dec", "s_fov",
    "s_region", "s_xel1", "s_xel2", "s_resolution", "t_min", "t_max", "t_exptime",
    "t_resolution", "t_xel", "em_min", "em_max", "em_res_power", "em_xel", "o_ucd",
    "pol_states", "pol_xel", "facility_name", "instrument_name",
}  # fmt: skip


@pytest.fixture(scope="module")
def vosi(archive):
    """The document at /tap/tables."""
    answer = requests.get(f"{archive.url}/tap/tables", timeout=30)
    assert answer.status_code == 200
    return etree.fromstring(answer.content)


def columns(archive):
    return archive.rows(
        "SELECT table_name, column_name, datatype, unit, ucd, description"
        " FROM TAP_SCHEMA.columns WHERE table_name LIKE 'cta.%'"
    )


def test_the_schema_lists_exactly_the_public_tables(archive):
    found = archive.rows("SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name = 'cta'")
    assert {row["table_name"] for row in found} == PUBLIC


def test_vosi_lists_the_same_tables_and_columns(archive, vosi):
    listed = {
        (table.findtext("name"), column.findtext("name"))
        for table in vosi.iter("table")
        for column in table.iter("column")
        if table.findtext("name").startswith("cta.")
    }
    assert listed == {(row["table_name"], row["column_name"]) for row in columns(archive)}


def test_every_table_has_a_description(archive):
    found = archive.rows("SELECT * FROM TAP_SCHEMA.tables WHERE schema_name = 'cta'")
    assert not [row["table_name"] for row in found if len(row["description"]) < 20]


def test_every_column_has_a_ucd_and_a_description(archive):
    lacking = [
        f"{row['table_name']}.{row['column_name']}"
        for row in columns(archive)
        if not row["ucd"] or len(row["description"]) < 10
    ]
    assert lacking == []


def test_every_physical_number_has_a_unit(archive):
    numbers = ("double", "float", "real", "int", "long", "short")
    lacking = [
        f"{row['table_name']}.{row['column_name']}"
        for row in columns(archive)
        if row["datatype"] in numbers
        and row["column_name"] not in NUMBERS
        and not row["ucd"].startswith(NO_UNIT)
        and not row["unit"]
    ]
    assert lacking == []


def test_the_flat_table_has_all_columns_that_are_promised(archive):
    found = {
        row["column_name"] for row in columns(archive) if row["table_name"] == "cta.vo_obscore"
    }
    assert found >= MANDATORY | EXTENDED | HIGH_ENERGY


def test_foreign_keys_tell_how_tables_belong_together(archive):
    found = archive.rows(
        "SELECT k.from_table, k.target_table, c.from_column FROM TAP_SCHEMA.keys AS k"
        " JOIN TAP_SCHEMA.key_columns AS c ON k.key_id = c.key_id WHERE k.from_table LIKE 'cta.%'"
    )
    keys = {(row["from_table"], row["target_table"], row["from_column"]) for row in found}
    assert keys == FOREIGN_KEYS


@pytest.mark.parametrize("table", PRIVATE)
def test_the_operators_tables_are_closed_to_users(archive, table):
    with pytest.raises(pyvo.dal.DALQueryError):
        archive.tap.search(f"SELECT TOP 1 * FROM {table}")


@pytest.mark.parametrize("table", PRIVATE)
def test_the_operators_tables_are_closed_to_jobs_too(archive, table):
    job = archive.tap.submit_job(f"SELECT TOP 1 * FROM {table}")
    try:
        job.run().wait(timeout=30)
        assert job.phase == "ERROR"
    finally:
        job.delete()


def test_the_first_prototypes_query_works_as_it_stands(archive):
    found = {row["obs_id"] for row in archive.rows(PROTOTYPE)}
    assert found >= {"101001", "101002", "101003", "101004", "101005", "101006"}
    assert not found & {"101007", "201001", "201007", "201011"}


def test_ivoa_obscore_has_the_same_rows(archive):
    names = (
        "obs_publisher_did, obs_id, s_ra, s_dec, t_min, t_max, em_min, em_max, access_url,"
        " dataproduct_type, target_name"
    )
    flat, standard = (
        sorted(
            archive.rows(f"SELECT {names} FROM {table} {only}"),
            key=lambda row: row["obs_publisher_did"],
        )
        for table, only in (
            ("cta.vo_obscore", ""),
            ("ivoa.obscore", "WHERE obs_publisher_did LIKE 'ivo://%/~?cta/%'"),
        )
    )
    assert len(flat) >= 24
    for one, other in zip(flat, standard, strict=True):
        # ivoa.obscore has real where the flat table has double precision.
        for name, value in one.items():
            close = value if isinstance(value, str) else pytest.approx(value, rel=1e-6, nan_ok=True)
            assert other[name] == close, name


@pytest.mark.parametrize(
    ("table", "times", "positions"),
    [
        ("vo_obscore", {"t_min", "t_max"}, {"s_ra", "s_dec"}),
        ("observation", {"t_start", "t_stop"}, {"target_ra", "target_dec"}),
        ("obs_config", set(), {"ra_pnt", "dec_pnt"}),
        ("gti", {"t_start", "t_stop"}, set()),
    ],
)
def test_times_carry_their_scale_and_positions_their_frame(archive, table, times, positions):
    query = {"LANG": "ADQL", "QUERY": f"SELECT TOP 1 * FROM cta.{table}"}
    answer = requests.get(f"{archive.url}/tap/sync", params=query, timeout=30)
    document = etree.fromstring(answer.content)
    systems = {
        element.get("ID"): (element.get("timescale") or element.get("system"))
        for element in document.iter("{*}COOSYS", "{*}TIMESYS")
    }
    found = {
        field.get("name"): systems[field.get("ref")]
        for field in document.iter("{*}FIELD")
        if field.get("ref") in systems
    }
    if table == "vo_obscore" and archive.dachs >= (2, 8):
        # From DaCHS 2.8 on, the <stc> declaration of a region counts here too.
        positions = positions | {"s_region"}
    assert found == dict.fromkeys(times, "TT") | dict.fromkeys(positions, "ICRS")


@pytest.mark.parametrize(
    "condition",
    [
        "1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', 83.63, 22.01, 0.6))",
        "t_min < 60999.05 AND t_max > 60999.03",
        "energy_max >= 1e12 AND energy_min <= 2e12 AND obs_id = '101001'",
        "ivo_nocasematch(target_name, '%crab%') = 1",
    ],
)
def test_questions_that_clients_ask_are_answered(archive, condition):
    assert archive.scalar(f"SELECT COUNT(*) FROM cta.vo_obscore WHERE {condition}") > 0


def test_tables_join_by_the_key_of_the_observation(archive):
    (row,) = archive.rows(
        "SELECT o.ontime, SUM(g.t_stop - g.t_start) * 86400 AS good FROM cta.observation AS o"
        " JOIN cta.gti AS g ON o.obs_collection = g.obs_collection AND o.obs_id = g.obs_id"
        " AND o.event_type = g.event_type WHERE o.obs_id = '101006' GROUP BY o.ontime"
    )
    assert row["good"] == pytest.approx(row["ontime"], abs=1e-3)

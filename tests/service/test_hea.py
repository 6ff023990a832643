"""ivoa.obscore_hea: what it has, that joins lose nothing, and who may contribute."""

import pytest

from service.linkrequests import links
from service.owncentre import dachs, imported

TABLE = "ivoa.obscore_hea"
UTYPE = "ivo://ivoa.net/std/obscore#hea-ext-1.0"
#: Note "Roadmap to IVOA ObsCore Extension ... of High Energy Astrophysics Data" 1.0, section 3.
COLUMNS = {
    "ev_xel": None, "s_ref_energy": "eV", "em_ref_energy": "eV", "s_ref_oaa": "deg",
    "em_ref_oaa": "deg", "t_intervals": None, "energy_min": "eV", "energy_max": "eV",
    "obs_mode": None, "tracking_mode": None, "scan_mode": None, "pointing_mode": None,
    "analysis_mode": None, "event_type": None, "messenger_name": None, "messenger_pdgid": None,
}  # fmt: skip
JOINED = f"ivoa.obscore NATURAL JOIN {TABLE}"


def test_it_has_the_key_and_the_columns_of_the_note(archive):
    found = archive.rows(f"SELECT * FROM TAP_SCHEMA.columns WHERE table_name = '{TABLE}'")
    units = {row["column_name"]: row["unit"] or None for row in found}
    assert units == {"obs_publisher_did": None} | COLUMNS
    assert all(row["ucd"] and len(row["description"]) > 10 for row in found)


def test_registries_find_it_by_its_utype(archive):
    (row,) = archive.rows(f"SELECT * FROM TAP_SCHEMA.tables WHERE table_name = '{TABLE}'")
    assert row["utype"] == UTYPE
    assert row["schema_name"] == "ivoa"


def test_its_utype_is_what_the_site_says(site):
    settings = site.var / "etc" / "cta.yaml"
    own = "ivo://example/std#2.0"
    with settings.open("a", encoding="utf-8") as stream:
        stream.write(f"hea_table_utype: {own}\n")
    done = site.cta("setup")
    assert done.returncode == 0, done.stderr
    found = site.sql("SELECT utype FROM tap_schema.tables WHERE table_name = %s", (TABLE,))
    assert found == [(own,)]


def test_it_has_the_values_of_the_flat_table(archive):
    names = ", ".join(["obs_publisher_did", *COLUMNS])
    flat, extension = (
        archive.sql(f"SELECT {names} FROM {table} ORDER BY obs_publisher_did")
        for table in ("cta.vo_obscore", TABLE)
    )
    assert len(flat) >= 24
    assert extension == flat


def test_it_shares_no_column_with_obscore_that_can_be_null(archive):
    shared = archive.sql(
        "SELECT column_name FROM tap_schema.columns WHERE table_name IN ('ivoa.obscore', %s)"
        " GROUP BY column_name HAVING count(*) = 2 ORDER BY 1",
        (TABLE,),
    )
    assert shared == [("obs_mode",), ("obs_publisher_did",)]


def test_a_natural_join_keeps_every_row(archive):
    rows = archive.scalar(f"SELECT COUNT(*) FROM {TABLE}")
    assert rows >= 24
    assert archive.scalar(f"SELECT COUNT(*) FROM {JOINED}") == rows


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("obs_id = '101001'", "obscore_row_obs_id"),
        ("q3c_radial_query(s_ra, s_dec, 83.63, 22.01, 1.5)", "obscore_row_pos"),
        ("t_min BETWEEN 60999 AND 60999.1", "obscore_row_t_min"),
        ("em_min < 1.5e-20", "obscore_row_eminr"),
    ],
)
def test_a_join_uses_the_indexes_of_both_sides(archive, condition, index):
    """Both views are flattened as far as the table: so its size does not matter."""
    with archive.connect() as connection, connection.cursor() as cursor:
        # With so few rows indexes are not worth while, and any would do.
        for way in ("seqscan", "indexscan", "mergejoin", "hashjoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN SELECT obs_id, ev_xel FROM {JOINED} WHERE {condition}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan
    assert "obscore_row_pkey" in plan
    assert "Seq Scan on obscore_row" not in plan


def test_others_contribute_and_leave(site):
    before = site.sql(f"SELECT * FROM {TABLE} ORDER BY obs_publisher_did")
    with imported(site, "neutrino"):
        found = site.rows(
            f"SELECT obs_id, obs_mode, ev_xel, energy_min, event_type, messenger_name FROM {JOINED}"
            " WHERE obs_collection = 'NEUTRINO-DR1' AND ev_xel IS NOT NULL ORDER BY obs_id"
        )
        assert [tuple(row.values()) for row in found] == [
            ("2020", "all-sky", 120, 1.2e11, "track", "neutrino"),
            ("2021", "burst", 7, 7e9, "cascade", "neutrino"),
        ]
        # One row has nothing but its key: not even what its mode was.
        rows = site.scalar(f"SELECT COUNT(*) FROM {TABLE}")
        assert rows == len(before) + 3
        assert site.scalar(f"SELECT COUNT(*) FROM {JOINED}") == rows
        ((did, mode, *others),) = site.sql(
            f"SELECT obs_publisher_did, obs_mode, {', '.join(COLUMNS.keys() - {'obs_mode'})}"
            f" FROM {TABLE} WHERE obs_publisher_did LIKE '%%2022'"
        )
        assert (did, mode) == ("ivo://example/~?2022", "unknown")
        assert others == [None] * 15
        # The service for links of all that is in ivoa.obscore is ours.
        mine = site.scalar("SELECT TOP 1 obs_publisher_did FROM cta.vo_obscore")
        this, *own, unknown = links(site, "ivo://example/~?2020", mine, "ivo://example/~?1999")
        assert (this["ID"], this["semantics"]) == ("ivo://example/~?2020", "#this")
        assert this["access_url"] == "http://localhost/2020"
        assert this["link_auth"] is None and this["link_authorized"] is None
        assert {row["ID"] for row in own} == {mine} and own[0]["access_url"]
        assert unknown["error_message"].startswith("NotFoundFault")
        # After a change of the extension's columns, setup has this done.
        dachs(site, "imp", "cta/hea", "refresh")
        assert site.scalar(f"SELECT COUNT(*) FROM {JOINED}") == rows
    assert site.sql(f"SELECT * FROM {TABLE} ORDER BY obs_publisher_did") == before


def test_it_survives_its_last_contributor(site):
    dachs(site, "drop", "cta/q")
    try:
        assert site.scalar(f"SELECT COUNT(*) FROM {TABLE}") == 0
        assert site.scalar(f"SELECT COUNT(*) FROM {JOINED}") == 0
    finally:
        done = site.cta("setup")
        assert done.returncode == 0, done.stderr
        assert site.cta("ingest").returncode == 0
    assert site.scalar(f"SELECT COUNT(*) FROM {JOINED}") == 2

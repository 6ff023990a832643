"""The doctor finds what DaCHS does not publish as it should, and nothing once it is mended.

Where the remedy is a command, that very command mends it.
"""

from __future__ import annotations

import contextlib
import shlex

import pytest

from iact.operate.doctor import published
from iact.operate.doctor.finding import Level
from service.diagnosis import ask, mend, only, statements
from service.livearchive import OWNER, SUPERUSER

HEA = "ivoa.obscore_hea"


@pytest.fixture
def userconfig(archive):
    path = archive.var / "gavo" / "etc" / "userconfig.rd"
    before = path.read_text(encoding="utf-8")
    yield path
    path.write_text(before, encoding="utf-8")


def test_feeds_that_lack_ours_and_have_what_the_database_lacks(patient, userconfig):
    assert list(published.feeds(patient)) == []
    before = userconfig.read_text(encoding="utf-8")
    feed = '<FEED source="cta/ext#obscore-extracolumns"/>'
    assert before.count(feed) == 1
    other = '<column name="moon_phase" type="real" description="Lit part of the Moon"/>'
    userconfig.write_text(before.replace(feed, other), encoding="utf-8")
    ask(patient)
    *not_fed, not_made = published.feeds(patient)
    assert any("The links of ivoa.obscore lead to" in one.what for one in not_fed)
    assert "moon_phase" in not_made.what
    # Both are done, and looked at, in test_extended_columns.
    assert {one.remedy for one in not_fed} == {"bin/cta setup"}
    assert not_made.remedy == (
        "bin/cta dachs imp //obscore refreshAfterSchemaUpdate,"
        " then bin/cta dachs imp //obscore create"
    )


def test_columns_of_ours_that_are_not_in_obscore(patient):
    feed = patient.dachs["feed"]
    patient.dachs["feed"] = feed | {"columns": [*feed["columns"], "nowhere"]}
    assert "lacks columns of ours: nowhere" in only(published.feeds(patient)).what


def test_a_userconfig_that_dachs_cannot_read(patient, userconfig):
    userconfig.write_text("<resource schema='dc'><STREAM", encoding="utf-8")
    assert f"{userconfig} is no XML" in only(published.feeds(patient)).what


@pytest.fixture
def extension(archive):
    """A table in the place of ivoa.obscore_hea, with a row for each of ours."""
    there = archive.sql("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (HEA,))
    if there:
        archive.sql(f"ALTER TABLE {HEA} RENAME TO obscore_hea_aside")
    try:
        archive.sql(f"CREATE TABLE {HEA} AS SELECT obs_publisher_did FROM cta.vo_obscore")
        yield
    finally:
        archive.sql(f"DROP TABLE {HEA}")
        if there:
            archive.sql("ALTER TABLE ivoa.obscore_hea_aside RENAME TO obscore_hea")


def test_rows_without_a_partner(archive, patient, extension):
    assert list(published.partners(patient)) == []
    archive.sql(f"INSERT INTO {HEA} VALUES ('ivo://stranger/~?1')")
    assert f"1 rows of {HEA} have no partner" in only(published.partners(patient)).what
    archive.sql(f"DELETE FROM {HEA} WHERE ctid = (SELECT min(ctid) FROM {HEA})")
    _, ours = published.partners(patient)
    assert "1 of our rows in ivoa.obscore have no partner" in ours.what


def test_an_extension_whose_rows_are_other_ones(archive, patient):
    names = [
        name
        for (name,) in archive.sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " ORDER BY attnum",
            (HEA,),
        )
    ]
    ((query,),) = archive.sql("SELECT pg_get_viewdef(%s::regclass)", (HEA,))
    stranger = "CASE WHEN row_number() OVER () = 1 THEN 'ivo://stranger/~?1' ELSE {0} END AS {0}"
    columns = [stranger.format(name) if name == "obs_publisher_did" else name for name in names]
    archive.sql(
        f"CREATE OR REPLACE VIEW {HEA} AS SELECT {', '.join(columns)}"
        f" FROM ({query.rstrip().rstrip(';')}) AS there"
    )
    strangers, ours = published.partners(patient)
    assert strangers.remedy == ours.remedy
    mend(archive, ours)
    assert list(published.partners(patient)) == []


def test_a_comparison_that_takes_too_long_is_no_fault(archive, patient):
    patient.database.cursor().execute("SET statement_timeout = '300ms'")
    with archive.connect(SUPERUSER) as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {HEA} IN ACCESS EXCLUSIVE MODE")
        found = only(published.partners(patient))
    assert found.level is Level.NOTE
    assert "takes longer than" in found.what
    ((alone,),) = archive.sql(shlex.split(found.remedy)[3])
    assert alone == 0


def test_an_obscore_without_us(archive, patient):
    """As after `dachs imp //obscore recover` while our view could not be read."""
    assert list(published.members(patient)) == []
    before = archive.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did")
    archive.sql("DELETE FROM ivoa._obscoresources WHERE tablename = 'cta.published'")
    lost = only(published.members(patient))
    with in_place_of_obscore(archive, "CREATE VIEW"):
        found = only(published.members(patient))
        assert "is made without cta.published" in found.what
        mend(archive, lost)
        assert list(published.members(patient)) == []
        assert archive.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did") == before
    assert list(published.members(patient)) == []
    with in_place_of_obscore(archive, "CREATE VIEW"):
        assert only(published.members(patient)) == found


def test_an_obscore_that_is_a_copy(archive, patient):
    assert list(published.frozen(patient)) == []
    with in_place_of_obscore(archive, "CREATE MATERIALIZED VIEW"):
        found = only(published.frozen(patient))
        assert "is no view but a copy" in found.what
        mend(archive, found)
        assert list(published.frozen(patient)) == []
        assert list(published.members(patient)) == []
        archive.sql("DROP VIEW ivoa.obscore")
        gone = only(published.feeds(patient))
        assert gone.what == "There is no ivoa.obscore."
        mend(archive, gone)
        assert list(published.feeds(patient)) == list(published.members(patient)) == []


@contextlib.contextmanager
def in_place_of_obscore(archive, create):
    """Have something else there, with the same columns; it may be mended meanwhile."""
    archive.sql("ALTER VIEW ivoa.obscore RENAME TO obscore_aside")
    try:
        statements(
            archive,
            f"{create} ivoa.obscore AS SELECT * FROM cta.vo_obscore WHERE false",
            f"{create.replace('CREATE', 'ALTER')} ivoa.obscore OWNER TO {OWNER}",
        )
        yield
    finally:
        ((is_view,),) = archive.sql(
            "SELECT to_regclass('ivoa.obscore') IN (SELECT oid FROM pg_class WHERE relkind = 'v')"
        )
        statements(
            archive,
            f"DROP {'' if is_view else 'MATERIALIZED'} VIEW ivoa.obscore",
            "ALTER VIEW ivoa.obscore_aside RENAME TO obscore",
        )


def test_a_setting_that_makes_obscore_a_copy(patient):
    rc = patient.layout.gavo_rc
    before = rc.read_text(encoding="utf-8")
    rc.write_text(f"{before}materialiseObscore: True\n", encoding="utf-8")
    try:
        assert "sets materialiseObscore" in only(published.frozen(patient)).what
    finally:
        rc.write_text(before, encoding="utf-8")

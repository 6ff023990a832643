"""The doctor finds what is really broken in the database, and nothing once it is mended.

Where the remedy is a command, that very command mends it.
"""

from __future__ import annotations

import contextlib
import threading

import psycopg2
import psycopg2.errors
import pytest

from iact.operate.doctor import postgres, queries
from iact.operate.doctor.finding import Level
from service.diagnosis import faults, mend, only, statements
from service.livearchive import wait_until

STORE = queries.STORES[0]


def test_compiled_plans(archive, patient):
    assert list(postgres.compiling(patient)) == []
    archive.sql("ALTER ROLE untrusted SET jit = on")
    try:
        found = only(postgres.compiling(patient))
        assert "for the role untrusted" in found.what
        mend(archive, found)
        assert list(postgres.compiling(patient)) == []
    finally:
        archive.sql("ALTER ROLE untrusted RESET jit")


def test_an_index_that_is_gone(archive, patient):
    archive.sql("DROP INDEX cta.obscore_row_region")
    try:
        missing = only(postgres.indexes(patient))
        assert missing.what == f"{STORE} has no index obscore_row_region."
        said = " ".join(finding.what for finding in faults(queries.check, patient))
        for name in ("point in field", "region"):
            for table in queries.TABLES:
                assert f"A query by {name} in {table} reads all of {STORE}" in said
        assert "cone" not in said
    finally:
        mend(archive, missing)
    assert list(postgres.indexes(patient)) == []
    assert faults(queries.check, patient) == []


def test_an_index_of_the_wrong_kind(archive, patient):
    """A b-tree of the positions, as kind="q3c" columns="..." of DaCHS makes, serves no cone."""
    ((definition,),) = archive.sql(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'obscore_row_pos'"
    )
    statements(
        archive,
        "DROP INDEX cta.obscore_row_pos",
        f"CREATE INDEX obscore_row_pos ON {STORE} (s_ra, s_dec)",
    )
    try:
        assert list(postgres.indexes(patient)) == []
        said = [finding.what for finding in faults(queries.check, patient)]
        assert len(said) == len(queries.TABLES)
        assert all("A query by cone" in what for what in said)
    finally:
        statements(archive, "DROP INDEX cta.obscore_row_pos", definition)
    assert faults(queries.check, patient) == []


def test_a_large_table_whose_indexes_are_not_used(archive, patient):
    archive.sql("UPDATE pg_class SET reltuples = 1e6 WHERE oid = %s::regclass", (STORE,))
    try:
        assert list(queries.check(patient)) == []
        statements(
            archive,
            "ALTER ROLE untrusted SET enable_indexscan = off",
            "ALTER ROLE untrusted SET enable_bitmapscan = off",
            "ALTER ROLE untrusted SET enable_indexonlyscan = off",
        )
        said = [finding.what for finding in faults(queries.check, patient)]
        assert any("settings keep PostgreSQL from using an index" in what for what in said)
    finally:
        statements(
            archive,
            "ALTER ROLE untrusted RESET enable_indexscan",
            "ALTER ROLE untrusted RESET enable_bitmapscan",
            "ALTER ROLE untrusted RESET enable_indexonlyscan",
            f"ANALYZE {STORE}",
        )
    assert faults(queries.check, patient) == []


def test_an_index_that_was_never_finished(archive, patient):
    with pytest.raises(psycopg2.errors.UniqueViolation):
        # A table that has rows where there are only simulations, too.
        archive.sql("CREATE UNIQUE INDEX CONCURRENTLY unfinished ON cta.product (kind)")
    found = only(postgres.indexes(patient))
    assert "cta.unfinished" in found.what
    mend(archive, found)
    assert list(postgres.indexes(patient)) == []


def test_an_index_that_is_being_made(archive, patient):
    with archive.connect() as writer, writer.cursor() as cursor:
        # What has changed the table and goes on has an index wait.
        cursor.execute(f"UPDATE {STORE} SET site = site")
        maker = threading.Thread(target=make_index_until_ended, args=(archive,))
        maker.start()
        try:
            wait_until(lambda: bool(list(postgres.indexes(patient))), 10, "an index being made")
            found = only(postgres.indexes(patient))
            assert found.level is Level.NOTE
            assert f"An index of {STORE} is being made" in found.what
            mend(archive, found)
        finally:
            writer.rollback()
            maker.join()
    found = only(postgres.indexes(patient))
    assert "was never finished" in found.what
    mend(archive, found)
    assert list(postgres.indexes(patient)) == []


def make_index_until_ended(archive):
    with contextlib.suppress(psycopg2.errors.AdminShutdown, psycopg2.OperationalError):
        archive.sql(f"CREATE INDEX CONCURRENTLY slow ON {STORE} (facility_name)")


def test_statistics_that_are_out_of_date(archive, patient, monkeypatch):
    monkeypatch.setattr(postgres, "FEW_ROWS", 100)
    archive.sql(f"ALTER TABLE {STORE} SET (autovacuum_enabled = off)")
    try:
        ((rows,),) = archive.sql(f"SELECT count(*) FROM {STORE}")
        # Whoever may still see them keeps PostgreSQL from tidying removed rows away at once.
        with archive.connect() as reader, reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SELECT count(*) FROM {STORE}")
            for _ in range(3 * postgres.FEW_ROWS // rows + 1):
                archive.sql(f"UPDATE {STORE} SET site = site")

        def said():
            return [one for one in postgres.statistics(patient) if STORE in one.remedy]

        # The counters come to other sessions with a delay.
        wait_until(lambda: len(said()) == 3, 10, "three findings")
        exempt, changed, dead = said()
        assert "is exempt from autovacuum" in exempt.what
        assert "have changed since it was analysed" in changed.what
        assert "more removed rows" in dead.what
        for finding in (exempt, changed, dead):
            mend(archive, finding)
        wait_until(lambda: not said(), 10, "no findings")
    finally:
        archive.sql(f"ALTER TABLE {STORE} RESET (autovacuum_enabled)")


def test_transactions_that_stay_open(archive, patient, monkeypatch):
    monkeypatch.setattr(postgres, "LONG_SECONDS", 0)
    with archive.connect("untrusted") as idle, idle.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        (found,) = [one for one in postgres.transactions(patient) if str(pid) in one.remedy]
        assert "of untrusted" in found.what
        mend(archive, found)
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
    assert not [one for one in postgres.transactions(patient) if str(pid) in one.remedy]

"""What hides observations in the database is made anew without harm, and costs others little."""

import re
import time

import pytest

from iact.archive import schemachange
from iact.archive.visibility import OUTDATED, UNPROTECTED
from iact.errors import CtaError


def test_setup_makes_anew_what_hides_it(archive):
    archive.sql("ALTER TABLE cta.gti DISABLE ROW LEVEL SECURITY")
    archive.sql("COMMENT ON TABLE cta.obscore_hidden IS 'another version'")
    done = archive.cta("setup")
    assert done.returncode == 0, done.stderr
    assert "Making what hides observations until their release anew." in done.stdout
    assert archive.sql(UNPROTECTED) == archive.sql(OUTDATED) == []
    assert "Making what hides" not in archive.cta("setup").stdout


def test_nobody_waits_behind_what_is_made_anew(archive):
    """Where queries hold the tables, it is given up for a while, locks and all."""
    with archive.connect("untrusted") as reader, archive.connect() as connection:
        query = reader.cursor()
        query.execute("SELECT count(*) FROM cta.gti")
        cursor = connection.cursor()
        cursor.execute("DROP POLICY visible ON cta.product")
        start = time.monotonic()
        with pytest.raises(CtaError, match="queries use the tables all the time"):
            schemachange.hide(cursor, tries=2, sleep=lambda _: None)
        assert time.monotonic() - start < 10
        held = "SELECT DISTINCT relation::regclass::text FROM pg_locks WHERE granted"
        cursor.execute(
            f"{held} AND pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'"
            " AND locktype = 'relation'"
        )
        assert cursor.fetchall() == [("cta.product",)]
        reader.rollback()
        assert schemachange.hide(cursor)
        cursor.execute(UNPROTECTED)
        assert cursor.fetchall() == []
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_looking_whether_all_is_right_takes_no_lock(archive):
    from iact.archive import visibility

    with archive.connect() as connection, connection.cursor() as cursor:
        assert not visibility.ensure(cursor)
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode NOT IN"
            " ('AccessShareLock', 'ExclusiveLock')"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("pos", "FROM ivoa.obscore WHERE q3c_join(83.63, 22.01, s_ra, s_dec, 0.1)"),
        ("region", "FROM ivoa.obscore WHERE s_region && '<(1.46, 0.384), 0.001>'::scircle"),
        ("t_min", "FROM ivoa.obscore WHERE t_min BETWEEN 60000 AND 60000.1"),
        ("obs_id", "FROM ivoa.obscore WHERE obs_id = '101001'"),
        ("pkey", "FROM ivoa.obscore WHERE obs_publisher_did = 'x'"),
        ("pkey", "FROM cta.gti JOIN ivoa.obscore USING (obs_publisher_did) WHERE t_start < 6"),
    ],
)
def test_indexes_are_used_through_ivoa_obscore(archive, index, query):
    """What hides rows must not make queries for the others go through all of them."""
    with archive.connect("untrusted") as connection, connection.cursor() as cursor:
        # As DaCHS asks; a small table is not worth an index otherwise.
        cursor.execute("SET enable_seqscan = no")
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 {query}")
        used = re.findall(r"'Index Name': '([a-z_]+)'", str(cursor.fetchone()[0]))
    assert f"obscore_row_{index}" in used

"""pg_sphere where Debian's script fits PostgreSQL, and where it does not."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from iact.errors import CtaError
from iact.operate import cluster, pgsphere

SCRIPT = Path("/usr/share/postgresql/15/extension/pg_sphere--1.2.0.sql")

SNIPPET = r"""-- an extension
\echo Use "CREATE EXTENSION pg_sphere" to load this file. \quit
CREATE FUNCTION f(cstring) RETURNS spoint AS 'MODULE_PATHNAME', 'f' LANGUAGE C;
CREATE OPERATOR @ (
   LEFTARG    = spoint,
   RIGHTARG   = scircle,
   COMMUTATOR = '~',
   NEGATOR    = '!@'
);
CREATE OPERATOR @ (
   LEFTARG    = bigint,
   RIGHTARG   = smoc,
   PROCEDURE  = healpix_subset_smoc,
   COMMUTATOR = '@>',
   NEGATOR    = '!<@',
   RESTRICT   = contsel
);
"""

MENDED = """-- an extension
CREATE FUNCTION f(cstring) RETURNS spoint AS '$libdir/pg_sphere', 'f' LANGUAGE C;
CREATE OPERATOR @ (
   LEFTARG    = spoint,
   RIGHTARG   = scircle,
   COMMUTATOR = '~',
   NEGATOR    = '!@'
);
CREATE OPERATOR @ (
   LEFTARG    = bigint,
   RIGHTARG   = smoc,
   PROCEDURE  = healpix_subset_smoc,
   RESTRICT   = contsel
);
"""

MEMBERS = """
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend, pg_extension AS known
WHERE refclassid = 'pg_extension'::regclass AND refobjid = known.oid AND deptype = 'e'
  AND extname = 'pg_sphere'
"""


def test_only_the_two_operators_lose_their_clauses():
    assert pgsphere.mended(SNIPPET) == MENDED


@pytest.mark.skipif(not SCRIPT.exists(), reason="Debian 12's pg_sphere is not installed")
def test_debians_script_loses_four_lines_and_its_psql_line():
    script = SCRIPT.read_text(encoding="utf-8")
    mended = pgsphere.mended(script)
    assert mended.count("\n") == script.count("\n") - 5
    for word in ("COMMUTATOR", "NEGATOR"):
        assert mended.count(word) == script.count(word) - 2
    assert "MODULE_PATHNAME" not in mended
    assert "\\echo" not in mended


@pytest.fixture(scope="module")
def server(centre):
    with cluster.running(centre):
        yield centre


@pytest.fixture
def scratch(server):
    """An empty database; yields how to connect to it."""
    with closing(cluster.connect(server, "postgres")) as db:
        db.autocommit = True
        with db.cursor() as rows:
            rows.execute("CREATE DATABASE scratch TEMPLATE template0")
            yield lambda: cluster.connect(server, "scratch")
            rows.execute("DROP DATABASE scratch WITH (FORCE)")


@pytest.fixture
def mended(scratch):
    """A connection to a database whose pg_sphere is from the changed script."""
    with closing(scratch()) as db:
        pgsphere.create_from_script(db)
        yield db


def ask(db, sql):
    with db, db.cursor() as rows:
        rows.execute(sql)
        return rows.fetchall()


def members(db):
    return {name for (name,) in ask(db, MEMBERS)}


def test_cones_work_with_the_changed_script(mended):
    near, far = "spoint(1, 1.05)", "spoint(1, 1.2)"
    sql = f"SELECT {near} @ scircle '<(1,1),0.1>', {far} @ scircle '<(1,1),0.1>'"
    assert ask(mended, sql) == [(True, False)]


def test_an_index_of_polygons_is_used_and_right_with_the_changed_script(mended):
    with mended, mended.cursor() as rows:
        rows.execute(
            "CREATE TABLE fields AS SELECT n, format('{(%sd,0d),(%sd,0d),(%sd,1d)}', n, n + 1, n)"
            "::spoly AS area FROM generate_series(0, 350) AS n"
        )
        rows.execute("CREATE INDEX ON fields USING gist (area)")
        rows.execute("ANALYZE fields")
        rows.execute("SET enable_seqscan TO off")
    where = "FROM fields WHERE spoint '(2.2d,0.2d)' @ area"
    plan = " ".join(line for (line,) in ask(mended, f"EXPLAIN SELECT n {where}"))
    assert "fields_area_idx" in plan
    assert ask(mended, f"SELECT n {where}") == [(2,)]


def test_a_dump_lists_the_extension_and_none_of_its_objects(mended, server):
    command = [cluster.program(server, "pg_dump"), f"--host={server.sock}", "--username=pgadmin"]
    dump = subprocess.run([*command, "scratch"], capture_output=True, text=True, check=True).stdout
    assert "CREATE EXTENSION IF NOT EXISTS pg_sphere WITH SCHEMA public;" in dump
    assert "COMMENT ON EXTENSION pg_sphere IS 'spherical objects" in dump
    for word in ("CREATE FUNCTION", "CREATE OPERATOR", "CREATE TYPE", "CREATE CAST"):
        assert word not in dump


def test_the_changed_script_registers_what_create_extension_does(mended, scratch):
    here = members(mended)
    with mended, mended.cursor() as rows:
        rows.execute("DROP EXTENSION pg_sphere")
    try:
        with mended, mended.cursor() as rows:
            rows.execute("CREATE EXTENSION pg_sphere")
    except psycopg2.errors.InvalidFunctionDefinition:
        pytest.skip("this PostgreSQL refuses Debian's pg_sphere")
    there = members(mended)
    if mended.server_version >= 170000:
        # Debian 13's PostgreSQL registers the array of every type too. The changed script is
        # for Debian 12's.
        there = {name for name in there if not name.endswith("[]")}
    assert here == there


def test_dropping_the_extension_leaves_nothing_behind(mended):
    left = "SELECT count(*) FROM pg_proc WHERE probin LIKE '%pg_sphere%'"
    assert ask(mended, left)[0][0] > 300
    with mended, mended.cursor() as rows:
        rows.execute("DROP EXTENSION pg_sphere")
    assert ask(mended, left) == [(0,)]
    assert ask(mended, "SELECT 1 FROM pg_type WHERE typname IN ('spoint', '_spoint')") == []


def test_a_second_time_nothing_is_done_or_said(scratch):
    said = []
    with closing(scratch()) as db:
        pgsphere.ensure(db, said.append)
        before = members(db)
        said.clear()
        pgsphere.ensure(db, said.append)
        assert members(db) == before != set()
    assert said == []


def test_where_postgresql_takes_the_script_it_is_left_alone(scratch):
    said = []
    with closing(scratch()) as db:
        if db.server_version < 170000:
            pytest.skip("Debian 12's script may be refused, which other tests are about")
        pgsphere.ensure(db, said.append)
        # Only CREATE EXTENSION itself registers these.
        assert "type spoint[]" in members(db)
    assert said == []


REFUSING = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE 'commutator operator @> is already the commutator of operator <@'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
  EXECUTE FUNCTION refuse();
"""


def test_where_postgresql_refuses_the_script_one_line_says_what_is_done(scratch):
    said = []
    with closing(scratch()) as db:
        with db, db.cursor() as rows:
            rows.execute(REFUSING)
        pgsphere.ensure(db, said.append)
        assert ask(db, "SELECT spoint(1, 1) @ scircle '<(1,1),0.1>'") == [(True,)]
    assert len(said) == 1
    assert "two operators that nothing uses" in said[0]


def test_a_failing_script_leaves_nothing_and_says_the_way_out(scratch):
    with closing(scratch()) as db:
        with db, db.cursor() as rows:
            rows.execute("CREATE TYPE spoly AS (x int)")
        with pytest.raises(CtaError, match=r'type "spoly" already exists.*bin/cta setup'):
            pgsphere.ensure(db, print)
        with pytest.raises(CtaError, match=r'type "spoly" already exists.*bin/cta setup'):
            pgsphere.create_from_script(db)
        assert members(db) == set()
        assert ask(db, "SELECT 1 FROM pg_type WHERE typname = 'spoint'") == []

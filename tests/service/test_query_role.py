"""The role that runs users' queries reads what TAP publishes, whatever SQL it is given.

Users' queries are ADQL. These tests are what somebody could ask who had found a way around it.
"""

import re
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest
import requests

from iact.archive import queryrole, visibility
from iact.operate.doctor import rights
from service.diagnosis import faults, mend, only
from service.owncentre import imported

ROLE = queryrole.ROLE
RIGHTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
#: What the role must not get, and would, as everybody.
REFUSED = (
    # To wait, and to keep others waiting.
    "SELECT pg_sleep(0)",
    "SELECT pg_sleep_for('0 s')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1)",
    "BEGIN; LOCK TABLE cta.observation IN ROW EXCLUSIVE MODE",
    "SELECT obs_id FROM cta.observation FOR UPDATE",
    # Other sessions.
    "SELECT query, client_addr FROM pg_stat_activity",
    "SELECT * FROM pg_stat_ssl",
    "SELECT * FROM pg_locks",
    "SELECT * FROM pg_prepared_xacts",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT pg_cancel_backend(pg_backend_pid())",
    "SELECT pg_blocking_pids(1)",
    "SELECT pg_stat_get_backend_activity(1)",
    "SELECT pg_notify('a', 'b')",
    "SELECT pg_export_snapshot()",
    # Files, and programs.
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('PG_VERSION')",
    "SELECT lo_import('/dev/null')",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'a')",
    "SELECT pg_relation_filepath('cta.gti')",
    "COPY (SELECT 1) TO '/dev/null'",
    "COPY cta.gti TO PROGRAM 'true'",
    "CREATE TEMP TABLE taken (a text); COPY taken FROM '/dev/null'",
    "LOAD 'plpgsql'",
    # How many rows there are, hidden ones too.
    "SELECT reltuples FROM pg_class",
    "SELECT relpages FROM pg_class",
    "SELECT * FROM pg_statistic",
    "SELECT n_live_tup FROM pg_stat_all_tables",
    "SELECT pg_stat_get_live_tuples('cta.observation'::regclass)",
    "SELECT pg_relation_size('cta.observation')",
    "SELECT pg_total_relation_size('cta.obscore_hidden')",
    "SELECT pg_table_size('cta.gti')",
    "SELECT pg_database_size('gavo')",
    # Programs of its own, and places for them.
    "DO 'BEGIN END'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE public.mine ()",
    "CREATE TABLE cta.mine ()",
    "CREATE VIEW tap_schema.mine AS SELECT 1",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION dblink",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "CREATE PUBLICATION mine",
    # Somebody else's rights, and limits.
    "SET ROLE gavo",
    "SET SESSION AUTHORIZATION gavoadmin",
    "SET temp_file_limit = -1",
    "SET session_replication_role = 'replica'",
    "SET log_statement = 'all'",
    "ALTER ROLE untrusted SET jit = on; ALTER ROLE gavo SET jit = on",
    "ALTER SYSTEM SET port = 1",
    "ALTER TABLE cta.gti DISABLE ROW LEVEL SECURITY",
    "DROP POLICY visible ON cta.gti",
    "COMMENT ON TABLE cta.gti IS 'mine'",
    "ANALYZE VERBOSE pg_statistic; SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_user_mapping",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "CHECKPOINT",
)  # fmt: skip


@pytest.fixture
def role(archive):
    """Answers SQL as the role does; what it did is undone."""
    with archive.connect(ROLE) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


@pytest.mark.parametrize("statement", REFUSED)
def test_it_is_refused(role, statement):
    # Some statements can be in no transaction.
    role.connection.rollback()
    role.connection.autocommit = True
    with pytest.raises(
        (
            psycopg2.errors.InsufficientPrivilege,
            # A file that is not there, after the same question for everybody.
            psycopg2.errors.UndefinedFile,
        )
    ):
        role.execute(statement)


def test_it_reads_what_tap_publishes_and_nothing_else(archive, role):
    """Whether or not it could name the schema."""
    published = {
        name.lower() for (name,) in archive.sql("SELECT table_name FROM tap_schema.tables")
    }
    role.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = relnamespace"
        " WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname !~ '^pg_'"
        " AND nspname <> 'information_schema'"
        " AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))"
    )
    read = {name for (name,) in role.fetchall()}
    # DaCHS's own member of ivoa.obscore, which has no rows.
    assert read == published | {"ivoa.emptyobscore"}
    for table in sorted(published):
        role.execute(f"SELECT count(*) FROM {table}")


def test_it_changes_no_table(archive, role):
    role.execute(
        "SELECT c.oid::regclass::text FROM pg_class AS c, unnest(%s) AS right_to"
        " WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND has_table_privilege(c.oid, right_to)",
        (list(RIGHTS),),
    )
    # By UPDATE of this one, PostgreSQL has SET.
    assert {table for (table,) in role.fetchall()} == {"pg_settings"}
    for (table,) in archive.sql(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE relkind = 'r'"
        " AND relnamespace::regnamespace::text IN ('cta', 'dc', 'tap_schema', 'uws', 'ivoa')"
    ):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            role.execute("SAVEPOINT before")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                role.execute(statement)
            role.execute("ROLLBACK TO before")


def test_its_functions_that_are_volatile_are_few(role):
    """A new version of PostgreSQL may have others: they must be judged."""
    role.execute(
        "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND prokind IN ('f', 'p')"
        " AND pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(oid, 'EXECUTE')"
        " AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype,"
        " 'internal'::regtype, 'language_handler'::regtype, 'index_am_handler'::regtype,"
        " 'table_am_handler'::regtype)"
    )
    assert {name for (name,) in role.fetchall()} <= {
        "clock_timestamp", "current_query", "currval", "gen_random_uuid", "lastval", "nextval",
        "pg_is_in_recovery", "pg_jit_available", "random", "random_normal", "set_config",
        "setseed", "timeofday",
    }  # fmt: skip


def test_no_function_of_ours_or_of_dachs_runs_with_other_rights(archive):
    assert archive.sql("SELECT proname FROM pg_proc WHERE prosecdef") == []


def test_it_sees_no_statistics_of_our_tables(role):
    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        role.execute(f"SELECT count(*) FROM {view} WHERE schemaname IN ('cta', 'ivoa', 'dc')")
        assert role.fetchone() == (0,)


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_it_comes_into_no_other_database(archive, database):
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(host=str(archive.var / "sock"), port=5432, dbname=database, user=ROLE)


def test_its_sessions_have_limits(role):
    for name, value in queryrole.SETTINGS.items():
        role.execute(f"SHOW {name}")
        assert role.fetchone() == (value,)


def test_what_queries_need_goes_on(role):
    role.execute("CREATE TEMP TABLE mine (a integer); INSERT INTO mine VALUES (1)")
    role.execute("SELECT count(*) FROM cta.vo_obscore, mine WHERE random() >= 0 AND a = 1")
    role.execute("SELECT relname FROM pg_class WHERE relname = 'gti'")
    assert role.fetchone() == ("gti",)


def test_all_others_keep_what_they_had(archive):
    """DaCHS's other roles, and those that an operator has made."""
    for name in ("gavo", "gavoadmin"):
        with archive.connect(name) as connection, connection.cursor() as cursor:
            for statement in (
                "SELECT pg_sleep(0), pg_try_advisory_xact_lock(12345)",
                "SELECT max(reltuples), pg_relation_size('cta.gti') FROM pg_class",
                "SELECT count(*) FROM pg_stat_activity",
                "DO 'BEGIN END'",
            ):
                cursor.execute(statement)
            connection.rollback()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO PUBLIC", "pg_sleep"),
        ("GRANT EXECUTE ON FUNCTION pg_stat_get_activity(integer) TO untrusted", "tell of other"),
        ("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC", "functions of its own, in: plpgsql"),
        ("GRANT CONNECT ON DATABASE postgres TO PUBLIC", "other databases: postgres"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "in schema: public"),
        ("GRANT SELECT ON pg_class TO PUBLIC", "by pg_class: "),
        ("ALTER ROLE untrusted RESET temp_file_limit", "no limit of their own by: temp_file"),
        ("ALTER ROLE untrusted SET search_path = nowhere", "do not expect: search_path"),
        ("ALTER ROLE untrusted IN DATABASE gavo SET row_security = off", "expect: row_security"),
        ("REVOKE untrusted FROM gavo", "cannot be ended by the role: gavo"),
        ("ALTER ROLE untrusted CREATEDB", "has CREATEDB"),
        ("GRANT pg_read_server_files TO untrusted", "membership in pg_read_server_files"),
        ("GRANT INSERT, TRIGGER ON cta.site TO untrusted", "cta.site than read it: insert, tri"),
        ("GRANT UPDATE ON dc.users TO PUBLIC", "dc.users than read it: update"),
    ],
)
def test_the_doctor_finds_what_it_has_beside_that(archive, patient, damage, said):
    assert list(rights.query_role(patient)) == []
    archive.sql(damage)
    found = only(faults(rights.query_role, patient))
    assert said in found.what
    mend(archive, found)
    assert list(rights.query_role(patient)) == []


@pytest.mark.parametrize("resource", ["//tap", "//obscore", "cta/taplinks", "cta/irfs"])
def test_an_import_gives_it_nothing_back(archive, patient, resource):
    done = archive.cta("dachs", "imp", resource)
    assert done.returncode == 0, done.stderr
    assert list(rights.query_role(patient)) == []


def test_nor_do_ingestion_and_setup(archive, patient):
    for command in ("ingest", "setup"):
        done = archive.cta(command)
        assert done.returncode == 0, done.stderr
        assert list(rights.query_role(patient)) == []


def test_it_reads_the_tables_that_an_operator_publishes_beside_ours(archive, patient, role):
    with imported(archive, "plain"):
        assert list(rights.query_role(patient)) == []
        role.execute("SELECT count(*) FROM plain.images")
        role.connection.rollback()


def test_the_server_and_what_it_starts_get_no_more_rights(archive):
    """Workers and jobs have its limits from it, and what it gave up."""
    server = int((archive.var / "run" / "server.pid").read_text(encoding="ascii"))
    cut = requests.get(
        f"{archive.url}/cta/dl/soda/dlget",
        params={"ID": archive.scalar("SELECT MIN(obs_publisher_did) FROM cta.observation"),
                "CIRCLE": "83.63 22.01 0.01"},
        timeout=60,
    )  # fmt: skip
    assert cut.status_code in (200, 204)
    status = (f"/proc/{server}/status", *_of_children(server))
    assert len(status) > 1
    for path in status:
        text = Path(path).read_text(encoding="ascii")
        assert "NoNewPrivs:\t1" in text
        assert "CapEff:\t0000000000000000" in text
    limits = Path(f"/proc/{server}/limits").read_text(encoding="ascii")
    assert re.search(r"Max core file size +0 +0 ", limits)


def _of_children(pid):
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "status").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            # It has ended since.
            continue
        if f"\nPPid:\t{pid}\n" in text:
            yield folder / "status"


LENT = """
from gavo import base
from iact.dachs import connections

connections.lend_connections()

def run(*statements):
    with connections.lent_connection():
        connection = base.getDBConnection("untrustedquery")
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            print(cursor.fetchone())
        # As somebody's SQL could.
        connection.commit()

run("CREATE TEMP TABLE site (site text)", "SET statement_timeout = 0", "LISTEN mine",
    "PREPARE mine AS SELECT 1", "SELECT pg_backend_pid()")
run("SELECT pg_backend_pid()")
run("SELECT to_regclass('pg_temp.site') IS NULL, current_setting('statement_timeout'),"
    " (SELECT count(*) FROM pg_listening_channels()),"
    " (SELECT count(*) FROM pg_prepared_statements)")
"""


def test_nothing_of_a_query_is_left_for_the_next_one(archive):
    first, second, left = archive.gavo_python(LENT).splitlines()
    assert first == second
    assert left == "(True, '1h', 0, 0)"


def test_adql_does_not_know_until_when_a_row_is_hidden(archive):
    for table in visibility.OF_OBSERVATIONS:
        answer = requests.post(
            f"{archive.url}/tap/sync",
            {"LANG": "ADQL", "QUERY": f"SELECT hidden_until FROM cta.{table}"},
            timeout=60,
        )
        assert "column &#x27;hidden_until&#x27;" in answer.text or "'hidden_until'" in answer.text
        assert (
            "hidden_until" not in archive.tap.search(f"SELECT TOP 1 * FROM cta.{table}").fieldnames
        )

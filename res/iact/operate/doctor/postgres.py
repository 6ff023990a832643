"""Whether PostgreSQL is set, and its tables are kept, as queries need it."""

from __future__ import annotations

from collections.abc import Iterator

from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note, psql, warning

ROLES = ("untrusted", "gavo")
"""DaCHS's roles: for what users ask, and for its own questions."""

SESSIONS_EACH = 3
"""Sessions that DaCHS opens for one asynchronous TAP query, or where it runs synchronous ones in
its own way: the query's, its job's, and for metadata."""

_SCHEMAS = ("cta", "ivoa", "tap_schema", "dc", "uws")
FEW_ROWS = 10_000
"""Rows below which statistics and free space inside a table do not matter; a busy server's
tables of jobs change by some thousands between two rounds of autovacuum."""

LONG_SECONDS = 3600
_OLD_TRANSACTIONS = 1_000_000_000
"""Half of what PostgreSQL can count before it refuses to write (documentation, 24.1.5)."""


def compiling(case: Case) -> Iterator[Finding]:
    """Find roles whose queries are compiled, which takes longer than they do."""
    for role in ROLES:
        with case.session(role) as session, session.cursor() as cursor:
            cursor.execute("SHOW jit")
            if cursor.fetchone() != ("off",):
                yield fault(
                    f"PostgreSQL compiles plans (JIT) for the role {role}: that makes a cone"
                    " search three times slower.",
                    psql(f"ALTER ROLE {role} SET jit = off"),
                )


def connections(case: Case) -> Iterator[Finding]:
    """Compare how many sessions PostgreSQL allows with how many DaCHS opens under load."""
    ((allowed, used),) = case.rows(
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int,"
        " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
    )
    needed = SESSIONS_EACH * (case.dachs["threads"] + case.dachs["jobs"])
    if allowed < needed:
        yield fault(
            f"PostgreSQL allows {allowed} sessions, DaCHS opens up to {needed} under load"
            f" ({case.dachs['threads']} threads, {case.dachs['jobs']} jobs): queries fail then.",
            f"Put max_connections = {2 * needed} into {case.layout.etc}/postgresql.conf, then"
            " `bin/cta stop` and `bin/cta start`.",
        )
    if used > 0.8 * allowed:
        yield warning(
            f"{used} of {allowed} sessions of PostgreSQL are in use.",
            psql(
                "SELECT pid, usename, state, query_start, query FROM pg_stat_activity"
                " ORDER BY query_start"
            ),
        )


def statistics(case: Case) -> Iterator[Finding]:
    """Find tables whose statistics are out of date, and those that need a vacuum."""
    if case.rows("SELECT current_setting('autovacuum')::boolean") == [(False,)]:
        yield fault(
            "Autovacuum is off: statistics grow old, and removed rows keep their room.",
            f"Take autovacuum = off out of {case.layout.etc}/postgresql.conf, then `bin/cta stop`"
            " and `bin/cta start`.",
        )
    found = case.rows(
        "SELECT s.schemaname || '.' || s.relname, c.reltuples, s.n_live_tup, s.n_dead_tup,"
        " s.n_mod_since_analyze, coalesce(c.reloptions::text LIKE %s, false)"
        " FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid"
        " WHERE s.schemaname = ANY(%s) ORDER BY 1",
        ("%autovacuum_enabled=%f%", list(_SCHEMAS)),
    )
    for table, known, live, dead, changed, is_exempt in found:
        if is_exempt:
            yield warning(
                f"{table} is exempt from autovacuum.",
                psql(f"ALTER TABLE {table} RESET (autovacuum_enabled)"),
            )
        if known < 0 and live >= FEW_ROWS:
            yield fault(
                f"{table} has never been analysed: the planner guesses.",
                psql(f"ANALYZE {table}"),
            )
        elif changed > FEW_ROWS + 0.5 * max(known, 0):
            # Autovacuum would have come at a tenth, if it could.
            yield warning(
                f"{changed:,} rows of {table} have changed since it was analysed: the planner"
                f" takes it for a table of {max(known, 0):,.0f} rows as they were.",
                psql(f"ANALYZE {table}"),
            )
        if dead > FEW_ROWS + live:
            yield warning(
                f"{table} has more removed rows ({dead:,}) than rows ({live:,}).",
                psql(f"VACUUM (ANALYZE) {table}"),
            )
    ((age,),) = case.rows("SELECT max(age(datfrozenxid)) FROM pg_database")
    if age > _OLD_TRANSACTIONS:
        yield fault(
            f"PostgreSQL's oldest transaction is {age:,} transactions ago; it stops writing at"
            " 2,147,000,000.",
            psql("VACUUM (FREEZE)"),
        )


def transactions(case: Case) -> Iterator[Finding]:
    """Find sessions that have held their locks, and removed rows, for long."""
    for pid, role, state, age, program in case.rows(
        "SELECT pid, usename, state, extract(epoch FROM now() - xact_start)::int,"
        " application_name FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND pid <> pg_backend_pid() AND now() - xact_start > make_interval(secs => %s)",
        (LONG_SECONDS,),
    ):
        yield warning(
            f"A transaction of {role} ({program or 'no name'}, {state}) has been open for"
            f" {age // 60} minutes: what is removed meanwhile keeps its room, and changes of"
            " tables wait for it. Unless it is work that you know of, end it.",
            psql(f"SELECT pg_terminate_backend({pid})"),
        )


def indexes(case: Case) -> Iterator[Finding]:
    """Find indexes that are missing, broken, or being made just now."""
    being_made = {
        index: (pid, table)
        for index, pid, table in case.rows(
            "SELECT index_relid::regclass::text, pid, relid::regclass::text"
            " FROM pg_stat_progress_create_index"
        )
    }
    for pid, table in being_made.values():
        yield note(
            f"An index of {table} is being made by session {pid}; writers may wait for it. If it"
            " is left from a command that was killed, end it; else wait.",
            psql(f"SELECT pg_terminate_backend({pid})"),
        )
    for index, table in case.rows(
        "SELECT indexrelid::regclass::text, indrelid::regclass::text FROM pg_index"
        " WHERE NOT (indisvalid AND indisready) ORDER BY 1"
    ):
        if index not in being_made:
            yield fault(
                f"The index {index} of {table} was never finished: it costs at every change and"
                " helps no query. If a descriptor asks for it, it is missed here once it is gone.",
                psql(f"DROP INDEX {index}"),
            )
    there = {
        f"{schema}.{table} {name}"
        for schema, table, name in case.rows(
            "SELECT schemaname, tablename, indexname FROM pg_indexes"
        )
    }
    for table, name, statement in case.dachs["keys"]:
        if f"{table} {name}" not in there and case.has(table):
            # Made so, nobody who reads or writes waits for it.
            line = statement.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
            yield fault(f"{table} has no index {name}.", psql(line))

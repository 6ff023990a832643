"""Whether the queries that astronomers ask most find their rows by an index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from iact.archive.simulations import SIMULATED_ROWS
from iact.operate.doctor import plans
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note, psql

ROLE = "untrusted"
"""DaCHS's role for what users ask."""

STORES = ("cta.obscore_row", f"cta.{SIMULATED_ROWS}")
"""The tables behind our views; they are looked at however small they are, but for joins."""

LARGE = 10_000
"""Rows from which on reading a whole table takes longer than DaCHS itself does."""

SELECTIVE = 0.05
"""Part of a table's rows up to which an index is faster than reading all of it."""

_AVOID = {"enable_seqscan": "off", "enable_mergejoin": "off", "enable_hashjoin": "off"}
"""Settings under which whole tables are read only where nothing else is possible; the joins
that are off may go through a whole index."""

TABLES = ("cta.vo_obscore", "ivoa.obscore")

_HEA = "ivoa.obscore_hea"
_JOIN = "join with the high-energy extension"
_COLUMNS = "obs_id, target_name, t_min, access_url"
_CLASSES = {
    "cone": "1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', {ra}, {dec}, 1.0))",
    "point in field": "1 = CONTAINS(POINT('ICRS', {ra}, {dec}), s_region)",
    "region": "1 = INTERSECTS(s_region, CIRCLE('ICRS', {ra}, {dec}, 0.1))",
    "time window": "t_min >= {start} AND t_min < {start} + 0.01",
    "end of time window": "t_max >= {stop} AND t_max < {stop} + 0.01",
    "energy, upper end": "em_min <= {em_min}",
    "energy, lower end": "em_max >= {em_max}",
    "obs_id": "obs_id = '{obs_id}'",
    "obs_publisher_did": "obs_publisher_did = '{did}'",
    "target": "target_name = '{target}'",
}
"""Conditions by name of the query."""

_EXAMPLE = f"""
    SELECT s_ra AS ra, s_dec AS dec, t_min AS start, t_max AS stop, obs_id,
      obs_publisher_did AS did, target_name AS target,
      (SELECT min(em_min) FROM {STORES[0]}) AS em_min,
      (SELECT max(em_max) FROM {STORES[0]}) AS em_max
    FROM {STORES[0]}
    WHERE s_ra IS NOT NULL AND t_min IS NOT NULL AND target_name IS NOT NULL LIMIT 1"""
_NO_EXAMPLE = (83.63, 22.01, 59000.0, 59000.02, "1", "ivo://x/~?1", "Crab Nebula", 1e-20, 1e-16)


def questions(case: Case) -> dict[str, str]:
    """Return ADQL by name, each with values for which few rows answer.

    Parameters
    ----------
    case
        The data centre, with its database.
    """
    (example,) = case.rows(_EXAMPLE) or [_NO_EXAMPLE]
    names = ("ra", "dec", "start", "stop", "obs_id", "did", "target", "em_min", "em_max")
    values = {
        name: value.replace("'", "''") if isinstance(value, str) else value
        for name, value in zip(names, example, strict=True)
    }
    asked = {
        f"{name} in {table}": f"SELECT {_COLUMNS} FROM {table} WHERE {condition.format(**values)}"
        for table in TABLES
        for name, condition in _CLASSES.items()
        # An archive may have files without energies.
        if "{em_" not in condition or values["em_min"] is not None
    }
    if case.has(_HEA):
        asked[_JOIN] = (
            f"SELECT {_COLUMNS} FROM ivoa.obscore NATURAL JOIN {_HEA}"
            f" WHERE obs_id = '{values['obs_id']}'"
        )
    return asked


def check(case: Case) -> Iterator[Finding]:
    """Find queries that would read a whole table."""
    translated = case.dachs["queries"]
    sizes = {
        name: float(rows)
        for name, rows in case.rows(
            # Of those two, one may be out of date.
            "SELECT n.nspname || '.' || c.relname,"
            " greatest(c.reltuples, pg_stat_get_live_tuples(c.oid)) FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')"
        )
    }
    if sum(sizes.get(table, 0) for table in STORES) < LARGE:
        yield note(
            f"The archive is small (fewer than {LARGE:,} observations): that its indexes can"
            " be used is looked at, not that they are.",
            "Nothing to do.",
        )
    with case.session(ROLE) as session, session.cursor() as cursor:
        for name, made in translated.items():
            if "error" in made:
                yield fault(
                    f"DaCHS refuses the query by {name}: {made['error']}",
                    "`bin/cta setup` makes or completes the tables.",
                )
                continue
            usual = _plan(cursor, made["sql"], made["settings"])
            forced = _plan(cursor, made["sql"], _AVOID)
            # Of small tables, any order of a join costs the same: one may be read as a whole.
            looked_at = () if name == _JOIN else STORES
            for table, reason in whole_reads(usual, forced, sizes, looked_at).items():
                yield fault(
                    f"A query by {name} reads all of {table}: {reason}.",
                    "Mend what is said here about indexes, statistics and settings; then see"
                    f" {psql('EXPLAIN ' + made['sql'])}",
                )


def _plan(cursor: Any, sql: str, settings: dict[str, str]) -> Any:
    """Return a statement's plan under some settings of its session."""
    cursor.execute("RESET ALL")
    for name, value in settings.items():
        cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    cursor.execute("EXPLAIN (FORMAT JSON, VERBOSE) " + sql)
    (plan,) = cursor.fetchone()
    return plan


def whole_reads(
    usual: Any, forced: Any, sizes: dict[str, float], looked_at: Collection[str] = STORES
) -> dict[str, str]:
    """Return the tables that a query reads as a whole and should not, and why it does.

    Parameters
    ----------
    usual
        The plan by which DaCHS's query runs.
    forced
        Its plan where PostgreSQL was told to avoid reading whole tables: one that is still
        read so has no index that fits.
    sizes
        Rows of each table.
    looked_at
        Tables that must be searched by an index however small they are.
    """
    unused = {
        scan.table: "its statistics or settings keep PostgreSQL from using an index"
        for scan in plans.scans(usual)
        if not scan.searches
        and sizes.get(scan.table, 0) >= LARGE
        # Where most rows answer, reading all of them is right.
        and scan.rows <= SELECTIVE * sizes[scan.table]
    }
    unusable = {
        scan.table: "no index leads to its rows"
        for scan in plans.scans(forced)
        if not scan.searches and (scan.table in looked_at or sizes.get(scan.table, 0) >= LARGE)
    }
    return unused | unusable

"""The archive's tables as a whole: to compare them, to keep them, and to put them back."""

from __future__ import annotations

from typing import Any

from iact.archive.load import COPY_ORDER, NAME_KEYS

ALL = (*NAME_KEYS, *COPY_ORDER)
#: Tables whose rows are of one observation each.
OF_OBSERVATIONS = COPY_ORDER[: COPY_ORDER.index("source_file")]
#: Columns that tell when something was read.
_TIMES = ("imported", "noticed")
_KEPT = "drill_before"

#: Rows of each table, sorted; a row is a dictionary of texts.
Snapshot = dict[str, list[dict[str, str | None]]]


def snapshot(cursor: Any) -> Snapshot:
    """Return all rows of all tables, but not when they were imported."""
    return {table: _rows(cursor, table) for table in ALL}


def _rows(cursor: Any, table: str) -> list[dict[str, str | None]]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'cta' AND table_name = %s ORDER BY ordinal_position",
        (table,),
    )
    names = [name for (name,) in cursor if name not in _TIMES]
    cursor.execute(f"SELECT {', '.join(f'{name}::text' for name in names)} FROM ONLY cta.{table}")
    return sorted((dict(zip(names, row, strict=True)) for row in cursor), key=str)


def observations(tables: Snapshot) -> dict[tuple[str | None, ...], list[object]]:
    """Return everything that there is about each observation."""
    found: dict[tuple[str | None, ...], list[object]] = {}
    for table in OF_OBSERVATIONS:
        for row in tables[table]:
            key = row["obs_collection"], row["obs_id"], row["event_type"]
            found.setdefault(key, []).append((table, row))
    return found


def difference(found: Snapshot, expected: Snapshot) -> list[str]:
    """Return what one snapshot has that the other has not."""
    lines = []
    for table in ALL:
        lines += [f"{table}: too much: {row}" for row in found[table] if row not in expected[table]]
        lines += [f"{table}: missing: {row}" for row in expected[table] if row not in found[table]]
        if len(found[table]) != len(expected[table]):
            lines.append(f"{table}: {len(found[table])} rows, expected {len(expected[table])}")
    return lines


def keep(cursor: Any) -> None:
    """Put a copy of all tables aside."""
    cursor.execute(f"DROP SCHEMA IF EXISTS {_KEPT} CASCADE; CREATE SCHEMA {_KEPT}")
    for table in ALL:
        cursor.execute(f"CREATE TABLE {_KEPT}.{table} AS SELECT * FROM ONLY cta.{table}")


def put_back(cursor: Any) -> None:
    """Make all tables what they were when they were put aside; nobody may be using them."""
    cursor.execute("SET lock_timeout = '10s'")
    cursor.execute(f"TRUNCATE {', '.join(f'cta.{table}' for table in ALL)}")
    for table in ALL:
        cursor.execute(f"INSERT INTO cta.{table} SELECT * FROM {_KEPT}.{table}")

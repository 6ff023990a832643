"""Tables and views as resource descriptors have them, and what of them the database has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column as the resource descriptor has it.

    Parameters
    ----------
    name, sql_type
        As PostgreSQL knows them.
    required
        Whether it is NOT NULL.
    """

    name: str
    sql_type: str
    required: bool = False


@dataclass(frozen=True)
class Relation:
    """A table or view as the resource descriptor has it.

    Parameters
    ----------
    name
        With the schema.
    columns
        In the order of the descriptor.
    statement
        ``CREATE VIEW ...`` of a view; empty for a table.
    """

    name: str
    columns: tuple[Column, ...]
    statement: str = ""


def missing_columns(cursor: Any, relation: Relation) -> list[Column] | None:
    """Compare a relation with the one in the database.

    Parameters
    ----------
    cursor
        Of a psycopg2 connection.
    relation
        As it should be.

    Returns
    -------
    list of Column or None
        Columns to add; none also where the relation is not there at all. `None` where
        the difference is of another kind: columns that are there but not wanted, have
        another type, or would have to be filled. Of views only the columns' names and
        types count.
    """
    present = columns_of(cursor, relation.name)
    if not present:
        return []
    wanted = {column.name: _type_oid(cursor, column.sql_type) for column in relation.columns}
    if present.keys() - wanted.keys() or any(wanted[name] != present[name] for name in present):
        return None
    missing = [column for column in relation.columns if column.name not in present]
    return None if any(column.required for column in missing) else missing


def columns_of(cursor: Any, name: str) -> dict[str, int]:
    """Return the columns of a relation that is there, in its order, with their types."""
    cursor.execute(
        "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (name,),
    )
    return dict(cursor.fetchall())


def _type_oid(cursor: Any, sql_type: str) -> int | None:
    cursor.execute("SELECT to_regtype(%s)::oid", (sql_type,))
    found: int | None = cursor.fetchone()[0]
    return found

"""Tables of an archive that serves get new columns, its views new statements.

All of a change happens in one transaction, so that no query ever misses a table, a
column or a view. It waits for the queries that are under way, but nobody waits for it:
a statement that waits for its lock makes all later queries wait behind it, so it gives
up after `LOCK_TIMEOUT`, and tries again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors

from iact.archive import simulations, visibility
from iact.errors import CtaError

#: Longest time that queries wait behind a change.
LOCK_TIMEOUT = "200ms"
#: Tries, and the pause between them, s: a minute in all.
TRIES, PAUSE = 150, 0.2

_GIVE_UP = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


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
    present = _present(cursor, relation.name)
    if not present:
        return []
    wanted = {column.name: _type_oid(cursor, column.sql_type) for column in relation.columns}
    if present.keys() - wanted.keys() or any(wanted[name] != present[name] for name in present):
        return None
    missing = [column for column in relation.columns if column.name not in present]
    return None if any(column.required for column in missing) else missing


def _present(cursor: Any, name: str) -> dict[str, int]:
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


def change(
    connection: Any,
    additions: Sequence[tuple[str, Column]],
    views: Sequence[Relation],
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Add columns, hide what is to be hidden, and give views their statements, while others query.

    Views that have other columns now are made anew; the views that are built on them come
    back as they were, with their owners' grants.

    Parameters
    ----------
    connection
        Of the role that owns the relations; the change is committed.
    additions
        Names of tables, and what to add to them.
    views
        As they should be.
    tries, sleep
        How often to try, and how to wait in between.

    Raises
    ------
    CtaError
        Queries have held the relations all the time, somebody else's view or a materialized
        one is built on a view that gets other columns, or PostgreSQL refuses the change;
        nothing has changed.
    """
    for attempt in range(tries):
        if attempt:
            sleep(PAUSE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                _lock(cursor, views)
                for table, column in additions:
                    cursor.execute(
                        f"ALTER TABLE {table} ADD COLUMN {column.name} {column.sql_type}"
                    )
                simulations.ensure(cursor)
                visibility.ensure(cursor)
                for view in views:
                    _renew(cursor, view, views)
            connection.commit()
            return
        except _GIVE_UP:
            connection.rollback()
        except psycopg2.Error as error:
            connection.rollback()
            raise CtaError(
                f"The tables cannot be changed ({str(error).strip()}); nothing has changed."
            ) from error
    names = ", ".join(dict.fromkeys([*(table for table, _ in additions), *(v.name for v in views)]))
    raise CtaError(
        f"{names} cannot be changed: queries use them all the time. Run `bin/cta setup` again"
        " later, or stop the server first."
    )


def hide(cursor: Any, tries: int = TRIES, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Do what `simulations.ensure` and `visibility.ensure` do, while others query.

    Parameters
    ----------
    cursor
        As `visibility.ensure` wants it; in a transaction, whose locks last until its end.
    tries, sleep
        How often to try, and how to wait in between.

    Returns
    -------
    bool
        Whether there was anything to do. Then the caller should commit soon.

    Raises
    ------
    CtaError
        Queries have held the tables all the time; nothing has changed.
    """
    cursor.execute("SELECT current_setting('lock_timeout')")
    (before,) = cursor.fetchone()
    for attempt in range(tries):
        if attempt:
            sleep(PAUSE)
        cursor.execute("SAVEPOINT hide")
        try:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            simulations.ensure(cursor)
            changed = visibility.ensure(cursor)
        except _GIVE_UP:
            # The locks that it has got, and its setting, go as well.
            cursor.execute("ROLLBACK TO SAVEPOINT hide")
            continue
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", (before,))
        cursor.execute("RELEASE SAVEPOINT hide")
        return changed
    raise CtaError(
        "What hides observations until their release cannot be made: queries use the tables all"
        " the time. Run the same command again later, or stop the server first."
    )


def _lock(cursor: Any, views: Sequence[Relation]) -> None:
    """Keep queries out of views, from the last to the first.

    A query locks a view before those that it is built on. In the other order, the change and a
    query would hold what the other one waits for, again and again where queries are many.
    """
    for view in reversed(views):
        if _present(cursor, view.name):
            # LOCK would lock the tables, too; this locks the view alone, and changes nothing.
            cursor.execute(f"ALTER VIEW {view.name} RESET (security_barrier)")


def _renew(cursor: Any, view: Relation, views: Sequence[Relation]) -> None:
    present = _present(cursor, view.name)
    if not present:
        # `dachs imp` makes it, with all that goes with it; unless a view that is there is
        # to be built on it.
        if _is_needed(cursor, view, views):
            cursor.execute(view.statement)
        return
    same_order = list(present) == [column.name for column in view.columns]
    if same_order and missing_columns(cursor, view) == []:
        cursor.execute(re.sub(r"\bCREATE VIEW\b", "CREATE OR REPLACE VIEW", view.statement))
        return
    # CREATE OR REPLACE can add columns at the end only, and neither remove nor move any.
    own, *built_on_it = _with_dependents(cursor, view.name)
    if others := [found.name for found in built_on_it if not found.ours]:
        raise CtaError(
            f"{', '.join(others)}, which somebody has built on {view.name} or what is made"
            " of it, would be lost when that gets other columns. Drop it, run `bin/cta setup`"
            " again, and make it anew."
        )
    cursor.execute(f"DROP VIEW {view.name} CASCADE")
    cursor.execute(view.statement)
    _grant(cursor, own)
    for other in built_on_it:
        cursor.execute(f"CREATE VIEW {other.name} AS {other.statement}")
        _grant(cursor, other)


def _is_needed(cursor: Any, view: Relation, views: Sequence[Relation]) -> bool:
    """Tell whether a view that is there is to be built on another one, or on one of its."""
    name = re.compile(rf"\b{re.escape(view.name)}\b")
    return any(
        _present(cursor, other.name) != {} or _is_needed(cursor, other, views)
        for other in views
        if other is not view and name.search(other.statement)
    )


@dataclass(frozen=True)
class _View:
    """A view that is there: its query, who may do what with it, whether we can make it."""

    name: str
    statement: str
    grants: list[tuple[str, str]]
    ours: bool


def _with_dependents(cursor: Any, name: str) -> list[_View]:
    """Return a view and all views that are built on it, each after those it needs."""
    cursor.execute(
        """
        WITH RECURSIVE found(oid, level) AS (
            SELECT %s::regclass::oid, 0
            UNION SELECT rule.ev_class, level + 1
            FROM found
            JOIN pg_depend AS link ON link.refobjid = found.oid
                AND link.refclassid = 'pg_class'::regclass
                AND link.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS rule ON rule.oid = link.objid AND rule.ev_class <> found.oid)
        SELECT found.oid::regclass::text, pg_get_viewdef(found.oid), found.oid,
            relkind = 'v' AND pg_get_userbyid(relowner) = current_user
        FROM found JOIN pg_class ON pg_class.oid = found.oid
        GROUP BY found.oid, relkind, relowner ORDER BY max(level), found.oid
        """,
        (name,),
    )
    return [
        _View(found, statement, _grants(cursor, oid), ours)
        for found, statement, oid, ours in cursor.fetchall()
    ]


def _grants(cursor: Any, oid: int) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT acl.privilege_type, CASE acl.grantee WHEN 0 THEN 'PUBLIC'"
        " ELSE acl.grantee::regrole::text END"
        " FROM pg_class, aclexplode(relacl) AS acl"
        " WHERE pg_class.oid = %s AND acl.grantee <> relowner",
        (oid,),
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    return found


def _grant(cursor: Any, view: _View) -> None:
    for privilege, role in view.grants:
        cursor.execute(f"GRANT {privilege} ON {view.name} TO {role}")

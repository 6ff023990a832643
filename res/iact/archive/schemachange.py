"""Tables of an archive that serves get new columns, its views new statements.

All of a change happens in one transaction, so that no query ever misses a table, a
column or a view. It waits for the queries that are under way, but nobody waits for it:
a statement that waits for its lock makes all later queries wait behind it, so it gives
up after `LOCK_TIMEOUT`, and tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2
import psycopg2.errors

from iact.archive import simulations, visibility
from iact.archive.relations import Column, Relation, columns_of
from iact.archive.viewrenewal import renew
from iact.errors import CtaError

#: Longest time that queries wait behind a change.
LOCK_TIMEOUT = "200ms"
#: Tries, and the pause between them, s: a minute in all.
TRIES, PAUSE = 150, 0.2

_GIVE_UP = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


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
                    renew(cursor, view, views)
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
        if columns_of(cursor, view.name):
            # LOCK would lock the tables, too; this locks the view alone, and changes nothing.
            cursor.execute(f"ALTER VIEW {view.name} RESET (security_barrier)")

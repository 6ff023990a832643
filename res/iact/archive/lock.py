"""The lock of ingestion: one at a time changes the tables, and the others can say who."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Number of PostgreSQL's advisory lock: "cta" in ASCII, and a version.
LOCK = 0x63746101

#: Seconds between two attempts. Waiting inside PostgreSQL could not be interrupted.
RETRY_SECONDS = 0.2


@contextmanager
def held(connection: Any, purpose: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock; where another one has it, wait.

    Where an error ends it the lock is given back with the session, so that nobody works
    on what is not settled yet.

    Parameters
    ----------
    connection
        A psycopg2 connection.
    purpose
        What others who wait are told of this one, ASCII, less than 40 characters.
    waiting
        Told who has the lock, once, before waiting.

    Raises
    ------
    psycopg2.Error
        If the database goes away.
    """
    _take(connection, "", purpose, waiting)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def take_until_commit(connection: Any, purpose: str, waiting: Callable[[str], None]) -> None:
    """Take the lock until the transaction ends; parameters as for `held`."""
    _take(connection, "xact_", purpose, waiting)


def _take(connection: Any, scope: str, purpose: str, waiting: Callable[[str], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('application_name', %s, %s)",
            (f"{purpose}, process {os.getpid()}", bool(scope)),
        )
        told = False
        while not _try(cursor, scope):
            if not told:
                waiting(holder(cursor))
                told = True
            time.sleep(RETRY_SECONDS)


def _try(cursor: Any, scope: str) -> bool:
    cursor.execute(f"SELECT pg_try_advisory_{scope}lock(%s)", (LOCK,))
    return bool(cursor.fetchone()[0])


def holder(cursor: Any) -> str:
    """Return who has the lock: what it does, its process and since when.

    Parameters
    ----------
    cursor
        Of a role that may see the holder's session: its own, or a superuser's.
    """
    cursor.execute(
        "SELECT a.application_name, a.pid,"
        " to_char(a.backend_start AT TIME ZONE 'utc', 'YYYY-MM-DD HH24:MI:SS')"
        " FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
        # How PostgreSQL shows a lock that has one number of 64 bits.
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = 0"
        " AND l.objid = %s"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (LOCK,),
    )
    row = cursor.fetchone()
    if row is None:
        return "it is ending just now"
    name, pid, since = row
    # What a session of the superuser does, others do not see.
    said = f"{name}, since {since} UTC, " if since else ""
    return f"{said}PostgreSQL's process {pid}"

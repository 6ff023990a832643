"""Queries that PostgreSQL plans once for each connection.

What users may see is in policies of each table (`iact.archive.visibility`), so that planning
takes several times as long as looking up a few datasets by their keys.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Sequence
from typing import Any

#: Names of what each connection has prepared.
_prepared: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def execute(cursor: Any, name: str, query: str, values: Sequence[object]) -> None:
    """Execute a query that the cursor's connection has planned before, or plans now.

    Parameters
    ----------
    cursor
        Of a connection of psycopg2.
    name
        For the query; always the same one's.
    query
        With ``%s`` for each value. Every percent sign begins one of these.
    values
        As many as there are.
    """
    known = _prepared.setdefault(cursor.connection, set())
    if name not in known:
        places = iter(range(1, len(values) + 1))
        numbered = re.sub("%s", lambda _: f"${next(places)}", query)
        cursor.execute(f"PREPARE {name} AS {numbered}")
        known.add(name)
    cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", tuple(values))

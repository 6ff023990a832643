"""Queries in PostgreSQL itself, by the role and through the socket that DaCHS uses."""

from __future__ import annotations

import html
import re
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2

from bench.archive import Archive
from bench.share import part
from iact.operate.layout import DATABASE, PG_PORT

_ROUNDS = part(3)
_SQL = re.compile(r'<INFO[^>]*name="sql_query"[^>]*value="([^"]*)"')


def made_by_dachs(url: str, adql: str) -> str:
    """Return the SQL that DaCHS makes of ADQL, as its answer tells it."""
    words = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": adql}).encode()
    with urllib.request.urlopen(f"{url}/tap/sync", words, timeout=300) as answer:
        found = _SQL.search(answer.read().decode())
    if found is None:
        raise RuntimeError(f"{url} does not say which SQL it made of {adql}")
    return html.unescape(found[1]).replace("%%", "%")


@contextmanager
def user_of(archive: Archive) -> Iterator[Any]:
    """Give a cursor of the role that asks for TAP's users."""
    connection = psycopg2.connect(
        host=str(archive.var / "sock"), port=PG_PORT, dbname=DATABASE, user="untrusted"
    )
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    _prepare(cursor, sql)
    cursor.execute(sql)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def in_turns(cursor: Any, *ways: Sequence[str]) -> list[float]:
    """Return the median seconds of several ways to ask the same, which take turns."""
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(_ROUNDS):
        for queries in zip(*ways, strict=True):
            for way, sql in enumerate(queries):
                _prepare(cursor, sql)
                start = time.perf_counter()
                cursor.execute(sql)
                cursor.fetchall()
                seconds[way].append(time.perf_counter() - start)
    return [statistics.median(each) for each in seconds]


def _prepare(cursor: Any, sql: str) -> None:
    """Begin a transaction with the settings that DaCHS gives a query."""
    cursor.connection.rollback()
    cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
    if "q3c_" in sql:
        # gavo.protocols.adqlglue.runTAPQuery does so, by the text of the query.
        cursor.execute("SET LOCAL enable_seqscan = off")

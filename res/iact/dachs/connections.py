"""Connections to the database outlive a synchronous query.

Stock DaCHS opens a connection for each TAP query. To make it takes PostgreSQL 3 ms, and a new
one has to read the catalogue before it can plan a query on tables of a hundred columns:
5 ms, where the query itself takes half of one.
"""

import threading
import time
from contextlib import contextmanager

import psycopg2
from gavo import base

from iact.dachs.pools import works

#: As long is a connection used, in seconds: what the operator sets for its role, and what
#: PostgreSQL keeps in its memory for it, is renewed then.
_LIFE = 300.0
_PROFILE = "untrustedquery"

_kept = []
_lent = threading.local()

#: Called in a query's thread before its connection can become another's.
before_return = []


def lend_connections():
    """Have DaCHS use, within `lent_connection`, the connection that is lent to the thread."""
    stock = base.getDBConnection

    def get(profile, *args, **kwargs):
        lent = getattr(_lent, "connection", None)
        if lent is None or profile != _PROFILE or args or kwargs:
            return stock(profile, *args, **kwargs)
        return lent

    base.getDBConnection = get


@contextmanager
def lent_connection():
    """Lend a connection to this thread, and take it back as it was before its use.

    The transaction is rolled back and all settings are undone, whatever happened; a connection
    with which that fails is not used again.
    """
    connection, until = _take()
    _lent.connection = connection
    try:
        yield
    finally:
        _lent.connection = None
        try:
            for function in before_return:
                function()
        finally:
            _take_back(connection, until)


def _take():
    """Return a connection that works, and when its life ends."""
    while True:
        try:
            # Another thread may take the last one between a look and this.
            connection, until = _kept.pop()
        except IndexError:
            break
        if time.monotonic() < until and works(connection):
            return connection, until
        _close(connection)
    connection = base.getDBConnection(_PROFILE)
    # DaCHS closes what it has used.
    connection.close = lambda: None
    return connection, time.monotonic() + _LIFE


def _take_back(connection, until):
    """Keep a connection for the next query, and close those that nobody needed in their life."""
    try:
        _discard(connection)
    except psycopg2.Error:
        _close(connection)
    else:
        _kept.append((connection, until))
    now = time.monotonic()
    for kept in [kept for kept in tuple(_kept) if kept[1] <= now]:
        try:
            _kept.remove(kept)
        except ValueError:
            # Another thread has taken it.
            continue
        _close(kept[0])


def _discard(connection):
    """Leave nothing of a query in its session, whatever it was: settings, locks, temporary tables.

    Temporary tables and types come before those of the same name in any schema.
    """
    connection.rollback()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")
    connection.autocommit = False


def _close(connection):
    type(connection).close(connection)

"""Rows of results come a few at a time where they are large, or many.

Stock DaCHS fetches 100,000 rows at once, and all there are, up to 20 million, where the query has
"group" or "ivoa.obscore" in it, for PostgreSQL does not work in parallel for rows that are fetched.
"""

import itertools
import random

from gavo import base

from iact.dachs import known

#: Debian 12 (2.7), Debian 13 (2.11) and 2.13.
KNOWN = known.Known(
    "its sparing way to fetch rows",
    {"gavo.rsc.qtable:QueryTable.__iter__": {"c06dacaebaa5b1d2"}},
    "queries with large results take the server's memory",
)
#: Values that may come all at once where PostgreSQL could work in parallel: some 50 MB, where none
#: of them is large.
_FEW = 400_000
#: Rows that are fetched at once first and at most, and by which factor more are the next time;
#: bytes of texts that they may have then.
_FIRST, _MOST, _FACTOR, _BYTES = 4, 4096, 4, 16 * 10**6
#: Of every so many rows the size is looked at.
_STRIDE = 16
_WITH_LENGTH = (str, bytes, memoryview, list)
#: What DaCHS runs as one query, if there are few rows.
_PARALLEL = ("group", "ivoa.obscore")
#: What makes large values of small ones.
_MAKING_LARGE = ("||", "_agg", "repeat", "concat", "pad(", "replace", "array", "format(")
#: Whether uploaded tables are there: their values are as large as the client wants.
_UPLOADS = "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_my_temp_schema())"


def fetch_few():
    """Fetch rows in batches whose size follows the rows'; return whether DaCHS lets us."""
    if not KNOWN.fits():
        return False
    known.replace("gavo.rsc.qtable:QueryTable.__iter__", _iterating)
    return True


def _iterating(stock):
    del stock

    def rows(table):
        if table.connection is None:
            raise base.ReportableError("QueryTable already exhausted.")
        most = getattr(table.tableDef, "overflowLimit", None)
        cursor = table.connection.cursor(*_name_of_cursor(table, most))
        cursor.execute(table.query)
        number = 0
        try:
            for row in _fetched(cursor):
                number += 1
                yield table.tableDef.makeRowFromTuple(row)
            cursor.close()
            if most == number:
                table.setMeta("_queryStatus", "OVERFLOW")
        finally:
            table.cleanup()

    return rows


def _name_of_cursor(table, most):
    at_once = most is not None and _may_come_at_once(table, most)
    return () if at_once else (f"rows{id(table):x}",)


def _may_come_at_once(table, most):
    query = table.query.lower()
    return (
        any(word in query for word in _PARALLEL)
        and not any(word in query for word in _MAKING_LARGE)
        and most * len(table.tableDef.columns) <= _FEW
        and not _has_uploads(table.connection)
    )


def _has_uploads(connection):
    with connection.cursor() as cursor:
        cursor.execute(_UPLOADS)
        ((found,),) = cursor.fetchall()
    return found


def _fetched(cursor):
    """Yield the rows of a query that has been executed."""
    wanted = _FIRST
    while rows := cursor.fetchmany(wanted):
        yield from rows
        # Where nobody can foresee it: the rows between may be large.
        first = random.randrange(min(_STRIDE, len(rows)))
        largest = max(map(_size, itertools.islice(rows, first, None, _STRIDE)))
        wanted = max(1, min(wanted * _FACTOR, _MOST, _BYTES // (largest + 1)))


def _size(row):
    return sum(len(value) for value in row if isinstance(value, _WITH_LENGTH))

"""Rows of results come a few at a time where they are large, or many.

Stock DaCHS fetches 100,000 rows at once, and all there are, up to 20 million, where the query has
"group" or "ivoa.obscore" in it, for PostgreSQL does not work in parallel for rows that are fetched.
"""

import itertools

from gavo import base

from iact.dachs import known

#: Debian 12 (2.7), Debian 13 (2.11) and 2.13.
KNOWN = known.Known(
    "its sparing way to fetch rows",
    {"gavo.rsc.qtable:QueryTable.__iter__": {"c06dacaebaa5b1d2"}},
    "queries with large results take the server's memory",
)
#: Rows that may come all at once where PostgreSQL could work in parallel.
_FEW = 20_000
#: Rows that are fetched at once first and at most, and by which factor more are the next time;
#: bytes of texts that they may have then.
_FIRST, _MOST, _FACTOR, _BYTES = 4, 4096, 4, 16 * 10**6
#: Of every so many rows the size is looked at.
_STRIDE = 16
#: What DaCHS runs as one query, if there are few rows.
_PARALLEL = ("group", "ivoa.obscore")


def fetch_few():
    """Have this process's queries fetch so; return whether they do."""
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
    query = table.query.lower()
    is_parallel = any(word in query for word in _PARALLEL)
    return () if is_parallel and most is not None and most <= _FEW else (f"rows{id(table):x}",)


def _fetched(cursor):
    """Yield the rows of a query that has been executed."""
    wanted = _FIRST
    while rows := cursor.fetchmany(wanted):
        yield from rows
        largest = max(map(_size, itertools.islice(rows, 0, None, _STRIDE)))
        wanted = max(1, min(wanted * _FACTOR, _MOST, _BYTES // (largest + 1)))


def _size(row):
    return sum(len(value) for value in row if isinstance(value, str | bytes))

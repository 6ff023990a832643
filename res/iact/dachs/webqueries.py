"""Queries of the web server's forms have the limits that the server has for them.

Stock DaCHS takes from the client how long a query may run, and how many rows the form for ADQL
holds in memory.
"""

from gavo import base

from iact.dachs import known

_OPTIONS = "gavo.svcs.common:QueryMeta._fillDbOptions"
_RUN = "gavo.protocols.adqlglue:ADQLCore.run"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how long clients' queries may run",
    {
        "gavo.svcs.common:QueryMeta._fillDbOptions": {"52ba65d2cebfc00d"},
        "gavo.protocols.adqlglue:ADQLCore.run": {
            "586fc76bba58781a",
            "d204e3659f9e7e9c",
            "7060fb79c76ecc9f",
        },
    },
    "one client can keep all others waiting",
    protects=True,
)
#: Rows that a page shows, where the client wants more than stock DaCHS gives by itself.
MOST_ROWS = 10_000
_TIMEOUT, _LIMIT, _DIRECTION = "timeout", "dbLimit", "_DBOPTIONS_DIR"


def install():
    """Limit the time and the rows of queries that come by forms."""
    KNOWN.fits()
    known.replace(_OPTIONS, _of_limited_time)
    known.replace(_RUN, _of_few_rows)


def _of_limited_time(stock):
    def fill(query_meta, arguments):
        if arguments.get(_DIRECTION, "ASC") not in ("ASC", "DESC"):
            raise base.ValidationError("Rows can be sorted by ASC or DESC.", _DIRECTION)
        stock(query_meta, arguments)
        limit = base.getConfig("web", "sqlTimeout")
        # Not a number is not less, either.
        if not query_meta[_TIMEOUT] <= limit:
            query_meta[_TIMEOUT] = limit

    return fill


def _of_few_rows(stock):
    def run(core, service, input_table, query_meta):
        limit = query_meta[_LIMIT]
        query_meta[_LIMIT] = MOST_ROWS if limit is None else min(max(limit, 0), MOST_ROWS)
        return stock(core, service, input_table, query_meta)

    return run

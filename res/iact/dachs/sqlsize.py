"""The SQL that a query becomes is not much longer than the query.

Some functions of ADQL are written with their arguments several times: a BOX has each of its own up
to four times. Where they are nested, each level multiplies what is in it, and some hundred
characters become gigabytes, in the process that answers everybody.
"""

from gavo import base

from iact.dachs import effort, known

#: Characters of SQL: PostgreSQL takes some 500 bytes for each. A list of a thousand identifiers of
#: datasets is some 65,000.
MOST = 10**6
_FLATTEN = "gavo.adql.nodes:flatten"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "limiting the SQL that queries become",
    {"gavo.adql.nodes:flatten": {"938e705f14bc8b92", "471c58f1d56008b7"}},
    "a short query can take all memory of the server",
    protects=True,
)
#: Other names of it in DaCHS.
_ALIASES = ("gavo.adql:flatten", "gavo.adql.morphpg:flatten")
_TOO_LONG = (
    f"The query would become more than {MOST:,} characters of SQL: use fewer"
    " functions within each other, and send long lists as a table with the query (UPLOAD)."
)


def install():
    """Refuse queries that become too much SQL."""
    KNOWN.fits()
    for name in (_FLATTEN, *_ALIASES):
        known.replace(name, _of_some_length)


def _of_some_length(stock):
    def flatten(node):
        effort.go_on()
        text = stock(node)
        if len(text) > MOST:
            raise base.ValidationError(_TOO_LONG, "query")
        return text

    return flatten

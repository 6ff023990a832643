"""Limit how often an expression of a query uses columns, through all its subqueries.

PostgreSQL evaluates a subquery's column as often as it is used, and what that is made of as often
again; DaCHS multiplies the texts of units in the same way. So a few hundred characters can take all
memory.
"""

from gavo import base

from iact.dachs import known

_INIT = "gavo.adql.fieldinfo:FieldInfo.__init__"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "limits of what expressions of a query are made of",
    {_INIT: {"adb40862bb5e7faa"}},
    "short queries can take all memory",
)
#: Uses of columns in one expression, and characters of its unit.
USES, UNIT = 1000, 200


def install():
    """Refuse expressions that use columns too often, and drop units that are too long."""
    if not KNOWN.fits():
        return False
    known.replace(_INIT, _of_limited_size)
    return True


def _of_limited_size(stock):
    def init(info, type, unit, ucd, userData=(), *args, **kwargs):
        if len(userData) > USES:
            raise base.ValidationError(
                f"An expression of the query uses columns more than {USES:,} times, counting what"
                " its subqueries are made of: compute parts of it in queries of their own.",
                "query",
            )
        if unit is not None and len(unit) > UNIT:
            unit = ""
        stock(info, type, unit, ucd, userData, *args, **kwargs)

    return init

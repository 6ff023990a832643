"""Units that clients name are read as units only.

Stock DaCHS has Python evaluate the numbers in a unit, behind a pattern that lets more than numbers
through; what then fails is an error of Python's.
"""

import re

from gavo.base.unitconv import BadUnit

from iact.dachs import known

_PARSE = "gavo.base.unitconv:parseUnit"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how units in queries are kept apart from code",
    {"gavo.base.unitconv:parseUnit": {"77cd5079c5689620", "4fcae82aa02126e2"}},
    "let nobody query it",
    protects=True,
)
#: Other names of it in DaCHS.
_ALIASES = ("gavo.base:parseUnit",)
_LONGEST = 100
#: A factor (VOUnits 1.0, section 2.8) that is less than 1 begins so; and powers are small.
_ODD, _LARGE = re.compile(r"0(?!\.[0-9])"), re.compile(r"\*\*[(]?[+-]?[0-9]{4}")


def install():
    """Have this process read units so."""
    KNOWN.fits()
    for name in (_PARSE, *_ALIASES):
        known.replace(name, _of_a_unit)


def _of_a_unit(stock):
    def parse(text, *grammar):
        if len(text) > _LONGEST or _ODD.match(text) or _LARGE.search(text):
            raise BadUnit(f"{text[:_LONGEST]!a} is no unit that is understood here.")
        try:
            return stock(text, *grammar)
        except (ArithmeticError, SyntaxError, TypeError, ValueError) as error:
            raise BadUnit(f"{text!a} is no unit that is understood here.") from error

    return parse

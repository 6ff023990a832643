"""Queries ask no other servers: functions that would are not offered.

Stock DaCHS has functions of ADQL that look words up in IVOA's vocabularies, or names in Simbad. A
client's query so has the server open connections to others and wait for them, and keep what they
answer in files and tables, as often as the client likes.
"""

from gavo.adql import ufunctions
from gavo.adql.common import UfuncError

# It brings one of the functions, which must be there to be taken away.
from gavo.protocols import simbadinterface  # noqa: F401

from iact.dachs import known

_FUNCTION = "gavo.adql.ufunctions:UserFunction._getFunc"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how queries are kept from asking other servers",
    {"gavo.adql.ufunctions:UserFunction._getFunc": {"956493d4cbf0ccd0"}},
    "see that the server opens no connections to others",
    protects=True,
)
#: Their names in DaCHS, and what to do instead.
_INSTEAD = {
    "GAVO_VOCMATCH": "name the terms that are wanted, with IN",
    "GAVO_SIMBADPOINT": "look the name up in Simbad, and send the position",
    "IVO_SIMBADPOINT": "look the name up in Simbad, and send the position",
}


def install():
    """Have this process offer no such functions."""
    KNOWN.fits()
    for name in _INSTEAD:
        ufunctions.UFUNC_REGISTRY.pop(name, None)
    known.replace(_FUNCTION, _saying_what_to_do)


def _saying_what_to_do(stock):
    def function(node):
        instead = _INSTEAD.get(node.funName.upper())
        if instead is not None:
            raise UfuncError(f"This server has no function {node.funName.lower()}: {instead}.")
        return stock(node)

    return function

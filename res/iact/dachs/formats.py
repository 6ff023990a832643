"""Results have media types of ours, whatever type the client asked for.

DaCHS answers with the client's own text where that begins as one of some types does, since DALI
wants to see the parameters of a type again; and reads its parameters in a time that grows with
the square of their length.
"""

from gavo.formats import CannotSerializeIn

from iact.access import mediatypes
from iact.dachs import known

_KEY, _TYPE = "gavo.formats.common:getMIMEKey", "gavo.formats.common:getMIMEFor"
#: DaCHS's own names for the same, which others of its modules use.
_NAMES = {_KEY: "gavo.formats:getMIMEKey", _TYPE: "gavo.formats:getMIMEFor"}
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how results have no other media types than ours",
    {
        "gavo.formats.common:getMIMEKey": {"3037d991a742fdd8", "ab1a314e961a7845"},
        "gavo.formats.common:getMIMEFor": {"bc0abe97d3f4e401"},
    },
    "let nobody query it",
    protects=True,
)
_SHOWN = 40


def install():
    """Read, and answer with, plain media types only."""
    KNOWN.fits()
    for name, make in ((_KEY, _of_short_texts), (_TYPE, _of_one_type)):
        for alias in (name, _NAMES[name]):
            known.replace(alias, make)


def _of_short_texts(stock):
    def key(content_type):
        if len(content_type) > mediatypes.LONGEST:
            raise CannotSerializeIn(f"{content_type[:_SHOWN]}…")
        return stock(content_type)

    return key


def _of_one_type(stock):
    def media_type(name, ordered=None):
        wanted = ordered if ordered and mediatypes.is_one(ordered) else None
        found = stock(name, wanted)
        return found if mediatypes.is_one(found) else mediatypes.UNKNOWN

    return media_type

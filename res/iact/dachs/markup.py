"""Tables and documents are XML whatever texts are in them.

Stock DaCHS writes characters that XML cannot have as they are: one in a cell of an uploaded table,
and no client can read the answer.
"""

from iact.access import xmltext
from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how texts are written in XML",
    {
        "gavo.utils.stanxml:escapePCDATA": {
            "b00b8ac09eb2f4e4",
            "53ee8f2123cb33fd",
            "2e307fe3b10cd01b",
        }
    },
    "a text with control characters makes an answer that no client reads",
)
#: All names of it in DaCHS.
_NAMES = (
    "gavo.utils.stanxml:escapePCDATA",
    "gavo.utils:escapePCDATA",
    "gavo.votable.model:escapePCDATA",
    "gavo.votable:escapePCDATA",
)


def install():
    """Write texts as XML can have them; return whether this is done."""
    if not KNOWN.fits():
        return False
    for name in _NAMES:
        known.replace(name, lambda stock: _text)
    return True


def _text(content):
    # From 2.13 on DaCHS has it take bytes, too.
    return xmltext.text(content.decode("utf-8") if isinstance(content, bytes) else content)

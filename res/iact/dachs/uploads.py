"""Tables that users send with a query come with the request, never from an address.

Stock DaCHS fetches any address that UPLOAD names. Anybody could so have the server open
connections inside its own network, to its own loopback interface even.
"""

from functools import partial

from gavo import base

from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how addresses in UPLOAD are refused",
    {
        "gavo.protocols.tap:parseUploadString": {"08dc66796ca8418f"},
        "gavo.protocols.dali:parseUploadString": {"501e32a673c00d03"},
        "gavo.protocols.tap:mangleUploads": {"f166fe6fcacb6676", "6262061428d069eb"},
    },
    "see that the server fetches no tables from your network",
    protects=True,
)
#: What each parser of UPLOAD returns, as pairs of a name and a source.
_PARSERS = {
    "gavo.protocols.tap:parseUploadString": list,
    "gavo.protocols.dali:parseUploadString": lambda pair: [pair],
}
_INLINE = "param:"


def refuse_urls():
    """Refuse uploads by address.

    Job parameters are parsed here too: the child processes of asynchronous jobs get only
    what has passed. The capabilities go on announcing uploads by http, as TAP 1.0
    (section 2.3.6) demands of servers that take uploads at all; who tries gets an error
    that says what to do instead.
    """
    KNOWN.fits()
    for name, pairs_of in _PARSERS.items():
        known.replace(name, partial(_refusing, pairs_of))
    known.replace("gavo.protocols.tap:mangleUploads", _of_parts)


def _of_parts(stock):
    def find(request):
        # Where nothing came in parts, DaCHS has no place to look for a table in.
        for name in ("fields", "files"):
            if getattr(request, name, {}) is None:
                setattr(request, name, {})
        return stock(request)

    return find


def _refusing(pairs_of, parse):
    """Return a parser of UPLOAD that raises a ValidationError for anything not inline."""

    def parse_inline(upload):
        parsed = parse(upload)
        for name, source in pairs_of(parsed):
            if not source.startswith(_INLINE):
                raise base.ValidationError(
                    f"This server fetches no tables: {source} is not taken. Send the table"
                    f" with the request, as UPLOAD={name},param:KEY and the file under KEY.",
                    "UPLOAD",
                )
        return parsed

    return parse_inline

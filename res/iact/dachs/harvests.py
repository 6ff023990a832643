"""A harvester of the Registry goes on with what the server has told it, not with anything else.

What tells where to go on (a resumptionToken of OAI-PMH) is compressed. Stock DaCHS unpacks what
comes, in the place where it answers all requests: a small one can become some gigabytes.
"""

import base64
import binascii
import zlib

from gavo.registry.common import BadArgument, BadResumptionToken

from iact.dachs import known

_PARSE = "gavo.registry.oaiinter:parseResumptionToken"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how what harvesters send is unpacked",
    {"gavo.registry.oaiinter:parseResumptionToken": {"712e86bc499ec87b", "e3f8504fbafa97aa"}},
    "one client can fill the server's memory",
    protects=True,
)
_TOKEN, _ROWS = "resumptionToken", "maxRecords"
#: Characters of a token, and of what is packed in it: the parameters of one request.
_LONGEST, _UNPACKED = 2000, 4000
#: Records of one answer, where the client says how many; what the server gives may be less.
MOST_RECORDS = 1000
_NOT_OURS = "This is no resumptionToken of this server: begin the harvest anew."


def install():
    """Have this process's server unpack little."""
    KNOWN.fits()
    known.replace(_PARSE, _of_small_tokens)
    known.replace("gavo.registry.oaiinter:getMatchingRows", _of_some_records)


def _of_small_tokens(stock):
    def parse(parameters):
        if not _is_small(str(parameters.get(_TOKEN, ""))):
            raise BadResumptionToken(_NOT_OURS)
        parsed = stock(parameters)
        if parsed[_TOKEN] < 0:
            raise BadResumptionToken(_NOT_OURS)
        return parsed

    return parse


def _is_small(token):
    if len(token) > _LONGEST:
        return False
    try:
        unpacker = zlib.decompressobj()
        unpacker.decompress(base64.b64decode(token.encode("utf-8")), _UNPACKED)
    except (binascii.Error, zlib.error):
        return False
    return unpacker.eof


def _of_some_records(stock):
    def rows(parameters, *others):
        wanted = str(parameters.get(_ROWS, 1))
        if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= MOST_RECORDS):
            raise BadArgument(_ROWS)
        return stock(parameters, *others)

    return rows

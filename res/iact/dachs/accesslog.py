"""Requests are logged in a file of their own, as other web servers do it.

Stock DaCHS has them among all else that the server says, each through Twisted's logging of
events, which takes a tenth of what a small answer takes, and keeps all of them for ever. As
DaCHS does unless its ``[web]logFormat`` says otherwise, lines leave out who asked, whence and
with what; other than there, programs that read the combined log format understand them. Neither
here nor where DaCHS logs parameters are passwords, tokens and the like.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from gavo import base
from gavo.web import root
from twisted.python import logfile

from iact.access.logged import may_be_logged, without_secrets
from iact.dachs import known

NAME = "access.log"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how secrets are kept out of DaCHS's logs",
    {
        "gavo.web.grend:_formatRequestArgs": {"8df2302d4dd8096c"},
        "gavo.user.logui:addRequestURI": {"713a7d42d8c111ee"},
        "gavo.utils:makeSourceEllipsis": {
            "71b5daa5b67a2eae",
            "5937d317457a86e6",
            "396d91f5d7218d3e",
        },
    },
    "passwords and tokens in addresses may be in its logs",
    protects=True,
)
#: By what DaCHS puts parameters into words.
_SOURCES = ("gavo.web.grend:_formatRequestArgs", "gavo.utils:makeSourceEllipsis")
#: Headers that are logged, in a format that a site may choose, and are addresses.
_ADDRESSES = (b"referer", "referer")
#: Bytes of a file, and how many older ones are kept.
_MOST, _OLDER = 10 * 1024**2, 9


class AccessLog(logfile.LogFile):
    """A log without which requests are answered, too.

    Twisted writes to it before it has done with a request: an error would keep the connection
    from its next one.
    """

    _is_lost = False

    def write(self, data):
        """Write a line, where there is room; a file that has gone is made anew."""
        try:
            if self._is_lost or not Path(self.path).exists():
                # Not by `reopen`, which has to close a file first.
                self._openFile()
            logfile.LogFile.write(self, data)
            self._is_lost = False
        except (OSError, ValueError) as error:
            # The second comes of a file that could not be opened again after its rotation.
            if not self._is_lost:
                # Not by what logs to the same disk.
                with contextlib.suppress(OSError):
                    base.ui.notifyError(f"Requests are not logged: {error}")
            self._is_lost = True


def keep_apart():
    """Log requests in a file of their own, without secrets."""
    KNOWN.fits()
    for name in _SOURCES:
        known.replace(name, _without_secrets)
    known.replace("gavo.user.logui:addRequestURI", _naming_request)
    stock = root.site._logFormatter
    is_ours = base.getConfig("web", "logformat") == "default"
    root.site._logFormatter = (
        _line if is_ours else lambda timestamp, request: stock(timestamp, _Logged(request))
    )
    root.site.logPath = str(Path(base.getConfig("logDir")) / NAME)
    # Twisted leaves it to whoever has another kind of file.
    root.site._openLogFile = _open


def _line(timestamp, request):
    words = (request.method, without_secrets(request.uri), request.clientproto)
    asked = b" ".join(words).decode("ascii", "backslashreplace").replace('"', '\\"')
    return f'- - - {timestamp} "{asked}" {request.code} {request.sentLength or "-"} "-" "-"'


class _Logged:
    """A request as logs may have it; all that is not said here is the request's own.

    Parameters
    ----------
    request
        Of DaCHS's.
    """

    def __init__(self, request):
        self._request = request
        self.uri = without_secrets(request.uri)

    def __getattr__(self, name):
        return getattr(self._request, name)

    def getHeader(self, name):
        """Return a header."""
        value = self._request.getHeader(name)
        if value is None or name.lower() not in _ADDRESSES:
            return value
        if isinstance(value, bytes):
            return without_secrets(value)
        return without_secrets(value.encode("utf-8", "replace")).decode("utf-8", "replace")


def _without_secrets(stock):
    def formatted(source):
        if not isinstance(source, Mapping):
            return stock(source)
        shown = {
            name: values if may_be_logged(str(name), values) else ["-"]
            for name, values in source.items()
        }
        return stock(shown)

    return formatted


def _naming_request(stock):
    def add(message):
        named = stock(message)
        if named == message:
            return named
        first, end, rest = named.partition("\n")
        return without_secrets(first.encode("utf-8", "replace")).decode("utf-8") + end + rest

    return add


def _open(path):
    return AccessLog.fromFullPath(path, rotateLength=_MOST, maxRotatedFiles=_OLDER)

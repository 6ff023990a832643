"""Requests are logged in a file of their own, as other web servers do it.

Stock DaCHS has them among all else that the server says, each through Twisted's logging of
events, which takes a tenth of what a small answer takes, and keeps all of them for ever. As
DaCHS does unless its ``[web]logFormat`` says otherwise, lines leave out who asked, whence and
with what; other than there, programs that read the combined log format understand them.
"""

import contextlib
from pathlib import Path

from gavo import base
from gavo.web import root
from twisted.python import logfile

NAME = "access.log"
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
    """Have this process's server log requests so."""
    if base.getConfig("web", "logformat") == "default":
        root.site._logFormatter = _line
    root.site.logPath = str(Path(base.getConfig("logDir")) / NAME)
    # Twisted leaves it to whoever has another kind of file.
    root.site._openLogFile = _open


def _line(timestamp, request):
    words = (request.method, request.uri, request.clientproto)
    asked = b" ".join(words).decode("ascii", "backslashreplace").replace('"', '\\"')
    return f'- - - {timestamp} "{asked}" {request.code} {request.sentLength or "-"} "-" "-"'


def _open(path):
    return AccessLog.fromFullPath(path, rotateLength=_MOST, maxRotatedFiles=_OLDER)

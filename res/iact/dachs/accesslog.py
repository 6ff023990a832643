"""Requests are logged in a file of their own, as other web servers do it.

Stock DaCHS has them among all else that the server says, each through Twisted's logging of
events, which takes a tenth of what a small answer takes, and keeps all of them for ever. The
lines are in DaCHS's format (its ``[web]logFormat``).
"""

from pathlib import Path

from gavo import base
from gavo.web import root
from twisted.python import logfile

NAME = "access.log"
#: Bytes of a file, and how many older ones are kept.
_MOST, _OLDER = 10 * 1024**2, 9


def keep_apart():
    """Have this process's server log requests so."""
    root.site.logPath = str(Path(base.getConfig("logDir")) / NAME)
    # Twisted leaves it to whoever has another kind of file.
    root.site._openLogFile = _open


def _open(path):
    return logfile.LogFile.fromFullPath(path, rotateLength=_MOST, maxRotatedFiles=_OLDER)

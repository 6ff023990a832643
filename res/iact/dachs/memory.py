"""The server's memory has a limit of its own, before the machine's is used up.

Else the system ends some process, and what is lost then is everybody's.
"""

import gc
import resource
import threading
import time
from pathlib import Path

from gavo import base

from iact.dachs import effort

#: Bytes of data that the server's process and those of jobs may have; by how many the
#: process may grow while a query is read; and from how many on garbage is collected before.
MOST, MOST_FOR_READING, MUCH = 3 * 1024**3, 768 * 1024**2, 1024**3
#: Queries ask very often whether they may go on.
_STRIDE = 32
#: Seconds between collections of garbage.
_REST = 10.0

_own = threading.local()
_collected = [float("-inf")]


def limit():
    """Limit the memory of this process, and by how much it may grow for a query that it reads."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    given = [MOST, *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(given), hard))
    effort.before_going_on.append(_go_on)


def _go_on():
    """Raise a ValidationError where the process has grown too much since the query's begin."""
    query = effort.query()
    if query is None:
        return
    if getattr(_own, "query", None) != query:
        _own.query, _own.asked, _own.begun_with = query, 0, _tidied()
    _own.asked += 1
    if _own.asked % _STRIDE == 0 and _taken() - _own.begun_with > MOST_FOR_READING:
        raise base.ValidationError(
            "The server is short of memory now, and cannot read the query: send it again in a"
            " minute, or run it as an asynchronous job (/tap/async).",
            "query",
        )


def _tidied():
    """Return the memory that is taken; what an earlier query has left is given back before."""
    taken = _taken()
    # A query that has been read is a tree whose parts know each other.
    return _taken() if taken >= MUCH and tidy() else taken


def tidy():
    """Collect garbage, unless that was done a moment ago; return whether it was now."""
    if time.monotonic() - _collected[0] < _REST:
        return False
    _collected[0] = time.monotonic()
    gc.collect()
    return True


def _taken():
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()

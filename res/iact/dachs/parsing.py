"""ADQL is parsed in half the time: what the parser has tried already costs less to recall.

Parsing is most of what DaCHS itself does for a query. Its parser remembers the outcome of
each element of the grammar at each place of the query, but only the last 128, keyed by
objects whose hash is computed in Python; and where the outcome was a failure it raises one
and the same exception again and again, whose traceback grows each time and keeps all
frames alive. This memory has none of that, and leaves out the elements that are single words:
to try them again is faster.

One thread parses at a time. Where a query is long, it lets others go first now and then, each with
a memory of its own.
"""

import threading
import time
from collections import deque

from gavo.utils import parsetricks

from iact.dachs import effort, known

_Element = parsetricks.ParserElement

#: Outcomes that are kept at a time, some 10 MB; a cone search has 1,000 of them.
_ROOM = 10_000
#: Outcomes between looks at the clock.
_STRIDE = 16
#: Seconds for which a thread parses though others wait, and for one of them to begin.
_SLICE, _BEGIN = 0.05, 0.001
KNOWN = known.Known(
    "its faster parsing of ADQL",
    {
        # Debian 12 (2.7) and Debian 13 (2.11) have the same parser.
        "gavo.utils.parsetricks:ParserElement._parseCache": {"69ffb9c91ce56e7e"},
        "gavo.utils.parsetricks:ParserElement._parseNoCache": {"65a93e5f97f90604"},
        "gavo.utils.parsetricks:ParserElement.resetCache": {"fa166d5cb4a15282"},
        "gavo.utils.parsetricks:pyparseString": {"ac3d184848eb5657"},
        "gavo.utils.parsetricks:pyparsingWhitechars": {"c56a0144732d6f01"},
    },
)


def remember_outcomes():
    """Give this process's parser the better memory; return whether it has it."""
    if not KNOWN.fits():
        return False
    # DaCHS empties it before each text, by its method clear.
    _Element.packrat_cache = {}
    _Element._parse = _parse
    parsetricks.Token._parse = _Element._parseNoCache
    parsetricks._PYPARSE_LOCK = _lock
    return True


class _Lock:
    """Lets one thread parse at a time, as DaCHS's own does; the thread can let others go first."""

    def __init__(self):
        self._lock, self._since = threading.RLock(), 0.0
        # An entry for each thread; to add and to remove one cannot be interrupted by another.
        self._waiting = deque()

    def acquire(self):
        """Wait until the parser is free; threads that have it can have it again."""
        if not self._lock.acquire(blocking=False):
            self._waiting.append(None)
            try:
                self._lock.acquire()
            finally:
                self._waiting.pop()
        self._since = time.monotonic()

    def release(self):
        """Undo an `acquire`."""
        self._lock.release()

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()

    def give_way(self):
        """Let others parse who wait, where this thread has done so for a while."""
        if not self._waiting or time.monotonic() - self._since < _SLICE:
            return
        if not self._lock._is_owned():
            # What is parsed without the lock holds up nobody.
            return
        outcomes, _Element.packrat_cache = _Element.packrat_cache, {}
        # As threading.Condition does while it waits.
        held = self._lock._release_save()
        time.sleep(_BEGIN)
        self._lock._acquire_restore(held)
        _Element.packrat_cache = outcomes
        self._since = time.monotonic()


_lock = _Lock()


def _parse(self, text, place, doActions=True, callPreParse=True):
    """Return the end and the tokens of what an element matches, or raise as it did before."""
    outcomes = _Element.packrat_cache
    key = (id(self), place, doActions, callPreParse, text)
    outcome = outcomes.get(key)
    if outcome is None:
        if not len(outcomes) % _STRIDE:
            effort.go_on()
            _lock.give_way()
        if len(outcomes) >= _ROOM:
            outcomes.clear()
        try:
            end, tokens = self._parseNoCache(text, place, doActions, callPreParse)
        except parsetricks.ParseBaseException as failure:
            outcomes[key] = self, type(failure), failure.args
            raise
        # The element is kept too, so that no other one can get its id meanwhile.
        outcomes[key] = self, end, tokens.copy()
        return end, tokens
    _, end, rest = outcome
    if isinstance(end, type):
        raise end(*rest)
    return end, rest.copy()

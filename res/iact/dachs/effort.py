"""What the server itself does for a query comes to an end, and holds up others for seconds only.

ADQL is parsed, and what its columns are is found out, in the process that answers everybody, by
one thread at a time. PostgreSQL's limit of time does not reach there: in stock DaCHS, half a
megabyte of conditions keeps all other queries out for minutes, and four hundred characters
that double their columns again and again take all memory.

Asynchronous jobs have processes of their own, and none of these limits.
"""

import itertools
import threading
import time
from contextlib import contextmanager

from gavo import base
from gavo.adql import fieldinfos
from gavo.protocols import adqlglue

from iact.dachs import known

#: Characters of a query. A thousand identifiers of datasets in a list are some 65,000.
MOST = 100_000
#: Seconds of processor time that a query may take here; a list of a thousand takes one or two.
SECONDS = 4.0
#: Columns of a SELECT, as PostgreSQL has it (appendix K, "PostgreSQL Limits").
COLUMNS = 1664
#: Characters up to which a query need not wait until other long ones are parsed; seconds that
#: the others wait at most, and between looks whether they are still wanted.
_SHORT, _WAIT, _LOOK = 1000, 5.0, 0.5
#: Columns between looks at the clock, which takes as long as to add one.
_STRIDE = 64

_INSTEAD = (
    "Run it as an asynchronous job, or, in TAP, send a long list as a table with the query"
    " (UPLOAD) and join it."
)
KNOWN = known.Known(
    "limits of what the server itself does for a query",
    {
        # Debian 12 (2.7) and Debian 13 (2.11).
        "gavo.protocols.adqlglue:morphADQL": {"f806a67943501e72", "3d14a00ba6d4e19a"},
        "gavo.adql.fieldinfos:FieldInfos.addColumn": {"130a2c5054ac8a67"},
        "gavo.adql.fieldinfos:_annotateNodeRecurse": {"80bb9c133b64d142"},
        # 2.13 has the same.
        "gavo.rscdesc:getRD": {"37cd42e007aa8fe5"},
    },
    "long queries hold up all others",
)

_own, _turn, _numbers = threading.local(), threading.Lock(), itertools.count()

#: Called now and then in a query's thread; what they raise ends the query.
before_going_on = []


def limit_queries():
    """Have this process's queries end so; return whether they do."""
    if not KNOWN.fits():
        return False
    stock_morph, stock_annotate = adqlglue.morphADQL, fieldinfos._annotateNodeRecurse
    stock_add = fieldinfos.FieldInfos.addColumn

    def morph(query, *args, **kwargs):
        if len(query) > MOST:
            raise _refused(f"The query has {len(query):,} characters; {MOST:,} are the most here.")
        with _in_turn(query):
            _own.until, _own.number = time.thread_time() + SECONDS, next(_numbers)
            try:
                return stock_morph(query, *args, **kwargs)
            finally:
                _own.until = _own.number = None

    def annotate(node, context):
        go_on()
        stock_annotate(node, context)

    def add_column(infos, label, info):
        if not len(infos.seq) % _STRIDE:
            go_on()
        if len(infos.seq) >= COLUMNS and isinstance(infos, fieldinfos.QueryFieldInfos):
            raise base.ValidationError(f"A SELECT can have {COLUMNS:,} columns at most.", "query")
        stock_add(infos, label, info)

    adqlglue.morphADQL, fieldinfos._annotateNodeRecurse = morph, annotate
    fieldinfos.FieldInfos.addColumn = add_column
    known.replace("gavo.rscdesc:getRD", _without_limits)
    return True


def query():
    """Return a number that only the query has which this thread reads; None where it reads none."""
    return getattr(_own, "number", None)


def go_on():
    """Raise a ValidationError where this thread's query has taken too long, or was ended."""
    until = getattr(_own, "until", None)
    if until is None:
        return
    if time.thread_time() > until:
        raise _refused(f"The server would need more than {SECONDS:.0f} s to read the query.")
    for function in before_going_on:
        function()


def _without_limits(load):
    """Return a loader of descriptors that no limit of a query ends, nor its client's fate.

    The query that needs one first has it loaded for all others, too, with the parser that reads
    queries; DaCHS keeps the error where that ends early.
    """

    def load_whole(*args, **kwargs):
        until, begun = getattr(_own, "until", None), time.thread_time()
        _own.until = None
        try:
            return load(*args, **kwargs)
        finally:
            if until is not None:
                _own.until = until + time.thread_time() - begun

    return load_whole


def _refused(sentence):
    return base.ValidationError(f"{sentence} {_INSTEAD}", "query")


@contextmanager
def _in_turn(query):
    """Let one long query at a time through: a short one then waits for one parser at most."""
    if len(query) <= _SHORT:
        yield
        return
    until = time.monotonic() + _WAIT
    while not _turn.acquire(timeout=_LOOK):
        for function in before_going_on:
            function()
        if time.monotonic() > until:
            raise _refused("Other long queries keep the server busy.")
    try:
        yield
    finally:
        _turn.release()

"""Slow synchronous TAP queries hold up other queries for seconds only, and files not at all.

In stock DaCHS, ten threads do all work that takes time. Ten queries that run into their time
limit, a minute, keep everybody from everything meanwhile: files, links, even
``/tap/availability``. They go on, too, when those who asked have hung up.

Here, synchronous TAP queries have threads of their own; a query ends when its client hangs
up; and where queries wait for a thread, the one that has run for longest makes room, once
it has had `PATIENCE`.
"""

import threading
import time

from gavo import base
from gavo.protocols import taprunner
from gavo.web import syncrender
from twisted.internet import defer, reactor, task, threads
from twisted.python import threadpool

from iact.dachs import connections, effort, known
from iact.dachs.refusals import Refusal

#: Threads for synchronous TAP queries. With the ten for everything else, and a connection in
#: each, they stay below the 20 that DaCHS's pools of connections have.
THREADS = 8
#: Seconds that a query may run though others wait.
PATIENCE = 5.0
#: Queries that may wait for a thread: after a minute or so it is the turn of the last one.
PLACES, _MINUTE = 100, 60
_FULL = "Too many queries are waiting; ask again in a minute."
#: Seconds between looks at the queries.
_INTERVAL = 1.0
#: Seconds for which a query that was told to end is about to make room.
_GRACE = 2.0

_MAKES_ROOM = (
    f"The server is busy, and this query has taken longer than {PATIENCE:.0f} s, so it had to"
    " make room for others. Run it as an asynchronous job (/tap/async)."
)

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "room for others beside slow queries",
    {
        "gavo.web.syncrender:SyncRenderer.render": {"2deac295e6bcb889", "5c1e122beff4ded0"},
        "gavo.web.syncrender:SyncRenderer.runAsync": {"23285a107be58d74"},
        "gavo.web.syncrender:SyncRenderer.runSync": {"04e718418bddd79b"},
        "gavo.protocols.taprunner:_noteWorkerPID": {"95b87d23dcc5b237"},
    },
    "slow queries hold up all others",
)

_pool = threadpool.ThreadPool(1, THREADS, "tap")
_waiting, _running = [], []
_own = threading.local()


class Query:
    """A synchronous query, from its request to its answer."""

    def __init__(self):
        self.begun, self._backend, self._reason, self._told = None, None, None, None
        self._lock = threading.Lock()
        _waiting.append(self)

    @property
    def is_ended(self):
        """Whether the query was told to end."""
        return self._reason is not None

    @property
    def is_ending(self):
        """Whether it was told so a moment ago; who has not ended since then may never do."""
        return self._told is not None and time.monotonic() - self._told < _GRACE

    def run(self, function, *arguments):
        """Return what DaCHS's function returns; raise a ValidationError where it was ended."""
        _waiting.remove(self)
        self.begun = time.monotonic()
        _running.append(self)
        _own.query = self
        try:
            self.go_on()
            return function(*arguments)
        except Exception as error:
            if self._reason is None:
                raise
            raise base.ValidationError(self._reason, "query") from error
        finally:
            self.leave_session()
            _own.query = None
            _running.remove(self)

    def note(self, backend):
        """Take the process id of the PostgreSQL session that the query runs in."""
        with self._lock:
            self._backend = backend
            if self._reason is not None:
                _terminate(backend)

    def go_on(self):
        """Raise a ValidationError where the query was told to end."""
        if self._reason is not None:
            raise base.ValidationError(self._reason, "query")

    def leave_session(self):
        """Forget the session: it may have another's query next."""
        with self._lock:
            self._backend = None

    def end(self, reason):
        """Have the query end as soon as possible."""
        with self._lock:
            self._reason, self._told = reason, time.monotonic()
            if self._backend is not None:
                _terminate(self._backend)


def _terminate(backend):
    # To cancel its statement would not do: a large result is fetched by many.
    # The role of queries can end no sessions: they could be those of others.
    with base.getTableConn() as connection:
        connection.execute("SELECT pg_terminate_backend(%(backend)s)", {"backend": backend})


def make_room():
    """Have this process's server run synchronous queries so; return whether it does."""
    if not KNOWN.fits():
        return False
    stock_render, stock_note = syncrender.SyncRenderer.render, taprunner._noteWorkerPID

    def render(page, request):
        page.client = request
        return stock_render(page, request)

    def run_async(page, arguments):
        if page.service.core.name_ != "tapCore":
            return super(syncrender.SyncRenderer, page).runAsync(arguments)
        if len(_waiting) >= PLACES:
            return defer.fail(Refusal(503, _FULL, _MINUTE))
        query = Query()
        page.client.notifyFinish().addErrback(_hung_up, query)
        return threads.deferToThreadPool(reactor, _pool, query.run, page.runSync, arguments)

    def note(connection):
        if getattr(_own, "query", None) is not None:
            _own.query.note(connection.get_backend_pid())
        return stock_note(connection)

    def go_on():
        if getattr(_own, "query", None) is not None:
            _own.query.go_on()

    def leave_session():
        if getattr(_own, "query", None) is not None:
            _own.query.leave_session()

    connections.before_return.append(leave_session)
    effort.before_going_on.append(go_on)
    syncrender.SyncRenderer.render = render
    syncrender.SyncRenderer.runAsync = run_async
    taprunner._noteWorkerPID = note
    reactor.callWhenRunning(_pool.start)
    reactor.callWhenRunning(task.LoopingCall(_look).start, _INTERVAL)
    reactor.addSystemEventTrigger("before", "shutdown", _end_all)
    reactor.addSystemEventTrigger("during", "shutdown", _pool.stop)
    return True


def _hung_up(failure, query):
    if query in _running or query in _waiting:
        _end_soon(query, "The client has hung up.")


def _end_soon(query, reason):
    """End a query from the reactor, which must not wait for PostgreSQL."""
    threads.deferToThread(query.end, reason).addErrback(_say_not_ended)


def _say_not_ended(failure):
    base.ui.notifyError(f"A slow query could not be ended: {failure.getErrorMessage()}")


def _look():
    """Have as many queries end as others wait for, the oldest first."""
    now = time.monotonic()
    running = sorted(_running, key=lambda query: query.begun)
    oldest = [query for query in running if not query.is_ended]
    # Those whose client has hung up need no room.
    wait = sum(not query.is_ended for query in tuple(_waiting))
    wait -= sum(query.is_ending for query in running)
    for query in oldest[: max(wait, 0)]:
        if now - query.begun > PATIENCE:
            _end_soon(query, _MAKES_ROOM)


def _end_all():
    for query in [*_waiting, *_running]:
        try:
            query.end("The server is being stopped.")
        except base.DBError as error:
            # The others are to end nevertheless; PostgreSQL ends this one when it stops.
            base.ui.notifyError(f"A query could not be ended: {error}")

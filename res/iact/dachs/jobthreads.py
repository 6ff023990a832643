"""What looks after jobs has threads of its own, which may wait for the database.

Stock DaCHS looks after them in the thread that answers all requests: while a table of jobs is
locked, nothing is answered.
"""

import queue

from gavo import base
from gavo.protocols import uws
from twisted.internet import reactor, threads
from twisted.python import threadable, threadpool

from iact.dachs import known

#: Seconds for the reactor to come to what a thread asks it for: it does other things, too. A server
#: that is stopped waits for the threads, and is waited for no longer than
#: `iact.operate.server.STOP_SECONDS`.
_PATIENCE = 10.0
KNOWN = known.Known(
    "noting the ends of jobs in a thread",
    # Debian 12 (2.7), Debian 13 (2.11), and 2.13.
    {"gavo.protocols.uws:_UWSBackendProtocol": {"d73271085841576a"}},
    "a table of jobs that is locked holds up all requests when a job ends",
)

#: One looks at jobs, one removes them, others note that their processes have ended.
_threads = threadpool.ThreadPool(0, 4, "jobs")


def use():
    """Start the threads with the server; return whether they note ends of jobs."""
    reactor.callWhenRunning(_threads.start)
    reactor.addSystemEventTrigger("during", "shutdown", _threads.stop)
    if not KNOWN.fits():
        return False
    protocol = uws._UWSBackendProtocol
    protocol.processEnded = _in_a_thread(protocol.processEnded)
    return True


def later(function, *arguments):
    """Call a function in such a thread; return the Deferred of its result."""
    return threads.deferToThreadPool(reactor, _threads, function, *arguments)


def by_reactor(function):
    """Return the result of a function that only the reactor's thread may call.

    Who asks must hold no locks in the database: the reactor may wait for them.
    """
    if threadable.isInIOThread() or not reactor.running:
        return function()
    done = queue.SimpleQueue()

    def call():
        try:
            done.put((function(), None))
        except Exception as error:
            done.put((None, error))

    reactor.callFromThread(call)
    # Not for ever, as Twisted's blockingCallFromThread does: the server may be about to end.
    try:
        result, error = done.get(timeout=_PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"The server was busy for more than {_PATIENCE:.0f} s.") from None
    if error is not None:
        raise error
    return result


def _in_a_thread(note_end):
    def note_end_later(protocol, status):
        later(note_end, protocol, status).addErrback(_say)

    return note_end_later


def _say(failure):
    # The next look at jobs finds that it has no process.
    base.ui.notifyError(f"The end of a job could not be noted: {failure.getErrorMessage()}")

"""What a synchronous request for a cut is answered with: the cut, or why there is none."""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from gavo import base
from twisted.internet import reactor, threads
from twisted.python import threadpool

from iact.access.answer import disposition
from iact.archive.site import FITS_MEDIA_TYPE
from iact.dachs.pages import ASKING
from iact.dachs.refusals import end, refuse, refuse_method, why_not_now
from iact.dachs.sending import Sending
from iact.events.cut import file_name
from iact.events.faults import Fault, NothingLeft, unavailable
from iact.events.workers import WORKERS, Worker

MEDIA_TYPE = FITS_MEDIA_TYPE
#: Requests that wait, are cut or sent, and how many of them may be of people who have not signed
#: in, so that these cannot keep the others out; who comes later is told to come again.
MAX_REQUESTS, MAX_OF_NOBODY = 100, 80
_CHUNK = 64 * 1024

_own = threading.local()
_pools, _workers, _requests = [], [], []


class FaultPage:
    """A page that says what is wrong with a request (SODA 1.0, section 5.3)."""

    type = "text/plain"

    def __init__(self, fault):
        self.fault = fault

    def render(self, request):
        """Send it."""
        # DaCHS has called it a file to be saved.
        request.responseHeaders.removeHeader("content-disposition")
        if self.fault.status == 503:
            request.setHeader("retry-after", "10")
        request.write(refuse(request, self.fault.status, self.fault.text))
        request.finish()


class Cutting:
    """A page that has one of the workers cut, and sends what it made.

    The threads that DaCHS does everything else in do not wait for it: there are a few of
    them only, for all requests together.
    """

    type = MEDIA_TYPE

    def __init__(self, task, asker):
        self.task, self.is_nobodys = task, not asker.name

    def render(self, request):
        """Wait for a worker, then send."""
        if request.channel is None:
            # Whoever asked has hung up, which nothing would tell us any more.
            return
        if request.method not in ASKING:
            request.responseHeaders.removeHeader("content-disposition")
            sentence = "Cuts are asked for by GET or POST."
            end(request, refuse_method(request, sentence, *ASKING))
            return
        of_nobody = sum(cutting.is_nobodys for cutting in _requests)
        full = self.is_nobodys and of_nobody >= MAX_OF_NOBODY
        if full or len(_requests) >= MAX_REQUESTS:
            FaultPage(unavailable("Too many cuts are waiting; ask again.")).render(request)
            return
        _requests.append(self)
        gone = []
        # Until all is sent: who reads slowly holds a file.
        request.notifyFinish().addErrback(gone.append).addCallback(self._count_down)
        threads.deferToThreadPool(reactor, _pool(), self._cut, gone).addCallback(
            self._send, request, gone
        ).addErrback(self._fail, request, gone)

    def _count_down(self, outcome):
        _requests.remove(self)

    def _cut(self, gone):
        """Return the result as an open file without a name; None where nobody waits for it."""
        if gone:
            return None
        if not hasattr(_own, "worker"):
            _own.worker = Worker()
            _workers.append(_own.worker)
        handle, name = tempfile.mkstemp(
            prefix="cut-", suffix=".fits", dir=base.getConfig("tempDir")
        )
        stream = os.fdopen(handle, "rb")
        try:
            _own.worker.cut(replace(self.task, target=Path(name)))
        except BaseException:
            stream.close()
            raise
        finally:
            Path(name).unlink(missing_ok=True)
        return stream

    def _send(self, stream, request, gone):
        if gone:
            if stream is not None:
                stream.close()
            return
        # DaCHS would compress: in the one thread that answers everybody, and without a length.
        request._encoder = None
        request.responseHeaders.removeHeader("content-encoding")
        request.setHeader("content-type", MEDIA_TYPE)
        request.setHeader("content-length", str(os.fstat(stream.fileno()).st_size))
        name = file_name(self.task.label, self.task.values)
        request.setHeader("content-disposition", disposition(name))
        if request.method == b"HEAD":
            stream.close()
            request.finish()
            return
        Sending(request, _chunks(stream))

    def _fail(self, failure, request, gone):
        if gone:
            return
        if failure.check(NothingLeft):
            request.responseHeaders.removeHeader("content-disposition")
            request.setResponseCode(204)
            request.finish()
        elif failure.check(Fault):
            FaultPage(failure.value).render(request)
        elif refusal := why_not_now(failure.value):
            base.ui.notifyError(f"A cut could not be made: {failure.getErrorMessage()}")
            FaultPage(unavailable(str(refusal))).render(request)
        else:
            base.ui.notifyFailure(failure)
            FaultPage(Fault("Error", 500, "Internal error; tell the operator.")).render(request)


def _chunks(stream):
    with stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _pool():
    """Return the threads that talk to the workers, one each."""
    if not _pools:
        for left in Path(base.getConfig("tempDir")).glob("cut-*.fits"):
            # Of a server that was killed.
            left.unlink()
        pool = threadpool.ThreadPool(0, WORKERS, "cuts")
        pool.start()
        reactor.addSystemEventTrigger("before", "shutdown", _stop_workers)
        reactor.addSystemEventTrigger("during", "shutdown", pool.stop)
        _pools.append(pool)
    return _pools[0]


def _stop_workers():
    for worker in _workers:
        worker.stop()

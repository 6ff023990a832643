"""Sending what is made while it is sent."""

from gavo import base
from twisted.internet import interfaces, reactor
from zope.interface import implementer

from iact.access.patience import patience


@implementer(interfaces.IPushProducer)
class Sending:
    """Writes the chunks of a generator to a request, each when the one before has gone.

    A client that reads slowly, or not at all, costs one chunk of memory and one open file,
    and those for as long as `iact.access.patience` says. Where a chunk cannot be had, the
    connection is cut: the client then knows by the length that it has not got everything.

    It pushes: a producer that is pulled gets its turn in the next round of the reactor only.

    Parameters
    ----------
    request
        With status and headers set.
    chunks
        A generator; it is closed in the end. An empty chunk lets others have their turn.
    """

    def __init__(self, request, chunks):
        self._request, self._chunks = request, chunks
        self._begun, self._sent, self._paused = reactor.seconds(), 0, False
        self._patience = reactor.callLater(patience(0, 0), self._cut)
        request.notifyFinish().addBoth(self._end)
        request.registerProducer(self, True)
        self.resumeProducing()

    def pauseProducing(self):
        """Write no more: as much as there is room for waits to be sent."""
        self._paused = True

    def resumeProducing(self):
        """Write chunks until there is room for no more, or finish."""
        self._paused = False
        while not self._paused and self._chunks is not None:
            if not self._write_next():
                return

    def stopProducing(self):
        """Forget about it: the client has gone."""
        self._end()

    def _write_next(self):
        """Write a chunk; return whether another one may follow at once."""
        left = patience(self._sent, reactor.seconds() - self._begun)
        if left <= 0:
            self._cut()
            return False
        self._patience.reset(left)
        try:
            chunk = next(self._chunks, None)
        except Exception as error:
            base.ui.notifyError(f"An answer could not be sent to its end: {error}")
            self._cut()
            return False
        if chunk is None:
            self._request.unregisterProducer()
            self._request.finish()
        elif chunk:
            self._sent += len(chunk)
            self._request.write(chunk)
        else:
            self._paused = True
            reactor.callLater(0, self.resumeProducing)
        return chunk is not None

    def _cut(self):
        self._request.channel.transport.abortConnection()
        self._end()

    def _end(self, outcome=None):
        if self._chunks is not None:
            self._chunks.close()
            self._chunks = None
            if self._patience.active():
                self._patience.cancel()

"""Sending what is made while it is sent."""

from gavo import base
from twisted.internet import interfaces, reactor
from zope.interface import implementer

from iact.access.patience import patience


@implementer(interfaces.IPullProducer)
class Sending:
    """Writes the chunks of a generator to a request, each when the one before has gone.

    A client that reads slowly, or not at all, costs one chunk of memory and one open file,
    and those for as long as `iact.access.patience` says. Where a chunk cannot be had, the
    connection is cut: the client then knows by the length that it has not got everything.

    Parameters
    ----------
    request
        With status and headers set.
    chunks
        A generator; it is closed in the end.
    """

    def __init__(self, request, chunks):
        self._request, self._chunks = request, chunks
        self._begun, self._sent = reactor.seconds(), 0
        self._patience = reactor.callLater(patience(0, 0), self._cut)
        request.notifyFinish().addBoth(self._end)
        request.registerProducer(self, False)

    def resumeProducing(self):
        """Write the next chunk, or finish."""
        if self._chunks is None:
            return
        left = patience(self._sent, reactor.seconds() - self._begun)
        if left <= 0:
            self._cut()
            return
        self._patience.reset(left)
        try:
            chunk = next(self._chunks, None)
        except Exception as error:
            base.ui.notifyError(f"An answer could not be sent to its end: {error}")
            self._cut()
            return
        if chunk is not None:
            self._sent += len(chunk)
            self._request.write(chunk)
        else:
            self._request.unregisterProducer()
            self._request.finish()

    def stopProducing(self):
        """Forget about it: the client has gone."""
        self._end()

    def _cut(self):
        self._request.channel.transport.abortConnection()
        self._end()

    def _end(self, outcome=None):
        if self._chunks is not None:
            self._chunks.close()
            self._chunks = None
            if self._patience.active():
                self._patience.cancel()

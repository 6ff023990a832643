"""Sending a content: what `iact.access.answer` says, as fast as the client takes it."""

import time

from gavo import base
from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

from iact.access.answer import answer
from iact.access.content import Changed


def send(request, content, labels):
    """Answer a request with a content, and close that.

    Parameters
    ----------
    request
        GET or HEAD, of somebody who may have the content.
    content, labels
        iact.access.content.Content and iact.access.answer.Labels.
    """

    def header(name):
        found = request.getHeader(name.encode("ascii"))
        return None if found is None else found.decode("latin-1")

    method = request.method.decode("ascii")
    made = answer(header, method, content, labels, time.time())
    if made.sentence:
        content.stream.close()
        body = f"{made.sentence}\n".encode()
        described = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
        request.setResponseCode(made.status)
        _set_headers(request, made.headers | described)
        request.write(body)
        request.finish()
        return
    request.setResponseCode(made.status)
    _set_headers(request, made.headers)
    if method == "HEAD" or not made.spans:
        content.stream.close()
        request.finish()
        return
    _Sender(request, content, made.spans).start()


def _set_headers(request, headers):
    for name, value in headers.items():
        request.setHeader(name.encode("ascii"), value.encode("latin-1"))


@implementer(IPullProducer)
class _Sender:
    """Gives a request one piece after the other, when it asks for it."""

    def __init__(self, request, content, spans):
        self.request, self.content = request, content
        self.chunks = content.chunks(spans)

    def start(self):
        self.request.registerProducer(self, False)

    def resumeProducing(self):
        """Write the next piece."""
        if self.request is None:
            return
        try:
            chunk = next(self.chunks, None)
        except (Changed, OSError) as exc:
            base.ui.notifyWarning(f"{self.request.path!r} was cut short: {exc}")
            self._end(lambda request: request.transport.abortConnection())
            return
        if chunk is None:
            self._end(lambda request: request.finish())
        else:
            self.request.write(chunk)

    def _end(self, how):
        request = self.request
        request.unregisterProducer()
        self.stopProducing()
        how(request)

    def stopProducing(self):
        """Take notice that the client has gone."""
        self.request = None
        self.chunks.close()
        self.content.stream.close()

"""Answering a request with a content, as `iact.access.answer` says."""

import time

from iact.access.answer import answer
from iact.dachs.sending import Sending


def send(request, content, labels):
    """Answer a request with a content, and close that.

    Parameters
    ----------
    request
        GET or HEAD, of somebody who may have the content.
    content, labels
        iact.access.content.Content and iact.access.answer.Labels.
    """
    if not send_pieces(request, content.entity, labels, lambda spans: _chunks(content, spans)):
        content.stream.close()


def send_pieces(request, entity, labels, chunks_of):
    """Answer a request with something that is made while it is sent.

    Parameters
    ----------
    request
        As for `send`.
    entity, labels
        iact.access.answer.Entity and iact.access.answer.Labels.
    chunks_of
        Makes a generator of the content, for `spans` as iact.access.answer.Answer has them.

    Returns
    -------
    bool
        Whether it was needed.
    """

    def header(name):
        found = request.getHeader(name.encode("ascii"))
        return None if found is None else found.decode("latin-1")

    method = request.method.decode("ascii")
    made = answer(header, method, entity, labels, time.time())
    request.setResponseCode(made.status)
    _set_headers(request, made.headers)
    if made.spans and method == "GET":
        Sending(request, chunks_of(made.spans))
        return True
    if made.sentence:
        body = f"{made.sentence}\n".encode()
        length, media_type = str(len(body)), "text/plain; charset=utf-8"
        _set_headers(request, {"content-type": media_type, "content-length": length})
        request.write(body)
    request.finish()
    return False


def _chunks(content, spans):
    with content.stream:
        yield from content.chunks(spans)


def _set_headers(request, headers):
    for name, value in headers.items():
        request.setHeader(name.encode("ascii"), value.encode("latin-1"))

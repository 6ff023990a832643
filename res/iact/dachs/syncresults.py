"""Results of synchronous queries: files without names, for as long as somebody reads them.

Stock DaCHS sends a result from a thread of its own, and waits for whoever reads it: a client
that reads nothing keeps a thread, and a file of any size, for ever. Here the reactor sends, with
the patience that it has for files, and what is written has limits.
"""

import io
import os
import tempfile
import threading
import weakref

from gavo import base
from gavo.web import syncrender

from iact.dachs import known
from iact.dachs.sending import Sending

#: Bytes of all results that are there, and what they leave of the disk to PostgreSQL.
ROOM, LEFT = 8 * 10**9, 500 * 10**6
#: What part of the room that the others leave a result may take: however many large ones are
#: read slowly, there is room for one more.
_SHARE = 4
#: Bytes that are written and sent at a time. For so little there always is room.
_WRITTEN, _SENT = 2**20, 2**16

_INSTEAD = "ask for less, or run the query as an asynchronous job (/tap/async)."
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how results are sent",
    {"gavo.web.syncrender:SyncRenderer._formatOutput": {"1050b800836ae42f"}},
    "clients that do not read keep threads and files of the server",
)

_all, _lock = weakref.WeakSet(), threading.Lock()


class Result:
    """A file in the folder for temporary files; it has no name, so nothing of it can stay.

    A small one is in memory, so that there are answers when the disk is full.
    """

    def __init__(self):
        self.size, self._is_refused = 0, False
        self._stream = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            max_size=_SENT, dir=base.getConfig("tempDir"), buffering=0
        )
        with _lock:
            _all.add(self)

    def writer(self):
        """Return a file that writes it, and raises a ValidationError where it gets too large."""
        return io.BufferedWriter(_Part(self), _WRITTEN)

    def write(self, data):
        """Write bytes, where there is room."""
        if self._is_refused:
            # What a buffer still has when it is thrown away.
            return len(data)
        if self._has_no_room(self.size + len(data)):
            self._is_refused = True
            raise base.ValidationError(
                f"The result has more than {self.size:,} bytes, for which there is no room at the"
                f" moment: {_INSTEAD}",
                "query",
            )
        written = self._stream.write(data)
        self.size += written
        return written

    def _has_no_room(self, size):
        if size <= _WRITTEN:
            return False
        with _lock:
            others = sum(result.size for result in _all if result is not self)
        share = (ROOM - others) / _SHARE
        return size > share or _free(self._stream) < LEFT

    def chunks(self):
        """Yield it from its begin, and close it in the end."""
        try:
            self._stream.seek(0)
            while chunk := self._stream.read(_SENT):
                yield chunk
        finally:
            self.close()

    def close(self):
        """Give its room back."""
        self._stream.close()
        self.size = 0


class _Part(io.RawIOBase):
    def __init__(self, result):
        self._result = result

    def writable(self):
        return True

    def write(self, data):
        return self._result.write(data)


def _free(stream):
    disk = os.fstatvfs(stream.fileno())
    return disk.f_bavail * disk.f_frsize


def send_patiently():
    """Send results at the pace of their clients; return whether this is done."""
    if not KNOWN.fits():
        return False
    stock = syncrender.SyncRenderer._formatOutput

    def send(page, outcome, request):
        result, media_type = outcome
        if not isinstance(result, Result):
            return stock(page, outcome, request)
        if request.channel is None:
            # Whoever asked has hung up.
            result.close()
            return None
        request.setHeader("content-type", str(media_type))
        if request._encoder is None:
            request.setHeader("content-length", str(result.size))
        if request.method == b"HEAD":
            result.close()
            request.finish()
        elif request._encoder is None:
            Sending(request, result.chunks())
        else:
            Sending(request, _with_pauses(result.chunks()))
        return None

    syncrender.SyncRenderer._formatOutput = send
    return True


def _with_pauses(chunks):
    """Yield chunks so that others have their turn where all of them fit into one packet."""
    for chunk in chunks:
        yield chunk
        yield b""

"""Clients that send slowly, or much, or in great numbers keep nobody else out.

Twisted waits for the rest of a request for as long as a byte of it comes now and then, for any
number of clients, and keeps what has come of it, in memory or on disk. What DaCHS makes of a whole
request with uploads is in memory until it is answered.
"""

import resource
import time
import weakref

from gavo import base
from gavo.web import root
from twisted.internet import reactor, task

from iact.access.patience import PATIENCE, PATIENCE_WITH_SENDERS, patience
from iact.dachs import channel, memory

#: Connections at a time. Each may have a file open, besides.
MOST = 2000
#: Open files of which the server may have use; what the system grants a process may be less.
_FILES = 3 * MOST
#: Seconds for which a client that is connected may ask for nothing; longer than proxies have it.
IDLE = 75.0
#: Seconds that a client has been waited for before it makes room for another one.
_GRACE = 5.0
#: Bytes of one request, of requests that still come, and of those with contents that are being
#: answered. A content stays in memory until then, three times over in DaCHS.
LARGEST, COMING, ANSWERED = 25 * 10**6, 500 * 10**6, 200 * 10**6
#: Of so little, all clients may send as much as they like.
_SMALL = 100_000
#: Seconds between looks at the clients.
_INTERVAL = 1.0

_open = set()
#: Requests with contents, and their sizes, for as long as anything knows of them.
_contents = weakref.WeakKeyDictionary()

_LATE = "The request did not come to its end in time: send it again, over a faster connection."
_MUCH = "Too much is sent to the server now; send it again in a minute."
_MANY = "Too many clients are connected now; ask again in a minute."
_LARGE = f"The request has more than {LARGEST // 10**6} MB, which is the most: send less at a time."
_NO_ROOM = "There is no room on the server's disk for the request now; send it again later."


def limit():
    """Have this process's server receive requests so."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_within(most), most))
    root.site.protocol = Channel
    reactor.callWhenRunning(task.LoopingCall(look).start, _INTERVAL)


def _within(most):
    return _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)


def room():
    """Return how many clients may be connected: each with a file, and files for all else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MOST, files // 3)


def size_of(request):
    """Return the bytes of a request with a content; 0 where there are few."""
    return _contents.get(request, 0)


def look():
    """Leave clients that have been waited for long enough."""
    now = time.monotonic()
    for client in tuple(_open):
        client.leave_if_late(now)


class Channel(channel.Channel):
    """A client's connection, which knows for how long the client has been waited for.

    The server waits for a client that sends a request, that has none, or that does not take what
    it is sent.
    """

    def connectionMade(self):
        """Take the client in, where there is room or another one makes room."""
        self._is_answered = self._is_over = False
        self._wait_for_request()
        channel.Channel.connectionMade(self)
        _open.add(self)
        if len(_open) > room() and not _make_room(self):
            self._refuse("503 Service Unavailable", _MANY)
            # It has sent nothing yet that would have to be read.
            _open.discard(self)
            self.transport.loseConnection()

    def connectionLost(self, reason):
        """Forget the client."""
        _open.discard(self)
        channel.Channel.connectionLost(self, reason)

    def dataReceived(self, data):
        """Take a part of a request, where there is room for it."""
        if not self._is_answered:
            self._heard = time.monotonic()
            if self._begun is None:
                self._begun = self._waited_since = self._heard
            self.received += len(data)
            if refusal := self._reason_to_refuse():
                self._refuse(*refusal)
                return
        try:
            channel.Channel.dataReceived(self, data)
        except OSError as error:
            # A large content goes to the disk.
            base.ui.notifyError(f"A request could not be received: {error}")
            self._refuse("503 Service Unavailable", _NO_ROOM)

    def _reason_to_refuse(self):
        if self.received > LARGEST:
            return "413 Content Too Large", _LARGE
        if self.received > self._looked_at + _SMALL:
            # Not for each piece of 1 kB: there may be as many clients.
            self._looked_at = self.received
            coming = sum(client.received for client in _open if not client._is_answered)
            if coming > COMING and not _make_room(self, _SMALL):
                return "503 Service Unavailable", _MUCH
        return None

    def allHeadersReceived(self):
        """Refuse what is said to be too large before it comes."""
        if self.length is not None and self.length > LARGEST:
            self._refuse("413 Content Too Large", _LARGE)
        else:
            channel.Channel.allHeadersReceived(self)

    def allContentReceived(self):
        """Have the request answered, where there is room for what it brings."""
        if self._is_over:
            return
        if self.received > _SMALL:
            if not _has_room_for(self.received):
                self._refuse("503 Service Unavailable", _MUCH)
                return
            _contents[self.requests[-1]] = self.received
        self._is_answered, self._waited_since = True, None
        channel.Channel.allContentReceived(self)

    def requestDone(self, request):
        """Wait for the next request."""
        _drop_content(request)
        self._is_answered = False
        self._wait_for_request()
        channel.Channel.requestDone(self, request)

    def pauseProducing(self):
        """Note that the client does not take what it is sent."""
        self._waited_since = time.monotonic()
        channel.Channel.pauseProducing(self)

    def resumeProducing(self):
        """Note that it has taken it."""
        if self._is_answered:
            self._waited_since = None
        channel.Channel.resumeProducing(self)

    def waited(self, now):
        """Return for how many seconds the client has been waited for; 0 where it waits for us."""
        return 0.0 if self._waited_since is None else now - self._waited_since

    def leave_if_late(self, now):
        """End the connection where the client has been too slow to be waited for any more."""
        if self._is_over:
            return
        if self._begun is None or self._is_answered:
            limit = PATIENCE if self._is_answered or self._waitingForTransport else IDLE
            if self.waited(now) > limit:
                self._is_over = True
                self.timeoutConnection()
            return
        left = patience(self.received, self._heard - self._begun, PATIENCE_WITH_SENDERS)
        if now - self._heard > left:
            self._refuse("408 Request Timeout", _LATE)

    def leave(self):
        """Cut the connection."""
        _open.discard(self)
        self.transport.abortConnection()

    def _wait_for_request(self):
        self.received, self._looked_at, self._begun = 0, 0, None
        self._waited_since = self._heard = time.monotonic()

    def _refuse(self, status, sentence):
        self._is_over, self._waited_since = True, time.monotonic()
        again = [("Retry-After", "60")] if status.startswith("503") else []
        self.refuse(status, sentence, again)


def _has_room_for(size):
    """Tell whether there is room for one more content of requests that are answered."""
    if sum(_contents.values()) + size > ANSWERED:
        # Those of clients that have hung up may be out of use, and not collected yet.
        memory.tidy()
    return sum(_contents.values()) + size <= ANSWERED


def _drop_content(request):
    """Forget what a request brought, as it has been answered: Python may keep it for long."""
    if _contents.pop(request, None) is not None:
        request.content.close()
        request.fields, request.args, request._strargs = None, {}, {}


def _make_room(for_client, least=0):
    """Cut the connection to the client that has been waited for longest; return whether one was.

    Parameters
    ----------
    for_client
        For whom there is to be room.
    least
        Bytes that the client has sent for the request that is still coming.
    """
    now = time.monotonic()
    others = [
        client for client in _open
        if client is not for_client and client.received >= least and client.waited(now) > _GRACE
    ]  # fmt: skip
    if not others:
        return False
    max(others, key=lambda client: client.waited(now)).leave()
    return True

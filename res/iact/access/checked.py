"""Files whose bytes are known to be what the archive read: hashed once, then remembered."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

#: What changes when other bytes stand in a file: device, inode, size, times of the last
#: change of content and of anything (ns), of which programs cannot set the second.
State = tuple[int, int, int, int, int]

_CHUNK = 1024 * 1024
#: Clocks of file systems tick every some milliseconds: what has changed within this time
#: may change once more without a trace, ns.
_SETTLED_NS = 1_000_000_000


def state(stream: BinaryIO) -> State:
    """Return the state of an open file."""
    return state_of(os.fstat(stream.fileno()))


def state_of(status: os.stat_result) -> State:
    """Return the state of a file from what the system says of it."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def open_plain(path: Path) -> BinaryIO:
    """Open a file without waiting for the writer of a pipe that has come in its place."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


class Checked:
    """Checksums of files as they are now; may be used by several threads.

    Parameters
    ----------
    capacity
        Files that are remembered; those that nobody asked for longest are forgotten.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._digests: OrderedDict[State, str] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, stream: BinaryIO) -> str | None:
        """Return a file's SHA-256, hexadecimal, if that needs no reading."""
        return self.known_in(state(stream))

    def known_in(self, file_state: State) -> str | None:
        """Return the SHA-256, hexadecimal, of a file in this state, if it is known."""
        with self._lock:
            if file_state in self._digests:
                self._digests.move_to_end(file_state)
            return self._digests.get(file_state)

    def sha256(self, stream: BinaryIO) -> str:
        """Return a file's SHA-256, hexadecimal; the file is then at its beginning.

        The answer is empty where the file changed meanwhile.
        """
        found = self.known(stream)
        if found is not None:
            return found
        before = state(stream)
        digest = hashlib.sha256()
        stream.seek(0)
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
        stream.seek(0)
        if state(stream) != before:
            return ""
        self.learn(before, digest.hexdigest())
        return digest.hexdigest()

    def learn(self, file_state: State, sha256: str) -> None:
        """Take over the checksum of a file that has been read in this state from end to end."""
        if time.time_ns() - file_state[-1] > _SETTLED_NS:
            self.remember(file_state, sha256)

    def remember(self, file_state: State, sha256: str) -> None:
        """Take over the checksum of a file that nobody else changes."""
        with self._lock:
            self._digests[file_state] = sha256
            self._digests.move_to_end(file_state)
            while len(self._digests) > self._capacity:
                self._digests.popitem(last=False)

"""Files that were made on demand: kept on disk as long as there is room for them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from iact.access.checked import Checked, open_plain, state

_UNFINISHED = ".part"
_NAME = re.compile(r"(?P<key>[0-9a-f]{64})\.(?P<sha256>[0-9a-f]{64})")
#: Locks that all keys share: what waits for another's key waits for nothing but time.
_LOCKS = 64


class Cache:
    """Files by key, in one folder that no other process writes to; for several threads.

    A file's name holds its key and its checksum, so that nothing else needs to be kept, and
    a file that a crash has damaged is noticed when it is opened for the first time.

    Parameters
    ----------
    folder
        Made when it is needed, for this user only: there are protected data in it.
    limit
        Bytes that all files together may have; those that nobody asked for longest go (of
        those that an earlier process has left, the oldest). One file that is larger stays
        until the next is made.
    checked
        Remembers which files are intact.
    """

    def __init__(self, folder: Path, limit: int, checked: Checked) -> None:
        self._folder, self._limit, self._checked = folder, limit, checked
        self._lock = threading.Lock()
        self._key_locks = [threading.Lock() for _ in range(_LOCKS)]
        #: Name and size by key, the one that was asked for last at the end.
        self._kept: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._total = 0
        self._take_stock()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        with self._lock:
            return self._total

    def quick(self, key: str) -> tuple[BinaryIO, str] | None:
        """As `opened`; None where the file must be read or made first."""
        found = self._open(key)
        if found is None:
            return None
        stream, sha256 = found
        if self._checked.known(stream) == sha256:
            return found
        stream.close()
        return None

    def opened(self, key: str, write: Callable[[BinaryIO], None]) -> tuple[BinaryIO, str]:
        """Open a file; if it is not there, make it. Who asks for it meanwhile waits.

        Parameters
        ----------
        key
            64 hexadecimal digits that change whenever the content would.
        write
            Writes the content.

        Returns
        -------
        tuple
            The file, which stays readable when it leaves the cache, and its SHA-256.

        Raises
        ------
        OSError
            The disk is full, or broken.
        """
        with self._key_locks[int(key[:8], 16) % _LOCKS]:
            found = self._open(key)
            if found is not None:
                if self._checked.sha256(found[0]) == found[1]:
                    return found
                found[0].close()
            return self._make(key, write)

    def _open(self, key: str) -> tuple[BinaryIO, str] | None:
        # Within the lock: it must not be removed between look-up and opening.
        with self._lock:
            if key not in self._kept:
                return None
            name = self._kept[key][0]
            try:
                stream = open_plain(self._folder / name)
            except FileNotFoundError:
                # Somebody has emptied the folder, which is allowed.
                self._total -= self._kept.pop(key)[1]
                return None
            self._kept.move_to_end(key)
        return stream, name.partition(".")[2]

    def _make(self, key: str, write: Callable[[BinaryIO], None]) -> tuple[BinaryIO, str]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(_UNFINISHED, dir=self._folder)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                hashing = _Hashing(stream)
                write(hashing)  # type: ignore[arg-type]
            sha256 = hashing.digest.hexdigest()
            result = open_plain(unfinished)
            with self._lock:
                unfinished.rename(self._folder / f"{key}.{sha256}")
                self._add(key, f"{key}.{sha256}", os.fstat(result.fileno()).st_size)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        self._checked.remember(state(result), sha256)
        return result, sha256

    def _add(self, key: str, name: str, size: int) -> None:
        if key in self._kept:
            self._remove(key, keep=name)
        self._kept[key] = (name, size)
        self._total += size
        while self._total > self._limit and len(self._kept) > 1:
            self._remove(next(iter(self._kept)))

    def _remove(self, key: str, keep: str = "") -> None:
        name, size = self._kept.pop(key)
        self._total -= size
        if name != keep:
            (self._folder / name).unlink(missing_ok=True)

    def _take_stock(self) -> None:
        """Take over what an earlier process has left; remove what it did not finish."""
        if not self._folder.is_dir():
            return
        found: list[tuple[int, str, str, int]] = []
        for entry in self._folder.iterdir():
            status = entry.lstat()
            if entry.name.endswith(_UNFINISHED):
                entry.unlink()
            elif named := _NAME.fullmatch(entry.name):
                found.append((status.st_mtime_ns, named["key"], entry.name, status.st_size))
        for _, key, name, size in sorted(found):
            self._add(key, name, size)


class _Hashing:
    """A file to write to that takes the checksum of what goes in."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.digest = stream, hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()

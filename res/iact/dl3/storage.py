"""A file as it is on disk: its bytes, read once, checksummed and decompressed."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from iact.errors import DL3Error

#: Bytes a file may have at most, as it is and decompressed: events of a night are some
#: hundred megabytes, a gzip bomb is not.
MAX_BYTES = 4 * 1024**3
#: The same as a share of the machine's memory, for each of its cores: as many processes
#: read at once, and each holds a file as it is and decompressed.
_SHARE_OF_MEMORY = 4

_GZIP_MAGIC = b"\x1f\x8b"
#: Bytes that are taken from a compressed file, and given back from it, at a time.
_READ_BYTES, _WRITE_BYTES = 64 * 1024, 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file as it is on disk.

    Parameters
    ----------
    path
        POSIX, relative to the data root.
    size, mtime_ns, sha256
        Of the file as it is on disk.
    content
        Its bytes, compressed or not.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str
    content: bytes

    @property
    def compressed(self) -> bool:
        """Whether the bytes are gzip; the name may say otherwise."""
        return self.content.startswith(_GZIP_MAGIC)


def size_limit() -> int:
    """Return how many bytes a file may have on this machine, as it is and decompressed."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MAX_BYTES, memory // (_SHARE_OF_MEMORY * (os.cpu_count() or 1)))


def read_stored(root: Path, path: str) -> StoredFile:
    """Read a file's bytes and take their checksum.

    Parameters
    ----------
    root
        The data root.
    path
        The file, POSIX, relative to `root`.

    Raises
    ------
    OSError
        If the file cannot be opened or read.
    DL3Error
        If it is not an ordinary file, larger than `size_limit`, or changes while it is read,
        twice.
    """
    # Once more where it has changed: a file that is put in place as a whole is then there.
    found = _read_unchanged(root, path) or _read_unchanged(root, path)
    if found is None:
        raise DL3Error(path, "changed while it was read; ingest again when it is complete")
    content, status = found
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(path, len(content), status.st_mtime_ns, digest, content)


def _read_unchanged(root: Path, path: str) -> tuple[bytes, os.stat_result] | None:
    """Return a file's bytes and status; None if it was another before than it is after."""
    full = root / path
    # Asked before opening: to open a device can do things. And again of what was opened:
    # a pipe may have come in the file's place, for whose writer O_NONBLOCK does not wait.
    _check_ordinary(path, full.stat())
    with os.fdopen(os.open(full, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        before = os.fstat(stream.fileno())
        _check_ordinary(path, before)
        if before.st_size > (limit := size_limit()):
            raise DL3Error(path, f"is larger than the {limit} bytes that are read")
        # No more than was there: a file that grows has changed.
        content = stream.read(before.st_size + 1)
        after = os.fstat(stream.fileno())
    same = len(content) == before.st_size
    same &= _version(before) == _version(after) == _version(full.stat())
    return (content, before) if same else None


def _check_ordinary(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise DL3Error(path, "is not an ordinary file")


def _version(status: os.stat_result) -> tuple[int, ...]:
    """Return what changes when another file, or another content, stands under a name."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def uncompressed(stored: StoredFile, limit: int | None = None) -> bytes | bytearray:
    """Return a file's bytes without gzip, whatever its name says.

    Parameters
    ----------
    stored
        The file.
    limit
        Bytes that the result may have; by default `size_limit`.

    Raises
    ------
    DL3Error
        If the gzip stream is damaged, cut short, longer than `limit`, or followed by
        anything but zeros.
    """
    if not stored.compressed:
        return stored.content
    limit = size_limit() if limit is None else limit
    # One buffer that grows in place: to collect pieces and join them would hold all twice.
    found = bytearray()
    start = 0
    while stored.content.startswith(_GZIP_MAGIC, start):
        start = _add_member(stored, start, found, limit)
    # Zeros are the padding of tapes. Anything else ends the reading of most programs.
    if rest := len(stored.content[start:].strip(b"\0")):
        raise DL3Error(stored.path, f"gzip stream is followed by {rest} bytes that are not gzip")
    return found


def _add_member(stored: StoredFile, start: int, found: bytearray, limit: int) -> int:
    """Decompress the gzip member that begins at `start`; return where it ends."""
    member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    content = memoryview(stored.content)
    while start < len(content):
        stop = min(start + _READ_BYTES, len(content))
        rest: bytes | memoryview = content[start:stop]
        piece = b""
        while not member.eof and (rest or len(piece) == _WRITE_BYTES):
            try:
                piece = member.decompress(rest, _WRITE_BYTES)
            except zlib.error as exc:
                # zlib says "Error -3 while decompressing data: incorrect data check".
                what = str(exc).rpartition(": ")[2]
                raise DL3Error(stored.path, f"gzip stream is damaged: {what}") from exc
            if len(found) + len(piece) > limit:
                raise DL3Error(stored.path, f"is larger than {limit} bytes when decompressed")
            found += piece
            rest = member.unconsumed_tail
        if member.eof:
            return stop - len(member.unused_data)
        start = stop
    raise DL3Error(stored.path, "gzip stream is cut short")

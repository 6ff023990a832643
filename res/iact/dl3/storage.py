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
#: The same as a share of the machine's memory: several processes read at once.
_SHARE_OF_MEMORY = 8

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

    @property
    def media_type(self) -> str:
        """Media type of the file as it is on disk."""
        return "application/gzip" if self.compressed else "application/fits"


def size_limit() -> int:
    """Return how many bytes a file may have on this machine, as it is and decompressed."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MAX_BYTES, memory // _SHARE_OF_MEMORY)


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
        If it is not an ordinary file, or larger than `size_limit`.
    """
    full = root / path
    # Asked before opening: opening a pipe would wait for ever.
    if not stat.S_ISREG(full.stat().st_mode):
        raise DL3Error(path, "is not an ordinary file")
    with full.open("rb") as stream:
        status = os.fstat(stream.fileno())
        if status.st_size > (limit := size_limit()):
            raise DL3Error(path, f"is larger than the {limit} bytes that are read")
        content = stream.read()
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(path, len(content), status.st_mtime_ns, digest, content)


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
        If the gzip stream is damaged, cut short, or longer than `limit`.
    """
    if not stored.compressed:
        return stored.content
    limit = size_limit() if limit is None else limit
    # One buffer that grows in place: to collect pieces and join them would hold all twice.
    found = bytearray()
    start = 0
    while stored.content.startswith(_GZIP_MAGIC, start):
        start = _add_member(stored, start, found, limit)
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
                raise DL3Error(stored.path, f"gzip stream is damaged: {exc}") from exc
            if len(found) + len(piece) > limit:
                raise DL3Error(stored.path, f"is larger than {limit} bytes when decompressed")
            found += piece
            rest = member.unconsumed_tail
        if member.eof:
            return stop - len(member.unused_data)
        start = stop
    raise DL3Error(stored.path, "gzip stream is cut short")

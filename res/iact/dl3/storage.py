"""A file as it is on disk: its bytes, read once, checksummed and decompressed."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from iact.errors import DL3Error

#: Bytes a file may have, as it is and decompressed: events of a night are some
#: hundred megabytes, a gzip bomb is not.
MAX_BYTES = 4 * 1024**3

_GZIP_MAGIC = b"\x1f\x8b"


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
        If it is not an ordinary file, or larger than `MAX_BYTES`.
    """
    full = root / path
    # Asked before opening: opening a pipe would wait for ever.
    if not stat.S_ISREG(full.stat().st_mode):
        raise DL3Error(path, "is not an ordinary file")
    with full.open("rb") as stream:
        status = os.fstat(stream.fileno())
        if status.st_size > MAX_BYTES:
            raise DL3Error(path, f"is larger than the {MAX_BYTES} bytes that are read")
        content = stream.read()
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(path, len(content), status.st_mtime_ns, digest, content)


def uncompressed(stored: StoredFile, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes without gzip, whatever its name says.

    Parameters
    ----------
    stored
        The file.
    limit
        Bytes that the result may have.

    Raises
    ------
    DL3Error
        If the gzip stream is damaged, cut short, or longer than `limit`.
    """
    if not stored.compressed:
        return stored.content
    parts: list[bytes] = []
    rest, room = stored.content, limit
    while rest.startswith(_GZIP_MAGIC):
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            part = member.decompress(rest, room + 1)
        except zlib.error as exc:
            raise DL3Error(stored.path, f"gzip stream is damaged: {exc}") from exc
        room -= len(part)
        if room < 0:
            raise DL3Error(stored.path, f"is larger than {limit} bytes when decompressed")
        if not member.eof:
            raise DL3Error(stored.path, "gzip stream is cut short")
        parts.append(part)
        rest = member.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)

"""One HDU of a file, or several, as a FITS file of their own.

The HDUs are copied as they stand, header, data and padding, so nothing of them is lost or
changed: their CHECKSUM and DATASUM hold, and so do their checksums in the tables, which are
verified. Only the primary HDU is new. It has nothing but what FITS asks for: that of the source
may be about other HDUs, and headers that matter are in the HDUs themselves. Where the source's
primary HDU is what is wanted, as in HAWC's maps of background, it is the primary HDU again.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from iact.access.checked import open_plain
from iact.dl3.cards import CARD, END
from iact.dl3.container import BLOCK, MAX_HDUS, MAX_HEADER_BYTES, data_size, header_of
from iact.errors import DL3Error

#: Changes whenever the same HDUs would become other bytes.
FORMAT = "1"

#: Of gzip. Measured with events and responses of H.E.S.S. and CTA's first data challenge:
#: 6 takes 1.6 times as long or more, and its files are at most 4 % smaller, or larger.
_LEVEL = 1
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1024 * 1024
_END = END.encode("ascii")
#: FITS 4.0, sections 4.4.1.1 and 4.4.2.1.
_PRIMARY = "".join(
    f"{keyword:8}= {value:>20}".ljust(CARD)
    for keyword, value in (("SIMPLE", "T"), ("BITPIX", "8"), ("NAXIS", "0"), ("EXTEND", "T"))
)


@dataclass(frozen=True)
class Source:
    """A file of a data root, as the archive read it.

    Parameters
    ----------
    path
        Where it is.
    name
        Its path in the data root, for messages.
    size, sha256
        In bytes; hexadecimal.
    """

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """An HDU of a file.

    Parameters
    ----------
    source
        The file, compressed or not.
    number
        Position in the file, 0 for the primary HDU.
    sha256
        Hexadecimal digest of the uncompressed HDU.
    """

    source: Source
    number: int
    sha256: str


def key_of(parts: Sequence[Part]) -> str:
    """Return 64 hexadecimal digits that change when the extracted file would."""
    words = [FORMAT, *(f"{part.source.sha256} {part.number} {part.sha256}" for part in parts)]
    return hashlib.sha256("\n".join(words).encode("ascii")).hexdigest()


def extract(parts: Sequence[Part], target: BinaryIO) -> None:
    """Write HDUs as a compressed FITS file; the same HDUs always give the same bytes.

    Parameters
    ----------
    parts
        In the order in which they are to stand; those of one file in that file's order. A
        primary HDU can only be the first.
    target
        Gets the file. After an error, what is in there is worth nothing.

    Raises
    ------
    OSError
        A file cannot be read, or the target not written.
    DL3Error
        A file is damaged, or the HDU is not the one that the archive read.
    """
    if not all(part.number for part in parts[1:]):
        raise ValueError("a primary HDU stands behind others")
    # No name and no time: they would make the same content another file.
    with gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as packed:
        if parts[0].number:
            packed.write((_PRIMARY + END).ljust(BLOCK).encode("ascii"))
        for source, group in itertools.groupby(parts, key=lambda part: part.source):
            _copy(source, list(group), packed)


def _copy(source: Source, parts: Sequence[Part], target: gzip.GzipFile) -> None:
    with open_plain(source.path) as stored:
        compressed = stored.read(2) == _GZIP_MAGIC
        stored.seek(0)
        stream = gzip.GzipFile(fileobj=stored) if compressed else stored
        try:
            reader = _Reader(source.name, stream)
            for part in parts:
                reader.copy(part, target)
        except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
            raise DL3Error(source.name, f"gzip stream is damaged: {exc}") from exc


class _Reader:
    """Goes through the HDUs of an uncompressed stream, from the first on."""

    def __init__(self, name: str, stream: BinaryIO | gzip.GzipFile) -> None:
        self._name, self._stream = name, stream
        #: The HDU that comes next.
        self._number = 0

    def copy(self, part: Part, target: gzip.GzipFile) -> None:
        """Go to an HDU, which was not passed yet, copy it, and compare its checksum."""
        if not self._number <= part.number < MAX_HDUS:
            raise ValueError(f"HDU {part.number} cannot be read after HDU {self._number - 1}")
        while self._number < part.number:
            self._pass()
        header, padded = self._header()
        digest = hashlib.sha256(header)
        target.write(header.ljust(-(-len(header) // BLOCK) * BLOCK))
        rest = padded
        while rest and (chunk := self._stream.read(min(rest, _CHUNK))):
            digest.update(chunk)
            target.write(chunk)
            rest -= len(chunk)
        if digest.hexdigest() != part.sha256:
            raise DL3Error(
                self._name,
                "this is not the HDU that the archive read: the file has changed, or is damaged",
                f"HDU {part.number}",
            )
        # Some writers leave out the padding of the last HDU; without it, it is not valid.
        target.write(bytes(rest))

    def _pass(self) -> None:
        rest = self._header()[1]
        # Not by seek: beyond its end a file would go on for ever.
        while rest and (chunk := self._stream.read(min(rest, _CHUNK))):
            rest -= len(chunk)

    def _header(self) -> tuple[bytes, int]:
        """Return the next HDU's header as it stands, and the bytes of data and padding."""
        number, self._number = self._number, self._number + 1
        block = self._stream.read(BLOCK)
        raw = bytearray(block)
        while not _ends(block):
            block = self._stream.read(BLOCK)
            raw += block
            if not block or len(raw) > MAX_HEADER_BYTES:
                raise DL3Error(self._name, "header has no END card", f"HDU {number}")
        size = data_size(header_of(self._name, number, raw))
        return bytes(raw), -(-size // BLOCK) * BLOCK


def _ends(block: bytes) -> bool:
    """Tell whether a block of cards has the END card."""
    return any(block.startswith(_END, at) for at in range(0, len(block), CARD))

"""A tar that is nowhere: its length, and the bytes of any stretch of it, from its members.

The format is pax as Python's `tarfile` writes it (POSIX.1-2017, pax, "pax Interchange
Format"), with nothing in it that depends on who makes it or when.
"""

from __future__ import annotations

import hashlib
import tarfile
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from iact.access.checked import Checked, State, state
from iact.access.dataset import StoredFile

#: Bytes that are read from a file at a time.
CHUNK = 256 * 1024


class FileChanged(Exception):
    """A file is not, or no more, what the tar's length was computed from."""


@dataclass(frozen=True)
class Member:
    """A file of a tar.

    Parameters
    ----------
    name
        Its path in the tar.
    mtime
        Time of the last change, in whole seconds since 1970-01-01 UTC.
    source
        Its bytes, or the file that has them.
    """

    name: str
    mtime: int
    source: bytes | StoredFile

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.size

    def header(self) -> bytes:
        """Return the blocks that stand before the member's bytes."""
        info = tarfile.TarInfo(self.name)
        info.size, info.mtime, info.mode = self.size, self.mtime, 0o644
        return info.tobuf(tarfile.PAX_FORMAT)


@dataclass(frozen=True)
class Stretch:
    """Consecutive bytes of a file; offset and length in bytes."""

    file: StoredFile
    offset: int
    length: int


class Tar:
    """A tar of some members, in their order.

    Headers are made when they are needed, so that a tar of many members takes little memory.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)
        self._starts = []
        end = 0
        for member in self._members:
            self._starts.append(end)
            end += len(member.header()) + _padded(member.size, tarfile.BLOCKSIZE)
        #: Length in bytes, with the two blocks of zeros and the padding at the end.
        self.size = _padded(end + 2 * tarfile.BLOCKSIZE, tarfile.RECORDSIZE)
        self._end = end

    def parts(self, start: int, stop: int) -> Iterator[bytes | Stretch]:
        """Yield what the bytes from `start` up to `stop`, exclusive, consist of.

        Nothing of what is before them is looked at.
        """
        stop = min(stop, self.size)
        number = max(0, bisect_right(self._starts, start) - 1)
        while number < len(self._members) and self._starts[number] < stop:
            yield from self._parts_of(number, start, stop)
            number += 1
        if stop > max(start, self._end):
            yield bytes(stop - max(start, self._end))

    def _parts_of(self, number: int, start: int, stop: int) -> Iterator[bytes | Stretch]:
        member, at = self._members[number], self._starts[number]
        header = member.header()
        padding = bytes(_padded(member.size, tarfile.BLOCKSIZE) - member.size)
        for source, size in ((header, len(header)), (member.source, member.size),
                             (padding, len(padding))):  # fmt: skip
            first, last = max(start - at, 0), min(stop - at, size)
            if first < last:
                if isinstance(source, bytes):
                    yield source[first:last]
                else:
                    yield Stretch(source, first, last - first)
            at += size

    def chunks(
        self,
        start: int,
        stop: int,
        open_file: Callable[[StoredFile], BinaryIO],
        checked: Checked,
    ) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, exclusive, in pieces of at most `CHUNK`.

        One file is open at a time; closing the generator closes it. Pieces are empty while a
        file is read that is not to be sent yet.

        Parameters
        ----------
        start, stop
            In bytes.
        open_file
            Opens a member's file for reading, and raises `FileChanged` where it is not there.
        checked
            What is known of files.

        Raises
        ------
        FileChanged
            A file has become shorter, was changed while it was read, or has another checksum.
            Of one whose checksum is not known the last piece is kept back until it is, and no
            part is sent before the whole has been read.
        """
        return _gathered(self._pieces(start, stop, open_file, checked))

    def _pieces(
        self,
        start: int,
        stop: int,
        open_file: Callable[[StoredFile], BinaryIO],
        checked: Checked,
    ) -> Generator[bytes, None, None]:
        for part in self.parts(start, stop):
            if isinstance(part, Stretch):
                with open_file(part.file) as stream:
                    yield from _file_pieces(part, stream, checked)
            else:
                for at in range(0, len(part), CHUNK):
                    yield part[at : at + CHUNK]


def _file_pieces(stretch: Stretch, stream: BinaryIO, checked: Checked) -> Iterator[bytes]:
    file, before = stretch.file, state(stream)
    known = checked.known(stream)
    if before[2] != file.size or known not in (None, file.sha256):
        raise _other(file)
    whole = Stretch(file, 0, file.size)
    if known is None and stretch == whole:
        yield from _compared(whole, stream, before, checked)
        return
    if known is None:
        for _ in _compared(whole, stream, before, checked):
            # Others get their turn.
            yield b""
    yield from _read(stretch, stream, before)


def _compared(whole: Stretch, stream: BinaryIO, before: State, checked: Checked) -> Iterator[bytes]:
    """Yield a file's bytes, the last of them only if it has its checksum."""
    digest, left = hashlib.sha256(), whole.length
    for piece in _read(whole, stream, before):
        digest.update(piece)
        left -= len(piece)
        if not left:
            if digest.hexdigest() != whole.file.sha256:
                raise _other(whole.file)
            checked.learn(before, whole.file.sha256)
        yield piece


def _read(stretch: Stretch, stream: BinaryIO, before: State) -> Iterator[bytes]:
    left = stretch.length
    stream.seek(stretch.offset)
    while left:
        piece = stream.read(min(CHUNK, left))
        # Asked after reading: what is sent was there before any later change.
        # By size and time of change only: a file may be removed or renamed meanwhile.
        if not piece or state(stream)[2:4] != before[2:4]:
            raise FileChanged(f"{stretch.file.path} was changed while it was sent")
        left -= len(piece)
        yield piece


def _other(file: StoredFile) -> FileChanged:
    return FileChanged(f"{file.path} has not the checksum that the archive read")


def _gathered(pieces: Generator[bytes, None, None]) -> Iterator[bytes]:
    """Join small pieces: each that is written costs the server a turn."""
    waiting: list[bytes] = []
    size = 0
    with closing(pieces):
        for piece in pieces:
            if not piece or size + len(piece) > CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
            waiting.append(piece)
            size += len(piece)
    if size:
        yield b"".join(waiting)


def _padded(size: int, unit: int) -> int:
    """Return a size as a multiple of a unit."""
    return -(-size // unit) * unit

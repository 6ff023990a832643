"""The bytes that a URL stands for, as they go out: whole files, extracts, and texts."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from iact.access.answer import Entity
from iact.access.cache import Cache
from iact.access.checked import Checked, State, open_plain, state, state_of
from iact.access.extraction import Part, Source, extract, key_of
from iact.errors import CtaError

#: Bytes of a file that are in memory for each client. A quarter of it is what Twisted's own files
#: have, with which half a megabyte takes longer.
_CHUNK = 256 * 1024


class Changed(CtaError):
    """A file is not, or no longer, what the archive read."""


@dataclass(frozen=True)
class Content:
    """Bytes that can be read from any place on.

    Parameters
    ----------
    stream
        Open; whoever got this closes it.
    size, sha256
        In bytes; hexadecimal, empty for a file that nobody has read.
    modified
        When it was changed, in seconds since 1970-01-01 UTC; None where that means nothing.
    file_state
        Of the open file; None for what is in memory.
    """

    stream: BinaryIO
    size: int
    sha256: str
    modified: float | None = None
    file_state: State | None = None

    @property
    def entity(self) -> Entity:
        """What requests are compared with."""
        tag = self.sha256[:32]
        if not tag and self.file_state:
            tag = "-".join(f"{number:x}" for number in self.file_state)
        return Entity(tag, self.size, self.sha256, self.modified)

    def chunks(self, spans: Iterable[tuple[bytes, int, int]]) -> Iterator[bytes]:
        """Give out pieces of the content, each with bytes that stand before it.

        Parameters
        ----------
        spans
            What stands before, offset and length of the piece.

        Raises
        ------
        Changed
            The file changes while it is read: what was given out may be of both.
        """
        for prefix, offset, length in spans:
            if prefix:
                yield prefix
            self.stream.seek(offset)
            rest = length
            while rest:
                chunk = self.stream.read(min(rest, _CHUNK))
                # Looked at after reading, so that this chunk is intact.
                if not chunk or self._is_another():
                    raise Changed("The file was changed while it was sent")
                rest -= len(chunk)
                yield chunk

    def _is_another(self) -> bool:
        # Size and time of change only: a file may be removed or renamed while it is sent.
        return self.file_state is not None and state(self.stream)[2:4] != self.file_state[2:4]


def of_text(text: str) -> Content:
    """Return a text, which is sent in UTF-8."""
    return of_bytes(text.encode("utf-8"))


def of_bytes(data: bytes) -> Content:
    """Return what is in memory."""
    return Content(io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


class Contents:
    """Opens files and makes extracts of them; for several threads.

    Parameters
    ----------
    folder, limit
        Of the cache for extracts; in bytes.
    checked
        What is known of files.
    """

    def __init__(self, folder: Path, limit: int, checked: Checked) -> None:
        self._checked = checked
        self._cache = Cache(folder, limit, checked)

    def whole(self, source: Source, quick: bool = False) -> Content | None:
        """Open a file as it is.

        Parameters
        ----------
        source
            The file.
        quick
            Do so only if nothing needs to be read or made for it, else return None.

        Raises
        ------
        Changed
            It is not what the archive read.
        OSError
            It cannot be opened or read.
        """
        stream = open_plain(source.path)
        try:
            now = state(stream)
            known = self._checked.known(stream)
            if now[2] != source.size or (known is not None and known != source.sha256):
                raise _changed(source)
            if known is None:
                if quick:
                    stream.close()
                    return None
                if self._checked.sha256(stream) != source.sha256:
                    raise _changed(source)
        except BaseException:
            stream.close()
            raise
        return Content(stream, source.size, source.sha256, now[3] / 1e9, now)

    def extracted(self, parts: Sequence[Part], quick: bool = False) -> Content | None:
        """Open a file of its own with some HDUs, which is made if it is not there.

        Parameters
        ----------
        parts
            As `extract` wants them.
        quick
            As for `whole`.

        Raises
        ------
        Changed
            A file is not what the archive read.
        DL3Error
            A file is damaged, or has not the HDU that the archive read.
        OSError
            A file cannot be read, or there is no room for the new one.
        """
        # What is in the cache goes out only while its sources are what it was made of.
        modified = 0.0
        for source in dict.fromkeys(part.source for part in parts):
            changed = self._changed_at(source, quick)
            if changed is None:
                return None
            modified = max(modified, changed)
        key = key_of(parts)
        if quick:
            found = self._cache.quick(key)
            if found is None:
                return None
        else:
            found = self._cache.opened(key, lambda target: extract(parts, target))
        stream, sha256 = found
        now = state(stream)
        return Content(stream, now[2], sha256, modified, now)

    def _changed_at(self, source: Source, quick: bool) -> float | None:
        """Return when a file that is what the archive read was changed; else as `whole`."""
        now = state_of(source.path.stat())
        if now[2] == source.size and self._checked.known_in(now) == source.sha256:
            # The usual case, in which it need not be opened.
            return now[3] / 1e9
        opened = self.whole(source, quick)
        if opened is None:
            return None
        opened.stream.close()
        return opened.modified


def _changed(source: Source) -> Changed:
    return Changed(f"The file {source.name} has changed since the archive read it")

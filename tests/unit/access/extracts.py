"""Files and what is extracted of them, for tests."""

from __future__ import annotations

from pathlib import Path

from iact.access.extraction import Part, Source
from iact.dl3.container import split_hdus
from iact.dl3.storage import read_stored, uncompressed


def source(root: Path, name: str) -> Source:
    """Return a file as ingestion would find it now."""
    stored = read_stored(root, name)
    return Source(root / name, name, stored.size, stored.sha256)


def hdus(root: Path, name: str) -> list[bytes]:
    """Return the bytes of each HDU, uncompressed."""
    content = uncompressed(read_stored(root, name))
    return [bytes(hdu.content) for hdu in split_hdus(name, content)]


def parts(root: Path, name: str, *numbers: int) -> list[Part]:
    """Return HDUs of a file as the tables have them."""
    content = uncompressed(read_stored(root, name))
    found = split_hdus(name, content)
    of = source(root, name)
    return [Part(of, number, found[number].sha256) for number in numbers]

"""What tests want to know of a PNG, read without the library that drew it."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(png: bytes) -> list[tuple[str, bytes]]:
    """Return types and contents of all chunks; their checksums are verified."""
    assert png.startswith(SIGNATURE)
    found, at = [], len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(body),)
        found.append((body[:4].decode("ascii"), body[4:]))
        at += 12 + length
    return found


def size(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels."""
    width, height = struct.unpack_from(">II", dict(chunks(png))["IHDR"])
    return width, height

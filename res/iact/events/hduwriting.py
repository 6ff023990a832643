"""An HDU that was changed, as bytes with checksums that fit."""

from __future__ import annotations

from astropy.io import fits

from iact.dl3.container import BLOCK, Hdu
from iact.dl3.integrity import ALL_ONES, ones_complement_sum

#: Codes of punctuation that CHECKSUM must not have (FITS 4.0, appendix J.2).
_PUNCTUATION = frozenset([*range(0x3A, 0x41), *range(0x5B, 0x61)])
_UNKNOWN = "0" * 16


def padded(content: bytes | memoryview) -> bytes | memoryview:
    """Return bytes filled up with zeros to whole blocks; some files lack the last filling."""
    if not len(content) % BLOCK:
        return content
    return bytes(content).ljust(-(-len(content) // BLOCK) * BLOCK, b"\0")


def changed_hdu(header: fits.Header, data: bytes) -> bytes:
    """Return an HDU with its DATASUM and CHECKSUM (FITS 4.0, section 4.4.2.7).

    Parameters
    ----------
    header
        Its cards, those of its structure included. Gets the two cards.
    data
        Without padding.
    """
    content = bytes(padded(data))
    data_sum = ones_complement_sum(memoryview(content))
    header["DATASUM"] = (str(data_sum), "checksum of the data")
    header["CHECKSUM"] = (_UNKNOWN, "checksum of the HDU")
    raw = header.tostring().encode("ascii")
    total = ones_complement_sum(memoryview(raw)) + data_sum
    total = (total & ALL_ONES) + (total >> 32)
    header["CHECKSUM"] = _encoded(ALL_ONES ^ total)
    return str(header.tostring()).encode("ascii") + content


def _encoded(value: int) -> str:
    """Return 32 bits as 16 letters and digits whose sum they are (FITS 4.0, appendix J.2)."""
    columns = []
    for byte in value.to_bytes(4, "big"):
        quarters = [byte // 4 + 0x30] * 4
        quarters[0] += byte % 4
        # Moved from one to its neighbour until none is punctuation: the sum stays.
        while any(code in _PUNCTUATION for code in quarters):
            for first in (0, 2):
                if quarters[first] in _PUNCTUATION or quarters[first + 1] in _PUNCTUATION:
                    quarters[first] += 1
                    quarters[first + 1] -= 1
        columns.append(quarters)
    letters = "".join(chr(columns[byte][turn]) for turn in range(4) for byte in range(4))
    # The value of the card begins one byte after a whole word.
    return letters[-1:] + letters[:-1]


def rows_replaced(hdu: Hdu, header: fits.Header, rows: bytes, old_size: int) -> bytes:
    """Return the data of a table with other rows; its heap is kept, and the header follows.

    Parameters
    ----------
    hdu
        The table.
    header
        Gets NAXIS2, and THEAP where there is one.
    rows
        Whole rows.
    old_size
        Bytes of the rows that they replace.
    """
    header["NAXIS2"] = len(rows) // header["NAXIS1"] if header["NAXIS1"] else 0
    if "THEAP" in header:
        header["THEAP"] += len(rows) - old_size
    return rows + bytes(hdu.data[old_size:])

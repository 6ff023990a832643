"""What does not fit in a file that can be read all the same.

None of it changes a row, but all of it is a trace of damage, or of a header that was
written by hand.
"""

from __future__ import annotations

import numpy as np

from iact.dl3.container import BLOCK, Hdu
from iact.dl3.header import Notes
from iact.dl3.observation import Assumption
from iact.dl3.tables import Table

#: The largest number of 32 bits.
ALL_ONES = 0xFFFFFFFF
#: Bytes of an array that a heap descriptor counts, by letter of its format.
_HEAP_BYTES = {
    "X": 1 / 8, "L": 1, "B": 1, "A": 1, "I": 2, "J": 4, "K": 8, "E": 4, "D": 8, "C": 8, "M": 16,
}  # fmt: skip


def damage_of(hdus: tuple[Hdu, ...], size: int) -> tuple[Assumption, ...]:
    """Return what there is of bytes that belong to nothing, and checksums that do not fit.

    Parameters
    ----------
    hdus
        All HDUs of the file.
    size
        Bytes of the uncompressed file.
    """
    notes = Notes()
    rest = size - sum(len(hdu.content) for hdu in hdus)
    if rest:
        notes.add("header", f"{rest} bytes after the last HDU belong to none; ignored", hdus[-1])
    for hdu in hdus:
        padding = (len(hdu.content) - len(hdu.data)) % BLOCK
        if hdu.is_table and padding and any(hdu.content[-padding:]):
            said = "what follows the last row is not empty: the table may have more rows"
            notes.add("header", said, hdu, "NAXIS2")
        if hdu.value("CHECKSUM") and not checksum_fits(hdu):
            notes.add("header", "does not fit the bytes of the HDU; ignored", hdu, "CHECKSUM")
    return tuple(notes.found)


def checksum_fits(hdu: Hdu) -> bool:
    """Tell whether the 32-bit words of an HDU sum up to what CHECKSUM makes them.

    In ones'-complement arithmetic they give minus zero (FITS 4.0, section 4.4.2.7 and
    appendix J).
    """
    return ones_complement_sum(hdu.content) == ALL_ONES


def ones_complement_sum(content: memoryview) -> int:
    """Return the sum of 32-bit words with the carry added at the low end (FITS 4.0, appendix J)."""
    if len(content) % 4:
        content = memoryview(bytes(content).ljust(-(-len(content) // 4) * 4, b"\0"))
    total = int(np.frombuffer(content, dtype=">u4").sum(dtype=np.uint64))
    while total > ALL_ONES:
        total = (total & ALL_ONES) + (total >> 32)
    return total


def check_heap(table: Table) -> None:
    """Refuse a table whose columns of variable length point beyond its heap.

    Descriptors are a number of elements and an offset in the heap (FITS 4.0, section
    7.3.5). Nothing of the heap is read.

    Raises
    ------
    DL3Error
        If one does.
    """
    for column in table.columns:
        if column.code not in "PQ" or not column.count:
            continue
        form = str(table.hdu.value(f"TFORM{column.number}")).strip().lstrip("01")
        element = _HEAP_BYTES.get(form[1:2], 1)
        lengths, offsets = table.descriptors(column).T
        # As floats: what a damaged file says may be more than an integer holds.
        reach = lengths.astype(np.float64) * element + offsets
        heap = len(table.hdu.data) - _heap_start(table)
        bad = (lengths < 0) | ((lengths > 0) & ((offsets < 0) | (reach > heap)))
        if bad.any():
            row = int(np.argmax(bad)) + 1
            reason = f"row {row} points beyond the heap of {max(heap, 0)} bytes"
            raise table.hdu.error(reason, column.name)


def _heap_start(table: Table) -> int:
    """Return where the heap begins in the data: THEAP, else the end of the rows."""
    theap, rows = table.hdu.value("THEAP"), table.rows * table.row_width
    if theap is None and not table.hdu.unreadable("THEAP"):
        return rows
    if not isinstance(theap, int) or isinstance(theap, bool) or theap < rows:
        raise table.hdu.error(f"needs a number from {rows} on, has {theap!r}", "THEAP")
    return theap

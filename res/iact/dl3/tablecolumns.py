"""Where the columns of a binary table are in its rows (FITS 4.0, section 7.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iact.dl3.container import Hdu

_TFORM = re.compile(r"\s*(\d{0,18})([LXBIJKAEDCMPQ])")
#: Bytes and numpy type of one element; P and Q are descriptors of heap arrays.
_ELEMENTS = {
    "L": (1, "u1"), "B": (1, "u1"), "I": (2, ">i2"), "J": (4, ">i4"), "K": (8, ">i8"),
    "E": (4, ">f4"), "D": (8, ">f8"), "C": (8, ">c8"), "M": (16, ">c16"),
    "P": (8, ">i4"), "Q": (16, ">i8"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name
        TTYPE without surrounding blanks.
    code
        Letter of TFORM.
    count
        Elements per row (bytes for text).
    offset
        First byte in the row.
    width
        Bytes in the row.
    number
        1 for the first column.
    """

    name: str
    code: str
    count: int
    offset: int
    width: int
    number: int

    @property
    def item(self) -> str:
        """Numpy type of an element of any column but those of text and bits."""
        return _ELEMENTS[self.code][1]


def columns_of(hdu: Hdu, row_width: int) -> tuple[Column, ...]:
    """Return the columns of a binary table, in their order.

    Parameters
    ----------
    hdu
        The table.
    row_width
        Bytes of a row, NAXIS1.

    Raises
    ------
    DL3Error
        If TFIELDS or a TFORM is missing or wrong, or the columns do not fit the rows.
    """
    fields = hdu.value("TFIELDS")
    if not isinstance(fields, int) or not 0 <= fields <= 999:
        raise hdu.error(f"needs a number of columns, has {fields!r}", "TFIELDS")
    columns: list[Column] = []
    offset = 0
    for number in range(1, fields + 1):
        column = _column(hdu, number, offset)
        columns.append(column)
        offset += column.width
    # Wider rows than their columns are no harmless gap: NAXIS1 or a TFORM is wrong, and
    # all rows after the first are read from the wrong place (FITS 4.0, section 7.3.2).
    if offset != row_width:
        raise hdu.error(f"columns need {offset} bytes per row, NAXIS1 says {row_width}", "NAXIS1")
    return tuple(columns)


def _column(hdu: Hdu, number: int, offset: int) -> Column:
    form = hdu.value(f"TFORM{number}")
    match = _TFORM.match(form) if isinstance(form, str) else None
    if match is None:
        raise hdu.error(f"needs a column format, has {form!r}", f"TFORM{number}")
    count, code = int(match[1] or 1), match[2]
    if code == "A":
        width = count
    elif code == "X":
        width = -(-count // 8)
    else:
        width = count * _ELEMENTS[code][0]
    name = str(hdu.value(f"TTYPE{number}") or "").strip()
    return Column(name, code, count, offset, width, number)

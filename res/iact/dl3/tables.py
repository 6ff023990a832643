"""Columns of a binary table, read one at a time from the bytes of its HDU.

Only what is asked for is converted: an event list of a million rows costs the
two or three columns that are looked at. Layout: FITS 4.0, section 7.3.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from iact.dl3.container import Hdu
from iact.dl3.header import required_number
from iact.dl3.tablecolumns import Column, columns_of

Array = npt.NDArray[np.float64]

_NUMBERS = frozenset("BIJKED")


class Table:
    """A binary table.

    Parameters
    ----------
    hdu
        The HDU; it must be a binary table.

    Raises
    ------
    DL3Error
        If TFIELDS or a TFORM is missing or wrong, or the columns do not fit NAXIS1.
    """

    def __init__(self, hdu: Hdu) -> None:
        self.hdu = hdu
        if hdu.value("NAXIS") != 2:
            raise hdu.error(f"a table needs 2, has {hdu.value('NAXIS')!r}", "NAXIS")
        self.row_width = int(hdu.value("NAXIS1"))
        self.rows = int(hdu.value("NAXIS2"))
        if hdu.value("BITPIX") != 8:
            raise hdu.error(f"a table needs 8, has {hdu.value('BITPIX')!r}", "BITPIX")
        if self.rows * self.row_width > len(hdu.data):
            raise hdu.error(f"a table needs 1, has {hdu.value('GCOUNT')!r}", "GCOUNT")
        if self.rows and not self.row_width:
            raise hdu.error(f"{self.rows} rows have no bytes", "NAXIS1")
        self.columns = columns_of(hdu, self.row_width)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the columns in upper case."""
        return frozenset(column.name.upper() for column in self.columns)

    def find(self, name: str) -> Column | None:
        """Return a column; case counts only where two names differ by nothing else."""
        exact = next((column for column in self.columns if column.name == name), None)
        if exact is not None:
            return exact
        wanted = name.upper()
        return next((column for column in self.columns if column.name.upper() == wanted), None)

    def column(self, name: str) -> Column:
        """Return a column that must be there.

        Raises
        ------
        DL3Error
            If it is not.
        """
        found = self.find(name)
        if found is None:
            raise self.hdu.error("column is missing", name)
        return found

    def unit(self, name: str) -> str:
        """Return TUNIT of a column, empty where there is none."""
        return self.unit_of(self.column(name))

    def unit_of(self, column: Column) -> str:
        """Return TUNIT of one of the columns, empty where there is none."""
        return str(self.hdu.value(f"TUNIT{column.number}") or "").strip()

    def numbers(self, name: str) -> Array:
        """Return a numeric column with TSCAL and TZERO applied.

        Parameters
        ----------
        name
            The column.

        Returns
        -------
        ndarray
            Shape (rows,) for one element per row, else (rows, elements), in the
            column's unit; TNULL becomes NaN.

        Raises
        ------
        DL3Error
            If the column is missing or not numeric.
        """
        return self._numbers(self.column(name), self.rows)

    def stored(self, name: str) -> npt.NDArray[Any]:
        """Return a numeric column as it is stored, (rows, elements): nothing is applied.

        Raises
        ------
        DL3Error
            If the column is missing or not numeric.
        """
        column = self._numeric(self.column(name))
        return self._view(column, column.item, column.count, self.rows)

    def raw(self, column: Column) -> npt.NDArray[np.uint8]:
        """Return a copy of a column's bytes, shape (rows, width)."""
        return np.ascontiguousarray(self._view(column, "u1", column.width, self.rows))

    def as_stored(self, name: str, value: float) -> bytes:
        """Return the bytes that stand for a value in a column of one number in each row.

        Raises
        ------
        DL3Error
            If the column is missing or has other than one number in each row.
        """
        column = self.scalar_column(name)
        scale, zero = self._scaling(column)
        item = np.dtype(column.item)
        raw = (value - zero) / scale
        return np.array(raw if item.kind == "f" else round(raw), dtype=item).tobytes()

    def scalars(self, name: str) -> Array:
        """Return a numeric column that must have one element per row, shape (rows,).

        Raises
        ------
        DL3Error
            If the column is missing, not numeric, or has another number of elements.
        """
        return self._numbers(self.scalar_column(name), self.rows)

    def scalar_column(self, name: str) -> Column:
        """Return a column that must have one number in each row.

        Raises
        ------
        DL3Error
            If it is missing, not numeric, or has another number of elements.
        """
        column = self._numeric(self.column(name))
        if column.count != 1:
            raise self.hdu.error(f"has {column.count} numbers in a row; one was expected", name)
        return column

    def _numeric(self, column: Column) -> Column:
        if column.code not in _NUMBERS:
            raise self.hdu.error(f"needs numbers, has format {column.code}", column.name)
        return column

    def vector(self, name: str) -> Array:
        """Return the first row of a numeric column, flat (IRFs have one row).

        Raises
        ------
        DL3Error
            If the column is missing or not numeric, or the table has no rows.
        """
        if not self.rows:
            raise self.hdu.error("has no rows", "NAXIS2")
        return self._numbers(self.column(name), 1).reshape(-1)

    def descriptors(self, column: Column) -> npt.NDArray[Any]:
        """Return lengths and offsets of a column of variable length, shape (rows, 2)."""
        return self._view(column, column.item, 2, self.rows)

    def records(self) -> list[dict[str, Any]]:
        """Return all rows as plain values: text, int, float; `None` for NaN and TNULL.

        Columns of other kinds, and with several numbers per row, are left out.
        """
        columns: dict[str, list[Any]] = {}
        for column in self.columns:
            if column.code == "A":
                columns[column.name] = [_plain_text(item) for item in self._texts(column)]
            elif column.code in _NUMBERS and column.count == 1:
                columns[column.name] = self._plain_numbers(column)
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _numbers(self, column: Column, rows: int) -> Array:
        self._numeric(column)
        stored = self._view(column, column.item, column.count, rows)
        values = stored.astype(np.float64)
        null = self._null(column)
        if null is not None:
            values[stored == null] = np.nan
        scale, zero = self._scaling(column)
        if scale != 1 or zero:
            values = values * scale + zero
        return values[:, 0] if column.count == 1 else values

    def _plain_numbers(self, column: Column) -> list[int | float | None]:
        scale, zero = self._scaling(column)
        if column.code in "ED" or scale != 1 or zero != int(zero):
            return [
                float(item) if math.isfinite(item) else None
                for item in self._numbers(column, self.rows)
            ]
        # Not through float64, which would round identifiers above 2**53.
        null = self._null(column)
        stored = self._view(column, column.item, 1, self.rows)[:, 0].tolist()
        return [None if item == null else item + int(zero) for item in stored]

    def _null(self, column: Column) -> int | None:
        null = self.hdu.value(f"TNULL{column.number}")
        return null if isinstance(null, int) and column.code in "BIJK" else None

    def _scaling(self, column: Column) -> tuple[float, float]:
        scale = self._scaling_card(f"TSCAL{column.number}", 1.0)
        if not scale:
            raise self.hdu.error(
                "0 makes all numbers of the column the same", f"TSCAL{column.number}"
            )
        return scale, self._scaling_card(f"TZERO{column.number}", 0.0)

    def _scaling_card(self, keyword: str, default: float) -> float:
        """Return TSCALn or TZEROn; to leave out one that is not understood gives other numbers."""
        if self.hdu.value(keyword) is None and not self.hdu.unreadable(keyword):
            return default
        return required_number(self.hdu, keyword)

    def _texts(self, column: Column) -> list[bytes]:
        if not column.width:
            return [b""] * self.rows
        stored = self._view(column, f"S{column.width}", 1, self.rows)[:, 0]
        return [bytes(item) for item in stored]

    def _view(self, column: Column, kind: str, count: int, rows: int) -> npt.NDArray[Any]:
        """Return a column's elements as they are stored, without copying, (rows, count)."""
        item = np.dtype(kind)
        if not rows:
            return np.empty((0, count), dtype=item)
        return np.ndarray(
            shape=(rows, count),
            dtype=item,
            buffer=self.hdu.data,
            offset=column.offset,
            strides=(self.row_width, item.itemsize),
        )


def _plain_text(value: bytes) -> str:
    """Return text up to the first NUL, control characters as blanks."""
    raw = value.split(b"\0", 1)[0].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in raw).strip()

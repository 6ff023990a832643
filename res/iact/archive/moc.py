"""Cells of multi-order coverage maps (MOC 2.0), of time and of space alike.

A cell of one order has two cells of the next in time, four in space, so cells of all orders
can be told as ranges of the finest order's indices, from the first to the one after the
last. `canonical` makes cells of them again: the form of MOC 2.0, section 6.1, in which no
cell could be part of a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

#: Shape (n, 2), the first index and the one after the last.
Ranges = npt.NDArray[np.int64]

#: Indices by order, ascending.
Cells = dict[int, list[int]]

#: Bits of an index that one order adds.
TIME, SPACE = 1, 2


def merged(ranges: Ranges) -> Ranges:
    """Join ranges, sorted by their starts, that overlap or touch."""
    if len(ranges) < 2:
        return ranges
    reached = np.maximum.accumulate(ranges[:, 1])
    gaps = np.flatnonzero(ranges[1:, 0] > reached[:-1])
    first = np.concatenate(([0], gaps + 1))
    last = np.concatenate((gaps, [len(ranges) - 1]))
    return np.column_stack((ranges[first, 0], reached[last]))


def canonical(ranges: Ranges, order: int, dimension: int) -> Cells:
    """Return the largest cells that make up some ranges.

    Parameters
    ----------
    ranges
        Of indices of `order`, ascending, with gaps between them.
    order
        The finest.
    dimension
        `TIME` or `SPACE`.
    """
    cells: Cells = {}
    # Stands for alignment where index 0 has none: nothing is coarser than order 0.
    coarsest = 1 << dimension * order
    for start, stop in ranges.tolist():
        position = start
        while position < stop:
            # A cell of n indices begins at a multiple of n, and must not reach beyond the range.
            aligned, left = (position | coarsest) & -(position | coarsest), stop - position
            coarser = (min(aligned, left).bit_length() - 1) // dimension
            cells.setdefault(order - coarser, []).append(position >> dimension * coarser)
            position += 1 << dimension * coarser
    return cells


def as_text(cells: Mapping[int, list[int]], order: int) -> str:
    """Return the ASCII form (MOC 2.0, section 4.3.2), ``order/index index ... order/``.

    Parameters
    ----------
    cells
        By order.
    order
        Of the MOC, which must be told where no cell has it.
    """
    parts = [f"{depth}/{' '.join(map(str, cells[depth]))}" for depth in sorted(cells)]
    if order not in cells:
        parts.append(f"{order}/")
    return " ".join(parts)

"""Good time intervals as a time MOC, the string in the column ``t_intervals``.

A TMOC (MOC 2.0, sections 3.2 and 4.2) divides time into cells of 2^(61-order) us, counted
from JD 0 in TCB. The string is that of MOC 2.0, section 4.3.2: ``order/index index ...``,
in the canonical form of section 6.1. It begins without the letter ``t``, which is for
where the context does not tell a time MOC from one of space: the column does, and mocpy
refuses the letter.

What is converted is the scale: TCB is the IAU's (2006, resolution B3), through ERFA. TDB is
put for TT, with which it agrees within 1.7 ms; the intervals grow by `MARGIN_US` instead.
Positions do not enter: these are the times at which light came to the telescopes, not when
it would have come to the barycentre, up to 500 s earlier or later. MOC 2.0 names the
barycentre as the reference position, but who compares the TMOC with times at other
telescopes, or makes one of them with mocpy, corrects for no direction either.

mocpy (0.12 to 0.21) converts the start of each day to TCB and counts the rest of the day in
the seconds of the time it was given, which for TT gives up to 1.34 ms less. The margin has
room for that: an interval is within its TMOC for both ways of counting.
"""

from __future__ import annotations

import erfa
import numpy as np
import numpy.typing as npt

#: The finest order used; a cell has 1.05 s.
FINEST_ORDER = 41

#: Cells of one string at most. Where there would be more, the order is coarser.
MOST_CELLS = 100

#: Added to both ends of each interval, us.
MARGIN_US = 4000

_DEEPEST_ORDER = 61
_DAY_US = 86_400_000_000
#: Julian date of MJD 0: a whole day and half a day.
_MJD_ZERO_JD = 2400000.5
_MJD_ZERO_US = 2400000 * _DAY_US + _DAY_US // 2
_ZERO_AND_MARGIN = np.array([_MJD_ZERO_US - MARGIN_US, _MJD_ZERO_US + MARGIN_US])

_Ranges = npt.NDArray[np.int64]


def tmoc(gti: npt.NDArray[np.float64]) -> str:
    """Return the time MOC that covers some intervals.

    Each interval is within; what goes beyond is less than one cell and `MARGIN_US` at
    each end.

    Parameters
    ----------
    gti
        Shape (n, 2), MJD in TT, sorted by start; n is 1 at least.

    Raises
    ------
    ValueError
        If there is no interval.
    """
    if not len(gti):
        raise ValueError("a time MOC needs one interval at least")
    order = FINEST_ORDER
    ranges = _merged(_cells_around(_microseconds(gti), _DEEPEST_ORDER - order))
    # A range makes one cell at least, so most are merged before any is taken apart.
    while len(ranges) > MOST_CELLS:
        order -= 1
        ranges = _merged(_cells_around(ranges, 1))
    while True:
        found = _canonical(ranges.tolist(), order)
        if sum(map(len, found.values())) <= MOST_CELLS:
            return _text(found, order)
        order -= 1
        ranges = _merged(_cells_around(ranges, 1))


def _microseconds(gti: npt.NDArray[np.float64]) -> _Ranges:
    """Return intervals in us since JD 0 in TCB, with the margin."""
    # The first part is unchanged: TCB - TDB goes to the second.
    _, days = erfa.tdbtcb(_MJD_ZERO_JD, gti)
    # A double has room for 1 us, for MJD until the year 2140.
    ranges: _Ranges = (days * _DAY_US).astype(np.int64) + _ZERO_AND_MARGIN
    return ranges


def _cells_around(ranges: _Ranges, orders: int) -> _Ranges:
    """Return first cells and the cells after the last, that many orders coarser."""
    # Shifting rounds down; the stops are to be rounded up.
    around: _Ranges = (ranges + np.array([0, (1 << orders) - 1])) >> orders
    return around


def _merged(ranges: _Ranges) -> _Ranges:
    """Join ranges, sorted by their starts, that overlap or touch."""
    if len(ranges) == 1:
        return ranges
    reached = np.maximum.accumulate(ranges[:, 1])
    gaps = np.flatnonzero(ranges[1:, 0] > reached[:-1])
    first = np.concatenate(([0], gaps + 1))
    last = np.concatenate((gaps, [len(ranges) - 1]))
    return np.column_stack((ranges[first, 0], reached[last]))


def _canonical(ranges: list[list[int]], order: int) -> dict[int, list[int]]:
    """Return the largest cells that make up the ranges, by order, ascending in each."""
    cells: dict[int, list[int]] = {}
    for start, stop in ranges:
        position = start
        while position < stop:
            # A cell of 2^n begins at a multiple of 2^n, and must not reach beyond the range.
            aligned, left = position & -position, stop - position
            coarser = min(aligned.bit_length(), left.bit_length()) - 1
            cells.setdefault(order - coarser, []).append(position >> coarser)
            position += 1 << coarser
    return cells


def _text(cells: dict[int, list[int]], order: int) -> str:
    parts = [f"{depth}/{' '.join(map(str, cells[depth]))}" for depth in sorted(cells)]
    if order not in cells:
        # The MOC's own order must be told where no cell has it (section 4.3.2).
        parts.append(f"{order}/")
    return " ".join(parts)

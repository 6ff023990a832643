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

mocpy (0.21) converts the start of each day to TCB and counts the rest of the day in
the seconds of the time it was given, which for TT gives up to 1.34 ms less. The margin has
room for that: an interval is within its TMOC for both ways of counting.
"""

from __future__ import annotations

import erfa
import numpy as np
import numpy.typing as npt

from iact.archive.moc import TIME, Ranges, as_text, canonical, merged
from iact.dl3.units import MJD_ZERO_JD

#: The finest order used; a cell has 1.05 s.
FINEST_ORDER = 41

#: Cells of one string at most. Where there would be more, the order is coarser.
MOST_CELLS = 100

#: Added to both ends of each interval, us.
MARGIN_US = 4000

_DEEPEST_ORDER = 61
_DAY_US = 86_400_000_000
_MJD_ZERO_US = 2400000 * _DAY_US + _DAY_US // 2
_ZERO_AND_MARGIN = np.array([_MJD_ZERO_US - MARGIN_US, _MJD_ZERO_US + MARGIN_US])


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
    ranges = merged(_cells_around(_microseconds(gti), _DEEPEST_ORDER - order))
    # A range makes one cell at least, so most are merged before any is taken apart.
    while len(ranges) > MOST_CELLS:
        order -= 1
        ranges = merged(_cells_around(ranges, 1))
    while True:
        cells = canonical(ranges, order, TIME)
        if sum(map(len, cells.values())) <= MOST_CELLS:
            return as_text(cells, order)
        order -= 1
        ranges = merged(_cells_around(ranges, 1))


def _microseconds(gti: npt.NDArray[np.float64]) -> Ranges:
    """Return intervals in us since JD 0 in TCB, with the margin."""
    # The first part is unchanged: TCB - TDB goes to the second.
    _, days = erfa.tdbtcb(MJD_ZERO_JD, gti)
    # A double has room for 1 us, for MJD until the year 2140.
    ranges: Ranges = (days * _DAY_US).astype(np.int64) + _ZERO_AND_MARGIN
    return ranges


def _cells_around(ranges: Ranges, orders: int) -> Ranges:
    """Return first cells and the cells after the last, that many orders coarser."""
    # Shifting rounds down; the stops are to be rounded up.
    around: Ranges = (ranges + np.array([0, (1 << orders) - 1])) >> orders
    return around

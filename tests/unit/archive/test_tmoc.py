"""Time MOCs of good time intervals are short strings, in TCB."""

from __future__ import annotations

import numpy as np
import pytest

from iact.archive.tmoc import FINEST_ORDER, MARGIN_US, MOST_CELLS, tmoc
from unit.archive.timemocs import DAY_US, microseconds, parsed, ranges

RUN = np.array([[53343.9223400926, 53343.9418655556]])


def test_a_run_has_a_short_string_of_cells_of_a_second():
    text = tmoc(RUN)
    assert parsed(text)[0] == 41
    (start, stop), *others = ranges(text)
    assert not others
    assert 1687e6 < stop - start < 1687e6 + 2 * (1 << 20) + 2 * MARGIN_US
    assert len(text) < 200


def test_many_intervals_have_coarser_cells():
    days = 57184 + np.arange(39_250) * 62 / 39_250
    text = tmoc(np.column_stack((days, days + 0.0004)))
    order, cells = parsed(text)
    assert order < FINEST_ORDER
    assert len(cells) <= MOST_CELLS
    assert len(text) < 2000


def test_the_order_is_told_where_no_cell_has_it():
    # From one end of a cell of order 30 to the other, without the margins.
    index = (microseconds(53343.0) >> 31) + 1
    ends = [
        (edge - microseconds(53343.0)) / DAY_US + 53343.0
        for edge in ((index << 31) + MARGIN_US + 100, ((index + 1) << 31) - MARGIN_US - 3000)
    ]
    assert tmoc(np.array([ends])) == f"30/{index} 41/"


def test_the_scale_is_tcb():
    start = ranges(tmoc(RUN))[0][0]
    # TCB is ahead of TT by 1.55e-8 of the time since 1977: 13.7 s at the end of 2004.
    tt = round(2400000.5 * DAY_US) + round(RUN[0, 0] * DAY_US)
    assert 12.6e6 < start - tt < 13.7e6


def test_no_interval_is_refused():
    with pytest.raises(ValueError, match="one interval at least"):
        tmoc(np.empty((0, 2)))

"""What holds for the time MOC of any intervals, and what mocpy says of it."""

from __future__ import annotations

import warnings

import erfa
import numpy as np
import pytest
from astropy.time import Time

from iact.archive.tmoc import FINEST_ORDER, MARGIN_US, MOST_CELLS, tmoc
from unit.archive.timemocs import DAY_US, microseconds, parsed, ranges

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def interval_lists(draw: st.DrawFn) -> np.ndarray:
    """Intervals of a run, or of many nights; some overlap, some touch."""
    day = draw(st.floats(40587, 69000))
    steps = draw(
        st.lists(st.tuples(st.floats(-0.01, 40), st.floats(1e-8, 0.4)), min_size=1, max_size=250)
    )
    made = []
    for gap, length in steps:
        day = max(day + gap, made[-1][0] if made else 0.0)
        made.append((day, day + length))
        day += length
    return np.array(made)


@settings(deadline=None)
@given(interval_lists())
def test_every_interval_is_within_and_no_more_than_a_cell_is_added(gti):
    text = tmoc(gti)
    order, cells = parsed(text)
    cell = 1 << (61 - order)
    covered = np.array(ranges(text))
    starts = np.array([microseconds(mjd) for mjd in gti[:, 0]])
    stops = np.array([microseconds(mjd) for mjd in gti[:, 1]])
    place = np.searchsorted(covered[:, 0], starts, side="right") - 1
    assert (place >= 0).all()
    assert (covered[place, 1] >= stops).all()
    # What is covered begins and ends with an interval.
    for start, stop in covered.tolist():
        own = (starts >= start) & (stops <= stop)
        slack = cell + MARGIN_US + 2000
        assert starts[own].min() - start < slack
        assert stop - stops[own].max() < slack
    assert len(cells) <= MOST_CELLS
    assert order <= FINEST_ORDER


@settings(deadline=None)
@given(interval_lists())
def test_the_form_is_canonical(gti):
    text = tmoc(gti)
    order, cells = parsed(text)
    assert cells == sorted(set(cells))
    assert all(depth <= order for depth, _ in cells)
    # No two siblings, which their parent stands for, and no cell within another.
    assert not {(depth, index ^ 1) for depth, index in cells} & set(cells)
    for depth, index in cells:
        parents = {(depth - up, index >> up) for up in range(1, depth + 1)}
        assert not parents & set(cells)


@settings(deadline=None)
@given(interval_lists())
def test_mocpy_reads_it_and_makes_the_same(gti):
    mocpy = pytest.importorskip("mocpy")
    text = tmoc(gti)
    ours = mocpy.TimeMOC.from_string(text)
    assert ours.max_order == parsed(text)[0]
    assert mocpy.TimeMOC.from_string(ours.to_string()) == ours
    # From the same intervals, whose ends are those of the cells.
    again = mocpy.TimeMOC.from_depth61_ranges(
        ours.max_order, np.array(ranges(text), dtype=np.uint64)
    )
    assert again == ours


@settings(deadline=None)
@given(interval_lists())
def test_what_mocpy_makes_of_the_same_intervals_is_within(gti):
    mocpy = pytest.importorskip("mocpy")
    ours = mocpy.TimeMOC.from_string(tmoc(gti))
    # Both in the scale that the standard wants and in the one that the archive has, where
    # mocpy counts the seconds of a day in TT.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", erfa.ErfaWarning)
        tt = [Time(gti[:, side], format="mjd", scale="tt") for side in (0, 1)]
        for start, stop in (tt, [time.tcb for time in tt]):
            theirs = mocpy.TimeMOC.from_time_ranges(start, stop, order=61)
            assert theirs.difference(ours).empty()
            assert ours.contains(start).all()


@pytest.mark.parametrize("day", np.arange(60000, 60366, 7.37))
def test_intervals_from_edge_to_edge_of_a_cell_are_within_for_all_ways_of_counting(day):
    mocpy = pytest.importorskip("mocpy")
    first = (microseconds(day) >> 20) + 1
    # A tenth of a millisecond within the edges: more than the doubles of MJD round off.
    edges = [(first << 20) + 100, ((first + 8) << 20) - 100]
    whole = [divmod(edge, DAY_US) for edge in edges]
    times = [Time(one, rest / DAY_US, format="jd", scale="tcb").tt for one, rest in whole]
    ours = mocpy.TimeMOC.from_string(tmoc(np.array([[time.mjd for time in times]])))
    for start, stop in (times, [time.tcb for time in times]):
        theirs = mocpy.TimeMOC.from_time_ranges(start, stop, order=61)
        assert theirs.difference(ours).empty()

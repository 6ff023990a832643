"""Good time intervals, and how they go with the rest of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, number, required_number, text
from iact.dl3.integrity import check_heap
from iact.dl3.observation import ReadingRules
from iact.dl3.tables import Table
from iact.dl3.timereference import (
    SCALES,
    TimeReference,
    check_calendar,
    column_seconds,
    read_reference,
    seconds_per,
)

Array = npt.NDArray[np.float64]

_DAY_SECONDS = 86400.0
#: Differences below this are rounding, not contradictions, in s.
TOLERANCE_S = 1.0
#: MJD of 1970 and 2100: other times are mistakes, or simulations that do not care.
_EARLIEST, _LATEST = 40587.0, 88069.0
#: Overlaps and lengths of intervals that come from writing them as numbers, s.
_ROUNDING_S = 1e-3


@dataclass(frozen=True)
class ObservingTimes:
    """When an observation took place.

    Parameters
    ----------
    gti
        Shape (n, 2), MJD in TT, sorted by start.
    gti_sum_s
        Time that is in at least one interval, s, from the file's own numbers.
    span
        Start of the first interval and stop of the last, s after the zero point of
        `reference`.
    reference
        Of `span`, with the unit of the event list's header.
    shared
        Whether the events' times have the same zero point and scale.
    """

    gti: Array
    gti_sum_s: float
    span: tuple[float, float]
    reference: TimeReference
    shared: bool = True


def read_times(events: Hdu, gti: Hdu | None, rules: ReadingRules, notes: Notes) -> ObservingTimes:
    """Read the good time intervals, or TSTART and TSTOP where there are none.

    Parameters
    ----------
    events, gti
        HDUs of the file; `gti` may be absent.
    rules
        The collection's time rule.
    notes
        Gets what was assumed.

    Raises
    ------
    DL3Error
        If intervals are missing, not finite, run backwards, or are more than a day from
        TSTART and TSTOP.
    """
    if gti is None:
        start, stop = required_number(events, "TSTART"), required_number(events, "TSTOP")
        if stop <= start:
            raise events.error(f"TSTOP {stop:g} is not after TSTART {start:g}", "TSTOP")
        notes.add("gti", "file has no GTI; TSTART to TSTOP taken as one interval", events)
        reference = own = read_reference(events, rules, notes)
        intervals = np.array([[start, stop]]) * reference.unit_s
        check_calendar(events, "TSTART", reference, intervals)
        if intervals[0, 1] - intervals[0, 0] < _ROUNDING_S:
            raise events.error("TSTART and TSTOP are the same: no good time", "TSTOP")
    else:
        reference = read_reference(gti, rules, notes, other=events)
        intervals = _read_intervals(gti, reference, notes)
        own = _header_reference(events, reference, rules, notes)
        _compare_with_header(events, own, intervals, reference, notes)
    gti_tt = reference.to_tt(intervals)
    start_tt, stop_tt = gti_tt[0, 0], gti_tt[:, 1].max()
    if not _EARLIEST <= start_tt <= stop_tt <= _LATEST:
        said = f"MJD {start_tt:.1f} to {stop_tt:.1f} is not from 1970 to 2100; kept"
        notes.add("times", said, events, "MJDREFI")
    span = float(intervals[0, 0]), float(intervals[:, 1].max())
    total = covered_seconds(intervals)
    return ObservingTimes(gti_tt, total, span, own, own == reference)


def covered_seconds(intervals: Array) -> float:
    """Return the time that is in at least one of some intervals sorted by start, s."""
    reached = np.maximum.accumulate(intervals[:, 1])
    begins = np.maximum(intervals[1:, 0], reached[:-1])
    later = np.clip(intervals[1:, 1] - begins, 0.0, None)
    return float(intervals[0, 1] - intervals[0, 0] + np.sum(later))


def _read_intervals(gti: Hdu, reference: TimeReference, notes: Notes) -> Array:
    """Return the intervals in s after the zero point, sorted by start."""
    table = Table(gti)
    check_heap(table)
    columns = [column_seconds(table, name, reference, notes) for name in ("START", "STOP")]
    intervals = np.column_stack(columns)
    if not len(intervals):
        raise gti.error("has no rows: no good time", "NAXIS2")
    for index, name in enumerate(("START", "STOP")):
        if not np.isfinite(intervals[:, index]).all():
            raise gti.error("holds values that are not finite", name)
        check_calendar(gti, name, reference, intervals[:, index])
    length = intervals[:, 1] - intervals[:, 0]
    if (length < 0).any():
        row = int(np.argmax(length < 0)) + 1
        raise gti.error(f"is before START in row {row}: interval runs backwards", "STOP")
    empty = length < _ROUNDING_S
    if empty.all():
        raise gti.error("all intervals are empty", "STOP")
    if empty.any():
        notes.add("gti", f"{int(empty.sum())} intervals of no length left out", gti)
        intervals = intervals[~empty]
    if (np.diff(intervals[:, 0]) < 0).any():
        notes.add("gti", "intervals are not in order of time; sorted", gti, "START")
        intervals = intervals[np.argsort(intervals[:, 0], kind="stable")]
    reached = np.maximum.accumulate(intervals[:-1, 1])
    overlapping = int((reached - intervals[1:, 0] > _ROUNDING_S).sum())
    if overlapping:
        said = f"{overlapping} of {len(intervals)} intervals overlap with earlier ones; kept"
        notes.add("gti", f"{said}, what they share is counted once", gti)
    return intervals


def _header_reference(
    events: Hdu, reference: TimeReference, rules: ReadingRules, notes: Notes
) -> TimeReference:
    """Return what TSTART, TSTOP and the events' times refer to: the GTIs' where not stated."""
    stated = events.value("MJDREFI") is not None or events.value("MJDREF") is not None
    if not stated or text(events, "TIMESYS").upper() not in SCALES:
        keyword = "TIMESYS" if stated else "MJDREFI"
        notes.add("times", "missing or not known here; as in the GTIs", events, keyword)
        unit = text(events, "TIMEUNIT")
        if not unit:
            return reference
        return replace(reference, unit_s=seconds_per(events, unit, "TIMEUNIT"))
    own = read_reference(events, rules, notes)
    if own != reference:
        said = "EVENTS and GTI have different time references; each was read with its own"
        notes.add("times", said, events, "MJDREFI")
    return own


def _compare_with_header(
    events: Hdu, own: TimeReference, intervals: Array, reference: TimeReference, notes: Notes
) -> None:
    """Note where TSTART and TSTOP of the header contradict the GTIs; refuse what cannot be."""
    pairs = (("TSTART", intervals[0, 0]), ("TSTOP", intervals[:, 1].max()))
    for keyword, taken in pairs:
        said = number(events, keyword, notes, "times")
        if said is None:
            continue
        stated = said * own.unit_s
        check_calendar(events, keyword, own, np.array([stated]))
        # Of one reference without the rounding, and the cost, of an MJD.
        late = stated - float(taken)
        if own != reference:
            late = (_mjd(own, stated) - _mjd(reference, taken)) * _DAY_SECONDS
        if abs(late) > _DAY_SECONDS:
            raise events.error(
                f"header gives {said:.15g} (MJD {_mjd(own, stated):.5f}), the GTIs give MJD "
                f"{_mjd(reference, taken):.5f}: more than a day apart",
                keyword,
            )
        if abs(late) > TOLERANCE_S:
            what = "later" if late > 0 else "earlier"
            told = f"header is {abs(late):.1f} s {what} than the GTIs; GTIs taken"
            notes.add("times", told, events, keyword)


def _mjd(reference: TimeReference, seconds: float) -> float:
    return float(reference.to_tt(np.array([seconds]))[0])

"""Time references, scales and good time intervals.

The archive's times are MJD in TT. A file's times are seconds since MJDREFI +
MJDREFF in the scale TIMESYS (GADF 0.3, "Time"). Seconds are counted in TAI,
whatever the scale of the reference: MJDREF + s/86400 would be wrong by the leap
seconds that lie between the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from astropy.time import Time, TimeDelta

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, number, required_number, text
from iact.dl3.observation import ReadingRules
from iact.dl3.tables import Table

Array = npt.NDArray[np.float64]

#: TIMESYS values of FITS 4.0 (table 30) that are read, with astropy's names.
SCALES = {
    "TT": "tt", "TDT": "tt", "ET": "tt", "TAI": "tai", "IAT": "tai",
    "UTC": "utc", "GMT": "utc", "TDB": "tdb",
}  # fmt: skip
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "d": 86400.0}
_DAY_SECONDS = 86400.0
#: Differences below this are rounding, not contradictions, in s.
TOLERANCE_S = 1.0
#: MJD of 1970 and 2100: other times are mistakes, or simulations that do not care.
_EARLIEST, _LATEST = 40587.0, 88069.0
#: Overlap of intervals that comes from writing them as numbers, s.
_ROUNDING_S = 1e-3


@dataclass(frozen=True)
class TimeReference:
    """How a number in a file becomes a time.

    Parameters
    ----------
    day, fraction
        Sum of both is the zero point, MJD in `scale`.
    scale
        astropy's name of the time scale.
    unit_s
        Seconds per unit of the file's numbers.
    offset_s
        Added to every time, s.
    """

    day: float
    fraction: float
    scale: str
    unit_s: float = 1.0
    offset_s: float = 0.0

    def to_tt(self, values: Array) -> Array:
        """Turn numbers of the file into MJD in TT.

        Parameters
        ----------
        values
            In the file's time unit, any shape.
        """
        zero = Time(self.day, self.fraction, format="mjd", scale=self.scale)
        elapsed = TimeDelta(np.asarray(values) * self.unit_s + self.offset_s, format="sec")
        return np.asarray((zero + elapsed).tt.mjd, dtype=np.float64)


@dataclass(frozen=True)
class ObservingTimes:
    """When an observation took place.

    Parameters
    ----------
    gti
        Shape (n, 2), MJD in TT, sorted by start.
    gti_sum_s
        Sum of the intervals, s, from the file's own numbers.
    span
        Start of the first interval and stop of the last, in the numbers of `reference`.
    reference
        Of `span`.
    shared
        Whether the events' times have the same reference.
    """

    gti: Array
    gti_sum_s: float
    span: tuple[float, float]
    reference: TimeReference
    shared: bool = True


def read_reference(
    hdu: Hdu, rules: ReadingRules, notes: Notes, other: Hdu | None = None
) -> TimeReference:
    """Read the time reference of an HDU.

    Parameters
    ----------
    hdu
        The HDU that holds times.
    rules
        ``time_scale`` and ``time_offset_s`` override the file.
    notes
        Gets what was assumed.
    other
        An HDU of the same file that is asked for what `hdu` lacks.

    Raises
    ------
    DL3Error
        If the zero point, scale or unit is missing or unknown.
    """
    source = _first_with(("MJDREFI", "MJDREF"), hdu, other)
    if source is None:
        raise hdu.error("keyword is missing: times have no zero point", "MJDREFI")
    if source is not hdu:
        notes.add("times", f"no zero point here; that of {source.label} taken", hdu, "MJDREFI")
    if source.value("MJDREFI") is None:
        day, fraction = required_number(source, "MJDREF"), 0.0
    else:
        day = required_number(source, "MJDREFI")
        fraction = _fraction(source, notes)
    scale = _scale(hdu, other, rules, notes)
    unit = text(hdu, "TIMEUNIT").lower()
    if unit not in _SECONDS:
        raise hdu.error(f"{unit!r} is not known; s or d was expected", "TIMEUNIT")
    if rules.time_offset_s:
        said = f"the collection's rule adds {rules.time_offset_s:g} s to every time"
        notes.add("times", said)
    return TimeReference(day, fraction, scale, _SECONDS[unit], rules.time_offset_s)


def _fraction(hdu: Hdu, notes: Notes) -> float:
    if hdu.value("MJDREFF") is None and not hdu.unreadable("MJDREFF"):
        notes.add("times", "keyword is missing; 0 taken", hdu, "MJDREFF")
        return 0.0
    return required_number(hdu, "MJDREFF")


def _scale(hdu: Hdu, other: Hdu | None, rules: ReadingRules, notes: Notes) -> str:
    source = _first_with(("TIMESYS",), hdu, other)
    said = text(source, "TIMESYS").upper() if source else ""
    if rules.time_scale:
        if SCALES.get(said) != rules.time_scale:
            told = (
                f"file says {said or 'nothing'}; {rules.time_scale} taken by the collection's rule"
            )
            notes.add("time_scale", told, hdu, "TIMESYS")
        return rules.time_scale
    if source is None:
        raise hdu.error(
            "keyword is missing: the time scale is not known; "
            "a collection's time rule can state it",
            "TIMESYS",
        )
    if said not in SCALES:
        raise source.error(
            f"time scale {said!r} is not known; one of {', '.join(SCALES)} was expected", "TIMESYS"
        )
    if source is not hdu:
        notes.add("time_scale", f"not stated here; {said} of {source.label} taken", hdu, "TIMESYS")
    return SCALES[said]


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
        If intervals are missing, not finite, or run backwards.
    """
    shared = True
    if gti is None:
        start, stop = required_number(events, "TSTART"), required_number(events, "TSTOP")
        if stop <= start:
            raise events.error(f"TSTOP {stop:g} is not after TSTART {start:g}", "TSTOP")
        notes.add("gti", "file has no GTI; TSTART to TSTOP taken as one interval", events)
        intervals = np.array([[start, stop]])
        reference = read_reference(events, rules, notes)
    else:
        intervals = _read_intervals(gti, notes)
        reference = read_reference(gti, rules, notes, other=events)
        shared = _compare_with_header(events, intervals, reference, rules, notes)
    start_tt, stop_tt = reference.to_tt(np.array([intervals[0, 0], intervals[:, 1].max()]))
    if not _EARLIEST <= start_tt <= stop_tt <= _LATEST:
        said = f"MJD {start_tt:.1f} to {stop_tt:.1f} is not from 1970 to 2100; kept"
        notes.add("times", said, events, "MJDREFI")
    span = float(intervals[0, 0]), float(intervals[:, 1].max())
    total = float(np.sum(intervals[:, 1] - intervals[:, 0])) * reference.unit_s
    return ObservingTimes(reference.to_tt(intervals), total, span, reference, shared)


def _read_intervals(gti: Hdu, notes: Notes) -> Array:
    table = Table(gti)
    intervals = np.column_stack([table.numbers("START"), table.numbers("STOP")])
    if not len(intervals):
        raise gti.error("has no rows: no good time", "NAXIS2")
    for index, name in enumerate(("START", "STOP")):
        if not np.isfinite(intervals[:, index]).all():
            raise gti.error("holds values that are not finite", name)
    length = intervals[:, 1] - intervals[:, 0]
    if (length < 0).any():
        row = int(np.argmax(length < 0)) + 1
        raise gti.error(f"is before START in row {row}: interval runs backwards", "STOP")
    if not length.any():
        raise gti.error("all intervals are empty", "STOP")
    if (length == 0).any():
        notes.add("gti", f"{int((length == 0).sum())} intervals of no length left out", gti)
        intervals = intervals[length > 0]
    if (np.diff(intervals[:, 0]) < 0).any():
        notes.add("gti", "intervals are not in order of time; sorted", gti, "START")
        intervals = intervals[np.argsort(intervals[:, 0], kind="stable")]
    overlapping = int((intervals[:-1, 1] - intervals[1:, 0] > _ROUNDING_S).sum())
    if overlapping:
        notes.add(
            "gti", f"{overlapping} of {len(intervals)} intervals overlap; kept as they are", gti
        )
    return intervals


def _compare_with_header(
    events: Hdu, intervals: Array, reference: TimeReference, rules: ReadingRules, notes: Notes
) -> bool:
    """Note where TSTART and TSTOP of the header contradict the GTIs.

    Returns whether EVENTS and GTI have the same time reference.
    """
    own = reference
    if events.value("MJDREFI") is not None and text(events, "TIMESYS").upper() in SCALES:
        own = read_reference(events, rules, notes)
    if own != reference:
        said = "EVENTS and GTI have different time references; each was read with its own"
        notes.add("times", said, events, "MJDREFI")
    pairs = (("TSTART", intervals[0, 0]), ("TSTOP", intervals[:, 1].max()))
    for keyword, taken in pairs:
        said_value = number(events, keyword, notes, "times")
        if said_value is None:
            continue
        if own == reference:
            late = (said_value - float(taken)) * own.unit_s
        else:
            ends = own.to_tt(np.array([said_value])), reference.to_tt(np.array([taken]))
            late = float((ends[0] - ends[1])[0]) * _DAY_SECONDS
        if abs(late) > TOLERANCE_S:
            what = "later" if late > 0 else "earlier"
            said = f"header is {abs(late):.1f} s {what} than the GTIs; GTIs taken"
            notes.add("times", said, events, keyword)
    return own == reference


def _first_with(keywords: tuple[str, ...], *hdus: Hdu | None) -> Hdu | None:
    """Return the first HDU that has one of the cards."""
    for hdu in hdus:
        if hdu is not None and any(hdu.value(keyword) is not None for keyword in keywords):
            return hdu
    return None

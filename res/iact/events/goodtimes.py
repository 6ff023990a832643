"""Good time intervals clipped to a time range, and what follows from them."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from iact.dl3.container import Hdu
from iact.dl3.exposure import read_exposure
from iact.dl3.header import Notes
from iact.dl3.observation import Observation, ReadingRules
from iact.dl3.tables import Table
from iact.dl3.timereference import TimeReference, column_seconds, read_reference, seconds_per
from iact.dl3.times import ObservingTimes, covered_seconds
from iact.events.faults import NothingLeft
from iact.events.hduwriting import changed_hdu, rows_replaced
from iact.events.reading import Interval

Array = npt.NDArray[np.float64]

#: Cards of a date and its time of day, and whether they are of the start.
_DATES = (
    ("DATE-OBS", "TIME-OBS", True), ("DATE_OBS", "TIME_OBS", True), ("DATE-BEG", "", True),
    ("DATE-END", "TIME-END", False), ("DATE_END", "TIME_END", False),
)  # fmt: skip


@dataclass(frozen=True)
class Clipped:
    """Good times after clipping.

    Parameters
    ----------
    intervals
        Shape (n, 2), s after the zero point of `reference`, in the file's order.
    reference
        Of `intervals`.
    hdu
        The HDU anew; empty where the file has none.
    """

    intervals: Array
    reference: TimeReference
    hdu: bytes

    @property
    def ontime(self) -> float:
        """Time that is in at least one interval, s."""
        return covered_seconds(self.intervals[np.argsort(self.intervals[:, 0], kind="stable")])

    def ends(self, reference: TimeReference) -> tuple[float, float]:
        """Return first start and last stop in s after another zero point."""
        first, last = float(self.intervals[:, 0].min()), float(self.intervals[:, 1].max())
        if reference == self.reference:
            return first, last
        in_tt = self.reference.to_tt(np.array([first, last]))
        return reference.from_tt(float(in_tt[0])), reference.from_tt(float(in_tt[1]))


def seconds_of(time: Interval, reference: TimeReference) -> Interval:
    """Turn an interval of MJD in TT into s after a zero point; open ends stay open."""
    low, high = (reference.from_tt(end) if math.isfinite(end) else end for end in time)
    return low, high


def clip(
    events: Hdu, gti: Hdu | None, times: ObservingTimes, time: Interval, rules: ReadingRules
) -> Clipped:
    """Clip the good times of a list; where it has no GTI, TSTART to TSTOP are the only one.

    Parameters
    ----------
    events, gti
        HDUs of the file.
    times
        What the file says of them.
    time
        MJD in TT.
    rules
        The collection's time rule.

    Raises
    ------
    NothingLeft
        If there is no good time in the range.
    """
    if gti is None:
        low, high = seconds_of(time, times.reference)
        start, stop = max(times.span[0], low), min(times.span[1], high)
        if stop <= start:
            raise NothingLeft
        return Clipped(np.array([[start, stop]]), times.reference, b"")
    notes = Notes()
    reference = read_reference(gti, rules, notes, other=events)
    low, high = seconds_of(time, reference)
    table = Table(gti)
    starts = column_seconds(table, "START", reference, notes)
    stops = column_seconds(table, "STOP", reference, notes)
    kept = np.minimum(stops, high) > np.maximum(starts, low)
    if not kept.any():
        raise NothingLeft
    rows = np.frombuffer(gti.data, np.uint8, table.rows * table.row_width)
    rows = rows.reshape(table.rows, table.row_width)[kept]
    _store(table, rows, "START", starts[kept] < low, low, reference)
    _store(table, rows, "STOP", stops[kept] > high, high, reference)
    intervals = np.column_stack([np.maximum(starts, low), np.minimum(stops, high)])[kept]
    header = gti.header.copy()
    for keyword, value in (("TSTART", intervals[:, 0].min()), ("TSTOP", intervals[:, 1].max())):
        if keyword in header:
            header[keyword] = float(value) / reference.unit_s
    data = rows_replaced(gti, header, rows.tobytes(), table.rows * table.row_width)
    return Clipped(intervals, reference, changed_hdu(header, data))


def _store(
    table: Table,
    rows: npt.NDArray[np.uint8],
    name: str,
    where: npt.NDArray[np.bool_],
    seconds: float,
    reference: TimeReference,
) -> None:
    """Write a time into a column of some rows, as the column stores times."""
    if not where.any():
        return
    column, unit = table.scalar_column(name), table.unit(name)
    value = seconds / (seconds_per(table.hdu, unit, name) if unit else reference.unit_s)
    stored = table.as_stored(name, value)
    rows[where, column.offset : column.offset + column.width] = np.frombuffer(stored, np.uint8)


def update_times(header: fits.Header, events: Hdu, times: ObservingTimes, clipped: Clipped) -> None:
    """Set the cards of an event list that tell of its times: TSTART, TSTOP, ONTIME, LIVETIME.

    LIVETIME = DEADC * ONTIME (GADF 0.3, "EVENTS"), with DEADC of the whole run.

    Parameters
    ----------
    header
        To be changed.
    events
        The list as it was.
    times
        Of the whole list.
    clipped
        What is left of the good times.
    """
    found = Observation("")
    read_exposure(events, times, found, Notes())
    start, stop = clipped.ends(times.reference)
    before = times.span
    if not times.shared:
        first, last = float(times.gti[0, 0]), float(times.gti[:, 1].max())
        before = times.reference.from_tt(first), times.reference.from_tt(last)
    header["TSTART"] = start / times.reference.unit_s
    header["TSTOP"] = stop / times.reference.unit_s
    _move_dates(header, True, start - before[0])
    _move_dates(header, False, stop - before[1])
    header["ONTIME"] = clipped.ontime
    if found.deadc is not None:
        header["LIVETIME"] = found.deadc * clipped.ontime
    elif "LIVETIME" in header:
        del header["LIVETIME"]
    if "TELAPSE" in header:
        header["TELAPSE"] = stop - start


def _move_dates(header: fits.Header, of_start: bool, seconds: float) -> None:
    """Move dates as far as the times, in whatever scale and form the writer gave them."""
    for date_card, time_card, start in _DATES:
        said = str(header.get(date_card) or "").strip()
        clock = str(header.get(time_card) or "").strip() if time_card else ""
        if not seconds or start != of_start or not said or not ("T" in said or clock):
            continue
        try:
            moment = datetime.datetime.fromisoformat(f"{said}T{clock}" if clock else said)
        except ValueError:
            # No date that could be moved, so none that would contradict TSTART.
            continue
        moved = moment + datetime.timedelta(seconds=seconds)
        text = moved.isoformat(timespec="milliseconds" if moved.microsecond else "seconds")
        if clock:
            header[date_card], header[time_card] = text.split("T")
        else:
            header[date_card] = text

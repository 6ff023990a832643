"""What the events of a list, and its intervals, say together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from iact.check.findings import NOTE, WARNING, Finding
from iact.check.opened import OpenedFile
from iact.check.specification import gadf
from iact.dl3.classify import RESPONSES
from iact.dl3.header import as_number, text
from iact.dl3.tables import Table
from iact.dl3.times import TOLERANCE_S

Array = npt.NDArray[np.float64]

_NUMERIC = frozenset("BIJKED")
#: Words that tell where times count from, and in which scale and unit.
_REFERENCE = ("MJDREFI", "MJDREFF", "MJDREF", "TIMESYS", "TIMEUNIT")


def check_contents(opened: OpenedFile) -> Iterator[Finding]:
    """Yield what is odd about the events, by themselves and against the intervals.

    Parameters
    ----------
    opened
        A file; nothing is said where it holds no events.
    """
    section = opened.of_kind("events")
    table = section.table if section else None
    if table is not None and table.rows:
        yield from _check_right_ascensions(table)
        yield from _check_identifiers(table)
        yield from _check_order(table)
        gti = opened.of_kind("gti")
        if gti is not None and gti.table is not None:
            yield from _check_gaps(table, gti.table)
        yield from _check_elapsed(table)
    yield from _check_point_like(opened)


def _numbers(table: Table, name: str) -> Array | None:
    """Return a column of numbers, one a row; `None` where there is none."""
    column = table.find(name)
    if column is None or column.code not in _NUMERIC or column.count != 1:
        return None
    return table.numbers(name)


def _check_right_ascensions(table: Table) -> Iterator[Finding]:
    """Look for angles that mean the same as others; those that mean none are ingestion's."""
    values = _numbers(table, "RA")
    if values is None:
        return
    # Stored as float32, 360 can be the nearest number to what is below it.
    outside = (values < 0.0) | (values > 360.0)
    if outside.any():
        yield Finding(
            NOTE, "events.range", table.hdu.label, "RA",
            f"{_range(values[outside])} in {_share(outside)} events",
            "0 to 360 deg", gadf("RA / DEC"),
        )  # fmt: skip


def _check_identifiers(table: Table) -> Iterator[Finding]:
    column = table.find("EVENT_ID")
    if column is None or column.code not in "BIJK" or column.count != 1:
        return
    # As they are stored: float64 would make different ones alike.
    repeated = table.rows - len(np.unique(table.stored("EVENT_ID")))
    if repeated:
        yield Finding(
            WARNING, "events.unique", table.hdu.label, "EVENT_ID",
            f"{repeated} of {table.rows} events have the number of another one",
            "a number for each event", gadf("EVENTS"),
        )  # fmt: skip


def _check_order(table: Table) -> Iterator[Finding]:
    values = _numbers(table, "TIME")
    if values is None:
        return
    back = int((np.diff(values) < 0).sum())
    if back:
        yield Finding(
            NOTE, "events.order", table.hdu.label, "TIME",
            f"{back} of {table.rows} events are earlier than the one before",
            "events in order of time", gadf("Events"),
        )  # fmt: skip


def _check_gaps(events: Table, gti: Table) -> Iterator[Finding]:
    """Look for events between intervals; those before and after all are ingestion's."""
    if any(events.hdu.value(name) != gti.hdu.value(name) for name in _REFERENCE):
        return
    times, start, stop = _numbers(events, "TIME"), _numbers(gti, "START"), _numbers(gti, "STOP")
    if times is None or start is None or stop is None or not len(start):
        return
    in_seconds = {events.unit("TIME"), gti.unit("START"), gti.unit("STOP")} <= {"", "s"}
    if not in_seconds:
        return
    order = np.argsort(start, kind="stable")
    # Intervals may overlap: what counts is how far any that began before reaches.
    start, reach = start[order], np.maximum.accumulate(stop[order])
    last = np.searchsorted(start, times, side="right") - 1
    within = (times >= start[0]) & (times <= reach[-1])
    lost = within & (times > reach[np.maximum(last, 0)])
    if lost.any():
        yield Finding(
            WARNING, "events.gaps", events.hdu.label, "TIME",
            f"{_share(lost)} events are between good time intervals",
            "events within the intervals", gadf("Events"),
        )  # fmt: skip


def _check_elapsed(table: Table) -> Iterator[Finding]:
    hdu = table.hdu
    said, start, stop = (as_number(hdu.value(name)) for name in ("TELAPSE", "TSTART", "TSTOP"))
    if said is None or start is None or stop is None:
        return
    if abs(said - (stop - start)) > TOLERANCE_S:
        yield Finding(
            NOTE, "keyword.contradiction", hdu.label, "TELAPSE", f"{said:g} s",
            f"TSTOP - TSTART, {stop - start:g} s", gadf("EVENTS"),
        )  # fmt: skip


def _check_point_like(opened: OpenedFile) -> Iterator[Finding]:
    """Point-like responses need the cut that they hold for."""
    if opened.of_kind("rad_max") is not None:
        return
    for section in opened.sections:
        point_like = text(section.hdu, "HDUCLAS3").upper() == "POINT-LIKE"
        if section.kind in RESPONSES and point_like and section.hdu.value("RAD_MAX") is None:
            yield Finding(
                WARNING, "response.cut", section.hdu.label, "RAD_MAX", "is missing",
                "RAD_MAX in the header, or an HDU RAD_MAX_2D", gadf("RAD_MAX"),
            )  # fmt: skip


def _share(chosen: npt.NDArray[np.bool_]) -> str:
    return f"{int(chosen.sum())} of {chosen.size}"


def _range(values: Array) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"

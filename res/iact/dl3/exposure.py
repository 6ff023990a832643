"""Ontime, livetime and dead-time correction."""

from __future__ import annotations

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, number
from iact.dl3.observation import Observation
from iact.dl3.times import TOLERANCE_S, ObservingTimes


def read_exposure(events: Hdu, times: ObservingTimes, found: Observation, notes: Notes) -> None:
    """Set ``ontime`` and ``livetime`` (s) and ``deadc``.

    LIVETIME = DEADC * ONTIME (GADF 0.3, "EVENTS"): what is missing of the three
    is derived, ONTIME from the good time intervals.

    Parameters
    ----------
    events
        The event list.
    times
        With the sum of the good time intervals.
    found
        Gets the result.
    notes
        Gets what was derived or contradicts.
    """
    # No part of a time is longer than from the first start to the last stop.
    longest = times.span[1] - times.span[0] + TOLERANCE_S
    ontime = _positive(events, "ONTIME", longest, "s from first to last GTI", notes)
    most = longest if ontime is None else ontime + TOLERANCE_S
    livetime = _positive(events, "LIVETIME", most, "s of the ontime", notes)
    deadc = _positive(events, "DEADC", 1.0, "", notes)
    if ontime is None:
        if livetime is not None and deadc is not None and livetime / deadc <= longest:
            ontime, how = livetime / deadc, "LIVETIME / DEADC"
        else:
            ontime, how = times.gti_sum_s, "the sum of the GTIs"
        notes.add("livetime", f"not given; {how} taken", events, "ONTIME")
    if abs(ontime - times.gti_sum_s) > TOLERANCE_S:
        said = f"{ontime:.1f} s, but the GTIs sum up to {times.gti_sum_s:.1f} s; kept"
        notes.add("gti", said, events, "ONTIME")
    if livetime is None and deadc is not None:
        livetime = ontime * deadc
        notes.add("livetime", "not given; ONTIME * DEADC taken", events, "LIVETIME")
    elif deadc is None and livetime is not None:
        deadc = min(livetime / ontime, 1.0)
        notes.add("livetime", "not given; LIVETIME / ONTIME taken", events, "DEADC")
    elif livetime is None:
        notes.add("livetime", "neither LIVETIME nor DEADC is given", events, "LIVETIME")
    found.ontime, found.livetime, found.deadc = ontime, livetime, deadc


def _positive(events: Hdu, keyword: str, most: float, what: str, notes: Notes) -> float | None:
    value = number(events, keyword, notes, "livetime")
    if value is None or 0 < value <= most:
        return value
    limit = f"more than {most:g} {what}".rstrip() if value > 0 else "not more than 0"
    notes.add("livetime", f"{value:g} is {limit}; ignored", events, keyword)
    return None

"""UTC, in which people think, and MJD in TT, in which the tables are.

By the functions of ERFA themselves, without astropy's Time (which took nearly half of the
time of an observation's rows) and without warnings, which cannot be caught where several
threads work. Years without known leap seconds are taken as they are: in times that people
search for, that were simulated, or of releases, a second does not matter.
"""

from __future__ import annotations

import re

from erfa import ufunc

from iact.dl3.units import MJD_ZERO_JD

#: ISO 8601 as people write it: a date, or a date and a time of day.
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]+(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?(?: *(?:Z|UTC))?",
    re.ASCII,
)
#: Status of eraDtf2d from which on the time is after the end of its day.
_AFTER_END_OF_DAY = 2
#: Of a day, in days: what begins at midnight is the next day's.
_LAST_MOMENT = 1.0 - 1e-9


def calendar(mjd_tt: float, digits: int) -> tuple[int, ...]:
    """Return year, month, day, hour, minute, second and fraction of a second in UTC.

    Parameters
    ----------
    mjd_tt
        MJD in TT.
    digits
        Of the fraction. Within a leap second the second is 60.
    """
    utc1, utc2 = _utc(mjd_tt)
    year, month, day, clock, _ = ufunc.d2dtf("UTC", digits, utc1, utc2)
    return (int(year), int(month), int(day), *clock.item())


def as_text(mjd_tt: float) -> str:
    """Return a moment in UTC for people, to the nearest second: ``2025-11-20 00:40:00``."""
    year, month, day, hour, minute, second, _ = calendar(mjd_tt, 0)
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"


def mjd_tt(text: str, end_of_day: bool = False) -> float:
    """Turn what people write into MJD in TT.

    Parameters
    ----------
    text
        UTC as ``2025-11-20``, ``2025-11-20 01:30`` or ``2025-11-20T01:30:15.5Z``.
    end_of_day
        Whether a date alone means its last moment and not its first.

    Raises
    ------
    ValueError
        It is no such text, or there is no such moment.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time in UTC: write 2025-11-20 or 2025-11-20 01:30:00")
    year, month, day, hour, minute, second = found.groups()
    utc1, utc2, status = ufunc.dtf2d(
        "UTC", int(year), int(month), int(day), int(hour or 0), int(minute or 0),
        float(second or 0.0),
    )  # fmt: skip
    if not 0 <= status < _AFTER_END_OF_DAY:
        raise ValueError("no date or time of day that there is in UTC")
    if end_of_day and hour is None:
        utc2 += _LAST_MOMENT
    return _tt(utc1, utc2)


def utc_of_tt(mjd: float) -> float:
    """Turn MJD in TT into MJD in UTC."""
    utc1, utc2 = _utc(mjd)
    return float(utc1 - MJD_ZERO_JD + utc2)


def tt_of_utc(mjd: float) -> float:
    """Turn MJD in UTC into MJD in TT; within a day of a leap second as ERFA's quasi-MJD."""
    return _tt(MJD_ZERO_JD, mjd)


def _utc(mjd_tt: float) -> tuple[float, float]:
    """Return MJD in TT as the two parts of ERFA's quasi-JD in UTC."""
    utc1, utc2, _ = ufunc.taiutc(*ufunc.tttai(MJD_ZERO_JD, mjd_tt)[:2])
    return utc1, utc2


def _tt(utc1: float, utc2: float) -> float:
    """Return the two parts of ERFA's quasi-JD in UTC as MJD in TT."""
    tt1, tt2, _ = ufunc.taitt(*ufunc.utctai(utc1, utc2)[:2])
    return float(tt1 - MJD_ZERO_JD + tt2)

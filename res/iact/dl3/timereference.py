"""From a number in a file to a time: zero point, scale and unit.

The archive's times are MJD in TT. A file's times count from MJDREFI + MJDREFF in the
scale TIMESYS (GADF 0.3, "Time"). What is counted are seconds of TAI, whatever the
scale of the reference: MJDREF + s/86400 would be wrong by the leap seconds that lie
between the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from astropy import units
from astropy.time import Time, TimeDelta

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, required_number, text
from iact.dl3.observation import ReadingRules
from iact.dl3.tables import Table

Array = npt.NDArray[np.float64]

#: TIMESYS values of FITS 4.0 (table 30) that are read, with astropy's names.
SCALES = {
    "TT": "tt", "TDT": "tt", "ET": "tt", "TAI": "tai", "IAT": "tai",
    "UTC": "utc", "GMT": "utc", "TDB": "tdb",
}  # fmt: skip
#: MJD of the years 3 and 9998: calendars of Python and PostgreSQL end just beyond the first
#: year and the last with four digits.
_CALENDAR = (-678_000.0, 2_973_000.0)
#: Spellings that writers use and astropy does not know.
_SPELLINGS = {"sec": "s", "secs": "s", "seconds": "s", "minutes": "min", "hours": "h", "days": "d"}


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
        Seconds per TIMEUNIT, the unit of times in the header, and of those in columns
        that have no unit of their own.
    offset_s
        Added to every time, s.
    """

    day: float
    fraction: float
    scale: str
    # The same moment in another unit is no other reference.
    unit_s: float = field(default=1.0, compare=False)
    offset_s: float = 0.0

    def to_tt(self, seconds: Array) -> Array:
        """Turn seconds after the zero point into MJD in TT.

        Parameters
        ----------
        seconds
            As the file has them, before ``offset_s`` is added; any shape.
        """
        zero = Time(self.day, self.fraction, format="mjd", scale=self.scale)
        elapsed = TimeDelta(np.asarray(seconds) + self.offset_s, format="sec")
        return np.asarray((zero + elapsed).tt.mjd, dtype=np.float64)

    def from_tt(self, mjd: float) -> float:
        """Turn MJD in TT into seconds after the zero point, the inverse of `to_tt`."""
        zero = Time(self.day, self.fraction, format="mjd", scale=self.scale)
        elapsed = Time(mjd, format="mjd", scale="tt") - zero
        return float(elapsed.to_value("s")) - self.offset_s


def check_calendar(hdu: Hdu, keyword: str, reference: TimeReference, seconds: Array) -> None:
    """Refuse times that are none of any calendar, which `TimeReference.to_tt` cannot turn.

    Parameters
    ----------
    hdu, keyword
        Where they stand.
    reference, seconds
        The times, s after the zero point.

    Raises
    ------
    DL3Error
        If one is before the year 3 or after 9998.
    """
    days = reference.day + reference.fraction + (seconds + reference.offset_s) / 86400.0
    first, last = _CALENDAR
    if not ((days > first) & (days < last)).all():
        worst = float(days.flat[np.argmax(np.abs(days))])
        raise hdu.error(f"MJD {worst:g} is in no year from 3 to 9998", keyword)


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
    check_calendar(source, "MJDREFI", TimeReference(day, fraction, scale), np.zeros(1))
    unit_s = seconds_per(hdu, text(hdu, "TIMEUNIT") or "s", "TIMEUNIT")
    if rules.time_offset_s:
        said = f"the collection's rule adds {rules.time_offset_s:g} s to every time"
        notes.add("times", said)
    return TimeReference(day, fraction, scale, unit_s, rules.time_offset_s)


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


def column_seconds(table: Table, name: str, reference: TimeReference, notes: Notes) -> Array:
    """Return a column of times in s after the zero point.

    TUNIT of the column comes before TIMEUNIT of the header (FITS 4.0, section 9.3).

    Parameters
    ----------
    table, name
        The column.
    reference
        Gives the unit where the column has none.
    notes
        Gets a unit that contradicts TIMEUNIT.

    Raises
    ------
    DL3Error
        If the column is missing, has not one number in each row, or is in a unit that is not
        one of time.
    """
    values, unit = table.scalars(name), table.unit(name)
    if not unit:
        return values * reference.unit_s
    seconds = seconds_per(table.hdu, unit, name)
    stated = text(table.hdu, "TIMEUNIT")
    if stated and seconds != reference.unit_s:
        said = f"column is in {unit!r}, TIMEUNIT says {stated!r}; the column's unit taken"
        notes.add("times", said, table.hdu, name)
    return values * seconds


def seconds_per(hdu: Hdu, unit: str, keyword: str) -> float:
    """Return how many seconds a unit of time has.

    Parameters
    ----------
    hdu, unit, keyword
        What is read as FITS writes it (4.0, section 4.3), else in lower case.

    Raises
    ------
    DL3Error
        If it is not a unit of time.
    """
    # As it stands first: ms and Ms differ. S alone is siemens, D is debye.
    for spelling in (unit, _SPELLINGS.get(unit.lower(), unit.lower())):
        try:
            found = units.Unit(spelling)
            seconds = float(found.to(units.s))
        except (ValueError, TypeError, units.UnitConversionError):
            continue
        # '0 s', '-1 s' and the logarithmic 'mag(s)' are units to astropy.
        if isinstance(found, units.UnitBase) and math.isfinite(seconds) and seconds > 0:
            return seconds
    raise hdu.error(f"unit {unit!r} is not one of time; s, min, h or d was expected", keyword)


def _first_with(keywords: tuple[str, ...], *hdus: Hdu | None) -> Hdu | None:
    """Return the first HDU that has one of the cards."""
    for hdu in hdus:
        if hdu is not None and any(hdu.value(keyword) is not None for keyword in keywords):
            return hdu
    return None

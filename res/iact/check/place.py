"""Place, time and direction of an observation against each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from astropy.time import Time

from iact.check.findings import WARNING, Finding, shown
from iact.check.opened import OpenedFile, Section
from iact.check.specification import gadf
from iact.dl3.header import as_number, text
from iact.dl3.observation import Observation
from iact.dl3.timereference import SCALES

#: TT - UT1 since 1990 is between 57 and 70 s; 10 s are 0.04 deg of sidereal time.
_TT_MINUS_UT_DAYS = 65.0 / 86400
#: MJD of J2000, Greenwich sidereal time then, deg, and its growth, deg per day of UT1
#: (Meeus, Astronomical Algorithms, equation 12.4, without the terms of higher order).
_J2000, _SIDEREAL, _SIDEREAL_PER_DAY = 51544.5, 280.46061837, 360.98564736629
#: What is left out (precession, refraction, means over a run) is less, deg.
_TOLERANCE_DEG = 2.0
#: Dates are written in whole seconds, and runs are said to start a second early.
_DATE_TOLERANCE_S = 2.0


def check_place(found: Observation, opened: OpenedFile) -> Iterator[Finding]:
    """Yield where the site cannot have seen what the header says.

    The altitude of the pointing follows from place, time and direction. It has to be the
    stated one, and above the horizon.

    Parameters
    ----------
    found
        What ingestion read.
    opened
        The same file.
    """
    section = opened.of_kind("events")
    if section is None or found.tracking_mode != "sidereal":
        return
    if found.site_lon is None or found.site_lat is None:
        return
    low, high = _altitudes(found, found.site_lon)
    if found.alt_pnt is None:
        wrong, said = high < -_TOLERANCE_DEG, "below the horizon"
    else:
        wrong = not low - _TOLERANCE_DEG <= found.alt_pnt <= high + _TOLERANCE_DEG
        said = f"ALT_PNT says {found.alt_pnt:.1f} deg"
    if not wrong:
        return
    text_ = f"place, times and pointing give an altitude of {low:.1f} to {high:.1f} deg; {said}"
    if _fits(found, -found.site_lon):
        yield Finding(
            WARNING, "site.longitude", section.hdu.label, "GEOLON",
            f"{found.site_lon:g} deg; {text_}", f"east positive; {-found.site_lon:g} deg would fit",
            gadf("Earth location"),
        )  # fmt: skip
    else:
        keyword = "GEOLON" if found.alt_pnt is None else "ALT_PNT"
        yield Finding(
            WARNING, "site.altitude", section.hdu.label, keyword, text_,
            "place, times and pointing that agree", gadf("Alt / Az"),
        )  # fmt: skip


def _fits(found: Observation, longitude: float) -> bool:
    low, high = _altitudes(found, longitude)
    if found.alt_pnt is None:
        return low > 0
    return low - _TOLERANCE_DEG <= found.alt_pnt <= high + _TOLERANCE_DEG


def _altitudes(found: Observation, longitude: float) -> tuple[float, float]:
    """Return the least and greatest altitude of the pointing during the observation, deg."""
    assert None not in (found.ra_pnt, found.dec_pnt, found.site_lat)
    times = np.linspace(found.t_start, found.t_stop, 9)
    days = times - _TT_MINUS_UT_DAYS - _J2000
    sidereal = _SIDEREAL + _SIDEREAL_PER_DAY * days
    hour_angle = np.radians(sidereal + longitude - (found.ra_pnt or 0.0))
    dec, lat = np.radians(found.dec_pnt or 0.0), np.radians(found.site_lat or 0.0)
    sine = np.sin(lat) * np.sin(dec) + np.cos(lat) * np.cos(dec) * np.cos(hour_angle)
    altitudes: npt.NDArray[np.float64] = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
    return float(altitudes.min()), float(altitudes.max())


def check_dates(opened: OpenedFile) -> Iterator[Finding]:
    """Yield where DATE-OBS and DATE-END are not the times TSTART and TSTOP.

    Parameters
    ----------
    opened
        The file.
    """
    section = opened.of_kind("events")
    if section is None:
        return
    for keyword, clock, seconds in (
        ("DATE-OBS", "TIME-OBS", "TSTART"),
        ("DATE-END", "TIME-END", "TSTOP"),
    ):
        yield from _check_date(section, keyword, clock, seconds)


def _check_date(section: Section, keyword: str, clock: str, seconds: str) -> Iterator[Finding]:
    hdu = section.hdu
    scale = SCALES.get(text(hdu, "TIMESYS").upper())
    day = as_number(hdu.value("MJDREFI"))
    fraction, said = as_number(hdu.value("MJDREFF")), as_number(hdu.value(seconds))
    # Three of the files of the first CTA data challenge write DATE_OBS.
    if not text(hdu, keyword):
        keyword, clock = keyword.replace("-", "_"), clock.replace("-", "_")
    written, time_of_day = text(hdu, keyword), text(hdu, clock)
    if "T" not in written and time_of_day:
        written = f"{written}T{time_of_day}"
    if scale is None or None in (day, fraction, said) or "T" not in written:
        return
    if text(hdu, "TIMEUNIT") not in ("", "s"):
        return
    try:
        date = Time(written, format="isot", scale=scale)
    except ValueError:
        yield Finding(
            WARNING, "keyword.date", hdu.label, keyword, shown(written),
            "a date, yyyy-mm-ddTHH:MM:SS", gadf("Time"),
        )  # fmt: skip
        return
    zero = Time(day, fraction, format="mjd", scale=scale)
    late = float((date - zero).sec) - float(said or 0.0)
    if abs(late) > _DATE_TOLERANCE_S:
        as_utc = Time(written, format="isot", scale="utc")
        in_utc = abs(float((as_utc - zero).sec) - float(said or 0.0)) <= _DATE_TOLERANCE_S
        why = ": it is in UTC" if in_utc and scale != "utc" else ""
        yield Finding(
            WARNING, "keyword.contradiction", hdu.label, keyword,
            f"{written} is {abs(late):.1f} s {'after' if late > 0 else 'before'} {seconds}{why}",
            f"{seconds} as a date, in the scale TIMESYS, {scale.upper()}", gadf("Time"),
        )  # fmt: skip

"""What people write into a search form, and what it means."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from iact.dl3 import utc
from iact.errors import CtaError

_NUMBER = r"[+-]?\d+(?:\.\d*)?"
_DEGREES = re.compile(rf"({_NUMBER})(?:\s*,\s*|\s+)({_NUMBER})", re.ASCII)
_SEXAGESIMAL = re.compile(
    r"(\d{1,2})[h:\s]\s*(\d{1,2})[m:\s]\s*(\d{1,2}(?:\.\d*)?)\s*s?[\s,]*"
    r"([+-]?)(\d{1,2})[d°:\s]\s*(\d{1,2})[m':\s]\s*(\d{1,2}(?:\.\d*)?)\s*[s\"]?",
    re.ASCII,
)
_LONGEST = 200


class InputError(CtaError):
    """A parameter that cannot be searched by.

    Parameters
    ----------
    field
        Name of the parameter.
    reason
        What is wrong with it and what was expected.
    """

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(f"{field}: {reason}")
        self.reason = reason


def text(values: Mapping[str, object], field: str) -> str | None:
    """Return a parameter as a text without blanks around it; None where there is none.

    Raises
    ------
    InputError
        It is longer than any name, or has characters that no name has.
    """
    given = values.get(field)
    found = "" if given is None else str(given).strip()
    if len(found) > _LONGEST:
        raise InputError(field, f"longer than {_LONGEST} characters")
    if not found.isprintable():
        raise InputError(field, "has characters that cannot be printed")
    return found or None


def number(
    values: Mapping[str, object], field: str, smallest: float, largest: float
) -> float | None:
    """Return a parameter as a number; None where there is none.

    Raises
    ------
    InputError
        It is no number from `smallest` to `largest`.
    """
    given = values.get(field)
    if given is None or given == "":
        return None
    try:
        found = float(str(given))
    except ValueError:
        found = math.nan
    if not smallest <= found <= largest:
        wanted = (
            f"a number from {smallest:g} on"
            if largest == math.inf
            else f"a number from {smallest:g} to {largest:g}"
        )
        raise InputError(field, f"{given} is not {wanted}")
    if math.isinf(found):
        raise InputError(field, f"{given} is not a finite number")
    return found


def moment(values: Mapping[str, object], field: str, end_of_day: bool = False) -> float | None:
    """Return a parameter in UTC as MJD in TT; None where there is none.

    Raises
    ------
    InputError
        It is no time in UTC.
    """
    given = text(values, field)
    if given is None:
        return None
    try:
        return utc.mjd_tt(given, end_of_day)
    except ValueError as error:
        raise InputError(field, f"{given} is {error}") from error


def coordinates(given: str, field: str) -> tuple[float, float] | None:
    """Return right ascension and declination (ICRS, deg) as they were written.

    Parameters
    ----------
    given
        Two numbers in degrees, or hours and degrees with minutes and seconds, which blanks,
        colons or letters follow: ``05 34 31.9 +22 00 52``, ``05h34m31.9s +22d00m52s``.
    field
        Name of the parameter.

    Returns
    -------
    position
        None where it looks like something else, such as a name.

    Raises
    ------
    InputError
        There is no such position.
    """
    if found := _DEGREES.fullmatch(given):
        ra, dec = float(found[1]), float(found[2])
    elif found := _SEXAGESIMAL.fullmatch(given):
        parts = [float(part) for index, part in enumerate(found.groups()) if index != 3]
        if max(parts[1], parts[2], parts[4], parts[5]) >= 60.0:
            raise InputError(field, f"{given} has 60 minutes or seconds, or more")
        ra = 15.0 * _sexagesimal(*parts[:3])
        dec = _sexagesimal(*parts[3:]) * (-1.0 if found[4] == "-" else 1.0)
    else:
        return None
    if not (0.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0):
        raise InputError(
            field,
            f"{given} is no position: right ascension goes from 0 to 360 degrees (24 hours),"
            " declination from -90 to 90 degrees",
        )
    return ra, dec


def _sexagesimal(whole: float, minutes: float, seconds: float) -> float:
    return whole + minutes / 60.0 + seconds / 3600.0

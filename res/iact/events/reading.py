"""From the text of a parameter to numbers and regions (DALI 1.1, section 3.3)."""

from __future__ import annotations

import math
import re

from iact.dl3.units import EV_PER_TEV, HC_EV_M
from iact.dl3.utc import tt_of_utc
from iact.events.faults import usage
from iact.events.region import Circle, Polygon, Range, Region

Interval = tuple[float, float]

#: Texts that are read; a POLYGON of a thousand vertices has less.
MAX_TEXT = 40_000
MAX_VERTICES = 1000
#: TeV above which a number is more likely an energy in eV: 1e6 TeV would be the greatest
#: energy that was ever seen in the sky, a thousandfold of all in gamma rays.
_NO_TEV = 1e6
#: Days above which a number is more likely a Julian date or a count of seconds, MJD of 4596.
_NO_MJD = 1e6
#: What numbers of a parameter are, for those who have sent something else.
_MEANT = {
    "TIME": "; times are days of MJD in UTC, as in TIME=60999.03 60999.04",
    "ENERGY": "; energies are in TeV, as in ENERGY=0.5 10",
    "BAND": "; wavelengths are in m, as in BAND=1e-19 1e-18",
}
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI]nf(?:inity)?|INF)|[nN]a[nN]", re.ASCII
)


def shown(text: str, most: int = 60) -> str:
    """Return a text for a message: short, and without control characters."""
    clean = "".join(char if char.isprintable() else "?" for char in text[: most + 1])
    return clean if len(clean) <= most else f"{clean[:most]}..."


def numbers(name: str, text: str) -> list[float]:
    """Return the numbers of a text, which may be infinite.

    Raises
    ------
    Fault
        If it has anything else, NaN included.
    """
    if len(text) > MAX_TEXT:
        raise usage(f"{name} has {len(text)} characters; at most {MAX_TEXT} are read.")
    found = []
    for word in text.split():
        if not _NUMBER.fullmatch(word):
            raise usage(
                f"{name}={shown(text)} holds {shown(word)!r}, which is not a number"
                f"{_MEANT.get(name, '')}."
            )
        value = float(word)
        if math.isnan(value):
            raise usage(f"{name}={shown(text)} holds NaN; for an open end write -Inf or +Inf.")
        found.append(value)
    return found


def interval(name: str, text: str, unit: str) -> Interval:
    """Return the two ends of an interval, which may be infinite or the same.

    Raises
    ------
    Fault
        If there are not two numbers, or they are in the wrong order.
    """
    found = numbers(name, text)
    if len(found) != 2:
        raise usage(
            f"{name}={shown(text)} has {len(found)} numbers; an interval has two, as in"
            f" {name}=1 10 ({unit}), and open ends are -Inf and +Inf (in a URL, + is %2B)."
        )
    low, high = found
    if low > high:
        raise usage(f"{name}={shown(text)} runs backwards: write {name}={high:.15g} {low:.15g}.")
    if low == math.inf or high == -math.inf:
        raise usage(f"{name}={shown(text)} is empty; open ends are -Inf and +Inf, in this order.")
    return low, high


def energies(text: str) -> Interval:
    """Return the interval of ENERGY, in TeV.

    Raises
    ------
    Fault
        If it is no such interval; a number that is likely in eV is told of.
    """
    low, high = interval("ENERGY", text, "TeV")
    finite = [abs(end) for end in (low, high) if math.isfinite(end) and end]
    if finite and min(finite) > _NO_TEV:
        meant = " ".join(f"{end / EV_PER_TEV:.6g}" for end in (low, high))
        raise usage(
            f"ENERGY={shown(text)} is in TeV, and no gamma ray has that much. If you mean eV,"
            f" as in the columns energy_min and energy_max, write ENERGY={meant}."
        )
    if high < 0:
        raise usage(f"ENERGY={shown(text)} is negative; energies are in TeV.")
    return low, high


def wavelengths(text: str) -> Interval:
    """Return the interval of energies, in TeV, that BAND, in m, stands for.

    Raises
    ------
    Fault
        If it is no interval of wavelengths.
    """
    low, high = interval("BAND", text, "m")
    if high < 0:
        raise usage(f"BAND={shown(text)} is negative; wavelengths are in m.")
    # The longest wave has the least energy.
    return _energy_of(high), math.inf if low <= 0 else _energy_of(low)


def _energy_of(wavelength: float) -> float:
    return math.inf if wavelength == 0 else HC_EV_M / wavelength / EV_PER_TEV


def days(text: str) -> Interval:
    """Return the interval of TIME, which is MJD in UTC, as MJD in TT.

    Raises
    ------
    Fault
        If it is no such interval.
    """
    found = interval("TIME", text, "d")
    if any(math.isfinite(end) and abs(end) > _NO_MJD for end in found):
        raise usage(
            f"TIME={shown(text)} is in days of MJD (UTC), such as 53343.92; numbers as large as"
            " these are Julian dates (subtract 2400000.5) or seconds."
        )
    low, high = (tt_of_utc(end) if math.isfinite(end) else end for end in found)
    return low, high


def circle(name: str, text: str) -> Circle:
    """Return a circle from its centre and radius.

    Raises
    ------
    Fault
        If it is none.
    """
    found = numbers(name, text)
    if len(found) != 3:
        raise usage(f"{_said(name, text)} has {len(found)} numbers; a circle has ra, dec, radius.")
    ra, dec, radius = found
    _check_direction(name, text, ra, dec)
    if not 0 <= radius <= 180:
        raise usage(f"{_said(name, text)}: the radius {radius:g} is not from 0 to 180 deg.")
    return Circle(ra, dec, radius)


def polygon(name: str, text: str) -> Polygon:
    """Return a polygon from pairs of right ascension and declination.

    Raises
    ------
    Fault
        If it is none.
    """
    found = numbers(name, text)
    if len(found) % 2 or not 6 <= len(found) <= 2 * MAX_VERTICES:
        raise usage(
            f"{_said(name, text)} has {len(found)} numbers; a polygon has three to {MAX_VERTICES}"
            " pairs of ra and dec."
        )
    pairs = tuple(zip(found[::2], found[1::2], strict=True))
    for ra, dec in pairs:
        _check_direction(name, text, ra, dec)
    try:
        return Polygon(pairs)
    except ValueError as exc:
        raise usage(f"{_said(name, text)} {exc}.") from exc


def _range(text: str) -> Range:
    found = numbers("POS", text)
    if len(found) != 4:
        raise usage(
            f"POS=RANGE {shown(text)} has {len(found)} numbers; it takes ra1 ra2 dec1 dec2."
        )
    ra1, ra2, dec1, dec2 = found
    if ra1 == math.inf or ra2 == -math.inf:
        raise usage(
            f"POS=RANGE {shown(text)} is empty; open ends are -Inf and +Inf, in this order."
        )
    # Right ascensions begin at 0 and end at 360, as declinations do at the poles.
    ra1, ra2 = (0.0 if ra1 == -math.inf else ra1), (360.0 if ra2 == math.inf else ra2)
    if max(abs(ra1), abs(ra2)) > 360:
        raise usage(f"POS=RANGE {shown(text)}: right ascensions are from 0 to 360 deg.")
    if dec1 > dec2:
        raise usage(
            f"POS=RANGE {shown(text)} runs backwards: declinations are from south to north."
        )
    if dec1 > 90 or dec2 < -90:
        raise usage(f"POS=RANGE {shown(text)}: declinations are from -90 to 90 deg.")
    return Range((ra1, ra2), (dec1, dec2))


def position(text: str) -> Region:
    """Return the region that POS says.

    Raises
    ------
    Fault
        If it is none.
    """
    shape, _, rest = text.strip().partition(" ")
    if shape.upper() == "CIRCLE":
        return circle("POS=CIRCLE", rest)
    if shape.upper() == "RANGE":
        return _range(rest)
    if shape.upper() == "POLYGON":
        return polygon("POS=POLYGON", rest)
    raise usage(f"POS={shown(text)} does not begin with CIRCLE, RANGE or POLYGON.")


def _check_direction(name: str, text: str, ra: float, dec: float) -> None:
    if not -360 <= ra <= 360:
        raise usage(f"{_said(name, text)}: right ascension {ra:g} is not from 0 to 360 deg.")
    if not -90 <= dec <= 90:
        raise usage(f"{_said(name, text)}: declination {dec:g} is not from -90 to 90 deg.")


def _said(name: str, text: str) -> str:
    return f"{name}{' ' if '=' in name else '='}{shown(text)}"

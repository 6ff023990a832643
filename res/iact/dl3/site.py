"""The observatory's place, as headers give it."""

from __future__ import annotations

import re

from astropy.coordinates import Angle

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, as_number
from iact.dl3.observation import Observation

_LENGTH = re.compile(r"\s*([-+\d.eE]+)\s*(km|m)?\s*$")
#: Below this an altitude is a number of km: no observatory is that close to the sea.
_KM_LIMIT = 10.0


def read_site(events: Hdu, found: Observation, notes: Notes) -> None:
    """Set ``site_lon``, ``site_lat`` (deg) and ``site_alt`` (m) from the header.

    Parameters
    ----------
    events
        The event list.
    found
        Gets the result.
    notes
        Gets numbers that cannot be right.
    """
    longitude = _site_angle(events, "GEOLON", 360.0, notes)
    latitude = _site_angle(events, "GEOLAT", 90.0, notes)
    altitude = _site_altitude(events, notes)
    if longitude == 0 and latitude == 0:
        notes.add("site", "longitude and latitude 0 are placeholders; ignored", events, "GEOLON")
        return
    if longitude is not None:
        found.site_lon = (longitude + 180.0) % 360.0 - 180.0
    found.site_lat, found.site_alt = latitude, altitude


def _site_angle(events: Hdu, keyword: str, limit: float, notes: Notes) -> float | None:
    value = events.value(keyword)
    angle = as_number(value)
    if angle is None and isinstance(value, str):
        try:
            angle = float(Angle(value, unit="deg").deg)
        except ValueError:
            notes.add("site", f"{value!r} is not an angle; ignored", events, keyword)
            return None
        notes.add("site", f"text {value!r} read as {angle:.6f} deg", events, keyword)
    if angle is not None and not abs(angle) <= limit:
        notes.add("site", f"{angle:g} deg is impossible; ignored", events, keyword)
        return None
    return angle


def _site_altitude(events: Hdu, notes: Notes) -> float | None:
    value = events.value("ALTITUDE")
    match = _LENGTH.match(str(value)) if value is not None else None
    altitude = as_number(match[1]) if match else None
    if altitude is None:
        if value is not None:
            notes.add("site", f"{value!r} is not a height; ignored", events, "ALTITUDE")
        return None
    unit = match[2] if match else None
    if unit == "km" or (unit is None and 0 < altitude < _KM_LIMIT):
        said = f"{altitude:g} is a height in km; {altitude * 1000:g} m taken"
        notes.add("site", said, events, "ALTITUDE")
        return altitude * 1000
    return altitude

"""Spherical offsets and horizontal coordinates, in degrees."""

from __future__ import annotations

from typing import Any

import erfa
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def polar_to_field(radius: Any, angle: Any) -> tuple[Floats, Floats]:
    """Longitude and latitude about a centre of points given in polar coordinates.

    Parameters
    ----------
    radius
        Distance from the centre in deg.
    angle
        Position angle in deg, from north (latitude) to east (longitude).

    Returns
    -------
    tuple
        Longitude and latitude in deg; the centre is at (0, 0), longitude grows with
        right ascension.
    """
    r, a = np.radians(radius), np.radians(angle)
    lon = np.arctan2(np.sin(r) * np.sin(a), np.cos(r))
    lat = np.arcsin(np.sin(r) * np.cos(a))
    return np.degrees(lon), np.degrees(lat)


def field_to_sky(lon: Any, lat: Any, ra: Any, dec: Any) -> tuple[Floats, Floats]:
    """Right ascension and declination of points given about a centre.

    Parameters
    ----------
    lon, lat
        Longitude and latitude about the centre in deg (see `polar_to_field`).
    ra, dec
        The centre, or one centre for each point, ICRS, deg.

    Returns
    -------
    tuple
        Right ascension in [0, 360) and declination, ICRS, deg.
    """
    x, y, z = _unit_vector(lon, lat)
    tilt = np.radians(dec)
    east, north = y, x * np.sin(tilt) + z * np.cos(tilt)
    radial = x * np.cos(tilt) - z * np.sin(tilt)
    out_ra = (np.degrees(np.arctan2(east, radial)) + ra) % 360.0
    return out_ra, np.degrees(np.arcsin(np.clip(north, -1, 1)))


def sky_to_field(ra: Any, dec: Any, ra0: float, dec0: float) -> tuple[Floats, Floats]:
    """Longitude and latitude about a centre; the inverse of `field_to_sky`.

    Parameters
    ----------
    ra, dec
        Positions, ICRS, deg.
    ra0, dec0
        The centre, ICRS, deg.

    Returns
    -------
    tuple
        Longitude in (-180, 180] and latitude in deg.
    """
    x, y, z = _unit_vector(np.asarray(ra) - ra0, dec)
    tilt = np.radians(dec0)
    radial = x * np.cos(tilt) + z * np.sin(tilt)
    north = z * np.cos(tilt) - x * np.sin(tilt)
    return np.degrees(np.arctan2(y, radial)), np.degrees(np.arcsin(np.clip(north, -1, 1)))


def separation(lon: Any, lat: Any) -> Floats:
    """Distance from the centre of points given about it.

    Parameters
    ----------
    lon, lat
        Longitude and latitude about the centre in deg.

    Returns
    -------
    numpy.ndarray
        Distance in deg.
    """
    x, y, z = _unit_vector(lon, lat)
    return np.asarray(np.degrees(np.arctan2(np.hypot(y, z), x)))


def _unit_vector(lon: Any, lat: Any) -> tuple[Floats, Floats, Floats]:
    a, d = np.radians(lon), np.radians(lat)
    return np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)


def horizontal(
    ra: float, dec: float, mjd_utc: float, lon: float, lat: float, height: float
) -> tuple[float, float]:
    """Altitude and azimuth of a direction, without refraction (GADF 0.3, "Coordinates").

    Earth orientation is taken as UT1 = UTC without polar motion: tables of it would
    have to be downloaded, and make 0.004 deg at most.

    Parameters
    ----------
    ra, dec
        Direction, ICRS, deg.
    mjd_utc
        Time as MJD in UTC.
    lon, lat, height
        Geodetic longitude (east) and latitude in deg, height in m.

    Returns
    -------
    tuple
        Altitude and azimuth (from north to east) in deg.
    """
    observed = erfa.atco13(
        np.radians(ra), np.radians(dec), 0.0, 0.0, 0.0, 0.0,
        2400000.5, mjd_utc, 0.0,
        np.radians(lon), np.radians(lat), height,
        0.0, 0.0, 0.0, 0.0, 0.0, 0.5,
    )  # fmt: skip
    azimuth, zenith = float(observed[0]), float(observed[1])
    return 90.0 - float(np.degrees(zenith)), float(np.degrees(azimuth)) % 360.0

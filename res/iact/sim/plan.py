"""Who observes what, from where and when: two sites and 24 runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord

from iact.sim import sky, truth

#: Reference time of all times in the files: 2001-01-01T00:00:00, MJD, TT.
MJDREF = 51910
_REFERENCE = np.datetime64("2001-01-01T00:00:00.000")
#: TT - UTC in s since 2017. A constant, because astropy may ask the network for newer tables.
_TT_MINUS_UTC = 69.184


@dataclass(frozen=True)
class Site:
    """An array of telescopes.

    Parameters
    ----------
    name
        Also the name of the folder of its files.
    instrume
        INSTRUME of its files.
    lon, lat, height
        Geodetic longitude (east) and latitude in deg, height in m.
    n_tels
        Number of telescopes.
    deadc
        Fraction of the ontime in which events can be recorded.
    fov_radius
        Edge of the field of view in deg.
    max_area
        Effective area at high energies at the zenith, in m2.
    half_energy
        Energy in TeV below which the area falls, at the zenith.
    max_energy
        Upper edge of the safe energy range in TeV.
    background_rate
        Rate of residual cosmic rays in the whole field at the zenith, in Hz.
    background_sigma
        Standard deviation of its Gaussian distribution in the field, in deg.
    """

    name: str
    instrume: str
    lon: float
    lat: float
    height: float
    n_tels: int
    deadc: float
    fov_radius: float
    max_area: float
    half_energy: float
    max_energy: float
    background_rate: float
    background_sigma: float


NORTH = Site(
    "north", "SIM-N", -17.892005, 28.762164, 2147.0,
    n_tels=13, deadc=0.96, fov_radius=2.5,
    max_area=3.0e5, half_energy=0.15, max_energy=50.0,
    background_rate=2.6, background_sigma=1.3,
)  # fmt: skip
SOUTH = Site(
    "south", "SIM-S", -70.316344, -24.683428, 2150.0,
    n_tels=14, deadc=0.94, fov_radius=3.0,
    max_area=1.0e6, half_energy=0.25, max_energy=100.0,
    background_rate=2.8, background_sigma=1.7,
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One observation as it was planned and done.

    Parameters
    ----------
    obs_id
        Unique number.
    site
        The array.
    object_name
        OBJECT; what GADF 0.3 ("Observation index table") recommends for surveys and
        fields without a source.
    target
        Position of the target, ICRS, deg; None in surveys.
    pointing
        Where the array points, ICRS, deg.
    mode
        ``wobble``, ``scan`` or ``off``.
    start_utc
        Start, ISO 8601, UTC.
    duration
        From the start to the end, in s.
    pauses
        Starts and ends, in s from the start, of what is not good time.
    proposal
        Identifier of the proposal; empty for public runs.
    missing_tels
        Telescopes that did not take part.
    """

    obs_id: int
    site: Site
    object_name: str
    target: tuple[float, float] | None
    pointing: tuple[float, float]
    mode: str
    start_utc: str
    duration: float
    pauses: tuple[tuple[float, float], ...] = ()
    proposal: str = ""
    missing_tels: tuple[int, ...] = ()

    @property
    def tstart(self) -> float:
        """Start in s after `MJDREF`, TT."""
        return round(self._utc_seconds + _TT_MINUS_UTC, 3)

    @property
    def _utc_seconds(self) -> float:
        return float((np.datetime64(self.start_utc) - _REFERENCE) / np.timedelta64(1, "s"))

    @property
    def tstop(self) -> float:
        """End in s after `MJDREF`, TT."""
        return self.tstart + self.duration

    @property
    def good_times(self) -> tuple[tuple[float, float], ...]:
        """Starts and ends of the good time intervals, in s after `MJDREF`, TT."""
        edges = [0.0, *(edge for pause in self.pauses for edge in pause), self.duration]
        return tuple(
            (self.tstart + start, self.tstart + stop)
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
        )

    @property
    def ontime(self) -> float:
        """Sum of the good time intervals in s."""
        return self.duration - sum(stop - start for start, stop in self.pauses)

    @property
    def livetime(self) -> float:
        """Good time less dead time, in s."""
        return round(self.ontime * self.site.deadc, 6)

    @property
    def telescopes(self) -> tuple[int, ...]:
        """Numbers of the telescopes that took part."""
        numbers = range(1, self.site.n_tels + 1)
        return tuple(number for number in numbers if number not in self.missing_tels)

    @property
    def alt_az(self) -> tuple[float, float]:
        """Altitude and azimuth of the pointing in the middle of the run, in deg."""
        middle = MJDREF + (self._utc_seconds + self.duration / 2) / 86400
        site = self.site
        place = site.lon, site.lat, site.height
        return _rounded(*sky.horizontal(*self.pointing, middle, *place))


def iso_tt(seconds: float) -> str:
    """Time in ISO 8601, TT.

    Parameters
    ----------
    seconds
        Seconds after `MJDREF`, TT.

    Returns
    -------
    str
        ``yyyy-mm-ddTHH:MM:SS.fff``.
    """
    return str(_REFERENCE + np.timedelta64(round(seconds * 1000), "ms"))


#: Distance of wobble pointings from the target in deg, and their position angles
#: in the order in which they are taken: north, south, east, west.
WOBBLE_OFFSET = 0.5
WOBBLE_ANGLES = {"N": 0.0, "S": 180.0, "E": 90.0, "W": 270.0}


def _rounded(*angles: Any) -> tuple[float, float]:
    # Free of the last digits, in which mathematical libraries differ.
    first, second = (round(float(angle), 8) for angle in angles)
    return first, second


def _wobble(
    obs_id: int, site: Site, source: truth.Source, direction: str, start_utc: str,
    minutes: float, proposal: str = "",
    pauses: tuple[tuple[float, float], ...] = (), missing_tels: tuple[int, ...] = (),
) -> Run:  # fmt: skip
    lon, lat = sky.polar_to_field(WOBBLE_OFFSET, WOBBLE_ANGLES[direction])
    ra, dec = sky.field_to_sky(lon, lat, source.ra, source.dec)
    return Run(
        obs_id, site, source.name, (source.ra, source.dec), _rounded(ra, dec), "wobble",
        start_utc, minutes * 60.0, pauses, proposal, missing_tels,
    )  # fmt: skip


def _scan(obs_id: int, glon: float, start_utc: str, minutes: float, proposal: str = "") -> Run:
    centre = SkyCoord(glon, -0.3, unit="deg", frame="galactic").icrs
    return Run(
        obs_id, SOUTH, "survey", None, _rounded(centre.ra.deg, centre.dec.deg), "scan",
        start_utc, minutes * 60.0, proposal=proposal,
    )  # fmt: skip


def _off(obs_id: int, start_utc: str, minutes: float) -> Run:
    return Run(
        obs_id, NORTH, "off observation", truth.EMPTY_FIELD, truth.EMPTY_FIELD, "off",
        start_utc, minutes * 60.0,
    )  # fmt: skip


_CRAB, _PKS, _PLANE = truth.CRAB, truth.PKS_2155, truth.HESS_J1825
_CLOUDS, _TWO_CLOUDS = ((610.0, 705.5),), ((300.0, 390.25), (1010.5, 1100.0))

RUNS = (
    _wobble(101001, NORTH, _CRAB, "N", "2025-11-20T00:40:00", 28),
    _wobble(101002, NORTH, _CRAB, "S", "2025-11-20T01:12:00", 28, pauses=_CLOUDS),
    _wobble(101003, NORTH, _CRAB, "E", "2025-11-20T01:44:00", 28),
    _wobble(101004, NORTH, _CRAB, "W", "2025-11-20T02:16:00", 26),
    _wobble(101005, NORTH, _CRAB, "N", "2025-12-18T21:20:00", 25, "SIM-P001", missing_tels=(4,)),
    _wobble(101006, NORTH, _CRAB, "S", "2025-12-18T21:52:00", 28, "SIM-P001", _TWO_CLOUDS),
    _off(101007, "2026-02-16T00:30:00", 28),
    _off(101008, "2026-02-16T01:02:00", 20),
    _wobble(201001, SOUTH, _PKS, "N", "2025-08-23T03:20:00", 28),
    _wobble(201002, SOUTH, _PKS, "S", "2025-08-23T03:52:00", 28),
    _wobble(201003, SOUTH, _PKS, "E", "2025-09-20T01:30:00", 28, "SIM-P002"),
    _wobble(201004, SOUTH, _PKS, "W", "2025-09-20T02:02:00", 27, "SIM-P002", _CLOUDS),
    _wobble(201005, SOUTH, _PKS, "N", "2025-09-20T02:34:00", 28, "SIM-P002"),
    _wobble(201006, SOUTH, _PKS, "S", "2025-09-20T03:06:00", 24, "SIM-P002"),
    _wobble(201007, SOUTH, _PLANE, "N", "2025-06-25T03:40:00", 28),
    _wobble(201008, SOUTH, _PLANE, "S", "2025-06-25T04:12:00", 28, pauses=_TWO_CLOUDS),
    _wobble(201009, SOUTH, _PLANE, "E", "2025-06-25T04:44:00", 22),
    _wobble(201010, SOUTH, _PLANE, "W", "2025-06-25T05:16:00", 28),
    _scan(201011, 15.0, "2025-07-24T00:50:00", 20),
    _scan(201012, 16.0, "2025-07-24T01:14:00", 20),
    _scan(201013, 17.0, "2025-07-24T01:38:00", 20, "SIM-P003"),
    _scan(201014, 18.0, "2025-07-24T02:02:00", 20, "SIM-P003"),
    _scan(201015, 19.0, "2025-07-24T02:26:00", 20, "SIM-P003"),
    _scan(201016, 20.0, "2025-07-24T02:50:00", 20, "SIM-P003"),
)

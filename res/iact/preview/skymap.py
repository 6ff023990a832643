"""Counts on the sky: which part of it to show, in which pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from astropy.coordinates import angular_separation
from astropy.wcs import WCS

from iact.preview.eventlist import EventList

Array = npt.NDArray[np.float64]

#: Beyond this radius, deg, a list is of the whole sky.
_WHOLE_SKY_DEG = 45.0
#: The map goes to where this share of the events is, and somewhat further: events that were
#: reconstructed far outside of the field would make it small.
_SHARE, _MARGIN = 0.95, 1.15
_SMALLEST_DEG = 0.2
#: Widths of pixels to choose from, deg.
_WIDTHS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: Pixels along a side: few for few events, or most pixels would be empty.
_FEWEST, _MOST = 24, 200
_CHUNK = 100_000


@dataclass(frozen=True)
class SkyMap:
    """Counts in pixels of equal area.

    Parameters
    ----------
    counts
        Number of events, shape (rows, columns).
    wcs
        ICRS, deg; zenithal equal-area, or Hammer-Aitoff for the whole sky (FITS 4.0,
        section 8; Calabretta & Greisen 2002, A&A 395, 1077).
    width
        Of a pixel, deg.
    whole_sky
        Whether it shows all of the sky.
    """

    counts: npt.NDArray[np.int64]
    wcs: WCS
    width: float
    whole_sky: bool


def sky_map(events: EventList, pointing: tuple[float, float] | None) -> SkyMap:
    """Return the map of a list's events.

    Parameters
    ----------
    events
        The list; at least one event has a direction.
    pointing
        Centre of the map, ICRS, deg; None: amid the events.
    """
    centre = pointing or _middle(events)
    radius = 180.0 if centre is None else _radius(events, centre)
    if centre is None or radius > _WHOLE_SKY_DEG:
        across = float(np.degrees(4 * np.sqrt(2)))
        width = _width(across, len(events.ra))
        # Hammer-Aitoff is 4 sqrt(2) by 2 sqrt(2) radians.
        shape = (_pixels(across / 2, width), _pixels(across, width))
        wcs = _wcs("AIT", (180.0, 0.0), width, shape)
    else:
        width = _width(2 * radius, len(events.ra))
        shape = (_pixels(2 * radius, width),) * 2
        wcs = _wcs("ZEA", centre, width, shape)
    whole_sky = centre is None or radius > _WHOLE_SKY_DEG
    return SkyMap(_counts(events, wcs, shape), wcs, width, whole_sky)


def _middle(events: EventList) -> tuple[float, float] | None:
    """Return the mean direction, deg; None where events are all around."""
    ra, dec = np.radians(events.ra), np.radians(events.dec)
    x, y, z = (
        (np.cos(dec) * np.cos(ra)).mean(),
        (np.cos(dec) * np.sin(ra)).mean(),
        np.sin(dec).mean(),
    )
    if x * x + y * y + z * z < 0.25:
        return None
    return float(np.degrees(np.arctan2(y, x)) % 360.0), float(
        np.degrees(np.arctan2(z, np.hypot(x, y)))
    )


def _radius(events: EventList, centre: tuple[float, float]) -> float:
    ra, dec = np.radians(centre)
    distance = np.degrees(
        angular_separation(ra, dec, np.radians(events.ra), np.radians(events.dec))
    )
    radius = min(float(np.quantile(distance, _SHARE)) * _MARGIN, float(distance.max()) * 1.05)
    return max(radius, _SMALLEST_DEG)


def _width(across: float, events: int) -> float:
    """Return the smallest of `_WIDTHS` that makes not too many pixels for so many events."""
    pixels = min(max(1.2 * np.sqrt(events), _FEWEST), _MOST)
    return next((width for width in _WIDTHS if width >= across / pixels), _WIDTHS[-1])


def _pixels(across: float, width: float) -> int:
    # Of zenithal maps an odd number: the centre is the centre of a pixel.
    return 2 * int(np.ceil(across / width / 2)) + 1


def _wcs(projection: str, centre: tuple[float, float], width: float, shape: tuple[int, int]) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{projection}", f"DEC--{projection}"]
    wcs.wcs.crval = centre
    wcs.wcs.cdelt = [-width, width]
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
    wcs.wcs.radesys = "ICRS"
    wcs.wcs.set()
    return wcs


def _counts(events: EventList, wcs: WCS, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    counts = np.zeros(shape[0] * shape[1], dtype=np.int64)
    for start in range(0, len(events.ra), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        x, y = wcs.wcs_world2pix(events.ra[chunk], events.dec[chunk], 0)
        column, row = np.floor(x + 0.5), np.floor(y + 0.5)
        inside = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
        pixel = row[inside].astype(np.int64) * shape[1] + column[inside].astype(np.int64)
        counts += np.bincount(pixel, minlength=counts.size)
    return counts.reshape(shape)

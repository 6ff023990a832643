"""Sky frames, and the polygon that stands for a field of view."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from astropy.coordinates import FK5, ICRS, CartesianRepresentation, SkyCoord

Array = npt.NDArray[np.float64]

#: Vertices of the polygon that stands for a field of view: a point in the field is never outside
#: of it, and it has 5.5 % more area than the circle. The cost of pgsphere's index grows with the
#: square of the vertices (docs/benchmarks.md: "The form of s_region").
FIELD_VERTICES = 8


def to_icrs(
    ra: float, dec: float, frame: str = "ICRS", equinox: float = 2000.0
) -> tuple[float, float]:
    """Turn a position into ICRS.

    Parameters
    ----------
    ra, dec
        In `frame`, deg; right ascension may lie outside 0 to 360.
    frame
        ``ICRS`` or ``FK5``, in any case.
    equinox
        Julian year of the equinox, for FK5.

    Returns
    -------
    tuple of float
        Right ascension (0 <= ra < 360) and declination in ICRS, deg.

    Raises
    ------
    ValueError
        If the frame is another one, or the declination not between -90 and 90.
    """
    if not (np.isfinite(ra) and -90.0 <= dec <= 90.0):
        raise ValueError(f"no position: right ascension {ra}, declination {dec} deg")
    name = frame.upper()
    if name == "ICRS":
        return _turned(float(ra)), float(dec)
    if name != "FK5":
        raise ValueError(f"frame {frame!r} is not known; ICRS or FK5 was expected")
    return _angles(*(_fk5_to_icrs(float(equinox)) @ unit_vectors(ra, dec)))


def icrs_vectors(ra: Array, dec: Array, frame: str, equinox: float) -> Array:
    """Turn many positions into unit vectors in ICRS.

    Parameters
    ----------
    ra, dec
        In `frame`, deg; shape (n,). What is not finite gives vectors that are not.
    frame
        ``ICRS`` or ``FK5``.
    equinox
        Julian year of the equinox, for FK5.

    Returns
    -------
    ndarray
        Shape (3, n).
    """
    vectors = unit_vectors(ra, dec)
    return vectors if frame == "ICRS" else np.asarray(_fk5_to_icrs(float(equinox)) @ vectors)


def circumscribed_polygon(ra: float, dec: float, radius: float, vertices: int) -> Array:
    """Return the regular polygon whose great-circle edges touch a circle from outside.

    In the right triangle of centre, vertex and touching point, the distance R of
    a vertex follows from tan(radius) = tan(R) cos(pi / n) (Napier's rules).

    Parameters
    ----------
    ra, dec
        Centre, ICRS, deg.
    radius
        Of the circle, deg; more than 0 and less than 90.
    vertices
        Their number n, at least 3.

    Returns
    -------
    ndarray
        Shape (n, 2): right ascension (0 <= ra < 360) and declination, ICRS, deg,
        at position angles 0, 360/n, ... from north to east, which is
        counter-clockwise as seen from inside the sphere.

    Raises
    ------
    ValueError
        If the radius or the number of vertices is out of range. From 90 deg on
        no polygon can enclose the circle: its edges would be the great circle itself.
    """
    if not 0.0 < radius < 90.0:
        raise ValueError(f"radius must be more than 0 and less than 90 deg, is {radius}")
    if vertices < 3:
        raise ValueError(f"a polygon needs at least 3 vertices, not {vertices}")
    # Number by number: for so few vertices, numpy takes several times as long, and this is done
    # for each observation, and for each document of links. By vectors, which hold at the poles too.
    distance = math.atan(math.tan(math.radians(radius)) / math.cos(math.pi / vertices))
    along, aside = math.cos(distance), math.sin(distance)
    longitude, latitude = math.radians(ra), math.radians(dec)
    east = (-math.sin(longitude), math.cos(longitude))
    centre = (math.cos(latitude) * east[1], -math.cos(latitude) * east[0], math.sin(latitude))
    north = (-centre[2] * east[1], centre[2] * east[0], math.cos(latitude))
    corners = []
    for number in range(vertices):
        angle = 2 * math.pi * number / vertices
        northwards, eastwards = aside * math.cos(angle), aside * math.sin(angle)
        x = along * centre[0] + northwards * north[0] + eastwards * east[0]
        y = along * centre[1] + northwards * north[1] + eastwards * east[1]
        z = along * centre[2] + northwards * north[2]
        corners.append(_angles(x, y, z))
    return np.array(corners)


def _angles(x: float, y: float, z: float) -> tuple[float, float]:
    """Return right ascension (0 <= ra < 360) and declination, deg, of a vector."""
    return _turned(math.degrees(math.atan2(y, x))), math.degrees(math.atan2(z, math.hypot(x, y)))


def _turned(ra: float) -> float:
    turned = ra % 360.0
    # The rest of a division of a tiny negative angle rounds to 360 itself.
    return turned if turned < 360.0 else 0.0


def unit_vectors(ra: float | Array, dec: float | Array) -> Array:
    """Return x, y, z of directions: shape (3,) of one, (3, n) of arrays of n angles in deg.

    What is not finite gives vectors that are not.
    """
    with np.errstate(invalid="ignore"):
        longitude, latitude = np.radians(ra), np.radians(dec)
        across = np.cos(latitude)
        vector = [across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)]
    return np.asarray(vector, dtype=np.float64)


@lru_cache(maxsize=16)
def _fk5_to_icrs(equinox: float) -> Array:
    """Return the rotation from FK5 of an equinox to ICRS, as astropy has it.

    Both frames differ by a rotation, so the images of the axes are its columns;
    transforming position by position would cost milliseconds each.
    """
    axes = CartesianRepresentation(np.eye(3))
    image = SkyCoord(axes, frame=FK5(equinox=f"J{equinox}")).transform_to(ICRS())
    return np.asarray(image.cartesian.xyz.value, dtype=np.float64)

"""Regions of the sky, and which directions are in them.

All are on the sphere: sides of polygons are great circles, and nothing is special about the
poles or about right ascension 0. Directions are unit vectors in ICRS, of shape (3, n); one
that is not finite is in no region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from iact.dl3.frames import unit_vectors

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What the way from angles to vectors and back costs: limits belong to a region.
_ROUNDING_DEG = 1e-9
#: Cosine of the greatest distance of a polygon's vertex from its middle, 89 deg.
_LEAST_COSINE = np.cos(np.radians(89.0))
#: Area of a polygon in units of that of the square around it, below which it is a line.
_NO_AREA = 1e-9


class Region(Protocol):
    """A part of the sky."""

    def holds(self, vectors: Array) -> Mask:
        """Tell which directions are inside or on the edge."""

    @property
    def text(self) -> str:
        """The region as data subspace keywords have it, ICRS, deg."""


def _numbers(*values: float) -> str:
    return ",".join(f"{value:.10g}" for value in values)


@dataclass(frozen=True)
class Circle:
    """All within a distance of a centre; ICRS, deg."""

    ra: float
    dec: float
    radius: float

    def holds(self, vectors: Array) -> Mask:
        """Tell which directions are inside or on the edge."""
        centre = unit_vectors(self.ra, self.dec)[:, np.newaxis]
        # By the chord: the cosine of a small angle has lost its digits.
        chord = 2 * np.sin(np.radians(min(self.radius + _ROUNDING_DEG, 180.0)) / 2)
        difference = vectors - centre
        return np.asarray(np.einsum("ij,ij->j", difference, difference) <= chord * chord)

    @property
    def text(self) -> str:
        """The region as data subspace keywords have it."""
        return f"CIRCLE({_numbers(self.ra, self.dec, self.radius)})"


@dataclass(frozen=True)
class Range:
    """Between two meridians and two parallels; ICRS, deg.

    Parameters
    ----------
    ra
        From the first eastwards to the second: 350 to 10 goes across 0.
    dec
        From south to north.
    """

    ra: tuple[float, float]
    dec: tuple[float, float]

    def holds(self, vectors: Array) -> Mask:
        """Tell which directions are inside or on the edge."""
        x, y, z = vectors
        dec = np.degrees(np.arctan2(z, np.hypot(x, y)))
        low, high = self.dec
        inside = (dec >= low - _ROUNDING_DEG) & (dec <= high + _ROUNDING_DEG)
        first, last = self.ra
        if np.isinf(last - first) or last - first >= 360:
            return np.asarray(inside & np.isfinite(x))
        ra = np.degrees(np.arctan2(y, x))
        width = (last - first) % 360 + 2 * _ROUNDING_DEG
        return np.asarray(inside & ((ra - first + _ROUNDING_DEG) % 360 <= width))

    @property
    def text(self) -> str:
        """The region as data subspace keywords have it."""
        return f"RANGE({_numbers(*self.ra, *self.dec)})"


@dataclass(frozen=True)
class Polygon:
    """Inside great circles from vertex to vertex and back to the first; ICRS, deg.

    Of the two parts of the sky it is the smaller one, whatever the order of the vertices.

    Parameters
    ----------
    vertices
        Pairs of right ascension and declination; at least three.

    Raises
    ------
    ValueError
        If the vertices are on one great circle, or not within 89 deg of their middle.
    """

    vertices: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        corners = self._corners()
        middle = self._middle()
        if not (middle @ corners > _LEAST_COSINE).all():
            raise ValueError("is not within 89 deg of its middle; write it as several, or a RANGE")
        x, y = self._plane(corners)
        area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
        if area <= _NO_AREA * float(np.ptp(x) ** 2 + np.ptp(y) ** 2):
            raise ValueError("has no area: its vertices are on one line")

    def holds(self, vectors: Array) -> Mask:
        """Tell which directions are inside; those on the edge may be on either side."""
        corners = self._corners()
        middle = self._middle()
        # No point inside is further from the middle than the furthest vertex.
        near = middle @ vectors >= (middle @ corners).min() - 1e-12
        found = np.zeros(vectors.shape[1], dtype=bool)
        found[near] = self._crossed(self._plane(vectors[:, near]), self._plane(corners))
        return found

    @staticmethod
    def _crossed(points: tuple[Array, Array], corners: tuple[Array, Array]) -> Mask:
        """Tell from which points a ray crosses an odd number of sides."""
        x, y = points
        odd = np.zeros(len(x), dtype=bool)
        ends = zip(*corners, *(np.roll(axis, -1) for axis in corners), strict=True)
        for x1, y1, x2, y2 in ends:
            if y1 != y2:
                crossing = x1 + (y - y1) * ((x2 - x1) / (y2 - y1))
                odd ^= ((y1 > y) != (y2 > y)) & (x < crossing)
        return odd

    def _corners(self) -> Array:
        angles = np.array(self.vertices, dtype=float)
        return unit_vectors(angles[:, 0], angles[:, 1])

    def _middle(self) -> Array:
        total = self._corners().sum(axis=1)
        length = float(np.linalg.norm(total))
        if length < 1e-12:
            raise ValueError("has no middle: its vertices are all around the sky")
        return np.asarray(total / length)

    def _plane(self, vectors: Array) -> tuple[Array, Array]:
        """Return the gnomonic projection about the middle: great circles become lines."""
        middle = self._middle()
        aside = np.cross(middle, np.eye(3)[np.argmin(np.abs(middle))])
        aside /= np.linalg.norm(aside)
        depth = middle @ vectors
        return aside @ vectors / depth, np.cross(middle, aside) @ vectors / depth

    @property
    def text(self) -> str:
        """The region as data subspace keywords have it."""
        return f"POLYGON({_numbers(*(angle for pair in self.vertices for angle in pair))})"

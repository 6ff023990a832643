"""Where HEALPix cells are; nested numbers, of any order that 64 bits have room for.

Debian has no package with this for the server's Python that would not bring much more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float64]


def cell_centres(cells: Indices, order: int) -> Vectors:
    """Return the centres of nested HEALPix cells as unit vectors.

    Calabretta & Roukema 2007 (MNRAS 381, 865): a face is a square that stands on its corner
    in the plane of the projection, of which equations 1 to 6 are turned round here.

    Parameters
    ----------
    cells
        Shape (n,), indices.
    order
        Of all of them.

    Returns
    -------
    ndarray
        Shape (n, 3).
    """
    face = cells >> 2 * order
    east, west = np.zeros_like(cells), np.zeros_like(cells)
    for bit in range(order):
        east |= (cells >> 2 * bit & 1) << bit
        west |= (cells >> 2 * bit + 1 & 1) << bit
    u, v = (east + 0.5) / (1 << order), (west + 0.5) / (1 << order)
    # In units of pi/4: faces 0 to 3 and 8 to 11 are at odd multiples in longitude.
    middle = 2 * (face % 4) + (face // 4 != 1)
    across, up = u - v, u + v - face // 4
    polar = np.abs(up) > 1
    sigma = np.where(polar, 2 - np.abs(up), 1.0)
    z = np.where(polar, np.sign(up) * (1 - sigma**2 / 3), 2 * up / 3)
    # 1 - z^2 would lose digits at the poles.
    equatorial = np.sqrt(1 - (2 * np.clip(up, -1, 1) / 3) ** 2)
    rho = np.where(polar, sigma * np.sqrt((2 - sigma**2 / 3) / 3), equatorial)
    longitude = (middle + across / sigma) * np.pi / 4
    return np.column_stack((rho * np.cos(longitude), rho * np.sin(longitude), z))


def largest_radius(order: int) -> float:
    """Return the largest distance, rad, of a point in any cell of an order from its centre.

    It is that between centre and outer corner of the cells with centres at z = 2/3, where
    polar caps begin.
    """
    side = 1 << order
    corner_z = 1 - (1 - 1 / side) ** 2 / 3
    turn = np.pi / (4 * side)
    cosine = 2 / 3 * corner_z + np.sqrt(5 / 9 * (1 - corner_z**2)) * np.cos(turn)
    return float(np.arccos(cosine))

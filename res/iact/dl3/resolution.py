"""Angular and energy resolution from the responses, at the reference energy.

Shapes of the point spread: GADF 0.3, "PSF" (psf_table, psf_3gauss, psf_king).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iact.dl3.axes import Axis, read_angle_axis, read_axis, read_energy_axis
from iact.dl3.tables import Table

Array = npt.NDArray[np.float64]

#: Energy at which resolutions are stated, eV.
REFERENCE_ENERGY_EV = 1e12
#: E_reco/E_true that counts for sigma68: beyond, matrices hold noise of few simulated events.
MIGRATION_RANGE = (0.2, 3.0)
_MIGRATION_STEPS = 5601
_PROFILE_STEPS = 4001
#: Quantiles one standard deviation from the middle of a Gaussian.
_QUANTILES = (0.15865, 0.84135)


@dataclass(frozen=True)
class EnergyDispersion:
    """Energy dispersion at `REFERENCE_ENERGY_EV`.

    Parameters
    ----------
    offsets
        Axis of the distance from the pointing, deg.
    migration
        Axis of E_reco/E_true.
    density
        Shape (offsets, migration); any scale.
    """

    offsets: Axis
    migration: Axis
    density: Array

    def sigma68(self, offset: float) -> float | None:
        """Return half the width of the central 68 % of E_reco/E_true.

        Parameters
        ----------
        offset
            Distance from the pointing, deg.

        Returns
        -------
        float or None
            `None` outside the offset axis, or where the matrix is empty.
        """
        if not self.offsets.holds(offset):
            return None
        density = self.offsets.interpolate(self.density, offset)
        grid = np.linspace(*MIGRATION_RANGE, _MIGRATION_STEPS)
        values = np.nan_to_num(_from_nodes(grid, self.migration.nodes, density)).clip(min=0)
        steps = (values[1:] + values[:-1]) / 2
        cumulative = np.concatenate([[0.0], np.cumsum(steps)])
        if not cumulative[-1] > 0:
            return None
        low, high = np.interp(_QUANTILES, cumulative / cumulative[-1], grid)
        return float(high - low) / 2


@dataclass(frozen=True)
class PointSpread:
    """Point spread function at `REFERENCE_ENERGY_EV`.

    Parameters
    ----------
    offsets
        Axis of the distance from the pointing, deg.
    parameters
        By name, shape (offsets,), or (offsets, radii) for tabulated profiles.
    profile
        Turns parameters at one offset into the radii (deg) and values of a profile.
    """

    offsets: Axis
    parameters: dict[str, Array]
    profile: Callable[[dict[str, Array]], tuple[Array, Array]]

    def fwhm(self, offset: float) -> float | None:
        """Return the full width at half maximum of the profile.

        Parameters
        ----------
        offset
            Distance from the pointing, deg.

        Returns
        -------
        float or None
            In deg; `None` outside the offset axis or where there is no profile.
        """
        if not self.offsets.holds(offset):
            return None
        at_offset = {
            name: self.offsets.interpolate(values, offset)
            for name, values in self.parameters.items()
        }
        radii, values = self.profile(at_offset)
        if not len(values) or not np.isfinite(values).all() or not values[0] > 0:
            return None
        below = np.flatnonzero(values < values[0] / 2)
        if not len(below):
            return None
        pair = slice(below[0] - 1, below[0] + 1)
        half = np.interp(-values[0] / 2, -values[pair], radii[pair])
        return 2 * float(half)


def read_dispersion(table: Table) -> EnergyDispersion | None:
    """Read an ``edisp_2d`` table at the reference energy.

    Returns
    -------
    EnergyDispersion or None
        `None` where the energy axis does not reach the reference energy.

    Raises
    ------
    DL3Error
        If a column is missing or does not fit its axes.
    """
    energies, offsets = read_energy_axis(table), read_angle_axis(table, "THETA")
    migration = read_axis(table, "MIGRA")
    matrix = _cube(table, "MATRIX", (offsets, migration, energies))
    if not energies.holds(REFERENCE_ENERGY_EV):
        return None
    return EnergyDispersion(
        offsets, migration, energies.interpolate(matrix, REFERENCE_ENERGY_EV, axis=2)
    )


def read_point_spread(table: Table, hdu_class: str) -> PointSpread | None:
    """Read a PSF table at the reference energy.

    Parameters
    ----------
    table
        The table.
    hdu_class
        ``psf_table``, ``psf_3gauss`` or ``psf_king``.

    Returns
    -------
    PointSpread or None
        `None` for another class, and where the energy axis does not reach the
        reference energy.

    Raises
    ------
    DL3Error
        If a column is missing or does not fit its axes.
    """
    if hdu_class not in PSF_READERS:
        return None
    energies, offsets = read_energy_axis(table), read_angle_axis(table, "THETA")
    spread = PSF_READERS[hdu_class](table, energies, offsets)
    return spread if energies.holds(REFERENCE_ENERGY_EV) else None


def _read_tabulated(table: Table, energies: Axis, offsets: Axis) -> PointSpread:
    radii = read_angle_axis(table, "RAD")
    cube = _cube(table, "RPSF", (radii, offsets, energies))
    values = energies.interpolate(cube, REFERENCE_ENERGY_EV, axis=2)
    nodes = radii.nodes

    def profile(parameters: dict[str, Array]) -> tuple[Array, Array]:
        # The maximum is at radius 0, the first node half a bin away from it.
        grid = np.concatenate([[0.0], nodes[nodes > 0]])
        return grid, _from_nodes(grid, nodes, parameters["RPSF"])

    return PointSpread(offsets, {"RPSF": values.T}, profile)


def _read_gauss(table: Table, energies: Axis, offsets: Axis) -> PointSpread:
    parameters: dict[str, Array] = {}
    for index in (1, 2, 3):
        width = _cube(table, f"SIGMA_{index}", (offsets, energies))
        height = (
            _cube(table, f"AMPL_{index}", (offsets, energies)) if index > 1 else np.ones_like(width)
        )
        # A component that is not used has width 0, which must not narrow its neighbours.
        values = {"height": height, "width": width, "used": (width > 0).astype(np.float64)}
        for name, cube in values.items():
            at_energy = energies.interpolate(cube, REFERENCE_ENERGY_EV, axis=1)
            parameters[f"{name}_{index}"] = at_energy

    def profile(parameters: dict[str, Array]) -> tuple[Array, Array]:
        used = [
            (float(parameters[f"height_{index}"]), float(parameters[f"width_{index}"] / share))
            for index in (1, 2, 3)
            if (share := float(parameters[f"used_{index}"])) > 0
        ]
        if not used:
            return np.empty(0), np.empty(0)
        grid = np.linspace(0.0, 5 * max(width for _, width in used), _PROFILE_STEPS)
        heights = [height * np.exp(-(grid**2) / (2 * width**2)) for height, width in used]
        return grid, np.sum(heights, axis=0)

    return PointSpread(offsets, parameters, profile)


def _read_king(table: Table, energies: Axis, offsets: Axis) -> PointSpread:
    parameters = {}
    for name in ("SIGMA", "GAMMA"):
        values = _cube(table, name, (offsets, energies))
        parameters[name] = energies.interpolate(values, REFERENCE_ENERGY_EV, axis=1)

    def profile(parameters: dict[str, Array]) -> tuple[Array, Array]:
        sigma, gamma = float(parameters["SIGMA"]), float(parameters["GAMMA"])
        if not (sigma > 0 and gamma > 1):
            return np.empty(0), np.empty(0)
        # Up to twice the half width, which the formula gives: sqrt(2 gamma (2^(1/gamma) - 1)).
        half = sigma * np.sqrt(2 * gamma * (2 ** (1 / gamma) - 1))
        grid = np.linspace(0.0, 2 * half, _PROFILE_STEPS)
        return grid, (1 + grid**2 / (2 * gamma * sigma**2)) ** -gamma

    return PointSpread(offsets, parameters, profile)


#: Readers by GADF name of the format.
PSF_READERS = {"psf_table": _read_tabulated, "psf_3gauss": _read_gauss, "psf_king": _read_king}


def _cube(table: Table, name: str, axes: tuple[Axis, ...]) -> Array:
    """Return a column in the shape of its axes, slowest first, whatever TDIM says."""
    values = table.vector(name)
    shape = tuple(len(axis.low) for axis in axes)
    if values.size != np.prod(shape):
        raise table.hdu.error(f"has {values.size} values, its axes need {shape}", name)
    return values.reshape(shape)


def _from_nodes(grid: Array, nodes: Array, values: Array) -> Array:
    """Interpolate linearly; below the first node go on with the slope of the first two."""
    result = np.interp(grid, nodes, values)
    if len(nodes) > 1:
        slope = (values[1] - values[0]) / (nodes[1] - nodes[0])
        below = grid < nodes[0]
        result[below] = values[0] + slope * (grid[below] - nodes[0])
    return np.asarray(result)

"""Axes of instrument responses and interpolation along them.

A response keeps the two ends of every bin in a pair of columns (``ENERG_LO``,
``ENERG_HI``). Some writers give the same value for both, and mean nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iact.dl3.container import Hdu
from iact.dl3.tables import Table

Array = npt.NDArray[np.float64]

_ENERGY_EV = {"ev": 1.0, "kev": 1e3, "mev": 1e6, "gev": 1e9, "tev": 1e12, "pev": 1e15}
#: What an energy in a file can be, eV: from radio quanta to beyond all cosmic rays. Outside,
#: the unit is wrong or the number is none.
MIN_ENERGY_EV, MAX_ENERGY_EV = 1e-6, 1e24
_ROUNDING = 1e-6
_ANGLE_DEG = {
    "deg": 1.0, "degree": 1.0, "degrees": 1.0, "rad": 180.0 / np.pi, "radian": 180.0 / np.pi,
    "arcmin": 1 / 60, "arcsec": 1 / 3600,
}  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """Bins of one axis.

    Parameters
    ----------
    low, high
        Their ends, ascending; eV, deg, or no unit.
    logarithmic
        Whether the middle of a bin is its geometric mean.
    """

    low: Array
    high: Array
    logarithmic: bool = False

    @property
    def nodes(self) -> Array:
        """Middles of the bins."""
        if self.logarithmic and (self.low > 0).all():
            return np.asarray(np.sqrt(self.low * self.high))
        return (self.low + self.high) / 2

    @property
    def edge(self) -> float:
        """Upper end of the last bin."""
        return float(self.high.max())

    def holds(self, value: float) -> bool:
        """Tell whether a value lies between the ends of the axis, which may be float32."""
        slack = _ROUNDING * max(1.0, abs(value))
        return bool(self.low.min() - slack <= value <= self.high.max() + slack)

    def neighbours(self, value: float) -> tuple[int, int, float]:
        """Return the two nodes next to a value and the weight of the second.

        Outside the nodes the last one holds: an extrapolated response may be
        negative or worse.
        """
        nodes = np.log(self.nodes) if self.logarithmic else self.nodes
        if len(nodes) == 1:
            return 0, 0, 0.0
        wanted = np.log(value) if self.logarithmic else value
        upper = int(np.clip(np.searchsorted(nodes, wanted), 1, len(nodes) - 1))
        share = (wanted - nodes[upper - 1]) / (nodes[upper] - nodes[upper - 1])
        return upper - 1, upper, float(np.clip(share, 0.0, 1.0))

    def interpolate(self, values: Array, at: float, axis: int = 0) -> Array:
        """Interpolate an array linearly along the dimension that this axis describes.

        Parameters
        ----------
        values
            Its dimension `axis` has one element per bin.
        at
            Where, in the axis's unit.
        axis
            Number of the dimension, which the result lacks.
        """
        first, second, share = self.neighbours(at)
        low = np.take(values, first, axis=axis)
        return np.asarray(low + share * (np.take(values, second, axis=axis) - low))


def energy_unit_ev(hdu: Hdu, unit: str, keyword: str) -> float:
    """Return how many eV an energy unit has; no unit means TeV, as GADF has it.

    Raises
    ------
    DL3Error
        If the unit is not one of energy.
    """
    return _factor(_ENERGY_EV, "TeV", "known", hdu, unit, keyword)


def angle_unit_deg(hdu: Hdu, unit: str, keyword: str) -> float:
    """Return how many deg a unit of angle has; no unit means deg, as GADF has it.

    Raises
    ------
    DL3Error
        If the unit is not one of angle.
    """
    return _factor(_ANGLE_DEG, "deg", "one of angle", hdu, unit, keyword)


def _factor(
    known: dict[str, float], usual: str, what: str, hdu: Hdu, unit: str, keyword: str
) -> float:
    factor = known.get(unit.strip().lower() or usual.lower())
    if factor is None:
        raise hdu.error(f"unit {unit!r} is not {what}; {usual} was expected", keyword)
    return factor


def read_axis(table: Table, name: str, logarithmic: bool = False, factor: float = 1.0) -> Axis:
    """Read the axis whose columns are `name`_LO and `name`_HI.

    Raises
    ------
    DL3Error
        If a column is missing, or the axis is not finite and ascending.
    """
    low, high = table.vector(f"{name}_LO") * factor, table.vector(f"{name}_HI") * factor
    if len(low) != len(high):
        raise table.hdu.error(f"{len(low)} lower and {len(high)} upper ends", f"{name}_HI")
    ends = np.concatenate([low, high])
    if not len(low) or not np.isfinite(ends).all() or (high < low).any():
        raise table.hdu.error("axis is empty, not finite, or runs backwards", f"{name}_LO")
    axis = Axis(low, high, logarithmic)
    if (np.diff(axis.nodes) <= 0).any():
        raise table.hdu.error("axis does not ascend", f"{name}_LO")
    return axis


def read_energy_axis(table: Table) -> Axis:
    """Read the axis of true energy, in eV: ``ENERG``, or ``ETRUE`` in older files.

    Raises
    ------
    DL3Error
        If there is none, its unit is not one of energy, or it has values that are none.
    """
    name = "ETRUE" if "ETRUE_LO" in table.names else "ENERG"
    factor = energy_unit_ev(table.hdu, table.unit(f"{name}_LO"), f"{name}_LO")
    axis = read_axis(table, name, logarithmic=True, factor=factor)
    if axis.low.min() < 0 or not MIN_ENERGY_EV <= axis.edge <= MAX_ENERGY_EV:
        said = f"axis from {axis.low.min():g} to {axis.edge:g} eV is none of gamma rays"
        raise table.hdu.error(said, f"{name}_LO")
    return axis


def read_angle_axis(table: Table, name: str) -> Axis:
    """Read an axis of angles, in deg (``THETA``, ``DETX``, ``RAD``...).

    Raises
    ------
    DL3Error
        If it is missing, or its unit is not one of angle.
    """
    factor = angle_unit_deg(table.hdu, table.unit(f"{name}_LO"), f"{name}_LO")
    return read_axis(table, name, factor=factor)

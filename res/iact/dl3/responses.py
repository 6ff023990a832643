"""Instrument responses of one file: what of them describes an observation.

Axes and shapes: GADF 0.3, "IRFs".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iact.dl3.axes import Axis, read_angle_axis, read_energy_axis
from iact.dl3.classify import RESPONSES, Part
from iact.dl3.header import Notes, number, text
from iact.dl3.resolution import (
    PSF_READERS,
    EnergyDispersion,
    PointSpread,
    read_dispersion,
    read_point_spread,
)
from iact.dl3.tables import Table
from iact.dl3.units import EV_PER_TEV

#: Formats that are understood; others are products and no more.
_KNOWN = frozenset({f"{kind}_2d" for kind in RESPONSES} | {"bkg_3d", *PSF_READERS})


@dataclass(frozen=True)
class EffectiveArea:
    """What an effective area says about energies.

    Parameters
    ----------
    hdu
        Name of its HDU.
    energy_min, energy_max
        Ends of its axis, eV.
    low_threshold, high_threshold
        LO_THRES and HI_THRES, eV; `None` where the header has none.
    """

    hdu: str
    energy_min: float
    energy_max: float
    low_threshold: float | None
    high_threshold: float | None


@dataclass(frozen=True)
class Responses:
    """What the responses of an observation say.

    Parameters
    ----------
    effective_area, dispersion, point_spread
        `None` where there is none, or not in a known format.
    fov_edge
        Largest offset that full-enclosure responses reach, deg.
    point_like_edge
        The same for point-like ones with more than one offset, deg.
    """

    effective_area: EffectiveArea | None = None
    dispersion: EnergyDispersion | None = None
    point_spread: PointSpread | None = None
    fov_edge: float | None = None
    point_like_edge: float | None = None

    @property
    def single_offset(self) -> float | None:
        """The offset of responses that are given at one only, deg."""
        for response in (self.dispersion, self.point_spread):
            if response is not None and len(response.offsets.nodes) == 1:
                # Axes are float32 in most files: 0.4 is stored as 0.4000000059.
                return round(float(response.offsets.nodes[0]), 6)
        return None

    def filled(self, other: Responses) -> Responses:
        """Return these responses with those of another file where there are none."""
        return Responses(
            self.effective_area or other.effective_area,
            self.dispersion or other.dispersion,
            self.point_spread or other.point_spread,
            _larger(self.fov_edge, other.fov_edge),
            _larger(self.point_like_edge, other.point_like_edge),
        )


def _larger(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)


def first_of_kind(parts: tuple[Part, ...], notes: Notes) -> dict[str, Part]:
    """Return the first HDU of each kind; more than one is noted.

    Parameters
    ----------
    parts
        HDUs of a file.
    notes
        Gets the ones that are not used.
    """
    found: dict[str, Part] = {}
    for part in parts:
        if part.kind in found:
            first = found[part.kind].hdu.label
            said = f"a second HDU of kind {part.kind}; {first} (the first) was read"
            notes.add("responses" if part.kind in RESPONSES else "identifier", said, part.hdu)
        else:
            found[part.kind] = part
    return found


def read_responses(parts: dict[str, Part], notes: Notes) -> Responses:
    """Read what the responses say.

    Parameters
    ----------
    parts
        HDUs by kind.
    notes
        Gets thresholds that are no numbers.

    Raises
    ------
    DL3Error
        If a response of a known format is broken.
    """
    tables = {
        kind: Table(part.hdu)
        for kind, part in parts.items()
        if kind in RESPONSES and part.hdu_class in _KNOWN
    }
    for table in tables.values():
        if not table.rows:
            raise table.hdu.error("has no rows", "NAXIS2")
    full, point_like = _edges(parts, tables)
    return Responses(
        effective_area=_read_area(tables["aeff"], notes) if "aeff" in tables else None,
        dispersion=read_dispersion(tables["edisp"]) if "edisp" in tables else None,
        point_spread=(
            read_point_spread(tables["psf"], parts["psf"].hdu_class) if "psf" in tables else None
        ),
        fov_edge=full,
        point_like_edge=point_like,
    )


def _read_area(table: Table, notes: Notes) -> EffectiveArea:
    axis = read_energy_axis(table)
    low = number(table.hdu, "LO_THRES", notes, "energy_range")
    high = number(table.hdu, "HI_THRES", notes, "energy_range")
    return EffectiveArea(
        hdu=table.hdu.label,
        energy_min=float(axis.low.min()),
        energy_max=axis.edge,
        low_threshold=None if low is None else low * EV_PER_TEV,
        high_threshold=None if high is None else high * EV_PER_TEV,
    )


def _edges(parts: dict[str, Part], tables: dict[str, Table]) -> tuple[float | None, float | None]:
    """Return the largest offsets of full-enclosure and of point-like responses, deg."""
    full: list[float] = []
    point_like: list[float] = []
    for kind, table in tables.items():
        if kind == "rad_max":
            continue
        is_point_like = text(parts[kind].hdu, "HDUCLAS3").upper() == "POINT-LIKE"
        axes = {
            name: read_angle_axis(table, name)
            for name in ("THETA", "DETX", "DETY")
            if f"{name}_LO" in table.names
        }
        reach = [_reach(table, name, axis) for name, axis in axes.items() if len(axis.nodes) > 1]
        (point_like if is_point_like else full).extend(reach)
    return max(full, default=None), max(point_like, default=None)


def _reach(table: Table, name: str, axis: Axis) -> float:
    reach = float(np.abs(np.concatenate([axis.low, axis.high])).max())
    if not 0 < reach <= 180:
        raise table.hdu.error(f"axis reaches to {reach:g} deg", f"{name}_HI")
    return reach

"""The energy range an observation is good for, and where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from iact.dl3.axes import MAX_ENERGY_EV, MIN_ENERGY_EV, energy_unit_ev
from iact.dl3.container import Hdu
from iact.dl3.header import Notes, as_number, text
from iact.dl3.observation import ReadingRules
from iact.dl3.responses import EffectiveArea
from iact.dl3.tables import Table
from iact.dl3.units import EV_PER_TEV

#: Thresholds this close to the end of the axis are that end.
_MARGIN = 1e-6


@dataclass(frozen=True)
class EnergyRange:
    """Energies, eV, and their origin as in `Observation.energy_source`."""

    low: float
    high: float
    source: str


def energy_range(
    events: Table,
    area: EffectiveArea | None,
    rules: ReadingRules,
    row: dict[str, object],
    notes: Notes,
) -> EnergyRange | None:
    """Return the range of the first source that has one.

    The order is: thresholds of the effective area, selection of the event list
    (DSVALn), safe range of the obs-index, axis of the effective area,
    configuration, the events themselves.

    Parameters
    ----------
    events
        The event list.
    area
        The effective area, if there is one.
    rules
        The collection's fall-back.
    row
        The observation's row of the obs-index.
    notes
        Gets what was not believed.

    Returns
    -------
    EnergyRange or None
        `None` if no event has an energy and nothing else states a range.
    """
    return (
        _from_thresholds(area, notes)
        or _from_selection(events.hdu, area, notes)
        or _from_index(area, row)
        or _from_axis(area)
        or _from_rules(rules)
        or _from_events(events, notes)
    )


def _from_thresholds(area: EffectiveArea | None, notes: Notes) -> EnergyRange | None:
    """Read LO_THRES and HI_THRES of the effective area; those of the PSF mean nothing."""
    if area is None or (area.low_threshold is None and area.high_threshold is None):
        return None
    low = area.energy_min if area.low_threshold is None else area.low_threshold
    high = area.energy_max if area.high_threshold is None else area.high_threshold
    said = f"{low / EV_PER_TEV:g} to {high / EV_PER_TEV:g} TeV"
    inside_low = low > area.energy_min * (1 + _MARGIN)
    inside_high = high < area.energy_max * (1 - _MARGIN)
    if not low < high or low >= area.energy_max or not (inside_low or inside_high):
        text_ = f"thresholds {said} of {area.hdu} exclude nothing or everything; ignored"
        notes.add("energy_range", text_, keyword="LO_THRES")
        return None
    if high > area.energy_max * (1 + _MARGIN) or low < area.energy_min * (1 - _MARGIN):
        text_ = f"thresholds {said} of {area.hdu} go beyond its energy axis; cut to it"
        notes.add("energy_range", text_, keyword="HI_THRES")
    where = f"safe range ({area.hdu} LO_THRES, HI_THRES)"
    if area.high_threshold is None:
        where = f"safe range ({area.hdu} LO_THRES, top of its axis)"
        notes.add("energy_range", f"no HI_THRES in {area.hdu}; top of its axis taken")
    elif area.low_threshold is None:
        where = f"safe range ({area.hdu} bottom of its axis, HI_THRES)"
        notes.add("energy_range", f"no LO_THRES in {area.hdu}; bottom of its axis taken")
    return EnergyRange(max(low, area.energy_min), min(high, area.energy_max), where)


def _from_selection(events: Hdu, area: EffectiveArea | None, notes: Notes) -> EnergyRange | None:
    """Read the data subspace keywords that say which energies were selected."""
    number = selection_number(events, "ENERGY")
    if not number:
        return None
    keyword = f"DSVAL{number}"
    value = text(events, keyword)
    ends = [part.split(":") for part in value.split(",")]
    known = [[as_number(end) for end in pair] for pair in ends if len(pair) == 2]
    unit = energy_unit_ev(events, text(events, f"DSUNI{number}"), f"DSUNI{number}")
    lows = [pair[0] * unit for pair in known if pair[0] is not None]
    highs = [pair[1] * unit for pair in known if pair[1] is not None]
    low = min(lows) if lows else (area.energy_min if area else None)
    high = max(highs) if highs else (area.energy_max if area else None)
    if not (lows or highs) or low is None or high is None or not _is_range(low, high):
        notes.add("energy_range", f"{value!r} is no range of energies; ignored", events, keyword)
        return None
    return EnergyRange(low, high, f"safe range ({events.label} {keyword})")


def _is_range(low: float, high: float) -> bool:
    return MIN_ENERGY_EV <= low < high <= MAX_ENERGY_EV


def selection_number(hdu: Hdu, what: str) -> int:
    """Return the n of the DSTYPn card that begins with `what`; 0 if there is none."""
    for keyword in hdu.keywords:
        match = re.fullmatch(r"DSTYP(\d+)", keyword)
        if match and text(hdu, keyword).upper().startswith(what):
            return int(match[1])
    return 0


def _from_index(area: EffectiveArea | None, row: dict[str, object]) -> EnergyRange | None:
    low, high = as_number(row.get("SAFE_ENERGY_LO")), as_number(row.get("SAFE_ENERGY_HI"))
    if low is None or high is None or not _is_range(low * EV_PER_TEV, high * EV_PER_TEV):
        return None
    bottom, top = (area.energy_min, area.energy_max) if area else (0.0, np.inf)
    if low * EV_PER_TEV <= bottom and high * EV_PER_TEV >= top:
        return None
    return EnergyRange(
        low * EV_PER_TEV, high * EV_PER_TEV, "safe range (obs-index SAFE_ENERGY_LO, HI)"
    )


def _from_axis(area: EffectiveArea | None) -> EnergyRange | None:
    if area is None:
        return None
    return EnergyRange(area.energy_min, area.energy_max, f"irf axis ({area.hdu})")


def _from_rules(rules: ReadingRules) -> EnergyRange | None:
    if rules.energy_min_eV is None or rules.energy_max_eV is None:
        return None
    return EnergyRange(rules.energy_min_eV, rules.energy_max_eV, "configuration")


def _from_events(events: Table, notes: Notes) -> EnergyRange | None:
    energies = events.scalars("ENERGY")
    energies *= energy_unit_ev(events.hdu, events.unit("ENERGY"), "ENERGY")
    good = energies[(energies >= MIN_ENERGY_EV) & (energies <= MAX_ENERGY_EV)]
    if not len(good):
        notes.add("energy_range", "no event has an energy", events.hdu, "ENERGY")
        return None
    low, high = float(good.min()), float(good.max())
    notes.add("energy_range", "nothing states a range; that of the events taken", events.hdu)
    return EnergyRange(low, high, f"events ({events.hdu.label} ENERGY)")

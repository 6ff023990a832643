"""What was selected, as data subspace keywords.

DSTYPn says what is limited, DSUNIn in which unit, DSVALn to which values, DSREFn in which
table the values are. Keywords of different n hold together (the convention of ASC and OGIP
that Fermi's and CTA's tools follow).
"""

from __future__ import annotations

import math
import re

from astropy.io import fits

from iact.dl3.axes import energy_unit_ev
from iact.dl3.container import Hdu
from iact.dl3.energies import selection_number
from iact.dl3.header import as_number
from iact.dl3.units import EV_PER_TEV
from iact.events.reading import Interval
from iact.events.selection import Selection

_CARD = re.compile(r"DSTYP(\d+)")


def record(header: fits.Header, events: Hdu, selection: Selection, gti_name: str) -> None:
    """Add a selection to those that a list has.

    Parameters
    ----------
    header
        To be changed.
    events
        The list as it was.
    selection
        What was selected.
    gti_name
        EXTNAME of the good times; empty where there are none.
    """
    if selection.time is not None and gti_name and not selection_number(events, "TIME"):
        _add(header, "TIME", "s", "TABLE", f":{gti_name}")
    for region in selection.regions:
        _add(header, "POS(RA,DEC)", "deg", region.text)
    if selection.energy is not None:
        _set_energy(header, events, *selection.energy)
    if selection.event_types:
        _add(header, "EVENT_TYPE", "", ",".join(selection.event_types))
    used = _numbers(header)
    if used:
        header["NDSKEYS"] = len(used)


def _set_energy(header: fits.Header, events: Hdu, low: float, high: float) -> None:
    """Narrow the list's own range, which readers take for the only one; else add one."""
    number = selection_number(events, "ENERGY")
    value = str(events.value(f"DSVAL{number}") or "") if number else ""
    own = _ends(value)
    if own is not None:
        unit = str(events.value(f"DSUNI{number}") or "")
        scale = energy_unit_ev(events, unit, f"DSUNI{number}") / EV_PER_TEV
        header[f"DSVAL{number}"] = _range(max(own[0], low / scale), min(own[1], high / scale))
    else:
        _add(header, "ENERGY", "TeV", _range(low, high))


def _ends(value: str) -> Interval | None:
    """Return the ends of a range as `_range` writes it; None where it is no single range."""
    ends = value.split(":")
    if len(ends) != 2:
        return None
    low, high = (
        as_number(end) if end.strip() else infinite
        for end, infinite in zip(ends, (-math.inf, math.inf), strict=True)
    )
    return None if low is None or high is None else (low, high)


def _range(low: float, high: float) -> str:
    # An end that is left out is open.
    ends = (f"{end:.10g}" if math.isfinite(end) else "" for end in (low, high))
    return ":".join(ends)


def _numbers(header: fits.Header) -> list[int]:
    return [int(match[1]) for name in header if (match := _CARD.fullmatch(name))]


def _add(header: fits.Header, kind: str, unit: str, value: str, reference: str = "") -> None:
    number = max(_numbers(header), default=0) + 1
    header[f"DSTYP{number}"] = (kind, "what is limited")
    if unit:
        header[f"DSUNI{number}"] = (unit, "its unit")
    header[f"DSVAL{number}"] = (value, "to which values")
    if reference:
        header[f"DSREF{number}"] = (reference, "where the values are")

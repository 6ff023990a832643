"""The columns of an event list: what the archive's rows do not need, but its users do."""

from __future__ import annotations

import numpy as np

from iact.dl3.axes import angle_unit_deg, energy_unit_ev
from iact.dl3.header import Notes
from iact.dl3.integrity import check_heap
from iact.dl3.tables import Table

#: Columns that an event list must have (GADF 0.3, "EVENTS", mandatory columns, without
#: EVENT_ID, which some writers leave out).
MANDATORY = ("TIME", "RA", "DEC", "ENERGY")


def check_columns(events: Table, notes: Notes) -> None:
    """Check directions and energies of events.

    Parameters
    ----------
    events
        The event list.
    notes
        Gets directions that are not in deg, and numbers of values that are none.

    Raises
    ------
    DL3Error
        If a column is missing, has not one number in each row or a unit of another kind;
        if no event has a direction; if a column points beyond the heap.
    """
    for name in MANDATORY:
        events.scalar_column(name)
    if not events.rows:
        raise events.hdu.error("has no rows: no events", "NAXIS2")
    check_heap(events)
    for name in ("RA", "DEC"):
        scale = angle_unit_deg(events.hdu, events.unit(name), name)
        if scale != 1:
            said = f"column is in {events.unit(name)!r}; deg was expected"
            notes.add("frame", f"{said}. Nothing in the tables depends on it", events.hdu, name)
        angles = events.scalars(name) * scale
        bad = ~np.isfinite(angles) if name == "RA" else ~(np.abs(angles) <= 90)
        _note_bad(
            events, name, bad, "no right ascensions" if name == "RA" else "no declinations", notes
        )
    energy_unit_ev(events.hdu, events.unit("ENERGY"), "ENERGY")
    energies = events.scalars("ENERGY")
    _note_bad(events, "ENERGY", ~np.isfinite(energies), "not finite", notes)


def _note_bad(events: Table, name: str, bad: np.ndarray, what: str, notes: Notes) -> None:
    count = int(np.count_nonzero(bad))
    if count == events.rows and name != "ENERGY":
        raise events.hdu.error(f"all {count} values are {what}", name)
    if count:
        topic = "energy_range" if name == "ENERGY" else "frame"
        notes.add(topic, f"{count} of {events.rows} values are {what}", events.hdu, name)

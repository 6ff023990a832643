"""The columns of an event list: what the archive's rows do not need, but its users do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from iact.dl3.axes import MAX_ENERGY_EV, MIN_ENERGY_EV, angle_unit_deg, energy_unit_ev
from iact.dl3.header import Notes
from iact.dl3.integrity import check_heap
from iact.dl3.tables import Table

Array = npt.NDArray[np.float64]

#: Right ascensions lie on either side of 0 to 360 deg in some files; turns without end are
#: a sign of damage.
MAX_RA = 720.0
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
        bad = _count_others(
            angles, -90 if name == "DEC" else -MAX_RA, 90 if name == "DEC" else MAX_RA
        )
        if bad == events.rows:
            raise events.hdu.error(
                f"no event has a direction: {bad} of {bad} values are none", name
            )
        if bad:
            said = f"{bad} of {events.rows} values are no angles of a direction"
            notes.add("frame", said, events.hdu, name)
    scale = energy_unit_ev(events.hdu, events.unit("ENERGY"), "ENERGY")
    bad = _count_others(events.scalars("ENERGY") * scale, MIN_ENERGY_EV, MAX_ENERGY_EV)
    if bad:
        said = f"{bad} of {events.rows} values are no energies"
        notes.add("energy_range", said, events.hdu, "ENERGY")


def _count_others(values: Array, low: float, high: float) -> int:
    """Return how many values are not between two limits: NaN is not."""
    return int(np.count_nonzero(~((values >= low) & (values <= high))))

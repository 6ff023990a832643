"""Cutting an event list: a file of the archive in, a smaller one out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from iact.dl3.axes import angle_unit_deg, energy_unit_ev
from iact.dl3.classify import parts_of
from iact.dl3.container import Hdu
from iact.dl3.frames import icrs_vectors
from iact.dl3.header import Notes
from iact.dl3.pointing import read_frame
from iact.dl3.responses import first_of_kind
from iact.dl3.tables import Table
from iact.dl3.timereference import column_seconds
from iact.dl3.times import ObservingTimes, read_times
from iact.dl3.units import EV_PER_TEV
from iact.errors import DL3Error
from iact.events import record, subspace
from iact.events.eventtypes import of_types
from iact.events.faults import Fault, NothingLeft
from iact.events.goodtimes import Clipped, clip, seconds_of, update_times
from iact.events.hduwriting import changed_hdu, padded, rows_replaced
from iact.events.region import Region
from iact.events.selection import Selection, selection_of
from iact.events.task import Source, Task

Mask = npt.NDArray[np.bool_]

#: Events whose directions are turned into vectors at a time: 72 MB of numbers.
_AT_A_TIME = 1_000_000


def cut(task: Task) -> int:
    """Write what a task selects to its target.

    The result has the events that are in all of the selection, whole rows of them; good
    times clipped to TIME; all other HDUs of the file byte for byte; responses that the
    archive knows in other files; and a table PROVENANCE.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    NothingLeft
        If no event is selected, or the dataset has nothing of the kinds that are wanted.
    Fault
        If the request is wrong or the file cannot be read.
    """
    selection = selection_of(task.values)
    try:
        with task.target.open("wb") as stream:
            return sum(stream.write(piece) for piece in _pieces(task, selection))
    except DL3Error as exc:
        task.target.unlink(missing_ok=True)
        raise Fault("Error", 500, f"The dataset cannot be cut: {exc}.") from exc
    except BaseException:
        task.target.unlink(missing_ok=True)
        raise


def _pieces(task: Task, selection: Selection) -> Iterator[bytes | memoryview]:
    """Return the HDUs of the result."""
    hdus = task.source.hdus()
    parts = parts_of(hdus)
    own = first_of_kind(parts, Notes())
    changed: dict[int, bytes] = {}
    before = after = None
    if selection.wants("events") or selection.wants("gti"):
        events = Table(own["events"].hdu)
        gti = own["gti"].hdu if "gti" in own else None
        times = read_times(events.hdu, gti, task.rules, Notes())
        clipped = None
        if selection.time is not None:
            clipped = clip(events.hdu, gti, times, selection.time, task.rules)
            if gti is not None:
                changed[gti.number] = clipped.hdu
        if selection.wants("events"):
            chosen = _chosen(events, times, selection, task)
            before, after = events.rows, int(np.count_nonzero(chosen))
            if not after:
                raise NothingLeft
            changed[events.hdu.number] = _events_hdu(
                events, chosen, times, clipped, selection, task, gti
            )
    kinds = {part.hdu.number: part.kind for part in parts}
    first = {part.hdu.number for part in own.values()}
    found = 0
    for hdu in hdus:
        kind = kinds.get(hdu.number, "")
        if hdu.number and (not _is_wanted(selection, kind) or _is_other_list(hdu, kind, first)):
            continue
        found += bool(kind)
        yield changed.get(hdu.number) or padded(hdu.content)
    shared: dict[Source, tuple[Hdu, ...]] = {}
    for response in task.responses:
        if selection.wants(response.kind):
            found += 1
            if response.source not in shared:
                shared[response.source] = response.source.hdus()
            yield padded(shared[response.source][response.hdu_number].content)
    if not found:
        raise NothingLeft
    yield record.provenance_hdu(task, before, after)


def _is_wanted(selection: Selection, kind: str) -> bool:
    return not selection.kinds or kind in selection.kinds


def _is_other_list(hdu: Hdu, kind: str, first: set[int]) -> bool:
    """Tell whether this is a further list of events or good times, neither ingested nor cut."""
    return kind in ("events", "gti") and hdu.number not in first


def _chosen(events: Table, times: ObservingTimes, selection: Selection, task: Task) -> Mask:
    """Tell which events are in a selection."""
    chosen = np.ones(events.rows, dtype=bool)
    if selection.energy is not None:
        unit = energy_unit_ev(events.hdu, events.unit("ENERGY"), "ENERGY") / EV_PER_TEV
        energy = events.scalars("ENERGY")
        # The limits in the column's unit: a product would round energies off their limits.
        low, high = selection.energy
        chosen &= (energy >= low / unit) & (energy <= high / unit)
    if selection.time is not None:
        low, high = seconds_of(selection.time, times.reference)
        seconds = column_seconds(events, "TIME", times.reference, Notes())
        chosen &= (seconds >= low) & (seconds <= high)
    if selection.event_types:
        chosen &= of_types(events, selection.event_types, task.event_type)
    if selection.regions:
        _choose_regions(events, selection.regions, chosen)
    return chosen


def _choose_regions(events: Table, regions: Sequence[Region], chosen: Mask) -> None:
    """Take out events that are outside of a region, of those chosen so far."""
    frame, equinox = read_frame(events.hdu, Notes())
    ra, dec = (
        events.scalars(name) * angle_unit_deg(events.hdu, events.unit(name), name)
        for name in ("RA", "DEC")
    )
    candidates = np.flatnonzero(chosen)
    for start in range(0, len(candidates), _AT_A_TIME):
        some = candidates[start : start + _AT_A_TIME]
        vectors = icrs_vectors(ra[some], dec[some], frame, equinox)
        for region in regions:
            chosen[some] &= region.holds(vectors)


def _events_hdu(
    events: Table,
    chosen: Mask,
    times: ObservingTimes,
    clipped: Clipped | None,
    selection: Selection,
    task: Task,
    gti: Hdu | None,
) -> bytes:
    """Return the event list anew."""
    size = events.rows * events.row_width
    rows = np.frombuffer(events.hdu.data, np.uint8, size).reshape(events.rows, events.row_width)
    header = events.hdu.header.copy()
    data = rows_replaced(events.hdu, header, rows[chosen].tobytes(), size)
    if clipped is not None:
        update_times(header, events.hdu, times, clipped)
    subspace.record(header, events.hdu, selection, gti.name if gti is not None else "")
    for sentence in record.history(task, events.rows, int(np.count_nonzero(chosen))):
        header.add_history(sentence)
    return changed_hdu(header, data)


def file_name(label: str, values: Mapping[str, Sequence[str]]) -> str:
    """Return what a result is called: one name for each selection, in one folder.

    Parameters
    ----------
    label
        Of the dataset.
    values
        What was asked for, by parameter.
    """
    asked = {name: list(texts) for name, texts in values.items() if name != "ID"}
    text = json.dumps(asked, sort_keys=True)
    return f"{label}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.fits"

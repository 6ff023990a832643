"""From the HDUs of a file to an `Observation`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from iact.dl3.classify import RESPONSES, Part
from iact.dl3.configuration import (
    read_mode,
    read_obs_id,
    read_quality,
    read_telescopes,
    read_texts,
)
from iact.dl3.container import Hdu
from iact.dl3.energies import energy_range
from iact.dl3.eventcolumns import check_columns
from iact.dl3.exposure import read_exposure
from iact.dl3.header import Notes, as_number, identifier
from iact.dl3.index import IndexHint, Links, Row
from iact.dl3.observation import KINDS, Observation, Product, ReadingRules
from iact.dl3.pointing import read_pointing, tell_wobble
from iact.dl3.resolution import REFERENCE_ENERGY_EV
from iact.dl3.responses import Responses, first_of_kind, read_responses
from iact.dl3.sharing import ResponseLookup, find_shared
from iact.dl3.site import read_site
from iact.dl3.storage import StoredFile
from iact.dl3.tables import Table
from iact.dl3.target import read_field_of_view, read_target
from iact.dl3.timereference import column_seconds
from iact.dl3.times import ObservingTimes, read_times

_ARCSEC_PER_DEG = 3600.0
#: Pointings of header and obs-index that differ by more contradict each other, deg.
_SAME_POINTING_DEG = 0.01


def observe(
    root: Path,
    stored: StoredFile,
    parts: tuple[Part, ...],
    rules: ReadingRules,
    hint: IndexHint | None,
    lookup: ResponseLookup,
) -> Observation:
    """Read the observation that a file holds.

    Parameters
    ----------
    root
        The data root, for responses in other files.
    stored
        The file on disk.
    parts
        Its HDUs.
    rules
        What its collection knows.
    hint
        What the indexes say about it.
    lookup
        Reads shared responses.

    Raises
    ------
    DL3Error
        If something that an observation needs is missing or broken.
    """
    notes = Notes()
    own = first_of_kind(parts, notes)
    events = Table(own["events"].hdu)
    check_columns(events, notes)
    hdu = events.hdu
    index_id, row, links = _believed(hint, hdu, notes)
    if hint is not None and hint.contradicted and row:
        said = f"the obs-index has several rows for {hint.obs_id}; the first was taken"
        notes.add("index", said, hdu, "OBS_ID")
    index_name = hint.path if hint else ""
    found = Observation(read_obs_id(hdu, index_id, row, index_name, notes))
    read_texts(hdu, rules, found, notes)
    read_mode(hdu, row, rules, found, notes)
    read_pointing(hdu, row, found, notes)
    tell_wobble(hdu, found, notes)
    times = read_times(hdu, own["gti"].hdu if "gti" in own else None, rules, notes)
    found.gti, found.t_start, found.t_stop = (
        times.gti,
        float(times.gti[0, 0]),
        float(times.gti[:, 1].max()),
    )
    read_exposure(hdu, times, found, notes)
    found.n_events = events.rows
    _check_event_times(events, times, notes)
    read_telescopes(hdu, row, found, notes)
    found.target_name = read_target(hdu, row, rules, notes)
    found.quality = read_quality(hdu, row)
    read_site(hdu, found, notes)
    _compare_with_index(row, events, notes)

    responses = read_responses(own, notes)
    shared, shared_parts = find_shared(root, hdu, own, links, row, lookup, notes)
    responses = responses.filled(shared)
    if not shared_parts and not own.keys() & set(RESPONSES):
        notes.add("responses", "none in the file, and none found elsewhere", hdu)
    read_field_of_view(hdu, responses, rules, found, notes)
    _set_energies(events, responses, rules, row, found, notes)
    _set_resolutions(responses, rules, found, notes)
    found.products = _products(stored, own, shared_parts)
    found.assumptions = tuple(notes.found)
    return found


def _believed(hint: IndexHint | None, events: Hdu, notes: Notes) -> tuple[str, Row, Links]:
    """Return what of the indexes may be used: nothing that is about another observation."""
    if hint is None:
        return "", {}, {}
    own = identifier(events.value("OBS_ID"))
    if not own or not hint.obs_id or own == hint.obs_id:
        return hint.obs_id, hint.obs, hint.links
    if not hint.links:
        # Found by a number in the file's name: only a guess.
        return "", {}, {}
    said = f"{hint.path} calls this file {hint.obs_id}, its header {own!r}"
    if own.isdecimal():
        notes.add("index", f"{said}; the index was not used", events, "OBS_ID")
        return "", {}, {}
    # Text cannot stand in an index of numbers: no contradiction.
    notes.add("index", f"{said}; the header's was kept", events, "OBS_ID")
    return hint.obs_id, hint.obs, hint.links


def _compare_with_index(row: Row, events: Table, notes: Notes) -> None:
    """Note where the obs-index contradicts the file, which is believed."""
    for keyword in ("RA_PNT", "DEC_PNT"):
        said, own = as_number(row.get(keyword)), as_number(events.hdu.value(keyword))
        if said is None or own is None:
            continue
        apart = abs((said - own + 180.0) % 360.0 - 180.0)
        if apart > _SAME_POINTING_DEG:
            text = f"obs-index says {said:g} deg, header {own:g} deg; header taken"
            notes.add("index", text, events.hdu, keyword)
    count = as_number(row.get("EVENT_COUNT"))
    if count is not None and count != events.rows:
        text = f"obs-index says {count:g} events, there are {events.rows}"
        notes.add("index", text, events.hdu, "NAXIS2")


def _check_event_times(events: Table, times: ObservingTimes, notes: Notes) -> None:
    values = column_seconds(events, "TIME", times.reference, notes)
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise events.hdu.error(f"{bad} of {values.size} times are not finite", "TIME")
    if not times.shared:
        return
    start, stop = times.span
    outside = int(np.count_nonzero((values < start) | (values > stop)))
    if outside:
        said = f"{outside} of {values.size} events are before the first or after the last GTI"
        notes.add("gti", said, events.hdu, "TIME")


def _set_energies(
    events: Table,
    responses: Responses,
    rules: ReadingRules,
    row: Row,
    found: Observation,
    notes: Notes,
) -> None:
    energies = energy_range(events, responses.effective_area, rules, row, notes)
    if energies is not None:
        found.energy_min, found.energy_max = energies.low, energies.high
        found.energy_source = energies.source


def _set_resolutions(
    responses: Responses, rules: ReadingRules, found: Observation, notes: Notes
) -> None:
    """Set the resolutions and the energy and offset that they hold for."""
    single = responses.single_offset
    offset = rules.ref_offset_deg if single is None else single
    if single is not None and single != rules.ref_offset_deg:
        said = f"responses are given at {single:g} deg only; resolutions hold for that offset"
        notes.add("resolution", said, conforming=True)
    if responses.point_spread is not None:
        width = responses.point_spread.fwhm(offset)
        found.s_resolution = _positive(width, _ARCSEC_PER_DEG)
        if found.s_resolution is None:
            notes.add("resolution", f"PSF has no width at 1 TeV and {offset:g} deg")
    if responses.dispersion is not None:
        sigma = responses.dispersion.sigma68(offset)
        found.em_res_power = _positive(1 / sigma if sigma else None)
        if found.em_res_power is None:
            notes.add("resolution", f"energy dispersion is empty at 1 TeV and {offset:g} deg")
    if found.s_resolution is not None or found.em_res_power is not None:
        found.ref_energy, found.ref_offset = REFERENCE_ENERGY_EV, offset


def _positive(value: float | None, factor: float = 1.0) -> float | None:
    """Return a product that is a width or a power, None where it is none."""
    result = value * factor if value is not None else 0.0
    return result if 0 < result < np.inf else None


def _products(
    stored: StoredFile, own: dict[str, Part], shared: dict[str, Part]
) -> tuple[Product, ...]:
    package = Product(
        kind="package",
        path=stored.path,
        hdu="",
        hdu_number=0,
        hdu_class="",
        size=stored.size,
        sha256=stored.sha256,
    )
    parts = {**shared, **own}
    kinds = [kind for kind in KINDS if kind in parts]
    return (package, *(_product(parts[kind]) for kind in kinds))


def _product(part: Part) -> Product:
    return Product(
        kind=part.kind,
        path=part.hdu.path,
        hdu=part.hdu.name,
        hdu_number=part.hdu.number,
        hdu_class=part.hdu_class,
        size=len(part.hdu.content),
        sha256=part.hdu.sha256,
    )

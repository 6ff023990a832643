"""How the array was used, and the header's own words about the data."""

from __future__ import annotations

import re

from iact.dl3.container import Hdu
from iact.dl3.header import Notes, as_number, identifier, text, too_long
from iact.dl3.observation import Observation, ReadingRules

#: Other spellings of observing modes.
_MODES = {"point": "pointing", "wobbling": "wobble", "on-off": "onoff", "on/off": "onoff"}
_NO_MODES = frozenset({"", "none", "unknown", "undefined", "string"})
#: Header cards that are kept as they stand, by field of `Observation`; the first that is there.
_TEXTS = {
    "telescop": ("TELESCOP",),
    "instrume": ("INSTRUME",),
    "origin": ("ORIGIN",),
    "observer": ("OBSERVER",),
    "creator": ("CREATOR",),
    "created": ("CREATED", "DATE"),
    "ev_class": ("EV_CLASS",),
    "dst_version": ("DST_VER",),
    "calib_version": ("CAL_VER",),
    "analysis_version": ("ANA_VER",),
}
_PLACEHOLDER = "string"
#: More telescopes than any array has: what exceeds it is no number of telescopes.
_MOST_TELESCOPES = 10_000
#: Parts of an address that browsers take for "here" and "one up".
_NO_ADDRESS = frozenset({".", ".."})


def read_texts(events: Hdu, rules: ReadingRules, found: Observation, notes: Notes) -> None:
    """Set the fields that repeat what the header says.

    Parameters
    ----------
    events
        The event list.
    rules
        Names the keyword with the proposal's identifier.
    found
        Gets the result.
    notes
        Gets what is missing or not readable.
    """
    for field, keywords in _TEXTS.items():
        values = (text(events, keyword) for keyword in keywords)
        value = next((value for value in values if value), "")
        setattr(found, field, "" if value == _PLACEHOLDER else value)
    if not found.telescop:
        notes.add("identifier", "TELESCOP is missing: facility not known", events, "TELESCOP")
    ev_class = events.value("EV_CLASS")
    if isinstance(ev_class, int) and not isinstance(ev_class, bool):
        # Event classes that are numbered are disjoint lists of one observation.
        found.event_type = str(ev_class)
    if rules.proposal_keyword:
        found.proposal_id = _proposal(events, rules.proposal_keyword, notes)
    convention = text(events, "HDUCLASS")
    found.data_format = f"{convention} {text(events, 'HDUVERS')}".strip() if convention else ""
    for keyword in dict.fromkeys(events.keywords):
        if events.unreadable(keyword):
            notes.add("header", "card cannot be parsed; ignored", events, keyword)
    for keyword in events.replaced:
        said = "characters that FITS does not allow were replaced by blanks"
        notes.add("header", said, events, keyword)


def _proposal(events: Hdu, keyword: str, notes: Notes) -> str:
    said = text(events, keyword)
    if problem := too_long(said):
        notes.add("identifier", f"{problem}; ignored", events, keyword)
        return ""
    return said


def read_obs_id(
    events: Hdu, row_id: str, row: dict[str, object], found_in: str, notes: Notes
) -> str:
    """Return the observation's identifier.

    Parameters
    ----------
    events
        The event list.
    row_id
        OBS_ID that an index gives this file; empty if none or more than one does.
    row
        The observation's row of the obs-index.
    found_in
        Name of that index.
    notes
        Gets an identifier that is not the file's own, or not written as it is there.

    Raises
    ------
    DL3Error
        If neither the file nor an index has one, or it cannot be a key or a part of an
        address.
    """
    said = events.value("OBS_ID")
    taken = re.sub(r"\s+", " ", identifier(said))
    if not taken:
        taken = row_id or identifier(row.get("OBS_ID"))
        if not taken:
            expected = "a number or text was expected"
            raise events.error(f"keyword is missing or empty: {expected}", "OBS_ID")
        notes.add("identifier", f"not in the header; {taken} of {found_in} taken", events, "OBS_ID")
    elif taken.isdecimal() and isinstance(said, str) and said != taken:
        written = f"{said!r} is a number; written {taken}, without leading zeros"
        notes.add("identifier", written, events, "OBS_ID")
    if problem := too_long(taken):
        raise events.error(problem, "OBS_ID")
    if taken in _NO_ADDRESS:
        raise events.error(f"{taken!r} cannot be a part of an address", "OBS_ID")
    return taken


def read_mode(
    events: Hdu, row: dict[str, object], rules: ReadingRules, found: Observation, notes: Notes
) -> None:
    """Set ``obs_mode``, normalised, and ``obs_mode_header``.

    Parameters
    ----------
    events
        The event list.
    row
        The observation's row of the obs-index.
    rules
        The collection's fall-back.
    found
        Gets the result.
    notes
        Gets a mode that is not the header's.
    """
    found.obs_mode_header = text(events, "OBS_MODE")
    for said, source in (
        (found.obs_mode_header, ""),
        (str(row.get("OBS_MODE") or ""), "obs-index"),
        (rules.obs_mode, "configuration"),
    ):
        mode = said.strip().lower()
        if mode in _NO_MODES:
            continue
        found.obs_mode = _MODES.get(mode, re.sub(r"\s+", "-", mode))
        if source:
            note = f"not in the header; {found.obs_mode} of the {source} taken"
            notes.add("obs_mode", note, events, "OBS_MODE")
        return


def read_telescopes(events: Hdu, row: dict[str, object], found: Observation, notes: Notes) -> None:
    """Set ``telescopes`` and ``n_telescopes``.

    Parameters
    ----------
    events
        The event list.
    row
        The observation's row of the obs-index.
    found
        Gets the result.
    notes
        Gets lists that are none, and numbers that do not fit.
    """
    listed = text(events, "TELLIST") or str(row.get("TELLIST") or "")
    stated = _count(events.value("N_TELS"))
    if stated is None:
        stated = _count(row.get("N_TELS"))
    if _repeated(events, "TELLIST"):
        notes.add("telescopes", "card stands twice; the first was read", events, "TELLIST")
    names = tuple(name.strip() for name in listed.split(",") if name.strip())
    if len(names) == 1 and not stated and not re.search(r"\d", names[0]):
        # 'Baseline', 'string': the name of an array or nothing, not of one telescope.
        notes.add("telescopes", f"{listed!r} is no list of telescopes", events, "TELLIST")
        names = ()
    found.telescopes = names
    found.n_telescopes = stated or len(names) or None
    if stated and names and stated != len(names):
        said = f"{stated}, but TELLIST has {len(names)}; the number was kept"
        notes.add("telescopes", said, events, "N_TELS")


def _count(value: object) -> int | None:
    number = as_number(value)
    if number is None or not 0 < number <= _MOST_TELESCOPES or not number.is_integer():
        return None
    return int(number)


def _repeated(hdu: Hdu, keyword: str) -> bool:
    return hdu.keywords.count(keyword) > 1


def read_quality(events: Hdu, row: dict[str, object]) -> int | None:
    """Return QUALITY of the header, else of the obs-index.

    Parameters
    ----------
    events
        The event list.
    row
        The observation's row of the obs-index.
    """
    for value in (events.value("QUALITY"), row.get("QUALITY")):
        number = as_number(value)
        if number is not None and number.is_integer():
            return int(number)
    return None

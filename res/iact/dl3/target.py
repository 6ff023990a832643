"""The target's name, and the field of view around the pointing."""

from __future__ import annotations

import re

from iact.dl3.container import Hdu
from iact.dl3.energies import selection_number
from iact.dl3.header import Notes, as_number, text
from iact.dl3.observation import Observation, ReadingRules
from iact.dl3.responses import Responses

_NO_NAMES = frozenset(
    """custom|none|unknown|undefined|unnamed|string|object|target|test|n/a|na|nan|-|?|
    off|off data|off-data|offdata|off region""".replace("\n    ", "").split("|")
)
_COORDINATES = re.compile(r"^[+-]?\d[\s\d:.,+\-hdms°'\"]*$", re.IGNORECASE)
_REMARK = re.compile(r"\s*\([^()]*\)$")
_RUN_TOGETHER = re.compile(r"^(?:[A-Z][a-z]+){2,}$")
_CIRCLE = re.compile(r"CIRCLE\(([^,]+),([^,]+),([^,)]+)\)", re.IGNORECASE)


def usable_name(name: str) -> bool:
    """Tell whether a text names a target: no placeholder, no coordinates.

    Parameters
    ----------
    name
        From OBJECT or an index.
    """
    return bool(name) and name.lower() not in _NO_NAMES and not _COORDINATES.match(name)


def read_target(events: Hdu, row: dict[str, object], rules: ReadingRules, notes: Notes) -> str:
    """Return the target's name as astronomers write it.

    TARGET_NAME of the obs-index comes first, then OBJECT of the obs-index, then
    OBJECT of the header, then the configuration. A remark in brackets goes
    ("PKS 2155-304 (flare)"); where OBJECT says the same in more words
    ("Crab", "Crab Nebula"), it is taken.

    Parameters
    ----------
    events
        The event list.
    row
        The observation's row of the obs-index.
    rules
        The collection's fall-back.
    notes
        Gets which name was taken, where there was a choice.
    """
    header = text(events, "OBJECT")
    stated = [str(row.get(column) or "").strip() for column in ("TARGET_NAME", "OBJECT")]
    names = [_spaced(name) for name in (*stated, header) if usable_name(name)]
    if not names:
        if header:
            taken = repr(rules.target_name) if rules.target_name else "no name"
            notes.add("target", f"{header!r} is not a name; {taken} taken", events, "OBJECT")
        elif rules.target_name:
            said = f"not in the header; {rules.target_name!r} of the configuration taken"
            notes.add("target", said, events, "OBJECT")
        return rules.target_name
    short = names[0].casefold() + " "
    name = next((longer for longer in names[1:] if longer.casefold().startswith(short)), names[0])
    others = sorted({other for other in (*stated, header) if other and other != name})
    if others:
        said = f"also called {', '.join(map(repr, others))}; {name!r} taken"
        notes.add("target", said, events, "OBJECT")
    return name


def _spaced(name: str) -> str:
    """Write 'CrabNebula' and 'Crab_Nebula' as 'Crab Nebula', without remarks in brackets."""
    name = " ".join((_REMARK.sub("", name) or name).split())
    if _RUN_TOGETHER.match(name):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return name.replace("_", " ")


def read_field_of_view(
    events: Hdu, responses: Responses, rules: ReadingRules, found: Observation, notes: Notes
) -> None:
    """Set ``fov_radius`` and ``fov_source``.

    A circle that the events were selected in comes first, then the edge of
    full-enclosure responses, the configuration, the edge of point-like ones.

    Parameters
    ----------
    events
        The event list.
    responses
        The observation's responses.
    rules
        The collection's fall-back.
    found
        Gets the result; nothing is set where nothing states it.
    notes
        Gets what was assumed.
    """
    selected = _selected_circle(events, notes)
    if selected is not None:
        found.fov_radius, found.fov_source = selected
    elif responses.fov_edge is not None:
        found.fov_radius, found.fov_source = _rounded(responses.fov_edge), "irf edge"
    elif rules.fov_radius_deg is not None:
        found.fov_radius, found.fov_source = rules.fov_radius_deg, "configuration"
    elif responses.point_like_edge is not None:
        found.fov_radius, found.fov_source = _rounded(responses.point_like_edge), "irf edge"
        notes.add("field_of_view", "edge of point-like responses taken", events)
    elif found.ra_pnt is not None:
        notes.add(
            "field_of_view",
            "the radius of the field of view is neither in responses, header nor configuration",
            events,
        )


def _selected_circle(events: Hdu, notes: Notes) -> tuple[float, str] | None:
    number_ = selection_number(events, "POS")
    if not number_:
        return None
    keyword = f"DSVAL{number_}"
    match = _CIRCLE.search(text(events, keyword))
    values = [as_number(group) for group in match.groups()] if match else []
    radius = values[2] if values else None
    if radius is None or not 0 < radius <= 180:
        said = f"{text(events, keyword)!r} is not a circle; ignored"
        notes.add("field_of_view", said, events, keyword)
        return None
    return radius, keyword


def _rounded(angle: float) -> float:
    """Return an angle without the noise of float32 axes."""
    return round(angle, 6)

"""Searches in cta.vo_obscore: from the parameters of a form or a cone search to SQL.

Both mean the same by a position and a radius: an observation is found where its field of
view comes within the radius, wherever in it the telescopes pointed. Where the field of view
is not known, the pointing counts. So all is found that Simple Cone Search 1.03 (section 2)
asks for, the observations whose pointing is in the cone, and those beyond that see a part
of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iact.archive.searchinput import InputError, coordinates, moment, number, text
from iact.dl3.units import EV_PER_TEV

#: Finds right ascension and declination (ICRS, deg) of a name, or raises InputError.
Resolver = Callable[[str], tuple[float, float]]

_SECONDS_PER_MINUTE = 60.0
#: Parameters that are chosen from lists, and their columns.
_CHOICES = (("site", "site"), ("collection", "obs_collection"), ("obs_mode", "obs_mode"))
#: pgsphere's circles end at half the sky; beyond, distances are compared.
_LARGEST_CIRCLE = 90.0

_POINT = "spoint(radians(%(ra)s), radians(%(dec)s))"
_POINTING = "spoint(radians(s_ra), radians(s_dec))"
_NEAR = "q3c_radial_query(s_ra, s_dec, %(ra)s, %(dec)s, %(radius)s)"
_SEEN = f"(s_region && scircle({_POINT}, radians(%(radius)s)) OR s_region IS NULL AND {_NEAR})"
_FAR = f"degrees({_POINTING} <-> {_POINT}) <= %(radius)s"


@dataclass
class Selection:
    """A condition in SQL with its values.

    Parameters
    ----------
    conditions
        All of them must hold; values are written as ``%(name)s``.
    values
        By name. ``ra`` and ``dec`` are there always: the position searched for (ICRS, deg), or
        None, for distances from it.
    """

    conditions: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=lambda: {"ra": None, "dec": None})

    @property
    def where(self) -> str:
        """All conditions as one; empty where all observations are meant."""
        return " AND ".join(self.conditions)

    def add(self, condition: str, **values: object) -> None:
        """Narrow down further."""
        self.conditions.append(condition)
        self.values |= values


def cone(values: Mapping[str, object]) -> Selection:
    """Return what a cone search with RA, DEC and SR (deg, ICRS) asks for.

    A radius of zero asks for the columns only (Simple Cone Search 1.03, section 2).

    Raises
    ------
    InputError
        A parameter is missing or wrong.
    """
    ra = _required(number(values, "RA", 0.0, 360.0), "RA")
    dec = _required(number(values, "DEC", -90.0, 90.0), "DEC")
    radius = _required(number(values, "SR", 0.0, 180.0), "SR")
    selection = Selection()
    if radius == 0.0:
        selection.add("1 = 0", ra=ra, dec=dec)
    else:
        _within(selection, (ra, dec), radius)
    return selection


def form(values: Mapping[str, object], resolve: Resolver) -> Selection:
    """Return what a form asks for.

    Parameters
    ----------
    values
        What was written into it, by name; what is missing, None or empty does not count.
        ``position``, ``radius`` (deg), ``match`` (``field`` or ``pointing``), ``target``,
        ``time_from`` and ``time_to`` (UTC), ``energy_from`` and ``energy_to`` (TeV),
        ``exposure`` (min), ``site``, ``collection``, ``obs_mode``, ``public_only``,
        ``observed_only``.
    resolve
        Called for a position that is not written as coordinates.

    Raises
    ------
    InputError
        A parameter is wrong.
    """
    selection = Selection()
    _position(selection, values, resolve)
    if target := text(values, "target"):
        selection.add("strpos(lower(target_name), lower(%(target)s)) > 0", target=target)
    _range(
        selection,
        ("time_from", moment(values, "time_from"), "t_max >= %(time_from)s"),
        ("time_to", moment(values, "time_to", end_of_day=True), "t_min <= %(time_to)s"),
    )
    _range(
        selection,
        ("energy_from", _energy(values, "energy_from"), "energy_max >= %(energy_from)s"),
        ("energy_to", _energy(values, "energy_to"), "energy_min <= %(energy_to)s"),
    )
    if exposure := number(values, "exposure", 0.0, math.inf):
        selection.add("t_exptime >= %(exposure)s", exposure=exposure * _SECONDS_PER_MINUTE)
    for name, column in _CHOICES:
        if chosen := text(values, name):
            selection.add(f"{column} = %({name})s", **{name: chosen})
    if values.get("public_only"):
        selection.add("data_rights = 'public'")
    if values.get("observed_only"):
        selection.add("NOT simulated")
    return selection


def target_position(connection: Any, name: str) -> tuple[float, float] | None:
    """Return where a target of this archive is (ICRS, deg); None where there is none.

    Parameters
    ----------
    connection
        To the database.
    name
        Of the target; upper and lower case and blanks do not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT target_ra, target_dec FROM cta.observation"
            " WHERE lower(replace(target_name, ' ', '')) = lower(replace(%(name)s, ' ', ''))"
            " AND target_ra IS NOT NULL AND target_dec IS NOT NULL"
            " ORDER BY t_start DESC LIMIT 1",
            {"name": name},
        )
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])


def _position(selection: Selection, values: Mapping[str, object], resolve: Resolver) -> None:
    given = text(values, "position")
    radius = number(values, "radius", 0.0, 180.0)
    pointing = (text(values, "match") or "field") == "pointing"
    if given is None:
        if radius:
            raise InputError("position", "a radius needs a position or a name to go with it")
        return
    if pointing and not radius:
        raise InputError("radius", "how far may the pointing be from the position, in degrees?")
    where = coordinates(given, "position") or resolve(given)
    _within(selection, where, radius or 0.0, pointing)


def _within(
    selection: Selection, position: tuple[float, float], radius: float, pointing: bool = False
) -> None:
    ra, dec = position
    if radius > _LARGEST_CIRCLE:
        condition = _FAR if pointing else f"{_FAR} + COALESCE(s_fov, 0) / 2"
    else:
        condition = _NEAR if pointing else _SEEN
    selection.add(condition, ra=ra, dec=dec, radius=radius)


def _range(selection: Selection, *limits: tuple[str, float | None, str]) -> None:
    (lower_name, lower, _), (upper_name, upper, _) = limits
    if lower is not None and upper is not None and lower > upper:
        raise InputError(upper_name, f"is less than {lower_name}")
    for name, value, condition in limits:
        if value is not None:
            selection.add(condition, **{name: value})


def _energy(values: Mapping[str, object], name: str) -> float | None:
    given = number(values, name, 0.0, math.inf)
    return None if given is None else given * EV_PER_TEV


def _required(value: float | None, name: str) -> float:
    if value is None:
        raise InputError(name, "is missing; a cone search needs RA, DEC and SR in degrees")
    return value

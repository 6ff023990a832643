"""What a dataset's own parameters of a cut can reach: the VALUES of its descriptor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iact.dl3.frames import FIELD_VERTICES, circumscribed_polygon
from iact.dl3.header import as_number
from iact.dl3.units import EV_PER_TEV
from iact.dl3.utc import utc_of_tt

#: Steps of a limit in time, of nearly a millisecond, in a day.
_TICKS = 1e8


@dataclass(frozen=True)
class Limits:
    """The VALUES of a PARAM, as texts ready for a document; empty where there is none.

    Parameters
    ----------
    minimum, maximum
        ``value`` of MIN and MAX. For CIRCLE and POLYGON there is a MAX only, the region
        that covers the dataset (SODA 1.0, section 4.1).
    options
        ``value`` of each OPTION.
    """

    minimum: str = ""
    maximum: str = ""
    options: tuple[str, ...] = ()


def limits(row: Mapping[str, object], kinds: Iterable[str]) -> dict[str, Limits]:
    """Return the limits of a dataset's parameters, by the parameter's name.

    Parameters
    ----------
    row
        Of ``cta.obscore_row``: ``s_ra``, ``s_dec``, ``s_fov`` in deg, ``t_min``, ``t_max`` as
        MJD in TT, ``em_min``, ``em_max`` in m, ``energy_min``, ``energy_max`` in eV, and
        ``event_type``. What is absent or None has no limits.
    kinds
        Of the dataset's products.

    Returns
    -------
    dict
        In the units of `iact.events.parameters.PARAMETERS`; TIME in UTC. A parameter that
        is not in it has no limits that are known.
    """
    found = _of_field(*(as_number(row.get(name)) for name in ("s_ra", "s_dec", "s_fov")))
    band = [as_number(row.get(name)) for name in ("em_min", "em_max")]
    energy = [as_number(row.get(name)) for name in ("energy_min", "energy_max")]
    time = [as_number(row.get(name)) for name in ("t_min", "t_max")]
    in_tev = [None if value is None else value / EV_PER_TEV for value in energy]
    for name, ends in (("BAND", band), ("ENERGY", in_tev)):
        low, high = ends
        if low is not None and high is not None:
            found[name] = Limits(_text(low), _text(high))
    start, stop = time
    if start is not None and stop is not None:
        # Rounded outwards: who sends these limits gets all of the run.
        first = math.floor(utc_of_tt(start) * _TICKS) / _TICKS
        last = math.ceil(utc_of_tt(stop) * _TICKS) / _TICKS
        found["TIME"] = Limits(_text(first), _text(last))
    if event_type := str(row.get("event_type") or ""):
        found["EVENT_TYPE"] = Limits(options=(event_type,))
    parts = tuple(kind for kind in kinds if kind != "package")
    if parts:
        found["HDU"] = Limits(options=parts)
    return found


def _of_field(ra: float | None, dec: float | None, diameter: float | None) -> dict[str, Limits]:
    if ra is None or dec is None or diameter is None or diameter <= 0:
        return {}
    radius = diameter / 2
    circle = Limits(maximum=" ".join(_text(value) for value in (ra, dec, radius)))
    if radius >= 90:
        return {"CIRCLE": circle}
    corners = circumscribed_polygon(ra, dec, radius, FIELD_VERTICES)
    outline = " ".join(f"{value:.8f}" for value in corners.flat)
    return {"CIRCLE": circle, "POLYGON": Limits(maximum=outline)}


def _text(value: float) -> str:
    return f"{value:.15g}"

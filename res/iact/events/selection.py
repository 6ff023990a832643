"""From a request's parameters to what is selected."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iact.dl3.observation import KINDS
from iact.events.faults import Fault, usage
from iact.events.reading import (
    Interval,
    circle,
    days,
    energies,
    polygon,
    position,
    shown,
    wavelengths,
)
from iact.events.region import Region

#: Texts by parameter; names in upper case.
Values = Mapping[str, Sequence[str]]

#: What a list of events is cut by, one value at a time.
SINGLE = ("ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "ENERGY")
#: Several values of these are joined, as those of POL in SODA 1.0, section 3.3.7.
JOINED = ("EVENT_TYPE", "HDU")
#: Results that one job may have.
MAX_RESULTS = 100
_PARTS = tuple(kind for kind in KINDS if kind != "package")


@dataclass(frozen=True)
class Selection:
    """What of a dataset is wanted: all of these at once.

    Parameters
    ----------
    regions
        Directions are in each of them.
    energy
        In TeV, ends included; None where it was not asked about.
    time
        MJD in TT, ends included; None where it was not asked about.
    event_types
        One of these; all where it is empty.
    kinds
        Of `iact.dl3.observation.KINDS`: what the result has; all where it is empty.
    """

    regions: tuple[Region, ...] = ()
    energy: Interval | None = None
    time: Interval | None = None
    event_types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def wants(self, kind: str) -> bool:
        """Tell whether the result has a kind of product."""
        return not self.kinds or kind in self.kinds


def selection_of(values: Values) -> Selection:
    """Return what a request for one result selects.

    Raises
    ------
    Fault
        If a parameter is wrong.
    """
    regions: list[Region] = [circle("CIRCLE", text) for text in values.get("CIRCLE", ())]
    regions += [polygon("POLYGON", text) for text in values.get("POLYGON", ())]
    regions += [position(text) for text in values.get("POS", ())]
    bands = [energies(text) for text in values.get("ENERGY", ())]
    bands += [wavelengths(text) for text in values.get("BAND", ())]
    times = [days(text) for text in values.get("TIME", ())]
    types = tuple(text.strip() for text in values.get("EVENT_TYPE", ()))
    for text in types:
        # They are written into the header of the result, too.
        if not (text.isascii() and text.isprintable()):
            raise usage(f"EVENT_TYPE={shown(text)} is no type: those have ASCII characters only.")
    return Selection(tuple(regions), _shared(bands), _shared(times), types, _kinds(values))


def _shared(intervals: list[Interval]) -> Interval | None:
    """Return what is in all of some intervals; None where there are none."""
    if not intervals:
        return None
    return max(low for low, _ in intervals), min(high for _, high in intervals)


def _kinds(values: Values) -> tuple[str, ...]:
    wanted = tuple(text.strip().lower() for text in values.get("HDU", ()))
    for kind in wanted:
        if kind not in _PARTS:
            raise usage(f"HDU={shown(kind)} is not one of {', '.join(_PARTS)}.")
    # Events without their good times cannot be analysed.
    return (*wanted, "gti") if "events" in wanted else wanted


def single_request(values: Values) -> Values:
    """Return the values of a synchronous request, which has one result.

    Raises
    ------
    Fault
        If there is no ID, or a parameter has several values that cannot be joined.
    """
    _check(values)
    for name in SINGLE:
        if len(values.get(name, ())) > 1:
            raise Fault(
                "MultiValuedParamNotSupported",
                400,
                f"{name} has {len(values[name])} values; here it may have one. An asynchronous"
                " job (dlasync) makes a result for each.",
            )
    return values


def combined_requests(values: Values) -> list[Values]:
    """Return the requests of an asynchronous job: one for each combination of values.

    Raises
    ------
    Fault
        If there is no ID, or there are more than `MAX_RESULTS`.
    """
    _check(values)
    given = [name for name in SINGLE if values.get(name)]
    if math.prod(len(values[name]) for name in given) > MAX_RESULTS:
        raise usage(f"One job makes at most {MAX_RESULTS} results; ask for fewer combinations.")
    joined = {name: values[name] for name in JOINED if values.get(name)}
    combinations = itertools.product(*(values[name] for name in given))
    return [
        {name: [text] for name, text in zip(given, chosen, strict=True)} | joined
        for chosen in combinations
    ]


def _check(values: Values) -> None:
    for name, texts in values.items():
        if any("\0" in text for text in texts):
            raise usage(f"{name} holds a NUL character.")
    if not values.get("ID"):
        raise usage("ID is missing: the obs_publisher_did of a dataset.")

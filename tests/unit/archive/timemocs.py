"""Time MOCs taken apart, and times as astropy converts them."""

from __future__ import annotations

import warnings

import erfa
from astropy.time import Time

DAY_US = 86_400_000_000


def parsed(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Return the order of a TMOC, and its cells as (order, index) as they stand."""
    cells, order = [], -1
    for word in text.split(" "):
        head, _, index = word.rpartition("/")
        order = int(head) if head else order
        if index:
            cells.append((order, int(index)))
    return order, cells


def ranges(text: str) -> list[tuple[int, int]]:
    """Return what is covered, us since JD 0, ascending, joined where cells touch."""
    joined: list[tuple[int, int]] = []
    for order, index in parsed(text)[1]:
        joined.append((index << (61 - order), (index + 1) << (61 - order)))
    joined.sort()
    found = joined[:1]
    for start, stop in joined[1:]:
        if start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], stop)
        else:
            found.append((start, stop))
    return found


def microseconds(mjd_tt: float) -> int:
    """Return us since JD 0 in TCB as astropy converts, the geocentre for the telescope."""
    with warnings.catch_warnings():
        # Of years without known leap seconds; they do not enter from TT to TCB.
        warnings.simplefilter("ignore", erfa.ErfaWarning)
        time = Time(mjd_tt, format="mjd", scale="tt").tcb
    return round(time.jd1 * DAY_US) + round(time.jd2 * DAY_US)

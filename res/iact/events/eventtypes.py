"""Types of events: a column of the list, or the label of the list itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from iact.dl3.tables import Table
from iact.events.faults import usage
from iact.events.reading import shown

Mask = npt.NDArray[np.bool_]

_COLUMN = "EVENT_TYPE"


def of_types(events: Table, wanted: Sequence[str], label: str) -> Mask:
    """Tell which events are of one of some types.

    Parameters
    ----------
    events
        The list. Its column EVENT_TYPE has bits (GADF 0.3, "EVENTS"; the last one is number
        0, as in Fermi's lists), whole numbers, or texts.
    wanted
        Numbers of bits, values of the column, or labels of lists.
    label
        Of this list, where its observation is split into several; else empty.

    Raises
    ------
    Fault
        If the list has no types, or a type cannot be one of its column.
    """
    if label and label in wanted:
        return np.ones(events.rows, dtype=bool)
    column = events.find(_COLUMN)
    if column is None:
        if label:
            return np.zeros(events.rows, dtype=bool)
        raise usage("The dataset's events have no types; ask without EVENT_TYPE.")
    if column.code == "A":
        texts = np.char.strip(events.raw(column).view(f"S{column.width}")[:, 0])
        return np.isin(texts, [text.encode("utf-8") for text in wanted])
    numbers = [_number(text) for text in wanted if text != label]
    if column.code == "X":
        bits = np.unpackbits(events.raw(column), axis=1)[:, : column.count]
        for number in numbers:
            if number >= column.count:
                raise usage(f"{_COLUMN} has the bits 0 to {column.count - 1}, not {number}.")
        return np.asarray(bits[:, [column.count - 1 - number for number in numbers]].any(axis=1))
    return np.isin(events.scalars(_COLUMN), numbers)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise usage(f"{_COLUMN}={shown(text)} is no number of a type.")
    return int(text)

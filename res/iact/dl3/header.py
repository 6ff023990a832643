"""Values of header cards with checks, and the list of what had to be assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from iact.dl3.container import Hdu
from iact.dl3.observation import Assumption

#: Bytes that an identifier may have, as many as a file's name.
MAX_KEY_BYTES = 255


@dataclass
class Notes:
    """What was assumed while reading one file.

    Parameters
    ----------
    found
        The assumptions so far, each once.
    """

    found: list[Assumption] = field(default_factory=list)

    def add(
        self,
        topic: str,
        text: str,
        hdu: Hdu | None = None,
        keyword: str = "",
        conforming: bool = False,
    ) -> None:
        """Keep an assumption.

        Parameters
        ----------
        topic
            One of the topics of `Assumption`.
        text
            What the file says and what was taken instead.
        hdu, keyword
            Where.
        conforming
            As in `Assumption`.
        """
        note = Assumption(topic, text, hdu.label if hdu else "", keyword, conforming)
        if note not in self.found:
            self.found.append(note)


def identifier(value: object) -> str:
    """Return an OBS_ID as text: 23523, 23523.0, ' 23523 ' and '023523' are the same.

    Parameters
    ----------
    value
        Number or text; `None` gives an empty string.
    """
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value.is_integer() else ""
    said = str(value).strip()
    # Not through int, which refuses thousands of digits.
    return (said.lstrip("0") or "0") if said.isascii() and said.isdecimal() else said


def too_long(key: str) -> str:
    """Say why a text cannot be a key of the archive's tables; empty if it can.

    Parameters
    ----------
    key
        A part of a key. Rows of PostgreSQL's indexes end near 2,700 bytes, and keys have
        several parts.
    """
    size = len(key.encode())
    return (
        f"has {size} bytes; at most {MAX_KEY_BYTES} were expected" if size > MAX_KEY_BYTES else ""
    )


def as_number(value: object) -> float | None:
    """Return a finite number from a number or from text that is one, else `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def text(hdu: Hdu, keyword: str) -> str:
    """Return a card as text, empty where it is absent.

    Parameters
    ----------
    hdu, keyword
        Where to look.
    """
    value = hdu.value(keyword)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "T" if value else "F"
    return str(value).strip()


def number(hdu: Hdu, keyword: str, notes: Notes, topic: str) -> float | None:
    """Return a card as a finite number.

    Parameters
    ----------
    hdu, keyword
        Where to look.
    notes, topic
        Where a card that is there but holds no finite number is noted.

    Returns
    -------
    float or None
        `None` where the card is absent or not a finite number.
    """
    value = hdu.value(keyword)
    if value is None:
        if hdu.unreadable(keyword):
            notes.add(topic, "card cannot be parsed; ignored", hdu, keyword)
        return None
    result = as_number(value)
    if result is None:
        notes.add(topic, f"{value!r} is not a finite number; ignored", hdu, keyword)
    elif isinstance(value, str):
        notes.add(topic, f"text {value!r} instead of a number; read as one", hdu, keyword)
    return result


def required_number(hdu: Hdu, keyword: str) -> float:
    """Return a card that must hold a finite number.

    Parameters
    ----------
    hdu, keyword
        Where to look.

    Raises
    ------
    DL3Error
        If the card is absent or holds anything else.
    """
    value = hdu.value(keyword)
    result = as_number(value)
    if result is not None:
        return result
    if value is not None:
        raise hdu.error(f"needs a finite number, has {value!r}", keyword)
    if hdu.unreadable(keyword):
        raise hdu.error("card cannot be parsed; a finite number was expected", keyword)
    raise hdu.error("keyword is missing; a finite number was expected", keyword)

"""Which bytes a request wants: RFC 9110, section 14."""

from __future__ import annotations

import re

#: A single range of bytes. Digits beyond those of any size there is do not count.
_ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII)


class NotSatisfiable(Exception):
    """The range begins behind the end."""


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte that is wanted and the one behind the last.

    Parameters
    ----------
    header
        Value of ``Range``; None where the request has none.
    size
        Length of the whole, in bytes.

    Returns
    -------
    tuple of int or None
        None stands for the whole: without a range, with one that means nothing, and with
        several, which a server may take for none (section 14.2).

    Raises
    ------
    NotSatisfiable
        There is no such byte.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise NotSatisfiable()
    return start, stop


def same_version(if_range: str | None, etag: str) -> bool:
    """Tell whether ``If-Range`` lets a range be sent (section 13.1.5): no date does."""
    return if_range is None or if_range.strip() == etag

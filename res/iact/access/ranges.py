"""Parts of a file that a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re

#: Ranges of one request; more are taken for none, which the RFC allows (section 14.2).
MAX_RANGES = 100
#: Ranges with a gap that is smaller than what stands between two parts are sent as one.
_GAP = 100

_RANGE = re.compile(r"(?P<first>[0-9]*)-(?P<last>[0-9]*)")
#: Digits of a number that is beyond the end of any file.
_DIGITS = 18

Span = tuple[int, int]


def wanted(header: str, size: int) -> list[Span] | None:
    """Return offsets and lengths of the parts that a Range header asks for.

    Parameters
    ----------
    header
        The header's value.
    size
        Of the whole, in bytes.

    Returns
    -------
    list or None
        None where the header does not count, for it has another unit, is wrong or has too
        many ranges: then the whole is sent. Empty where nothing that it asks for is there.
        No byte stands in two parts, so all together are never more than the whole.
    """
    unit, separator, text = header.partition("=")
    if not separator or unit.strip().lower() != "bytes":
        return None
    found: list[Span] = []
    texts = [part for part in (part.strip(" \t") for part in text.split(",")) if part]
    if not texts or len(texts) > MAX_RANGES:
        return None
    for part in texts:
        named = _RANGE.fullmatch(part)
        if named is None or part == "-":
            return None
        first, last = (_number(named[name]) for name in ("first", "last"))
        if first is None:
            # The last bytes.
            first, stop = max(0, size - (last or 0)), size
        elif last is not None and last < first:
            return None
        else:
            stop = size if last is None else min(size, last + 1)
        if first < stop:
            found.append((first, stop))
    return _joined(found)


def _number(digits: str) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


def _joined(found: list[Span]) -> list[Span]:
    """Join ranges that overlap; return offset and length of each, in the order asked for."""
    groups: list[tuple[int, int, int]] = []
    for (first, stop), place in sorted((span, place) for place, span in enumerate(found)):
        if groups and first <= groups[-1][1] + _GAP:
            begin, end, earliest = groups[-1]
            groups[-1] = (begin, max(end, stop), min(earliest, place))
        else:
            groups.append((first, stop, place))
    groups.sort(key=lambda group: group[2])
    return [(first, stop - first) for first, stop, _ in groups]

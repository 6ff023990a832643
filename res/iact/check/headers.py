"""Header keywords against what the format says, and cards against the FITS standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from iact.check.findings import NOTE, WARNING, Finding, shown
from iact.check.opened import Section
from iact.check.specification import (
    FITS,
    IN_DRIFT,
    MANDATORY,
    NUMBER,
    OPTIONAL,
    RECOMMENDED,
    TEXT,
    UNLESS_DRIFT,
    Keyword,
    gadf,
)
from iact.dl3.container import Hdu
from iact.dl3.header import text

_DATES = ("DATE-OBS", "DATE-BEG", "DATE-AVG", "DATE-END")
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
#: Texts that writers put where they have nothing to say.
_PLACEHOLDERS = frozenset({"string", "none", "unknown", "undefined", "n/a", "???", "tbd", "todo"})
#: Keywords that may stand more than once (FITS 4.0, section 4.4.2.4).
_COMMENTARY = frozenset({"", "COMMENT", "HISTORY", "CONTINUE"})
#: Spellings that other formats use, by the keyword that is meant.
_MISSPELT = {"DATE_OBS": "DATE-OBS", "DATE_END": "DATE-END", "DATE_BEG": "DATE-BEG"}


def is_wanted(presence: str, drift: bool) -> bool:
    """Tell whether a mandatory keyword or column is mandatory here.

    Parameters
    ----------
    presence
        As in `iact.check.specification`.
    drift
        Whether the telescopes stood still.
    """
    return presence == MANDATORY or presence == (IN_DRIFT if drift else UNLESS_DRIFT)


def is_acceptable(section: Section, name: str) -> bool:
    """Tell whether a keyword is there as its format wants it, taken by itself.

    Parameters
    ----------
    section, name
        The HDU and the keyword.
    """
    keyword = section.format.keyword(name) if section.format else None
    value = section.hdu.value(name)
    if section.format is None or keyword is None or value is None:
        return False
    return not any(_check_value(section, keyword, value))


def check_keywords(section: Section) -> Iterator[Finding]:
    """Yield where a header is not what its format says.

    Parameters
    ----------
    section
        An HDU; nothing is said about one whose format GADF does not have.
    """
    if section.format is None:
        return
    drift = section.is_drift
    for keyword in section.format.keywords:
        value = section.hdu.value(keyword.name)
        if value is not None:
            yield from _check_value(section, keyword, value)
        elif is_wanted(keyword.presence, drift) or keyword.presence == RECOMMENDED:
            severity = NOTE if keyword.presence == RECOMMENDED else WARNING
            yield _finding(severity, "keyword.missing", section, keyword, "is missing")
    if section.kind == "events":
        yield from _check_frame(section)


def _check_value(section: Section, keyword: Keyword, value: object) -> Iterator[Finding]:
    severity = NOTE if keyword.presence in (OPTIONAL, RECOMMENDED) else WARNING
    if not _is_kind(keyword.kind, value):
        yield _finding(severity, "keyword.type", section, keyword, shown(value))
    elif keyword.kind == TEXT and not str(value):
        yield _finding(severity, "keyword.empty", section, keyword, "''")
    elif keyword.values and value not in (*keyword.values, *keyword.tolerated):
        same = str(value).upper() in (*keyword.values, *keyword.tolerated)
        severity = NOTE if same or not keyword.strict else WARNING
        rule = "keyword.case" if same else "keyword.value"
        yield _finding(severity, rule, section, keyword, shown(value))
    elif keyword.kind == TEXT and str(value).lower() in _PLACEHOLDERS:
        yield _finding(NOTE, "keyword.placeholder", section, keyword, f"{value!r}, a placeholder")
    elif keyword.name in _DATES and not _DATE_AND_TIME.fullmatch(str(value)):
        yield _finding(NOTE, "keyword.date", section, keyword, shown(value))


def _is_kind(kind: str, value: object) -> bool:
    if kind == TEXT:
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) if kind == NUMBER else isinstance(value, int)


def _check_frame(section: Section) -> Iterator[Finding]:
    """GADF asks for the keyword that the FITS standard has deprecated: both are best."""
    has_old, has_new = (bool(text(section.hdu, name)) for name in ("RADECSYS", "RADESYS"))
    if has_old and not has_new:
        yield Finding(
            NOTE, "keyword.deprecated", section.hdu.label, "RADECSYS", "RADECSYS alone",
            "RADESYS beside it", f"{FITS}, section 8.3",
        )  # fmt: skip
    elif has_new and not has_old:
        yield Finding(
            NOTE, "keyword.missing", section.hdu.label, "RADECSYS", "is missing",
            "RADECSYS beside RADESYS", gadf("EVENTS"),
        )  # fmt: skip


def check_cards(hdu: Hdu) -> Iterator[Finding]:
    """Yield what is wrong with the cards of any HDU.

    Parameters
    ----------
    hdu
        The HDU.
    """
    label = hdu.label
    for keyword in dict.fromkeys(hdu.header):
        if hdu.unreadable(keyword):
            yield Finding(
                WARNING, "card.unreadable", label, keyword, "card cannot be parsed",
                "a value in the form of FITS", f"{FITS}, section 4.2",
            )  # fmt: skip
    for keyword in hdu.replaced:
        yield Finding(
            WARNING, "card.characters", label, keyword, "characters that are not printable ASCII",
            "ASCII characters 32 to 126", f"{FITS}, section 3.2",
        )  # fmt: skip
    yield from _check_repeated(hdu)
    for wrong, right in _MISSPELT.items():
        if wrong in hdu.header and right not in hdu.header:
            yield Finding(
                NOTE, "keyword.name", label, wrong, f"{wrong} = {shown(hdu.value(wrong))}", right,
                f"{FITS}, section 4.4.2.2",
            )  # fmt: skip


def _check_repeated(hdu: Hdu) -> Iterator[Finding]:
    names = sorted(name for name in hdu.header if name not in _COMMENTARY)
    for name, group in groupby(names):
        count = len(list(group))
        # What cannot be parsed is a finding of its own.
        if count == 1 or hdu.unreadable(name):
            continue
        values = [hdu.header[name, number] for number in range(count)]
        severity = WARNING if any(value != values[0] for value in values) else NOTE
        yield Finding(
            severity, "keyword.repeated", hdu.label, name,
            f"stands {count} times: {', '.join(map(shown, values))}", "one card for a keyword",
            f"{FITS}, section 4.1.2.3",
        )  # fmt: skip


def _finding(severity: str, rule: str, section: Section, keyword: Keyword, found: str) -> Finding:
    assert section.format is not None
    return Finding(
        severity, rule, section.hdu.label, keyword.name, found, keyword.expected,
        section.format.document_of(keyword),
    )  # fmt: skip

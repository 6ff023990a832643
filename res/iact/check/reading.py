"""What ingestion says about a file, as findings.

Whether a file is refused, and what has to be assumed about it, is decided in `iact.dl3`
alone. Here its words get what was expected, and the document that says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from iact.check.findings import ERROR, NOTE, WARNING, Finding
from iact.check.headers import is_acceptable
from iact.check.opened import OpenedFile, Section
from iact.check.specification import ARCHIVE, FITS, gadf
from iact.dl3.classify import RESPONSES, Part
from iact.dl3.header import Notes
from iact.dl3.observation import Assumption, FileReport
from iact.dl3.responses import first_of_kind, read_responses
from iact.errors import DL3Error

#: Keywords that the structure of a file depends on.
_STRUCTURAL = ("SIMPLE", "XTENSION", "BITPIX", "NAXIS", "PCOUNT", "GCOUNT", "TFIELDS", "TFORM")
#: By an assumption's topic: its severity, what was expected where a value is there and of
#: the right type, and the document where the keyword is none of GADF's.
_TOPICS = {
    "time_scale": (WARNING, "TIMESYS in every HDU with times", gadf("Time")),
    "times": (WARNING, "times that agree with the intervals", gadf("Time")),
    "gti": (WARNING, "intervals, events and header that agree", gadf("GTI")),
    "energy_range": (WARNING, "a range of energies inside the axis", gadf("AEFF_2D")),
    # GADF has no keyword for it, and responses may begin where they like: nothing is
    # wrong with the file.
    "field_of_view": (NOTE, "responses that tell how far the field of view reaches", ARCHIVE),
    "resolution": (NOTE, "responses that reach 1 TeV", ARCHIVE),
    "frame": (WARNING, "RADECSYS and EQUINOX", gadf("EVENTS")),
    "target": (WARNING, "the target's name and true position", gadf("EVENTS")),
    "telescopes": (WARNING, "the telescopes, and their number", gadf("EVENTS")),
    "obs_mode": (WARNING, "OBS_MODE", gadf("EVENTS")),
    "responses": (WARNING, "responses here, or named by an HDU index", gadf("Data storage")),
    "identifier": (WARNING, "an identifier that is written in one way", gadf("EVENTS")),
    "livetime": (WARNING, "ONTIME, LIVETIME and DEADC that agree", gadf("EVENTS")),
    "site": (WARNING, "the true value, in the unit of the format", gadf("Earth location")),
    "index": (WARNING, "an index that agrees with the file", gadf("Data storage")),
    "header": (WARNING, "a card that can be read", f"{FITS}, section 4.1"),
}


def findings_of(report: FileReport, opened: OpenedFile | None) -> Iterator[Finding]:
    """Yield what ingestion refuses or assumes.

    Parameters
    ----------
    report
        Of `iact.dl3.read.read_file`.
    opened
        The same file; `None` if it cannot be cut into HDUs.
    """
    if report.kind == "quarantined":
        expected, document = _expected_instead(report, opened)
        yield Finding(
            ERROR, "ingestion", report.hdu, report.keyword, report.reason, expected, document
        )
    elif report.kind == "other":
        yield Finding(
            WARNING, "file.kind", "", "", "nothing that ingestion knows: nothing is published",
            "events, responses or an index, told by HDUCLASS and what follows",
            gadf("HDU classes"),
        )  # fmt: skip
    elif report.kind == "response" and opened is not None:
        yield from _unusable_responses(opened)
    if report.observation is not None:
        for note in report.observation.assumptions:
            if not note.conforming:
                yield _of_assumption(note, opened)


def _of_assumption(note: Assumption, opened: OpenedFile | None) -> Finding:
    severity, expected, document = _TOPICS[note.topic]
    section = _named(opened, note.hdu)
    said = _from_format(section, note.keyword)
    if section is not None and said is not None and note.topic != "gti":
        document = said[1]
        if not is_acceptable(section, note.keyword):
            expected = said[0]
    return Finding(
        severity, f"ingestion.{note.topic}", note.hdu, note.keyword, note.text, expected, document
    )


def _unusable_responses(opened: OpenedFile) -> Iterator[Finding]:
    """Ingestion takes a file of responses as it is; whoever needs them then fails."""
    parts = tuple(
        Part(section.kind, section.hdu) for section in opened.sections if section.kind in RESPONSES
    )
    notes = Notes()
    try:
        read_responses(first_of_kind(parts, notes), notes)
    except DL3Error as error:
        section = _named(opened, error.hdu)
        expected, document = _from_format(section, error.keyword) or _by_kind(section)
        yield Finding(
            WARNING, "response", error.hdu, error.keyword,
            f"{error.reason}; no observation can use it", expected, document,
        )  # fmt: skip
    for note in notes.found:
        yield _of_assumption(note, opened)


def _named(opened: OpenedFile | None, label: str) -> Section | None:
    """Return the HDU that messages call so."""
    sections = opened.sections if opened is not None else ()
    return next((section for section in sections if section.hdu.label == label), None)


def _expected_instead(report: FileReport, opened: OpenedFile | None) -> tuple[str, str]:
    if opened is None:
        return "a complete FITS file, plain or compressed by gzip", f"{FITS}, section 3"
    section = _named(opened, report.hdu)
    if report.keyword.startswith(_STRUCTURAL) and report.keyword != "NAXIS2":
        return "keywords that fit the data", f"{FITS}, sections 4.4.1 and 7.3.1"
    return _from_format(section, report.keyword) or _by_kind(section)


def _from_format(section: Section | None, name: str) -> tuple[str, str] | None:
    """Return what GADF expects of a keyword or column, and where; `None` if it is silent."""
    if section is None or section.format is None or not name:
        return None
    found = section.format
    keyword, column = found.keyword(name), found.column(name)
    # TIME and RAD_MAX can be both; a table's columns are what ingestion complains of.
    if column is not None:
        return column.expected, found.document
    return (keyword.expected, found.document_of(keyword)) if keyword is not None else None


def _by_kind(section: Section | None) -> tuple[str, str]:
    if section is not None and section.format is not None:
        return f"a table {section.format.name} with rows", section.format.document
    return "a file in the format of GADF", gadf("Data storage")

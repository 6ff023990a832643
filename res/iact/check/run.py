"""Going through files: what was found comes as soon as it is known."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from astropy.utils.exceptions import AstropyWarning

from iact.archive.scan import FITS_SUFFIXES, FoundFile, find_fits_files
from iact.check.columns import check_columns
from iact.check.contents import check_contents
from iact.check.findings import ERROR, NOTE, SEVERITIES, WARNING, Finding
from iact.check.headers import check_cards, check_keywords
from iact.check.indexes import Seen, check_index, seen
from iact.check.integrity import check_bytes
from iact.check.opened import OpenedFile, open_file
from iact.check.place import check_dates, check_place
from iact.check.reading import findings_of
from iact.check.specification import ARCHIVE
from iact.dl3.failures import as_dl3_error
from iact.dl3.index import IndexHint, IndexTables, read_indexes
from iact.dl3.observation import FileReport, ReadingRules
from iact.dl3.read import read_file
from iact.errors import CtaError, DL3Error

#: Rules that compare a keyword or column with a table: what ingestion says about the same
#: one is enough.
_ALSO_SAID = ("keyword.", "column.", "unit.", "card.")


@dataclass
class Summary:
    """How many files were checked, and what came of it.

    Parameters
    ----------
    files
        Number of files.
    counts
        Number of findings, by severity.
    """

    files: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEVERITIES, 0))

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.counts[finding.severity] += 1


def check_paths(paths: Sequence[Path], summary: Summary) -> Iterator[Finding]:
    """Check files, and all FITS files of folders with the indexes there.

    Parameters
    ----------
    paths
        Files and folders, as the user names them.
    summary
        Gets the number of files.

    Yields
    ------
    Finding
        File by file, sorted by path within a folder; those of the rows of a folder's
        indexes come last.

    Raises
    ------
    CtaError
        If a folder has no FITS files, before anything is checked.
    OSError
        If a folder cannot be read.
    """
    # os.path, for Path.is_dir raises where a folder above is closed.
    folders = {path: find_fits_files(path) for path in paths if os.path.isdir(path)}  # noqa: PTH112
    for path, found in folders.items():
        if not found:
            endings = ", ".join(FITS_SUFFIXES)
            raise CtaError(f"{path} has no FITS files: none of the names ends in {endings}")
    for path in paths:
        if path in folders:
            yield from _check_folder(path, folders[path], summary)
        else:
            yield from _check_alone(path, summary)


def _check_folder(root: Path, found: list[FoundFile], summary: Summary) -> Iterator[Finding]:
    indexes = read_indexes(root, [item.path for item in found if not item.problem])
    files: dict[str, Seen] = {}
    first: dict[tuple[str, ...], FileReport] = {}
    waiting: dict[str, OpenedFile] = {}
    for item in found:
        name = str(root / item.path)
        summary.files += 1
        if item.problem:
            yield Finding(
                ERROR, "ingestion", "", "", item.problem, "a file that can be read", ARCHIVE, name
            )
            continue
        checked = check_file(root, item.path, indexes)
        findings = [*checked.findings, *_check_twice(checked.report, first)]
        yield from (replace(finding, file=name) for finding in findings)
        if checked.opened is None:
            continue
        if checked.opened.of_kind("index") is not None:
            waiting[item.path] = checked.opened
        hint = indexes.hint(item.path)
        files[item.path] = seen(checked.opened, hint.obs_id if hint and hint.links else "")
    for path, opened in waiting.items():
        for finding in check_index(root, path, opened, files, whole=True):
            yield replace(finding, file=str(root / path))


def _check_twice(report: FileReport, first: dict[tuple[str, ...], FileReport]) -> Iterator[Finding]:
    """Say where another file has the same observation: only one can go in."""
    found = report.observation
    if found is None:
        return
    other = first.setdefault((found.telescop, found.obs_id, found.event_type), report)
    if other is not report:
        same = other.sha256 == report.sha256
        yield Finding(
            # No error: two collections, which only the archive knows, may both have it.
            NOTE if same else WARNING, "file.twice", "EVENTS", "OBS_ID",
            f"{found.obs_id} is also in {other.path}, with {'the same' if same else 'other'} bytes",
            "one file for an observation", ARCHIVE,
        )  # fmt: skip


def _check_alone(path: Path, summary: Summary) -> Iterator[Finding]:
    summary.files += 1
    checked = check_file(path.parent, path.name)
    findings = list(checked.findings)
    if checked.opened is not None and checked.opened.of_kind("index") is not None:
        findings.extend(check_index(path.parent, path.name, checked.opened, {}, whole=False))
    yield from (replace(finding, file=str(path)) for finding in findings)


@dataclass(frozen=True)
class CheckedFile:
    """What is known about one file.

    Parameters
    ----------
    report
        What ingestion makes of it.
    findings
        What was found, without the file's name: ingestion's words first.
    opened
        The file; `None` if it could not be cut into HDUs.
    """

    report: FileReport
    findings: tuple[Finding, ...]
    opened: OpenedFile | None


def check_file(root: Path, path: str, indexes: IndexTables | None = None) -> CheckedFile:
    """Check one file by itself.

    Parameters
    ----------
    root, path
        As for `iact.dl3.read.read_file`.
    indexes
        What the indexes below `root` say.
    """
    hint: IndexHint | None = indexes.hint(path) if indexes is not None else None
    report = read_file(root, path, _no_collection, hint)
    with warnings.catch_warnings():
        # As in read_file: what astropy warns of is a finding, or of no concern.
        warnings.simplefilter("ignore", AstropyWarning)
        warnings.filterwarnings("ignore", message="ERFA function")
        try:
            opened = open_file(root, path)
        except (OSError, DL3Error):
            # The report gives the reason.
            return CheckedFile(report, tuple(findings_of(report, None)), None)
        return CheckedFile(report, tuple(_findings(report, opened)), opened)


def _no_collection(path: str, cards: Mapping[str, object]) -> tuple[str, ReadingRules]:
    """A producer's file has to speak for itself: no collection adds anything."""
    return "", ReadingRules()


def _findings(report: FileReport, opened: OpenedFile) -> Iterator[Finding]:
    said = list(findings_of(report, opened))
    yield from said
    places = {(finding.hdu, finding.keyword) for finding in said}
    for finding in _own_rules(report, opened):
        if not finding.rule.startswith(_ALSO_SAID) or (finding.hdu, finding.keyword) not in places:
            yield finding


def _own_rules(report: FileReport, opened: OpenedFile) -> Iterator[Finding]:
    yield from _tried("bytes", check_bytes, opened)
    for section in opened.sections:
        yield from _tried("cards", check_cards, section.hdu)
        yield from _tried("keywords", check_keywords, section)
        yield from _tried("columns", check_columns, section)
    yield from _tried("contents", check_contents, opened)
    yield from _tried("dates", check_dates, opened)
    if report.observation is not None:
        yield from _tried("place", check_place, report.observation, opened)


def _tried(
    what: str, rule: Callable[..., Iterator[Finding]], *checked: object
) -> Iterator[Finding]:
    """Yield what a rule finds; a file that it cannot cope with must not end the check."""
    try:
        yield from rule(*checked)
    except Exception as exc:
        error = as_dl3_error("", exc)
        yield Finding(
            WARNING, f"check.{what}", error.hdu, error.keyword,
            f"its {what} could not be checked to the end: {error.reason}",
            f"{what} that can be read", ARCHIVE,
        )  # fmt: skip

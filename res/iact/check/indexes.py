"""Index tables against the files that they are about."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iact.check.findings import NOTE, WARNING, Finding, listed
from iact.check.gadf import HDU_CLASSES, HDU_INDEX, HDU_TYPES, OBS_INDEX
from iact.check.opened import OpenedFile, Section
from iact.check.specification import gadf
from iact.dl3.header import as_number, identifier, text
from iact.dl3.index import Row, leaves_root, target_of
from iact.dl3.tables import Table
from iact.dl3.times import TOLERANCE_S

_REFERENCE = ("MJDREFI", "MJDREFF")
#: What can be wrong with rows of an HDU index: severity, column, what is said, what was
#: expected.
_PROBLEMS = {
    "absent": (
        WARNING, "FILE_NAME", "{count} absent: {names}", "files that are there",
    ),
    "outside": (
        WARNING, "FILE_DIR", "{count} outside of the folder, where ingestion does not look:"
        " {names}", "files below the data root",
    ),
    "upwards": (
        NOTE, "FILE_DIR", "leads out of the index's folder: {names}",
        "a folder below, which stays right wherever the index goes",
    ),
    "folder": (NOTE, "FILE_DIR", "{names}", "the folder of the file"),
    "base": (
        WARNING, "BASE_DIR", "{names}, which ingestion does not follow",
        "paths relative to the index",
    ),
    "type": (NOTE, "HDU_TYPE", "{names}", f"one of {', '.join(HDU_TYPES)}"),
    "class": (NOTE, "HDU_CLASS", "{names}", f"one of {', '.join(HDU_CLASSES)}"),
    "hdu": (WARNING, "HDU_NAME", "{names}", "names of HDUs of the file"),
    "size": (WARNING, "SIZE", "{names}", "bytes of the file"),
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What the rules for indexes need of a file that was checked.

    Parameters
    ----------
    size
        Bytes on disk.
    hdus
        Names of its HDUs.
    identifiers
        OBS_IDs that it has by itself, or by an index that names it.
    header
        TSTART, TSTOP and their reference, of an event list.
    """

    size: int
    hdus: tuple[str, ...]
    identifiers: frozenset[str] = frozenset()
    header: Mapping[str, float | None] = field(default_factory=dict)


def seen(opened: OpenedFile, index_id: str) -> Seen:
    """Keep of a file what its indexes are compared with.

    Parameters
    ----------
    opened
        The file.
    index_id
        OBS_ID that an index gives it; empty if none does.
    """
    events = opened.of_kind("events")
    names = tuple(section.hdu.name for section in opened.sections)
    if events is None:
        return Seen(opened.stored.size, names)
    own = {identifier(events.hdu.value("OBS_ID")), index_id} - {""}
    words = ("TSTART", "TSTOP", *_REFERENCE)
    header = {word: as_number(events.hdu.value(word)) for word in words}
    return Seen(opened.stored.size, names, frozenset(own), header)


def check_index(
    root: Path, path: str, opened: OpenedFile, files: Mapping[str, Seen], whole: bool
) -> Iterator[Finding]:
    """Yield what is wrong with the rows of an index.

    Parameters
    ----------
    root
        The folder that is checked.
    path
        The index, POSIX, relative to `root`.
    opened
        The index.
    files
        All other files that were checked, by path.
    whole
        Whether those are all files below `root`; if not, nothing is said about what
        only they could tell.
    """
    for section in opened.sections:
        if section.table is None or section.kind != "index":
            continue
        rows = [{k.upper(): v for k, v in row.items()} for row in section.table.records()]
        if section.format is HDU_INDEX:
            yield from _check_hdu_index(root, path, section, rows, files, whole)
        elif section.format is OBS_INDEX and whole:
            yield from _check_obs_index(section.table, rows, files)


def _check_hdu_index(
    root: Path, path: str, section: Section, rows: list[Row], files: Mapping[str, Seen], whole: bool
) -> Iterator[Finding]:
    found: dict[str, dict[str, None]] = {name: {} for name in _PROBLEMS}
    for row in rows:
        for problem, what in _problems_of(root, path, row, files, whole):
            found[problem][what] = None
    if rows and not any(row.get("FILE_DIR") for row in rows):
        found["folder"]["is empty in all rows"] = None
    if section.hdu.value("BASE_DIR") is not None:
        found["base"][repr(text(section.hdu, "BASE_DIR"))] = None
    for problem, names in found.items():
        if names:
            severity, column, said, expected = _PROBLEMS[problem]
            yield Finding(
                severity, f"index.{problem}", section.hdu.label, column,
                said.format(count=len(names), names=listed(list(names))), expected,
                HDU_INDEX.document,
            )  # fmt: skip


def _problems_of(
    root: Path, path: str, row: Row, files: Mapping[str, Seen], whole: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one row: a key of `_PROBLEMS`, and the thing itself."""
    folder, target = str(row.get("FILE_DIR") or ""), target_of(path, row)
    if leaves_root(target) and whole:
        yield "outside", target
    elif ".." in folder.split("/") or target.startswith("/"):
        yield "upwards", repr(folder)
    if target and not (leaves_root(target) and whole):
        if target in files:
            yield from _compare_row(row, target, files[target])
        elif not os.path.lexists(root / target):
            yield "absent", target
    kind, class_ = (str(row.get(key) or "") for key in ("HDU_TYPE", "HDU_CLASS"))
    if kind not in HDU_TYPES:
        yield "type", repr(kind)
    elif class_ not in HDU_CLASSES:
        yield "class", repr(class_)


def _compare_row(row: Row, path: str, there: Seen) -> Iterator[tuple[str, str]]:
    name, size = str(row.get("HDU_NAME") or ""), as_number(row.get("SIZE"))
    if name and name.upper() not in {known.upper() for known in there.hdus}:
        yield "hdu", f"{path} has no {name!r}"
    if size is not None and size != there.size:
        yield "size", f"{path} has {there.size} bytes, not {size:g}"


def _check_obs_index(table: Table, rows: list[Row], files: Mapping[str, Seen]) -> Iterator[Finding]:
    label, document = table.hdu.label, OBS_INDEX.document
    known = {name: file for file in files.values() for name in file.identifiers}
    absent: dict[str, None] = {}
    late: dict[str, list[str]] = {"TSTART": [], "TSTOP": []}
    for row in rows:
        name = identifier(row.get("OBS_ID"))
        if name not in known:
            absent[name] = None
            continue
        header = known[name].header
        if any(as_number(table.hdu.value(word)) not in (None, header[word]) for word in _REFERENCE):
            continue
        for column, found in late.items():
            said, own = as_number(row.get(column)), header[column]
            if said is not None and own is not None and abs(said - own) > TOLERANCE_S:
                found.append(f"{name} is {abs(said - own):.1f} s off")
    if absent:
        yield Finding(
            WARNING, "index.absent", label, "OBS_ID",
            f"{len(absent)} without events: {listed(list(absent))}",
            "observations whose events are there", document,
        )  # fmt: skip
    for column, found in late.items():
        if found:
            yield Finding(
                WARNING, "index.times", label, column, listed(found), f"{column} of the file",
                gadf("Time"),
            )  # fmt: skip

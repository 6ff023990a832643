"""The door: one file in, one `FileReport` out, whatever the file is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from astropy.utils.exceptions import AstropyWarning

from iact.dl3.classify import RESPONSES, Part, kind_of_file, looks_like_index, parts_of
from iact.dl3.container import Hdu, split_hdus
from iact.dl3.failures import as_dl3_error
from iact.dl3.header import identifier, too_long
from iact.dl3.index import IndexHint, index_of
from iact.dl3.integrity import damage_of
from iact.dl3.observation import FileReport, ReadingRules
from iact.dl3.observe import observe
from iact.dl3.sharing import ResponseLookup, shared_file
from iact.dl3.storage import StoredFile, read_stored, uncompressed
from iact.dl3.tables import Table

#: Says to which collection a file belongs, from its path and header cards.
Chooser = Callable[[str, Mapping[str, object]], tuple[str, ReadingRules]]


def read_file(
    root: Path,
    path: str,
    choose: Chooser,
    hint: IndexHint | None = None,
    responses: ResponseLookup | None = None,
) -> FileReport:
    """Read one file.

    Nothing that is wrong with the file raises: it ends as ``quarantined`` with
    the reason, the HDU and the keyword.

    Parameters
    ----------
    root
        The data root.
    path
        The file, POSIX, relative to `root`.
    choose
        Asked, for an observation, for its collection and the collection's rules.
    hint
        What the indexes say about the file (`iact.dl3.index`).
    responses
        Reads responses that are kept in another file; by default
        `iact.dl3.sharing.shared_file`.

    Returns
    -------
    FileReport
        Its kind is one of `iact.dl3.observation.FILE_KINDS`.
    """
    report = FileReport(path, "quarantined", 0, 0, "")
    hdus: tuple[Hdu, ...] = ()
    try:
        with warnings.catch_warnings():
            # What astropy warns of is either noted here or of no concern.
            warnings.simplefilter("ignore", AstropyWarning)
            warnings.filterwarnings("ignore", message="ERFA function")
            # Numbers of damaged files overflow; what counts is checked to be finite.
            warnings.filterwarnings("ignore", message=".* encountered in ", category=RuntimeWarning)
            stored = read_stored(root, path)
            report = replace(
                report, size=stored.size, mtime_ns=stored.mtime_ns, sha256=stored.sha256
            )
            content = uncompressed(stored)
            hdus = split_hdus(path, content)
            lookup = responses or shared_file
            report = _read(root, stored, hdus, choose, hint, lookup, report)
            if report.observation is not None:
                report.observation.assumptions += damage_of(hdus, len(content))
            return report
    except Exception as exc:
        error = as_dl3_error(path, exc)
        return replace(
            report,
            obs_id=_obs_id(hdus) or _number_in_name(path),
            reason=error.reason,
            hdu=error.hdu,
            keyword=error.keyword,
        )


def _read(
    root: Path,
    stored: StoredFile,
    hdus: tuple[Hdu, ...],
    choose: Chooser,
    hint: IndexHint | None,
    lookup: ResponseLookup,
    report: FileReport,
) -> FileReport:
    """Return the report of a file that has HDUs."""
    parts = parts_of(hdus)
    kind = kind_of_file(stored.path, hdus, parts)
    if kind != "observation":
        if kind == "response":
            _check_responses(parts)
        elif kind == "index" or looks_like_index(stored.path):
            # What no observation can be told from must not pass for an index.
            index_of(stored.path, hdus)
        return replace(report, kind=kind, obs_id=_obs_id(hdus))
    collection, rules = choose(stored.path, _identifying(hdus, parts).cards())
    found = observe(root, stored, parts, rules, hint, lookup)
    return replace(report, kind=kind, collection=collection, observation=found, obs_id=found.obs_id)


def _identifying(hdus: tuple[Hdu, ...], parts: tuple[Part, ...]) -> Hdu:
    """Return the HDU whose header tells whose file it is."""
    events = [part.hdu for part in parts if part.kind == "events"]
    named = [hdu for hdu in hdus if hdu.value("TELESCOP") is not None]
    return (events or named or list(hdus))[0]


def _check_responses(parts: tuple[Part, ...]) -> None:
    for part in parts:
        if part.kind in RESPONSES and part.hdu.is_table and not Table(part.hdu).rows:
            raise part.hdu.error("has no rows", "NAXIS2")


def _obs_id(hdus: tuple[Hdu, ...]) -> str:
    """Return the first OBS_ID of a file that can be a key, for messages; else an empty text."""
    found = (identifier(hdu.value("OBS_ID")) for hdu in hdus)
    return next((name for name in found if name and not too_long(name)), "")


def _number_in_name(path: str) -> str:
    """Return the run number in a file's name, for messages; empty where it is not clear."""
    numbers = re.findall(r"\d{4,}", PurePosixPath(path).name)
    return str(int(numbers[0])) if len(numbers) == 1 else ""

"""Responses that are kept in another file than the events."""

from __future__ import annotations

import glob
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

from iact.dl3.classify import RESPONSES, Part, parts_of
from iact.dl3.container import Hdu, split_hdus
from iact.dl3.failures import as_dl3_error
from iact.dl3.header import Notes, text
from iact.dl3.index import Links, Row
from iact.dl3.observation import Assumption
from iact.dl3.responses import Responses, read_responses
from iact.dl3.storage import read_stored, uncompressed
from iact.errors import DL3Error

#: Parsed files that one process keeps; observations of a campaign share a few.
_KEPT_FILES = 16
#: Where a calibration database can stand, seen from any folder above the events:
#: <mission>/<CALDB>/bcf/<IRF>/irf_file.fits below ``data`` (OGIP CAL/GEN/92-008).
_CALDB_PLACES = ("caldb/data/*", "data/*")


@dataclass
class SharedFile:
    """A file with responses that observations share.

    Parameters
    ----------
    parts
        Its responses.
    """

    parts: tuple[Part, ...]
    _read: dict[tuple[int, ...], tuple[Responses, tuple[Assumption, ...]]] = field(
        default_factory=dict
    )

    def responses(self, chosen: dict[str, Part]) -> tuple[Responses, tuple[Assumption, ...]]:
        """Return what some of the responses say, read once, and what was assumed.

        Raises
        ------
        DL3Error
            If a response of a known format is broken.
        """
        key = tuple(sorted(part.hdu.number for part in chosen.values()))
        if key not in self._read:
            notes = Notes()
            self._read[key] = (read_responses(chosen, notes), tuple(notes.found))
        return self._read[key]


#: Returns the shared file at a path relative to a root.
ResponseLookup = Callable[[Path, str], SharedFile]


def shared_file(root: Path, path: str) -> SharedFile:
    """Return a file with responses, parsed once per process as long as it does not change.

    Parameters
    ----------
    root
        The data root.
    path
        POSIX, relative to `root`.

    Raises
    ------
    OSError
        If it cannot be read.
    DL3Error
        If it is broken, or a link that leads out of the root.
    """
    if not (root / path).resolve(strict=True).is_relative_to(root.resolve()):
        raise DL3Error(path, "a link that leads out of the data root")
    status = (root / path).stat()
    return _parse(root, path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=_KEPT_FILES)
def _parse(root: Path, path: str, size: int, mtime_ns: int) -> SharedFile:
    """Parse a file; size and time of change are there to tell versions apart."""
    hdus = split_hdus(path, uncompressed(read_stored(root, path)))
    return SharedFile(tuple(part for part in parts_of(hdus) if part.kind in RESPONSES))


def find_shared(
    root: Path,
    events: Hdu,
    own: dict[str, Part],
    links: Links,
    row: Row,
    lookup: ResponseLookup,
    notes: Notes,
) -> tuple[Responses, dict[str, Part]]:
    """Find the responses that the events file lacks, and read them.

    The hdu-index says where they are; without one, CALDB and IRF of the header or
    of the obs-index do. What cannot be found or read is noted: the events are
    no worse for it.

    Parameters
    ----------
    root
        The data root.
    events
        The event list.
    own
        HDUs of the events file by kind.
    links
        Of the hdu-index.
    row
        The observation's row of the obs-index.
    lookup
        Reads a shared file.
    notes
        Gets what was found where, or why not.

    Returns
    -------
    tuple
        What the responses say, and their HDUs by kind.
    """
    wanted = _linked(events, own, links) or _in_caldb(root, events, own, row, notes)
    found = Responses()
    parts: dict[str, Part] = {}
    for path in sorted({path for path, _ in wanted.values()}):
        names = {kind: name for kind, (at, name) in wanted.items() if at == path}
        try:
            shared = lookup(root, path)
            chosen = _choose(shared, names, path, events, notes)
            said, assumed = shared.responses(chosen)
        except Exception as exc:
            reason = as_dl3_error(path, exc)
            notes.add("responses", f"{', '.join(sorted(names))} not there: {reason}", events)
            continue
        if not chosen:
            continue
        taken = f"{', '.join(sorted(chosen))} taken from {path}"
        notes.add("responses", taken, events, conforming=True)
        notes.found.extend(note for note in assumed if note not in notes.found)
        found = found.filled(said)
        parts.update(chosen)
    return found, parts


def _linked(events: Hdu, own: dict[str, Part], links: Links) -> Links:
    return {
        kind: target
        for kind, target in links.items()
        if kind in RESPONSES and kind not in own and target[0] != events.path
    }


def _choose(
    shared: SharedFile, names: dict[str, str], path: str, events: Hdu, notes: Notes
) -> dict[str, Part]:
    """Return the HDUs with these names (in any case; an empty name means the first)."""
    chosen: dict[str, Part] = {}
    for kind, name in names.items():
        of_kind = [part for part in shared.parts if part.kind == kind]
        named = [part for part in of_kind if part.hdu.name.upper() == name.upper()]
        if named or (of_kind and not name):
            chosen[kind] = (named or of_kind)[0]
        elif name:
            notes.add("responses", f"{path} has no {kind} HDU {name!r}", events)
    return chosen


def _in_caldb(root: Path, events: Hdu, own: dict[str, Part], row: Row, notes: Notes) -> Links:
    """Look for the calibration file that CALDB and IRF name."""
    if own.keys() & set(RESPONSES):
        return {}
    caldb = text(events, "CALDB") or str(row.get("CALDB") or "")
    irf = text(events, "IRF") or str(row.get("IRF") or "")
    if not irf or "/" in caldb + irf or ".." in (caldb, irf):
        return {}
    inside = f"{glob.escape(caldb) or '*'}/bcf/{glob.escape(irf)}/irf_file.fits*"
    for folder in PurePosixPath(events.path).parents:
        for place in _CALDB_PLACES:
            hits = sorted((root / folder).glob(f"{place}/{inside}"))
            if hits:
                path = hits[0].relative_to(root).as_posix()
                return dict.fromkeys(RESPONSES, (path, ""))
    notes.add("responses", f"no file of CALDB {caldb!r}, IRF {irf!r} found", events, "IRF")
    return {}

"""Index tables: which observation a file belongs to, and where its responses are.

obs-index and hdu-index (GADF 0.3, "Data storage") may be missing, name absent
files, or say wrong things in their headers: tables are known by their columns,
and nothing here is believed against the file itself (`iact.dl3.observe`).
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from iact.dl3.classify import RESPONSES, looks_like_index, parts_of
from iact.dl3.container import Hdu, split_hdus
from iact.dl3.failures import as_dl3_error
from iact.dl3.header import identifier
from iact.dl3.storage import read_stored, uncompressed
from iact.dl3.tables import Table
from iact.errors import DL3Error

__all__ = ["IndexHint", "IndexTables", "index_of", "looks_like_index", "read_indexes"]

Row = dict[str, Any]
Links = dict[str, tuple[str, str]]

_KINDS = frozenset({"events", "gti", *RESPONSES})


@dataclass(frozen=True)
class IndexHint:
    """What the indexes say about one file.

    Parameters
    ----------
    path
        The index that names the file, relative to the data root.
    obs_id
        OBS_ID that it gives; empty where it gives several.
    obs
        The observation's row of the obs-index, by column; empty where there is none.
    links
        By kind of HDU (``aeff``...): path relative to the data root, and HDU name.
    digest
        Short hash of all of it: another digest means that the index has changed.
    contradicted
        Whether the obs-index has several rows for the observation that are not the same.
    """

    path: str
    obs_id: str
    obs: Row
    links: Links
    digest: str
    contradicted: bool = False


@dataclass
class _Group:
    """Rows of an hdu-index that belong to one observation."""

    index: str
    obs_id: str
    links: Links = field(default_factory=dict)


@dataclass
class IndexTables:
    """All index tables below a data root.

    Parameters
    ----------
    groups
        Groups of every hdu-index, by the path of the event file that they name.
    observations
        Rows of every obs-index: by its path, then by OBS_ID.
    contradicted
        By the path of an obs-index: OBS_IDs that have several rows, not all the same.
    problems
        Indexes that could not be read: path and reason.
    """

    groups: dict[str, list[_Group]] = field(default_factory=dict)
    observations: dict[str, dict[str, Row]] = field(default_factory=dict)
    contradicted: dict[str, set[str]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: IndexTables) -> None:
        """Add the tables of another file."""
        for path, groups in other.groups.items():
            self.groups.setdefault(path, []).extend(groups)
        self.observations.update(other.observations)
        self.contradicted.update(other.contradicted)

    def hint(self, path: str) -> IndexHint | None:
        """Return what the indexes say about a file.

        The index nearest in the folder tree wins, the first by path on ties.

        Parameters
        ----------
        path
            POSIX, relative to the data root.

        Returns
        -------
        IndexHint or None
            `None` if no index knows the file.
        """
        named = self.groups.get(path)
        if not named:
            return self._hint_by_name(path)
        index = min((group.index for group in named), key=lambda at: (_steps(at, path), at))
        nearest = [group for group in named if group.index == index]
        identifiers = {group.obs_id for group in nearest}
        obs_id = nearest[0].obs_id if len(identifiers) == 1 else ""
        at = self._obs_index(obs_id, index) if obs_id else ""
        return self._make_hint(index, obs_id, at, nearest[0].links if obs_id else {})

    def _obs_index(self, obs_id: str, hdu_index: str) -> str:
        """Return the obs-index that goes with an hdu-index; empty if none has the observation."""
        twin = posixpath.basename(hdu_index).lower().replace("hdu", "obs")
        having = [path for path, rows in self.observations.items() if obs_id in rows]
        return min(
            having,
            key=lambda at: (_steps(at, hdu_index), posixpath.basename(at).lower() != twin, at),
            default="",
        )

    def _make_hint(self, path: str, obs_id: str, obs_index: str, links: Links) -> IndexHint:
        row = self.observations[obs_index][obs_id] if obs_index else {}
        content = json.dumps([path, obs_id, row, links], sort_keys=True, default=str)
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        contradicted = obs_id in self.contradicted.get(obs_index, ())
        return IndexHint(path, obs_id, row, links, digest, contradicted)

    def _hint_by_name(self, path: str) -> IndexHint | None:
        """Find a file's row without an hdu-index: by a number in its name.

        The reader uses the row only if the file has the same OBS_ID.
        """
        if not self.observations:
            return None
        numbers = {str(int(digits)) for digits in re.findall(r"\d+", PurePosixPath(path).name)}
        having = [
            (index, number)
            for index, rows in self.observations.items()
            for number in sorted(numbers & rows.keys())
            if _is_below(path, posixpath.dirname(index))
        ]
        if not having:
            return None
        index, number = min(having, key=lambda item: (_steps(item[0], path), item))
        return self._make_hint(index, number, index, {})


def read_indexes(root: Path, paths: Sequence[str]) -> IndexTables:
    """Read all index files among some paths.

    Parameters
    ----------
    root
        The data root.
    paths
        POSIX, relative to `root`; those whose names do not look like an index
        are left out.

    Returns
    -------
    IndexTables
        Files that cannot be read are listed in its ``problems``; `iact.dl3.read.read_file`
        refuses them for the same reason.
    """
    tables = IndexTables()
    for path in sorted(path for path in paths if looks_like_index(path)):
        try:
            hdus = split_hdus(path, uncompressed(read_stored(root, path)))
            if not any(part.kind == "events" for part in parts_of(hdus)):
                tables.add(index_of(path, hdus))
        except Exception as exc:
            tables.problems.append((path, str(as_dl3_error(path, exc))))
    return tables


def index_of(path: str, hdus: tuple[Hdu, ...]) -> IndexTables:
    """Read the index tables of one file.

    Parameters
    ----------
    path
        The file, POSIX, relative to the data root.
    hdus
        All its HDUs. The columns of their tables, not their headers, say which index
        they are.

    Raises
    ------
    DL3Error
        If a table is broken, none has the columns of an index, or none of its rows has
        an identifier.
    """
    found = IndexTables()
    tables = [Table(hdu) for hdu in hdus if hdu.is_table]
    indexes = [table for table in tables if "OBS_ID" in table.names]
    if not indexes:
        raise DL3Error(path, "no table has a column OBS_ID: not an index, whatever it is called")
    for table in indexes:
        rows = [{name.upper(): value for name, value in row.items()} for row in table.records()]
        named = [(obs_id, row) for row in rows if (obs_id := identifier(row.get("OBS_ID")))]
        if table.rows and not named:
            raise table.hdu.error("no row has an identifier", "OBS_ID")
        if {"HDU_TYPE", "FILE_NAME"} <= table.names:
            _add_files(found, path, named)
        else:
            known = found.observations.setdefault(path, {})
            for obs_id, row in named:
                if known.setdefault(obs_id, row) != row:
                    found.contradicted.setdefault(path, set()).add(obs_id)
    return found


def _add_files(tables: IndexTables, path: str, rows: Iterable[tuple[str, Row]]) -> None:
    groups: dict[str, _Group] = {}
    for obs_id, row in rows:
        kind = str(row.get("HDU_TYPE") or "").lower()
        target = target_of(path, row)
        if kind not in _KINDS or not target or leaves_root(target):
            continue
        group = groups.setdefault(obs_id, _Group(path, obs_id))
        group.links.setdefault(kind, (target, str(row.get("HDU_NAME") or "")))
    for group in groups.values():
        if "events" in group.links:
            tables.groups.setdefault(group.links["events"][0], []).append(group)


def target_of(index: str, row: Row) -> str:
    """Return the path of the file that a row of an hdu-index names; empty if it names none.

    Parameters
    ----------
    index
        The index, POSIX, relative to the data root.
    row
        By column.

    Returns
    -------
    str
        Relative to the data root, which it may leave (`leaves_root`).
    """
    name, folder = str(row.get("FILE_NAME") or ""), str(row.get("FILE_DIR") or "")
    if not name:
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(index), folder, name))


def leaves_root(path: str) -> bool:
    """Tell whether a path of `target_of` leads out of the data root."""
    return path.startswith("/") or path == ".." or path.startswith("../")


def _steps(one: str, other: str) -> int:
    """Return how many folders lie between two files."""
    first, second = PurePosixPath(one).parent.parts, PurePosixPath(other).parent.parts
    common = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        common += 1
    return len(first) + len(second) - 2 * common


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")

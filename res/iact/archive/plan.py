"""What ingestion has to do: found files against what it has seen before."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from iact import __version__
from iact.archive.collections import CollectionSet
from iact.archive.decide import Decider
from iact.archive.ledger import KnownFile
from iact.archive.scan import FoundFile, find_fits_files
from iact.dl3.index import IndexTables, looks_like_index, read_indexes


@dataclass
class Plan:
    """What is to be done about one data root.

    Parameters
    ----------
    data_root
        Its name.
    root
        The folder.
    indexes
        What its index files say.
    found
        All files of it, by path.
    to_read
        Files to read, in the order in which they are decided.
    touched
        Files whose time has changed but not their bytes.
    unchanged
        Number of files there is nothing to do about.
    gone
        Paths that were seen once and are not there any more.
    """

    data_root: str
    root: Path
    indexes: IndexTables
    found: dict[str, FoundFile]
    to_read: list[FoundFile] = field(default_factory=list)
    touched: list[KnownFile] = field(default_factory=list)
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Contexts:
    """Digests of what files were read with, besides their own bytes.

    Parameters
    ----------
    collections
        The configuration.
    indexes
        Of the data root.
    found
        Its files, by path: a response in a file of its own is part of the context.
    """

    collections: CollectionSet
    indexes: IndexTables
    found: Mapping[str, FoundFile]

    def of(self, path: str, kind: str, collection: str, responses: Iterable[str]) -> str:
        """Return the digest for a file.

        It changes when the collection's configuration, the index entry, a shared
        response file or the version of this package does: then the file is read again.

        Parameters
        ----------
        path, kind
            The file, and what it turned out to be.
        collection
            Its collection; empty where it has none.
        responses
            Other files that its responses were taken from.
        """
        parts = [__version__]
        if kind not in ("response", "index", "other"):
            parts.append(self.collections.digest_for(collection))
        hint = self.indexes.hint(path)
        named = {location[0] for location in hint.links.values()} if hint else set()
        parts.append(hint.digest if hint else "")
        for other in sorted(named.union(responses) - {path}):
            shared = self.found.get(other)
            parts.append(f"{other} {shared.size} {shared.mtime_ns}" if shared else other)
        return _digest(tuple(parts))


@lru_cache(maxsize=64)
def _digest(parts: tuple[str, ...]) -> str:
    # Kept, for most files of a collection have the same.
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def make_plan(
    data_root: str,
    root: Path,
    known: Mapping[str, KnownFile],
    collections: CollectionSet,
    verify: bool = False,
    reread: bool = False,
) -> Plan:
    """Compare a data root with what has been seen of it.

    Parameters
    ----------
    data_root, root
        Name and folder.
    known
        What has been seen of it, by path.
    collections
        The configuration.
    verify
        Compare checksums of all files, not only of those whose time has changed.
    reread
        Read all files again.

    Raises
    ------
    OSError
        If the folder cannot be read, or is empty though files were read from it.
    """
    found = {item.path: item for item in find_fits_files(root)}
    if known and not found:
        raise OSError(
            errno.ENODATA,
            f"it is empty, but {len(known)} files were read from it; mount its disk, or take"
            " it out of the archive with `bin/cta forget`",
        )
    readable = [item.path for item in found.values() if not item.problem]
    indexes = read_indexes(root, [path for path in readable if looks_like_index(path)])
    plan = Plan(data_root, root, indexes, found)
    contexts = Contexts(collections, indexes, found)
    for item in found.values():
        old = known.get(item.path)
        if old is None or reread or not _same(item, old, contexts):
            plan.to_read.append(item)
        elif item.problem or (not verify and item.mtime_ns == old.mtime_ns):
            plan.unchanged += 1
        elif _checksum_or_none(root / item.path) != old.sha256:
            plan.to_read.append(item)
        else:
            plan.unchanged += 1
            if item.mtime_ns != old.mtime_ns:
                plan.touched.append(replace(old, mtime_ns=item.mtime_ns))
    closed = tuple(item.path + "/" for item in found.values() if item.is_folder)
    plan.gone = [path for path in sorted(set(known) - set(found)) if not path.startswith(closed)]
    return plan


def _same(item: FoundFile, old: KnownFile, contexts: Contexts) -> bool:
    if item.problem:
        return old.kind == "quarantined" and not old.sha256
    # What could not be read at all is tried every time: a chmod changes neither size
    # nor time.
    return (
        old.sha256 != ""
        and item.size == old.size
        and old.context == contexts.of(item.path, old.kind, old.collection, old.responses)
    )


def look_again(
    plan: Plan,
    known: Mapping[str, KnownFile],
    waiting: Iterable[str],
    decider: Decider,
) -> None:
    """Add files whose observation is not in, and may be free now.

    They stood back behind others, or others took over from them.

    Parameters
    ----------
    plan
        Its files to read are added to.
    known
        What has been seen of the data root, by path.
    waiting
        Files with an observation that is not taken from them.
    decider
        Asked which observations are free.
    """
    reading = {item.path for item in plan.to_read}
    again = [
        plan.found[path]
        for path in waiting
        if path in plan.found
        and path not in reading
        and decider.is_free(known[path].collection, known[path].obs_id, reading)
    ]
    plan.unchanged -= len(again)
    plan.to_read = sorted(plan.to_read + again, key=lambda item: item.path)


def checksum(path: Path) -> str:
    """Return the SHA-256 digest of a file, hexadecimal.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _checksum_or_none(path: Path) -> str | None:
    """Return a file's checksum; None where the reader is to say why it has none."""
    try:
        return checksum(path)
    except OSError:
        # Closed, or gone since the folder was looked at: no reason to leave the others out.
        return None


def total_size(items: Iterable[FoundFile]) -> int:
    """Return the bytes of some files."""
    return sum(item.size for item in items)

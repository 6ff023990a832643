"""Ingestion: from the files of the data roots to rows, each file all or nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iact.archive import ledger, schemachange, visibility
from iact.archive.collections import CollectionSet
from iact.archive.decide import Decider
from iact.archive.parallel import ordered_map
from iact.archive.plan import Plan, look_again, make_plan, total_size
from iact.archive.scan import FoundFile
from iact.archive.site import FITS_MEDIA_TYPE
from iact.archive.writer import Writer
from iact.dl3.index import IndexTables
from iact.dl3.observation import FileReport
from iact.dl3.read import read_file
from iact.errors import CtaError


@dataclass(frozen=True)
class Options:
    """How to ingest.

    Parameters
    ----------
    jobs
        Processes that read files.
    verify
        Compare checksums of all files, not only of those whose time has changed.
    reread
        Read all files again.
    prune
        Remove what came from files that are gone.
    only
        Names of the data roots to read; None: all. The others keep what is theirs.
    media_type
        With which the server sends products.
    """

    jobs: int = 1
    verify: bool = False
    reread: bool = False
    prune: bool = False
    only: Collection[str] | None = None
    media_type: str = FITS_MEDIA_TYPE


@dataclass
class Summary:
    """What became of the files, for people and for the exit code.

    Parameters
    ----------
    counts
        Number of files read, by what they turned out to be (see cta.source_file).
    unchanged
        Files that there was nothing to do about.
    quarantined
        Data root, path, place in the file and reason of files quarantined now.
    missing
        Files that are gone, whose observations stay without `Options.prune`.
    removed
        Files that are gone and were removed.
    """

    counts: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    quarantined: list[tuple[str, str, str, str]] = field(default_factory=list)
    missing: int = 0
    removed: int = 0

    def add(self, plan: Plan, writer: Writer, pruned: bool) -> None:
        """Count one data root."""
        self.removed += len(plan.gone) if pruned else 0
        self.missing += 0 if pruned else len(plan.gone)
        self.unchanged += plan.unchanged
        for kind, number in writer.counts.items():
            if number:
                self.counts[kind] = self.counts.get(kind, 0) + number
        self.quarantined.extend(writer.quarantined)


class Progress:
    """Told about the course of an ingestion; this one keeps silent."""

    def begin(self, data_root: str, files: int, size: int) -> None:
        """So many files with so many bytes are to be read."""

    def advance(self, size: int) -> None:
        """One more file of so many bytes is done."""

    def end(self) -> None:
        """The data root is done."""


def ingest(
    connection: Any,
    roots: Mapping[str, Path],
    collections: CollectionSet,
    authority: str,
    options: Options,
    progress: Progress,
    commit: Callable[[], None] | None = None,
) -> Summary:
    """Bring the archive up to date with its data roots.

    Parameters
    ----------
    connection
        A psycopg2 connection of a role that may write to schema cta; it holds the lock of
        `iact.archive.lock`.
    roots
        Folders of all registered data roots by their names, in the order in which they are
        decided. Observations of a root that is not among them may be taken over.
    collections
        The configuration.
    authority
        The archive's IVOA authority identifier.
    options, progress
        How to do it, and whom to tell.
    commit
        Called after each batch of files; None where the caller wants one transaction for
        all and commits it.

    Raises
    ------
    CtaError
        If a folder cannot be read (the others have been by then), or queries do not let what
        hides observations be made.
    psycopg2.OperationalError
        If the database goes away.
    """
    with connection.cursor() as cursor:
        # Nothing goes in that is to be hidden where nothing would hide it.
        if schemachange.hide(cursor) and commit is not None:
            # Queries must not wait until the first files are read.
            commit()
        visibility.settle(cursor)
    summary = Summary()
    owners: dict[ledger.Key, ledger.Owner] | None = None
    unreadable: list[str] = []
    for data_root, root in roots.items():
        if options.only is not None and data_root not in options.only:
            continue
        known = ledger.known_files(connection, data_root)
        try:
            plan = make_plan(data_root, root, known, collections, options.verify, options.reread)
        except OSError as error:
            # A disk that is away must not keep the files of the others out.
            unreadable.append(
                f"{root}: the data root cannot be read: {error.strerror}. Bring it back, or let"
                f" `bin/cta forget {data_root}` remove what came from it"
            )
            continue
        writer = Writer(
            connection, plan, collections, authority, commit or _leave_open, options.media_type
        )
        writer.names()
        writer.touch(plan.touched)
        waiting = ledger.waiting_files(connection, data_root)
        if plan.to_read or plan.gone or waiting:
            # Where all is as it was, nobody need know whose each observation is.
            owners = ledger.owners(connection) if owners is None else owners
            decider = Decider(data_root, owners, roots, set(plan.gone))
            look_again(plan, known, waiting, decider)
            _settle(plan, collections, options, decider, writer, progress)
        summary.add(plan, writer, options.prune)
    if unreadable:
        others = " All other data roots were read." if len(roots) > len(unreadable) else ""
        raise CtaError("; ".join(unreadable) + "." + others)
    return summary


def _settle(
    plan: Plan,
    collections: CollectionSet,
    options: Options,
    decider: Decider,
    writer: Writer,
    progress: Progress,
) -> None:
    """Read, decide and write what a plan has."""
    _read(plan, plan.to_read, collections, options.jobs, decider, writer, progress)
    freed = [plan.found[path] for path in decider.freed()]
    if freed:
        writer.take_back([found.path for found in freed])
        _read(plan, freed, collections, options.jobs, decider, writer, progress)
    decider.settle()
    writer.flush()
    if options.prune:
        # Last, when what was only moved has been taken over by the file in the new place:
        # before, it would be away until that is read.
        writer.prune(plan.gone)
        decider.forget(plan.gone)


def _leave_open() -> None:
    """Commit nothing."""


def _read(
    plan: Plan,
    files: list[FoundFile],
    collections: CollectionSet,
    jobs: int,
    decider: Decider,
    writer: Writer,
    progress: Progress,
) -> None:
    progress.begin(plan.data_root, len(files), total_size(files))
    job = functools.partial(_report, plan.root, collections, plan.indexes)
    reports = ordered_map(job, files, jobs, _killed)
    for found, report in zip(files, reports, strict=True):
        writer.add(decider.decide(report))
        progress.advance(found.size)
    progress.end()


def _killed(found: FoundFile) -> FileReport:
    return FileReport(
        found.path,
        "quarantined",
        found.size,
        found.mtime_ns,
        "",
        reason="reading it killed the process that did; was there not enough memory?",
    )


def _report(
    root: Path, collections: CollectionSet, indexes: IndexTables, found: FoundFile
) -> FileReport:
    """Read one file; runs in a worker."""
    if found.problem:
        return FileReport(
            found.path, "quarantined", found.size, found.mtime_ns, "", reason=found.problem
        )
    return read_file(root, found.path, collections.rules, indexes.hint(found.path))

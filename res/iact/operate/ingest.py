"""``bin/cta ingest``: bring the archive up to date with a folder."""

from __future__ import annotations

import argparse
import os
import sys

from iact.archive import load, lock
from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.ingest import Options, Summary, ingest
from iact.archive.rootchanges import add_data_root, remove_data_root
from iact.archive.scan import FITS_SUFFIXES
from iact.archive.simulations import SIMULATED_ROWS
from iact.archive.site import SiteConfig
from iact.archive.visibility import HIDDEN_ROWS
from iact.errors import CtaError, printable
from iact.operate import registry
from iact.operate.arguments import FILE_CLASSES
from iact.operate.database import check_authority, connect, quarantined_files
from iact.operate.layout import Layout
from iact.operate.progress import ShownProgress, tell_waiting

#: Exit code where files were quarantined: the others went in.
SOME_QUARANTINED = 4

#: Quarantined files that are listed; `bin/cta files` has them all.
_LISTED = 20


def main(layout: Layout, args: argparse.Namespace) -> int:
    """Ingest a folder, or all registered ones without a folder.

    Parameters
    ----------
    layout
        Of the data centre.
    args
        ``folder`` (may be None), ``jobs``, ``verify``, ``reread``, ``prune``.

    Returns
    -------
    int
        0, or `SOME_QUARANTINED`.

    Raises
    ------
    CtaError
        The folder cannot be taken, or the database cannot be reached.
    """
    with (
        connect(layout) as connection,
        lock.held(connection, "bin/cta ingest", tell_waiting),
    ):
        # Only now: what this one waited for may have changed the list of data roots.
        site, only = _chosen(layout, args)
        check_authority(connection, site.authority)
        summary = ingest(
            connection,
            # All of them, for a folder must not take what another one has.
            site.roots,
            site_collections(layout, site),
            site.authority,
            Options(
                args.jobs or os.cpu_count() or 1,
                args.verify,
                args.reread,
                args.prune,
                only,
                site.media_type,
            ),
            ShownProgress(sys.stderr),
            connection.commit,
        )
        if summary.counts or summary.removed:
            # Statistics for the planner; autovacuum makes them later where this does not.
            with connection.cursor() as cursor:
                flat = ("obscore_row", SIMULATED_ROWS, HIDDEN_ROWS)
                tables = (*flat, "observation", "gti", "product")
                cursor.execute("ANALYZE " + ", ".join(f"cta.{table}" for table in tables))
            connection.commit()
        waiting = quarantined_files(connection) - len(summary.quarantined)
    print(table(summary, waiting))
    if summary.counts or summary.removed:
        registry.refresh(layout, _note)
    return SOME_QUARANTINED if summary.quarantined else 0


def _note(line: str) -> None:
    print(line, file=sys.stderr)


def _chosen(layout: Layout, args: argparse.Namespace) -> tuple[SiteConfig, set[str] | None]:
    """Return the configuration and which of its data roots to read; None for all."""
    if args.folder is None:
        site = SiteConfig.load(layout.site_config)
        if not site.data_roots:
            raise CtaError("There are no data roots yet; name a folder: `bin/cta ingest FOLDER`.")
        return site, None
    site = add_data_root(layout.site_config, args.folder)
    root = site.root_of(args.folder)
    if root is None:
        raise CtaError(f"{args.folder} is not in the list of data roots; run this again.")
    if root.path != args.folder.resolve():
        print(
            f"{args.folder} lies in the data root {root.path}, which is read as a whole.",
            file=sys.stderr,
        )
    return site, {root.name}


def forget(layout: Layout, args: argparse.Namespace) -> int:
    """Remove what came from a data root, and the root from the list.

    Parameters
    ----------
    layout
        Of the data centre.
    args
        ``folder``: the data root's name or folder.

    Raises
    ------
    CtaError
        There is no such data root, neither in the list nor in the tables.
    """
    with (
        connect(layout) as connection,
        lock.held(connection, "bin/cta forget", tell_waiting),
        connection.cursor() as cursor,
    ):
        site = SiteConfig.load(layout.site_config)
        named = [root for root in site.data_roots if args.folder in (root.name, str(root.path))]
        name = named[0].name if named else args.folder
        files = load.forget_data_root(cursor, name)
        if not named and not files:
            known = ", ".join(f"{root.name} ({root.path})" for root in site.data_roots)
            raise CtaError(f"There is no data root {args.folder}; there are: {known or 'none'}.")
        load.sweep_names(cursor)
        if named:
            remove_data_root(layout.site_config, name)
        connection.commit()
    registry.refresh(layout, _note)
    print(f"Removed what came from {files} files of {name}. The files themselves are untouched.")
    return 0


def site_collections(layout: Layout, site: SiteConfig) -> CollectionSet:
    """Return the ready-made collections and the operator's own in ``VAR/etc/instruments``."""
    return CollectionSet.load(INSTRUMENTS, layout.instruments, default_rights=site.default_rights)


def table(summary: Summary, waiting: int = 0) -> str:
    """Return what became of the files, as a table for people.

    Parameters
    ----------
    summary
        Of this run.
    waiting
        Number of files that earlier runs quarantined and that have not changed.
    """
    lines = [f"{kind:<12} {summary.counts.get(kind, 0):>8}" for kind in FILE_CLASSES]
    lines.append(f"{'unchanged':<12} {summary.unchanged:>8}")
    if summary.removed:
        lines.append(f"{'removed':<12} {summary.removed:>8}")
    if summary.missing:
        lines.append(f"{'missing':<12} {summary.missing:>8}  (remove them with --prune)")
    if not summary.unchanged and not any(summary.counts.values()):
        lines.append("")
        lines.append(f"There is no FITS file (named {', '.join(FITS_SUFFIXES[:4])}...) to read.")
    if summary.quarantined:
        lines.append("")
        lines.append("Quarantined:")
        lines.extend(
            # Names and values of files may hold anything, a terminal's commands too.
            f"  {printable(f'{path}{place}: {reason}')}"
            for _root, path, place, reason in summary.quarantined[:_LISTED]
        )
        more = len(summary.quarantined) - _LISTED
        if more > 0:
            lines.append(f"  and {more} more; `bin/cta files --class quarantined` lists them.")
    if waiting > 0:
        lines.append("")
        lines.append(
            f"In quarantine since an earlier run: {waiting};"
            " `bin/cta files --class quarantined` says why."
        )
    return "\n".join(lines)

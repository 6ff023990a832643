"""``bin/cta previews``: draw the pictures of event lists before anybody asks for them."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from iact.access.previews import Pictured, pictured
from iact.archive.parallel import ordered_map
from iact.archive.site import SiteConfig
from iact.errors import CtaError, DL3Error, printable
from iact.operate.database import connect
from iact.operate.layout import Layout
from iact.operate.progress import ShownProgress
from iact.preview import stored

#: Exit code where there are files without previews, as where ``ingest`` refuses files.
SOME_FAILED = 4


def main(layout: Layout, args: argparse.Namespace) -> int:
    """Draw what is missing, and remove what nothing in the archive has any more.

    Parameters
    ----------
    layout
        Of the data centre.
    args
        ``folder``: name or folder of the data root whose pictures are wanted; None for all.
        ``jobs``: number of processes; None for one a core.

    Returns
    -------
    int
        0, or `SOME_FAILED`.

    Raises
    ------
    CtaError
        There is no such data root, the database cannot be reached, or matplotlib is missing.
    """
    roots = SiteConfig.load(layout.site_config).roots
    chosen = _chosen(roots, args.folder)
    with connect(layout) as connection:
        everything = list(pictured(connection, roots))
    removed = stored.sweep(layout.previews, {item.source.key for item in everything})
    wanted = [item for item in everything if item.data_root in chosen]
    missing = [item for item in wanted if not stored.are_made(layout.previews, item.source)]
    # From here on: nothing of it is needed where nothing is missing.
    failures = _draw(layout, missing, args.jobs or os.cpu_count() or 1) if missing else []
    for failure in failures:
        print(f"No preview: {printable(failure)}", file=sys.stderr)
    print(f"{'drawn':<12} {len(missing) - len(failures):>8}")
    print(f"{'unchanged':<12} {len(wanted) - len(missing):>8}")
    if removed:
        print(f"{'removed':<12} {removed:>8}  (pictures of what is not in the archive any more)")
    if not failures:
        return 0
    print(f"{'failed':<12} {len(failures):>8}  (run this again when their files are right)")
    return SOME_FAILED


def _chosen(roots: Mapping[str, Path], named: str | None) -> set[str]:
    """Return the names of the data roots whose pictures are wanted."""
    if named is None:
        return set(roots)
    found = {name for name, path in roots.items() if named in (name, str(path))}
    if not found:
        known = ", ".join(f"{name} ({path})" for name, path in roots.items())
        raise CtaError(f"There is no data root {named}; there are: {known or 'none'}.")
    return found


def _draw(layout: Layout, missing: list[Pictured], jobs: int) -> list[str]:
    """Draw previews; return what went wrong, a sentence for each file."""
    try:
        # Here, so that the processes have it from the start.
        import iact.preview.figures  # noqa: F401
    except ModuleNotFoundError as error:
        raise CtaError(
            f"Python's package {error.name} is missing; `bin/cta setup` installs it, or says how."
        ) from error
    progress = ShownProgress(sys.stderr)
    progress.begin("previews", len(missing), sum(item.size for item in missing))
    failures = []
    results = ordered_map(functools.partial(_attempt, layout), missing, jobs, _killed)
    for item, failure in zip(missing, results, strict=True):
        progress.advance(item.size)
        if failure:
            failures.append(failure)
    progress.end()
    return failures


def _attempt(layout: Layout, item: Pictured) -> str:
    """Draw the previews of one file; return what is wrong with it, empty if nothing is."""
    try:
        stored.make(layout.previews, item.source)
    except DL3Error as error:
        return f"{item.data_root}/{error}"
    return ""


def _killed(item: Pictured) -> str:
    return f"{item.data_root}/{item.source.path}: reading it ended its process; was memory out?"

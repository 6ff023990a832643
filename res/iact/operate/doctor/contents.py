"""Whether the files that the archive speaks of are there and can be read."""

from __future__ import annotations

import os
from collections.abc import Iterator

from iact.errors import ConfigError
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note
from iact.operate.ingest import site_collections

SAMPLE = 2000
"""Files that are looked for: of a larger archive, that many by chance."""


def collections(case: Case) -> Iterator[Finding]:
    """Read the configuration of collections, without which nothing can be ingested."""
    try:
        site_collections(case.layout, case.site)
    except ConfigError as error:
        yield fault(str(error), "Mend that file; until then bin/cta ingest ends at once.")


def data_roots(case: Case) -> Iterator[Finding]:
    """Find data roots that are away, or closed to the user who serves them."""
    for root in case.site.data_roots:
        if not root.path.is_dir():
            yield fault(
                f"The data root {root.path} is away: its files cannot be fetched.",
                f"Mount its disk; or, if it is gone for ever: bin/cta forget {root.name}",
            )
        elif not os.access(root.path, os.R_OK | os.X_OK):
            yield fault(
                f"The data root {root.path} is closed to the user who serves it.",
                f"As its owner: chmod o+rx {root.path}",
            )


def missing_files(case: Case) -> Iterator[Finding]:
    """Find observations whose file is not where it was read."""
    roots = {root.name: root.path for root in case.site.data_roots if root.path.is_dir()}
    found = case.rows(
        "SELECT data_root, path FROM cta.observation WHERE data_root = ANY(%s)"
        " ORDER BY random() LIMIT %s",
        (list(roots), SAMPLE),
    )
    gone = [roots[name] / path for name, path in found if not (roots[name] / path).is_file()]
    closed = [
        roots[name] / path
        for name, path in found
        if (roots[name] / path).is_file() and not os.access(roots[name] / path, os.R_OK)
    ]
    if gone:
        yield note(
            f"{len(gone)} of {len(found)} files that were looked for are gone, such as {gone[0]}.",
            "bin/cta ingest --prune removes what is gone from the archive.",
        )
    if closed:
        yield fault(
            f"{len(closed)} of {len(found)} files are closed to the user who serves them, such as"
            f" {closed[0]}.",
            f"As their owner: chmod o+r {closed[0]}",
        )


def quarantine(case: Case) -> Iterator[Finding]:
    """Count files that are not in the archive because something is wrong with them."""
    ((number,),) = case.rows("SELECT count(*) FROM cta.quarantine")
    if number:
        yield note(f"{number} files are in quarantine.", "bin/cta files --class quarantined")

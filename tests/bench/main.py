"""``python3 -m bench.main URL VAR OUTPUT``: measure a data centre and write the page.

``CTA_BENCH_SECTIONS`` names the sections to measure, all but ``stress`` without it, and every
one if it is ``all``; the others stay as they are in the page. ``CTA_BENCH_SHARE`` makes all
numbers smaller, to try the measuring itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.access import access
from bench.archive import CODE, Archive
from bench.cuts import cuts
from bench.discovery import discovery
from bench.ingestion import nothing_new, row_path, whole_files
from bench.region import region_form
from bench.report import Section, page
from bench.requestcost import request_cost
from bench.share import SHARE, part
from bench.size import full_archive
from bench.stress import stress

#: Files that are read; observations whose rows are loaded; files that are looked at again;
#: observations of a full archive; requests of each kind; cuts.
FILES, ROWS, IDLE_FILES = part(1000), part(5000), part(10_000)
FULL, REQUESTS, CUTS = part(500_000, 1000), part(200), part(40)

Measure = Callable[[Archive, int, Callable[[str], None]], Section]
#: In the order of the page; what comes later may find the full archive of what came before.
SECTIONS: dict[str, tuple[Measure, int]] = {
    "files": (whole_files, FILES),
    "access": (access, REQUESTS),
    "cuts": (cuts, CUTS),
    "idle": (nothing_new, IDLE_FILES),
    "region": (region_form, ROWS),
    "rows": (row_path, ROWS),
    "full": (full_archive, FULL),
    "discovery": (discovery, FULL),
    "request": (request_cost, REQUESTS),
    "stress": (stress, FULL),
}


def wanted() -> list[str]:
    """Return the sections to measure."""
    names = os.environ.get("CTA_BENCH_SECTIONS", "").replace(",", " ").split()
    if names == ["all"]:
        return list(SECTIONS)
    if unknown := set(names) - SECTIONS.keys():
        sys.exit(f"bench: no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if name in names or (not names and name != "stress")]


_START = time.monotonic()


def say(line: str) -> None:
    """Print a progress line at once, with the seconds since the start."""
    print(f"{time.monotonic() - _START:6.0f} s  {line}", flush=True)


def main() -> None:
    """Measure what is wanted and write the page."""
    url, var, output = sys.argv[1:]
    names = wanted()
    old = (CODE / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    sections: dict[str, Section] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        archive = Archive(url, Path(var), Path(work))
        for name in names:
            measure, number = SECTIONS[name]
            sections[name] = measure(archive, number, say)
            # What takes long must not lose what was measured before.
            Path(output).write_text(page(old, SECTIONS, sections), encoding="utf-8")
    for section in sections.values():
        for row in section.rows:
            # Of a small share, figures say nothing about promises.
            if not row.is_kept and SHARE == 1:
                say(f"Not kept: {row.line({'s': 1.0, 'ms': 1e3}[section.unit])}")


if __name__ == "__main__":
    main()

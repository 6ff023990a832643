"""``python3 -m bench.main URL VAR OUTPUT``: measure a data centre and write the page.

``CTA_BENCH_SHARE`` makes all numbers smaller, to try the measuring itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench.archive import Archive
from bench.ingestion import nothing_new, row_path, whole_files
from bench.region import region_form
from bench.report import page
from bench.size import full_archive

#: Files that are read; observations whose rows are loaded; files that are looked at again;
#: observations of a full archive.
FILES, ROWS, IDLE_FILES, FULL = 1000, 5000, 10_000, 500_000


def say(line: str) -> None:
    """Print a progress line at once."""
    print(line, flush=True)


def main() -> None:
    """Measure everything and write the page."""
    url, var, output = sys.argv[1:]
    share = float(os.environ.get("CTA_BENCH_SHARE") or 1)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        archive = Archive(url, Path(var), Path(work))
        sections = []
        for measure, number in (
            (whole_files, FILES),
            (nothing_new, IDLE_FILES),
            (region_form, ROWS),
            (row_path, ROWS),
            (full_archive, FULL),
        ):
            sections.append(measure(archive, round(number * share), say))
            # What takes long must not lose what was measured before.
            Path(output).write_text(page(sections), encoding="utf-8")
    lost = [row for section in sections for row in section.rows if "**no**" in row.line()]
    for row in lost:
        say(f"Not kept: {row.line()}")


if __name__ == "__main__":
    main()

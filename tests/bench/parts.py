"""``python3 -m bench.parts FOLDER``: where the time of a file goes, on one core.

Prints milliseconds a file as JSON: decompressing and checksums by themselves, reading as
a whole, and making the rows and their text for COPY.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.load import copy_text
from iact.archive.rows import observation_rows
from iact.dl3.read import read_file
from iact.dl3.storage import read_stored, uncompressed

_FILES = 200


def measure(folder: Path) -> dict[str, float]:
    """Return the milliseconds a file of each part."""
    collections = CollectionSet.load(INSTRUMENTS)
    names = [path.name for path in sorted(folder.glob("*.fits.gz"))[:_FILES]]
    stored = [read_stored(folder, name) for name in names]
    contents = [uncompressed(item) for item in stored]
    reports = [read_file(folder, name, collections.rules) for name in names]

    def checksums(number: int) -> None:
        hashlib.sha256(stored[number].content).hexdigest()
        hashlib.sha256(contents[number]).hexdigest()

    def rows(number: int) -> None:
        report = reports[number]
        made = observation_rows(
            report, collections.by_name(report.collection), "bench", "bench.unregistered"
        )
        for table in made.values():
            if table:
                copy_text(table)

    parts: dict[str, Callable[[int], Any]] = {
        "decompress": lambda number: uncompressed(stored[number]),
        "checksums": checksums,
        "read": lambda number: read_file(folder, names[number], collections.rules),
        "rows": rows,
    }
    return {name: _milliseconds(part, len(names)) for name, part in parts.items()}


def _milliseconds(part: Callable[[int], Any], number: int) -> float:
    start = time.process_time()
    for index in range(number):
        part(index)
    return 1e3 * (time.process_time() - start) / number


if __name__ == "__main__":
    # astropy's remarks on headers are no part of it.
    warnings.simplefilter("ignore")
    print(json.dumps(measure(Path(sys.argv[1]))))

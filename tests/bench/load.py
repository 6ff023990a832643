"""``python3 -m bench.load VAR FOLDER FIRST``: the operator's ingestion of synthetic runs.

Everything is the command's own but the reading of files. Prints its seconds and its
peak of memory as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import iact.archive.ingest
from bench.synthetic import SyntheticReader
from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.dl3.observation import FileReport
from iact.dl3.read import read_file
from iact.operate.cli import main
from service.simulatedruns import simulated

#: Number of the first run of a full archive.
FIRST = 1_000_000


def model() -> FileReport:
    """Read one simulated run, of which all others are variants."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "run.fits.gz").write_bytes(simulated(900001).content)
        return read_file(Path(folder), "run.fits.gz", CollectionSet.load(INSTRUMENTS).rules)


if __name__ == "__main__":
    var, folder, first = sys.argv[1:]
    iact.archive.ingest.read_file = SyntheticReader(model(), int(first))
    start = time.monotonic()
    code = main(["ingest", "--var", var, folder])
    usage = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    print(
        json.dumps(
            {"seconds": time.monotonic() - start, "parent_kib": usage[0], "worker_kib": usage[1]}
        )
    )
    sys.exit(code)

"""What DaCHS itself costs in a synchronous query, as it is and as this software runs it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

from bench.archive import CODE, Archive
from bench.report import Section
from iact.operate.layout import PYTHON, Layout

Parts = dict[str, dict[str, float]]


def request_cost(archive: Archive, number: int, say: Callable[[str], None]) -> Section:
    """Take the time of DaCHS's own parts, without the web."""
    say("Parts of a request.")
    stock, ours = _measured(archive, number, "stock"), _measured(archive, number, "ours")
    grid = [["ms"] + [f"{query}: {who}" for query in stock for who in ("stock", "ours")]]
    for part in next(iter(stock.values())):
        line = [f"{found[query][part]:.2f}" for query in stock for found in (stock, ours)]
        grid.append([part, *line])
    whole = [sum(found[query].values()) for query in stock for found in (stock, ours)]
    grid.append(["**all**", *(f"**{value:.2f}**" for value in whole)])
    return Section(
        "What DaCHS itself takes for a query",
        f"Medians of {number} synchronous queries inside one process, without HTTP: DaCHS as it is,"
        " and with what `bin/cta` has it do otherwise (no job for a synchronous query, connections"
        " used again, a better memory for the parser).",
        grid=grid,
    )


def _measured(archive: Archive, number: int, what: str) -> Parts:
    environment = Layout(archive.var).environment()
    paths = os.pathsep.join([environment["PYTHONPATH"], str(CODE / "tests")])
    done = subprocess.run(
        [PYTHON, "-P", "-s", "-m", "bench.requestparts", str(number), what],
        env=environment | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    found: Parts = json.loads(done.stdout.splitlines()[-1])
    return found

"""A package of many runs, and one file of its size."""

from __future__ import annotations

from collections.abc import Sequence

from bench.archive import Archive
from bench.clients import Asker, form_of, in_turns
from bench.discovery import processes
from bench.machine import memory_mib
from bench.memory import watched
from bench.report import Row

ROUNDS = 10
_PACKAGE = "/cta/dl/package/custom"


def one_package(archive: Archive, dids: Sequence[str], large: str) -> tuple[Row, tuple[str, str]]:
    """Compare a package with one file of its size, and see what memory it takes."""
    ours = Asker(archive.url)
    address = ours.redirection(_PACKAGE, form_of(dids))
    sizes = [len(ours(one)) for one in (address, large)]
    server, _ = processes(archive)
    before = memory_mib(server)
    with watched(lambda: memory_mib(server)) as memory:
        medians = in_turns([lambda: ours(address)], [lambda: ours(large)], ROUNDS)
    package, whole = (seconds / (size / 1e6) for seconds, size in zip(medians, sizes, strict=True))
    row = Row(
        f"package of {len(dids)} runs, {sizes[0] / 1e6:.1f} MB, each MB",
        package,
        f"one file of {sizes[1] / 1e6:.1f} MB, each MB",
        whole,
        2.0,
    )
    return row, (
        f"memory of the server before {ROUNDS} packages, and at most meanwhile",
        f"{before:.1f} MiB, {max(memory):.1f} MiB",
    )

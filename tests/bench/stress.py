"""What a query costs when the archive has ten times the rows."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.archive import Archive
from bench.clients import CELL_S, CROWDS
from bench.discovery import database_rows, filled, in_database, loaded, measure, processes, table
from bench.machine import memory_mib
from bench.multiply import multiply
from bench.queries import OURS, SEEDS, classes, seeds
from bench.report import Row, Section
from iact.operate.layout import Layout

TIMES = 10


def stress(archive: Archive, number: int, say: Callable[[str], None]) -> Section:
    """Compare queries before and after the rows are multiplied."""
    loaded(archive, number, say)
    kinds, values = classes(archive), seeds(archive)
    ours = {kind.name: filled(kind.adql, values, OURS) for kind in kinds}
    before = in_database(archive, kinds, values, ours, say)
    say(f"Making {TIMES * number} observations of {number}.")
    start = time.monotonic()
    multiply(Layout(archive.var), TIMES * number)
    took = time.monotonic() - start
    archive.sql("VACUUM (ANALYZE) cta.obscore_row", "VACUUM (ANALYZE) cta.gti")
    after = in_database(archive, kinds, values, ours, say)
    for kind in kinds:
        if kind.is_selective and before[kind.name].keys != after[kind.name].keys:
            raise RuntimeError(f"{kind.name}: the rows are not those of before.")
    own = measure("this archive", kinds, ours, archive.url, say)
    size = archive.sql("SELECT pg_size_pretty(pg_total_relation_size('cta.obscore_row'))")[0][0]
    count = archive.sql("SELECT count(*) FROM cta.obscore_row")[0][0]
    server, postgres = processes(archive)
    return Section(
        f"Discovery at {count} observations",
        f"{number} observations came in by the bulk path; PostgreSQL made the others of them in"
        f" {took / 60:.0f} minutes, with identifiers, places in the south, targets, times and"
        f" energies of their own. The {SEEDS} queries of each class are about the first, in the"
        " north, so that the selective classes have the same answers before and after (checked):"
        " what is compared is how long PostgreSQL takes for the SQL that DaCHS makes, out of more"
        " rows."
        f" Crowds of {', '.join(map(str, CROWDS))} clients then ask for {CELL_S:g} s over HTTP.",
        rows=[
            *(
                Row(f"{kind.name}: out of {count}", after[kind.name].made,
                    f"out of {number}", before[kind.name].made, 2.0)
                for kind in kinds
                if kind.is_selective
            ),
            *database_rows(after),
        ],
        grid=table(kinds, {"ours": own}),
        facts=[
            ("the table of observations with its indexes", size),
            ("memory of our server", f"{memory_mib(server):.0f} MiB"),
            ("memory of its PostgreSQL", f"{memory_mib(postgres):.0f} MiB"),
        ],
        unit="ms",
    )  # fmt: skip

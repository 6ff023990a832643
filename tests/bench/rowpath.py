"""The same rows by the archive's bulk path and by DaCHS's rowmakers.

``python3 -m bench.rowpath rows|copy VAR NUMBER FOLDER``: ``rows`` writes the rows of some
observations as a pickle for DaCHS, ``copy`` makes the same and loads them, and takes them
back; it prints the seconds of the loading as JSON. Both begin with finished rows.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from dataclasses import replace
from pathlib import Path

from bench.load import model
from bench.synthetic import COLLECTIONS, variant
from iact.archive import load
from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.ledger import KnownFile, ledger_rows
from iact.archive.rows import Rows, name_rows, observation_rows
from iact.archive.writer import BATCH
from iact.operate.database import connect
from iact.operate.layout import Layout

#: Numbers of runs that nobody else makes.
_FIRST = 5_000_000
_ROOT = "bench-rows"


def make_rows(number: int) -> list[Rows]:
    """Return the rows of each of some observations."""
    collections, read = CollectionSet.load(INSTRUMENTS), model()
    collection = collections.by_name(COLLECTIONS[0])
    made = []
    for run in range(_FIRST, _FIRST + number):
        path = f"{run}.fits.gz"
        report = replace(
            read,
            collection=collection.name,
            path=path,
            observation=variant(read.observation, run, path),
        )
        seen = KnownFile(
            _ROOT, path, "observation", 1, 1, "", "", report.collection,
            report.observation.obs_id,
        )  # fmt: skip
        made.append(
            name_rows([collection], [collections.sites[collection.site]])
            | observation_rows(report, collection, _ROOT, "bench.unregistered")
            | {"source_file": [ledger_rows(seen)]}
        )
    return made


def for_rowmakers(parts: list[Rows]) -> Rows:
    """Return the rows by table, parents first, each name once."""
    whole = load.merge(parts)
    for table, keys in load.NAME_KEYS.items():
        distinct = {tuple(row[key] for key in keys): row for row in whole.get(table, ())}
        whole[table] = list(distinct.values())
    return {table: whole[table] for table in (*load.NAME_KEYS, *load.COPY_ORDER) if table in whole}


def copy_all(layout: Layout, parts: list[Rows]) -> float:
    """Load rows as the writer does, batch by batch; return the seconds."""
    with connect(layout) as connection, connection.cursor() as cursor:
        start = time.monotonic()
        for first in range(0, len(parts), BATCH):
            rows = load.merge(parts[first : first + BATCH])
            load.upsert_names(cursor, rows)
            load.copy_rows(cursor, rows)
            connection.commit()
        seconds = time.monotonic() - start
        load.forget_data_root(cursor, _ROOT)
        connection.commit()
    return seconds


if __name__ == "__main__":
    what, var, number, folder = sys.argv[1:]
    rows = make_rows(int(number))
    if what == "rows":
        with (Path(folder) / "rows.pickle").open("wb") as stream:
            pickle.dump(for_rowmakers(rows), stream)
    else:
        print(json.dumps({"seconds": copy_all(Layout(Path(var)), rows)}))

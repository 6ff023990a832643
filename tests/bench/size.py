"""An archive of a large observatory: loading, memory, and changes while users ask."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable

from bench.archive import Archive, visitors
from bench.load import FIRST
from bench.report import Section
from bench.share import part, part_of_seconds
from bench.synthetic import make_files
from iact.archive.relations import Column, Relation
from iact.archive.schemachange import change
from iact.operate.database import connect
from iact.operate.layout import Layout

MORE = part(1000)
#: A look at the sky, as users take it.
CONE = (
    "SELECT obs_id, s_ra, s_dec, t_min FROM ivoa.obscore"
    " WHERE 1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', 83.63, 22.01, 1))"
)
AT_REST_S = part_of_seconds(10.0)


def full_archive(archive: Archive, number: int, say: Callable[[str], None]) -> Section:
    """Load many observations and change tables and views while others query."""
    say(f"Loading {number} observations.")
    folder, more = archive.work / "all", archive.work / "more"
    make_files(folder, number)
    make_files(more, MORE)
    loaded = archive.module("load", archive.var, folder, FIRST)
    again = archive.module("load", archive.var, folder, FIRST)
    facts = [
        (f"observations a second, loading {number}", f"{number / loaded['seconds']:.0f}"),
        ("memory of the ingester while loading", _mib(loaded["parent_kib"])),
        ("the same run again, nothing new", f"{again['seconds']:.1f} s"),
        ("memory of the ingester then", _mib(again["parent_kib"])),
        ("tables and indexes", archive.sql("SELECT pg_size_pretty(sum(pg_total_relation_size(oid)))"
         " FROM pg_class WHERE relnamespace = 'cta'::regnamespace AND relkind = 'r'")[0][0]),
    ]  # fmt: skip
    changes: dict[str, Callable[[], object]] = {
        "at rest": lambda: time.sleep(AT_REST_S),
        f"while {MORE} observations go in": lambda: archive.module(
            "load", archive.var, more, 3_000_000
        ),
        "while the view gets another statement": lambda: _change(archive, [], "SELECT *"),
        "while a column is added": lambda: _change(
            archive,
            [("cta.obscore_row", Column("bench_added", "real"))],
            "SELECT *, CAST(NULL AS real) AS bench_added",
        ),
        "while the view gets its old columns back": lambda: _change(archive, [], "SELECT *"),
    }
    for what, act in changes.items():
        say(f"Users' queries {what}.")
        with visitors(archive, CONE) as seconds:
            start = time.monotonic()
            act()
            took = time.monotonic() - start
        facts.append(
            (
                f"cone search {what} ({took:.1f} s): median, longest",
                f"{1e3 * statistics.median(seconds):.0f} ms, {1e3 * max(seconds):.0f} ms",
            )
        )
    archive.sql("ALTER TABLE cta.obscore_row DROP COLUMN bench_added")
    archive.cta("forget", more)
    shutil.rmtree(more)
    return Section(
        f"{number} observations",
        "Synthetic observations take the way of all others, but for the reading of files: plan,"
        " decision, rows, COPY, indexes. One user asks for a cone of 1 deg in `ivoa.obscore`"
        " all the time, over HTTP; views and tables are changed as `bin/cta setup` of a new"
        " version does.",
        facts=facts,
    )


def _change(archive: Archive, additions: list[tuple[str, Column]], select: str) -> None:
    """Change the view of users' queries, and tables below it."""
    name = "cta.vo_obscore"
    with connect(Layout(archive.var)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_viewdef(%s::regclass)", (name,))
            old = cursor.fetchone()[0].rstrip(";\n ")
            cursor.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0",
                (name,),
            )
            columns = [Column(*row) for row in cursor.fetchall()]
        connection.rollback()
        kept = [column for column in columns if column.name != "bench_added"]
        listed = ", ".join(column.name for column in kept)
        statement = f"CREATE VIEW {name} AS {select.replace('*', listed)} FROM ({old}) AS computed"
        wanted = tuple(kept + [column for _, column in additions])
        change(connection, additions, [Relation(name, wanted, statement)])


def _mib(kib: float) -> str:
    return f"{kib / 1024:.0f} MiB"

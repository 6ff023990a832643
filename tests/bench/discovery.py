"""How fast users find observations: this archive, stock DaCHS, and PostgreSQL alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.archive import Archive
from bench.clients import CELL_S, CROWDS, Cell, ask, crowd
from bench.load import FIRST
from bench.machine import memory_mib
from bench.plainsql import in_turns, made_by_dachs, rows, user_of
from bench.queries import OURS, SEEDS, STOCK, QueryClass, Seed, classes, seeds
from bench.report import Row, Section
from bench.share import part, part_of_seconds
from bench.stock import Stock
from bench.synthetic import make_files

Say = Callable[[str], None]
Crowds = dict[int, Cell]

#: Where a query takes so long that a crowd of users would wait longer, no crowd is sent.
_PATIENCE_S = 20.0
#: Rounds in which two servers take turns, where it is said that one is not slower.
_TURNS, _TURN_S = part(3), part_of_seconds(0.75)
#: Below this the difference of two servers is that of two runs of one.
_TIE = 1.05
#: Queries of a class that are compared while stock DaCHS has no index to answer them by.
_CHECKED_BARE = 2


@dataclass(frozen=True)
class InDatabase:
    """Queries of one class without DaCHS.

    Parameters
    ----------
    made, plain
        Median seconds of the SQL that DaCHS makes, and of plain SQL.
    keys
        What identifies the rows that both give, by query.
    """

    made: float
    plain: float
    keys: list[list[str]]


def loaded(archive: Archive, number: int, say: Say) -> None:
    """Have as many observations in the archive, by its bulk path.

    The index of s_region is made in the end: row by row it takes longer.
    """
    if archive.sql("SELECT count(*) FROM cta.obscore_row")[0][0] < number:
        say(f"Loading {number} observations.")
        definition = archive.sql("SELECT pg_get_indexdef('cta.obscore_row_region'::regclass)")[0][0]
        archive.sql("DROP INDEX cta.obscore_row_region")
        folder = archive.work / "all"
        make_files(folder, number)
        archive.module("load", archive.var, folder, FIRST)
        say("Making the index of s_region.")
        archive.sql(definition)
    archive.sql("VACUUM (ANALYZE) cta.obscore_row", "VACUUM (ANALYZE) cta.gti")


def discovery(archive: Archive, number: int, say: Say) -> Section:
    """Compare queries of several classes on the same rows."""
    loaded(archive, number, say)
    kinds, values = classes(archive), seeds(archive)
    ours = {kind.name: filled(kind.adql, values, OURS) for kind in kinds}
    theirs = {kind.name: filled(kind.adql, values, STOCK) for kind in kinds}
    stock = Stock(archive.work / "stock")
    say("Making stock DaCHS's data centre.")
    with stock.running():
        stock.fill(archive)
        for kind in kinds:
            _check(kind, archive.url, ours[kind.name], stock.url, theirs[kind.name], _CHECKED_BARE)
        bare = measure("stock DaCHS without indexes", kinds, theirs, stock.url, say)
        say("Making stock DaCHS's indexes.")
        stock.make_indexes()
        for kind in kinds:
            _check(kind, archive.url, ours[kind.name], stock.url, theirs[kind.name], SEEDS)
        indexed = measure("stock DaCHS with indexes", kinds, theirs, stock.url, say)
        memory = [
            (
                "memory of stock DaCHS's server, of its PostgreSQL",
                _memory(stock.server, stock.postmaster),
            )
        ]
        own = measure("this archive", kinds, ours, archive.url, say)
        memory.insert(0, ("memory of our server, of its PostgreSQL", _memory(*processes(archive))))
        say("This archive and stock DaCHS with indexes, taking turns.")
        turns = {
            kind.name: _turns(archive, ours[kind.name], stock, theirs[kind.name]) for kind in kinds
        }
    plain = in_database(archive, kinds, values, ours, say)
    return Section(
        f"Discovery at {number} observations",
        f"The same rows in this archive; in DaCHS and PostgreSQL as Debian has them, published by"
        f" `//obscore#publish` without an index (and with PostgreSQL's JIT); there with the indexes"
        f" that DaCHS's documentation names and without JIT; and in PostgreSQL alone. {SEEDS}"
        " queries of each class, of which all have given the same rows before. Crowds of"
        f" {', '.join(map(str, CROWDS))} clients ask for {CELL_S:g} s over HTTP (CSV)."
        f" Not slower is what takes at most {_TIE} times as long, in"
        f" {_TURNS} rounds that took turns. In the database runs the SQL that DaCHS makes of the"
        " ADQL, against SQL by somebody who knows the indexes: same role, same socket, connection"
        " kept. Memory is PSS after the largest crowd.",
        rows=[
            *_against_bare(kinds, own, bare),
            *(
                Row(f"{name}: one client, median", one, "stock DaCHS with indexes", other, _TIE)
                for name, (one, other) in turns.items()
            ),
            *database_rows(plain),
        ],
        grid=table(kinds, {"ours": own, "stock, no index": bare, "stock, indexes": indexed}),
        facts=memory,
        unit="ms",
    )


def in_database(
    archive: Archive,
    kinds: Sequence[QueryClass],
    values: Sequence[Seed],
    ours: Mapping[str, Sequence[str]],
    say: Say,
) -> dict[str, InDatabase]:
    """Return by class what DaCHS's SQL and plain SQL take, which give the same rows."""
    found = {}
    with user_of(archive) as cursor:
        for kind in kinds:
            say(f"In the database: {kind.name}.")
            made = [made_by_dachs(archive.url, adql) for adql in ours[kind.name]]
            plain = filled(kind.sql, values, OURS)
            keys = [_keys(rows(cursor, sql)) for sql in made]
            for one, sql in zip(keys, plain, strict=True):
                _same(kind, one, _keys(rows(cursor, sql)))
            seconds, plain_seconds = in_turns(cursor, made, plain)
            found[kind.name] = InDatabase(seconds, plain_seconds, keys)
    return found


def database_rows(found: Mapping[str, InDatabase]) -> list[Row]:
    """Return the comparisons of DaCHS's SQL with plain SQL."""
    return [
        Row(f"{name}: in the database", cost.made, "plain SQL", cost.plain, 3.0)
        for name, cost in found.items()
    ]


def filled(template: str, values: Sequence[Seed], tables: Mapping[str, str]) -> list[str]:
    """Return the queries of a class, one for each seed."""
    return [template.format(**seed, **tables) for seed in values]


def _check(
    kind: QueryClass, ours: str, our: Sequence[str], stock: str, their: Sequence[str], number: int
) -> None:
    """See that both servers give the same rows."""
    for one, other in list(zip(our, their, strict=True))[:number]:
        _same(kind, sorted(ask(ours, one)), sorted(ask(stock, other)))


def _same(kind: QueryClass, one: Sequence[object], other: Sequence[object]) -> None:
    if not one or one != other:
        raise RuntimeError(f"{kind.name}: not the same rows, or none:\n{one}\n{other}")


def _keys(found: Sequence[tuple[object, ...]]) -> list[str]:
    return sorted(" ".join(map(str, row[:2])) for row in found)


def measure(
    who: str, kinds: Sequence[QueryClass], queries: Mapping[str, Sequence[str]], url: str, say: Say
) -> dict[str, Crowds]:
    """Return by class what crowds of each size met."""
    found: dict[str, Crowds] = {}
    for kind in kinds:
        say(f"Of {who}: {kind.name}.")
        cells: Crowds = {}
        for clients in CROWDS:
            if cells and cells[1].median * clients / 2 > _PATIENCE_S:
                break
            cells[clients] = crowd(url, queries[kind.name], clients)
        found[kind.name] = cells
    return found


def _turns(
    archive: Archive, ours: Sequence[str], stock: Stock, theirs: Sequence[str]
) -> tuple[float, float]:
    """Return the median seconds of both for one client, each at its best of some rounds."""
    pairs = [
        (crowd(archive.url, ours, 1, _TURN_S).median, crowd(stock.url, theirs, 1, _TURN_S).median)
        for _ in range(_TURNS)
    ]
    one, other = zip(*pairs, strict=True)
    return min(one), min(other)


def _against_bare(
    kinds: Sequence[QueryClass], own: Mapping[str, Crowds], bare: Mapping[str, Crowds]
) -> list[Row]:
    return [
        Row(
            f"{kind.name}: a request of one client",
            1 / own[kind.name][1].rate,
            "stock DaCHS without indexes",
            1 / bare[kind.name][1].rate,
            1 / 10 if kind.is_cone else None,
        )
        for kind in kinds
    ]


def table(kinds: Sequence[QueryClass], servers: Mapping[str, dict[str, Crowds]]) -> list[list[str]]:
    """Return the table of what crowds met."""
    head = ["median / 95 % in ms, requests a second"]
    head += [f"{who}: {clients}" for who in servers for clients in CROWDS]
    return [
        head,
        *(
            [
                kind.name,
                *(_told(cells[kind.name].get(n)) for cells in servers.values() for n in CROWDS),
            ]
            for kind in kinds
        ),
    ]


def _told(cell: Cell | None) -> str:
    if cell is None:
        return f"over {_PATIENCE_S:g} s"
    return f"{1e3 * cell.median:.0f} / {1e3 * cell.p95:.0f}, {cell.rate:.1f}"


def processes(archive: Archive) -> tuple[int, int]:
    """Return the process ids of the archive's web server and of its PostgreSQL."""
    server = int((archive.var / "run" / "server.pid").read_text())
    return server, int((archive.var / "pg" / "postmaster.pid").read_text().split()[0])


def _memory(server: int, postgres: int) -> str:
    return f"{memory_mib(server):.0f} MiB, {memory_mib(postgres):.0f} MiB"

"""How fast files go in, compared with what has to be done at least."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable

from bench.archive import CODE, Archive, median
from bench.report import Row, Section
from bench.runs import make_runs
from bench.share import part
from bench.synthetic import make_files

REAL = CODE.parent / "shared" / "data" / "hess-dl3-dr1" / "data"
ROUNDS, _LOOKS = part(3), part(15)

Say = Callable[[str], None]


def whole_files(archive: Archive, files: int, say: Say) -> Section:
    """Ingest H.E.S.S.-like files, in turn with two rivals."""
    folder = archive.work / "runs"
    origin = make_runs(REAL, folder, files, say)
    seconds: dict[str, list[float]] = {"ours": [], "hash": [], "astropy": []}
    for number in range(ROUNDS):
        say(f"Whole files, round {number + 1} of {ROUNDS}.")
        for rival in ("hash", "astropy"):
            seconds[rival].append(archive.module("rivals", rival, folder)["seconds"])
        seconds["ours"].append(archive.cta("ingest", folder))
        archive.cta("forget", folder)
    say("Whole files, part by part.")
    parts = archive.module("parts", folder)
    shutil.rmtree(folder)
    rest = parts["read"] - parts["decompress"] - parts["checksums"]
    ours, hashed, read = (statistics.median(seconds[who]) for who in ("ours", "hash", "astropy"))
    what = f"`bin/cta ingest` of {files} files"
    return Section(
        "Files to rows",
        f"{files} copies of {origin}, compressed, with identifiers of their own. Ours is the whole"
        " command: start-up, finding the files, reading them on all cores, rows, indexes,"
        " statistics. The rivals' time is without their start-up, on as many processes.",
        [
            Row(what, ours, "decompress (zlib) and hash (SHA-256) the same files", hashed, 3.0),
            Row(what, ours, "read the same fields with plain astropy, no rows", read, 1 / 1.8),
        ],
        [
            ("files a second, ours", f"{files / ours:.0f}"),
            ("to read a file on one core", f"{parts['read']:.2f} ms"),
            ("of these: decompress", f"{parts['decompress']:.2f} ms"),
            ("checksums of the file and its HDUs", f"{parts['checksums']:.2f} ms"),
            ("headers, columns, times, responses", f"{rest:.2f} ms"),
            ("to make its rows, as text for COPY", f"{parts['rows']:.2f} ms"),
            (
                "for all else (PostgreSQL, processes, start-up), two cores' worth",
                f"{2e3 * ours / files - parts['read'] - parts['rows']:.2f} ms",
            ),
        ],
    )


def row_path(archive: Archive, number: int, say: Say) -> Section:
    """Load finished rows by COPY and by DaCHS's rowmakers."""
    say("Rows by COPY and by rowmakers.")
    theirs, ours = _rowmakers(archive, number, []), _copy(archive, number)
    say("The same without the index of s_region.")
    archive.sql(f"DROP INDEX cta.{_REGION}")
    drop = [f"DROP INDEX benchrows.{_REGION}"]
    bare = _rowmakers(archive, number, drop), _copy(archive, number)
    archive.sql(f"CREATE INDEX {_REGION} ON cta.obscore_row USING gist (s_region)")
    what, who = f"rows of {number} observations", "DaCHS's rowmakers"
    return Section(
        "Rows to tables",
        "Both begin with finished rows, 15 for each observation (seven of them products), and fill"
        " tables with the same columns and indexes; ours have foreign keys besides, which"
        " rowmakers' have not. The start of `dachs imp` is taken off."
        f" {100 * (ours - bare[1]) / ours:.0f} % of what ours takes is one index, that of"
        " `s_region`, which takes PostgreSQL as long whoever brings the rows; so the promise"
        " cannot be kept with it.",
        [
            Row(f"{what}, all indexes", ours, who, theirs, 1 / 5),
            Row(f"{what}, without the index of `s_region`", bare[1], who, bare[0], 1 / 5),
        ],
    )


_REGION = "obscore_row_region"


def _copy(archive: Archive, number: int) -> float:
    def once() -> float:
        return archive.module("rowpath", "copy", archive.var, number, "-")["seconds"]

    return median(once, ROUNDS)


def _rowmakers(archive: Archive, number: int, prepare: list[str]) -> float:
    """Return the seconds of `dachs imp` without its start, into tables that are there."""
    resource = archive.var / "gavo" / "inputs" / "benchrows"
    resource.mkdir()
    shutil.copyfile(CODE / "tests" / "bench" / "rowmaker.rd", resource / "q.rd")

    def imported(observations: int) -> float:
        archive.module("rowpath", "rows", archive.var, observations, resource)
        return archive.cta("dachs", "imp", "benchrows/q")

    def once() -> float:
        imported(0)
        archive.sql(*prepare)
        seconds = -imported(0) + imported(number)
        archive.cta("dachs", "drop", "benchrows/q")
        return seconds

    try:
        return median(once, ROUNDS)
    finally:
        shutil.rmtree(resource)


def nothing_new(archive: Archive, files: int, say: Say) -> Section:
    """Look again at files of which none is new."""
    say(f"Nothing new among {files} files.")
    many, one = archive.work / "many", archive.work / "one"
    for folder, number, first in ((many, files, 0), (one, 1, 900_000)):
        make_files(folder, number)
        archive.module("load", archive.var, folder, first)
    # In turn, for the difference of two commands is small beside either of them.
    rounds = [
        (
            archive.module("rivals", "list", many)["seconds"],
            archive.cta("ingest", one),
            archive.cta("ingest", many),
        )
        for _ in range(_LOOKS)
    ]
    listing, start, whole = map(statistics.median, zip(*rounds, strict=True))
    for folder in (many, one):
        archive.cta("forget", folder)
        shutil.rmtree(folder)
    return Section(
        "Nothing new",
        f"`bin/cta ingest` of {files} files that are in, without the {start:.2f} s that the"
        " same command takes with one file.",
        [Row(f"look at {files} files", whole - start,
             "list them with sizes and times (os.scandir), sorted", listing, 3.0)],
    )  # fmt: skip

"""Links, files, products and packages: this archive, stock DaCHS, and a plain script.

``python3 -m bench.access`` prints the seconds of one decision about rights, as JSON.
"""

from __future__ import annotations

import gzip
import io
import json
import statistics
import timeit
import urllib.parse
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from astropy.io import fits
from astropy.io.votable import parse_single_table

from bench.archive import CODE, Archive
from bench.clients import Asker, form_of, in_turns, seconds_of
from bench.ingestion import REAL
from bench.packages import one_package
from bench.report import Row, Section
from bench.runs import longer_run, make_runs
from bench.share import part
from bench.stock import Stock
from iact.access.decision import Identity, Rights, decide, utc_now
from service.simulatedruns import write_bytes

#: Datasets in requests for links, of which so many are stock DaCHS's too; in a package.
MANY, SOME, PACKED = part(1000, 10), part(100, 10), part(33, 3)
ROUNDS = part(10)
#: Small requests to one server that follow each other before it is the other's turn.
_TURN = 20
#: Requests for the large file: what these take differs by a half from one to the next.
_TURNS = part(60)
#: By how much documents may differ in rows.
_ALIKE = 0.01
#: Above this, something takes longer.
_TIE = 1.1
_LARGE, _SMALL = 970003, 970004
_LINKS = "/cta/dl/links/dlmeta"
_STOCK = "benchfiles"
_STOCK_LINKS = f"/{_STOCK}/q/dl/dlmeta"
#: Links that stock DaCHS makes by itself: the file, and the cut service, at once and as a job.
_STOCKS_OWN = 3

Say = Callable[[str], None]


def access(archive: Archive, number: int, say: Say) -> Section:
    """Compare what users get who have found something."""
    folder = archive.work / "access"
    origin = make_runs(REAL, folder, MANY, say)
    paths = sorted(folder.iterdir())
    packed = sum(path.stat().st_size for path in paths[:PACKED])
    large = write_bytes(folder / "large.fits", _run_of(_LARGE, packed))
    small = write_bytes(folder / "small.fits", _run_of(_SMALL, len(_by_astropy(paths[0]))))
    archive.cta("ingest", folder)
    found = _datasets(archive)
    dids, files = ([found[path.name][part] for path in paths] for part in (0, 1))
    links = _links_in(Asker(archive.url)(_one(_LINKS, dids[0])))
    stock = Stock(archive.work / "stock")
    say("Making stock DaCHS's data centre.")
    with stock.running():
        text = (CODE / "tests" / "bench" / "stockfiles.rd").read_text(encoding="utf-8")
        stock.publish(
            _STOCK, text.replace("@LINKS@", str(links - _STOCKS_OWN)), [*paths[:SOME], large]
        )
        say("Links.")
        rows, single = _links(archive, stock, dids, [path.name for path in paths[:SOME]], number)
        say("Files.")
        more, single_file = _files(archive, stock, found, paths[:SOME], large, number)
        rows += more
    say("Products.")
    rows += _products(archive, files[:SOME], paths[:SOME], found[small.name][1], number)
    say("Packages.")
    package, memory = one_package(archive, dids[:PACKED], found[large.name][1])
    rows.append(package)
    ask = Asker(archive.url)
    request = statistics.median(seconds_of(ask, files[0]) for _ in range(number))
    deciding = archive.module("access")["seconds"]
    archive.cta("forget", folder)
    return Section(
        "Access to data",
        f"{MANY} copies of {origin}, and one run as large as {PACKED} of them. Clients keep their"
        f" connection; two servers take turns, of {_TURN} requests where these are small, for the"
        " promises are of how many a second. Single requests, below, take both longer: processors"
        " have to wake up. Stock DaCHS has the same files as products,"
        " and a service of links and cuts whose documents have as many rows and parameters. Both"
        " decide about rights at each request. A product is a file of some HDUs; the script opens"
        " the run with astropy and writes the same HDUs into memory, compressed as much.",
        rows,
        [
            ("links in each document", str(links)),
            (
                f"one decision about rights, of a request for {paths[0].stat().st_size / 1e6:.1f}"
                " MB (promised: below 2 %)",
                f"{1e6 * deciding:.1f} µs, {100 * deciding / request:.3f} %",
            ),
            single,
            single_file,
            memory,
        ],
        unit="ms",
    )


def _run_of(obs_id: int, size: int) -> bytes:
    """Return a simulated run of so many bytes, nearly."""
    least = longer_run(obs_id, 1)
    row = fits.getheader(io.BytesIO(least), "EVENTS")["NAXIS1"]
    return longer_run(obs_id, (size - len(least)) // row)


def _datasets(archive: Archive) -> dict[str, tuple[str, str]]:
    """Return identifier and address of each dataset's file, by the file's name."""
    found = archive.sql(
        "SELECT p.path, e.obs_publisher_did,"
        " cta.file_url(e.obs_publisher_did, 'package', p.path)"
        " FROM cta.product AS p JOIN cta.product AS e USING (obs_collection, obs_id, event_type)"
        " WHERE p.kind = 'package' AND e.kind = 'events'"
    )
    return {path: (did, urllib.parse.urlsplit(url).path) for path, did, url in found}


def _links(
    archive: Archive, stock: Stock, dids: Sequence[str], names: Sequence[str], number: int
) -> tuple[list[Row], tuple[str, str]]:
    """Compare documents of links; return rows, and what single requests take."""
    ours, theirs = Asker(archive.url), Asker(stock.url)
    stocks = [f"ivo://bench.unregistered/~?{_STOCK}/data/{name}" for name in names]
    for many in (1, SOME):
        mine = _links_in(ours(_LINKS, form_of(dids[:many])))
        other = _links_in(theirs(_STOCK_LINKS, form_of(stocks[:many])))
        # Some runs have fewer relatives than the first.
        if abs(mine - other) > _ALIKE * other:
            raise RuntimeError(f"Of {many} datasets, ours has {mine} links, theirs {other}.")
    singly = (
        [lambda did=did: ours(_one(_LINKS, did)) for did in dids],
        [lambda did=did: theirs(_one(_STOCK_LINKS, did)) for did in stocks],
    )
    one = in_turns(*singly, number, _TURN)
    cold = in_turns(*singly, number)
    some = in_turns(
        [lambda: ours(_LINKS, form_of(dids[:SOME]))],
        [lambda: theirs(_STOCK_LINKS, form_of(stocks))],
        ROUNDS,
    )
    many, few = in_turns(
        [lambda: ours(_LINKS, form_of(dids))], [lambda: ours(_LINKS, form_of(dids[:SOME]))], ROUNDS
    )
    rows = [
        Row("links of one dataset", one[0], "stock DaCHS", one[1], 1 / 3),
        Row(f"links of {SOME} datasets", some[0], "stock DaCHS", some[1], 1 / 4),
        Row(
            f"each of {MANY} datasets", many / MANY, f"each of {SOME}, ours", few / SOME, _TIE
        ),
    ]  # fmt: skip
    return rows, _alternating("links of one dataset", cold)


def _files(
    archive: Archive,
    stock: Stock,
    found: dict[str, tuple[str, str]],
    paths: Sequence[Path],
    large: Path,
    number: int,
) -> tuple[list[Row], tuple[str, str]]:
    """Compare whole files; return rows, and what single requests take."""
    ours, theirs = Asker(archive.url), Asker(stock.url)
    rows = []
    for files, times, turn in ((paths, number, _TURN), ([large], _TURNS, 1)):
        pairs = [(found[path.name][1], f"/getproduct/{_STOCK}/data/{path.name}") for path in files]
        for path, (mine, other) in zip(files, pairs, strict=True):
            # Before the first, ours compares the file with its checksum.
            if not ours(mine) == theirs(other) == path.read_bytes():
                raise RuntimeError(f"{path} does not arrive as it is.")
        calls = (
            [lambda mine=mine: ours(mine) for mine, _ in pairs],
            [lambda other=other: theirs(other) for _, other in pairs],
        )
        medians = in_turns(*calls, times, turn)
        what = f"whole file of {files[0].stat().st_size / 1e6:.1f} MB"
        if turn > 1:
            single = _alternating(what, in_turns(*calls, times))
        rows.append(Row(what, medians[0], "stock DaCHS's getproduct", medians[1], 1 / 0.9))
    return rows, single


def _alternating(what: str, medians: tuple[float, float]) -> tuple[str, str]:
    """Say what requests take that do not follow one another."""
    mine, other = medians
    return (
        f"{what}, each request after one to the other server: ours, stock DaCHS",
        f"{1e3 * mine:.2f} ms, {1e3 * other:.2f} ms ({other / mine:.2f} times as fast)",
    )


def _products(
    archive: Archive, files: Sequence[str], paths: Sequence[Path], small: str, number: int
) -> list[Row]:
    """Ask for event lists that nobody has asked for yet, and for one of them again.

    ``small`` is the address of a whole file that has the size of the latter.
    """
    ours = Asker(archive.url)
    again, *products = (f"{address.rsplit('/', 1)[0]}/events.fits.gz" for address in files)
    # The server's first of all loads modules.
    sizes = [len(ours(one)) for one in (again, small)]
    first, script = in_turns(
        [lambda product=product: ours(product) for product in products],
        [lambda path=path: _by_astropy(path) for path in paths[1:]],
        len(products),
    )
    same, whole = in_turns([lambda: ours(again)], [lambda: ours(small)], number, _TURN)
    what = f"{sizes[0] / 1e6:.2f} MB"
    return [
        Row("events of a run, the first time", first, "astropy alone", script, 1.5),
        Row(f"events of a run, again, {what}", same, f"whole file, {sizes[1] / 1e6:.2f} MB",
            whole, _TIE),
    ]  # fmt: skip


def _by_astropy(path: Path) -> bytes:
    """Make a file of two HDUs as a script would."""
    made = io.BytesIO()
    with warnings.catch_warnings(), fits.open(path) as hdus:
        warnings.simplefilter("ignore")
        parts = fits.HDUList([fits.PrimaryHDU(), hdus["EVENTS"], hdus["GTI"]])
        with gzip.GzipFile("", "wb", 1, made) as packed:
            parts.writeto(packed)
    return made.getvalue()


def _one(path: str, did: str) -> str:
    return f"{path}?{urllib.parse.urlencode({'ID': did})}"


def _links_in(document: bytes) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(parse_single_table(io.BytesIO(document)).array)


def _deciding() -> float:
    """Return the seconds of one decision, of the kind that looks at all there is."""
    member, now = Identity("mia", frozenset({"a", "b"})), utc_now()
    rights = Rights("proprietary", now + timedelta(days=1), "b")
    number = 100_000
    return timeit.timeit(lambda: decide(member, rights, now), number=number) / number


if __name__ == "__main__":
    print(json.dumps({"seconds": _deciding()}))

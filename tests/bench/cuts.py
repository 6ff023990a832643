"""Cuts of event lists: against a plain script, by many at once, and what others notice.

``python3 -m bench.cuts URL`` prints the median seconds of a request of another kind, as JSON.
"""

from __future__ import annotations

import concurrent.futures
import gzip
import io
import json
import statistics
import sys
import time
import urllib.parse
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.coordinates import angular_separation
from astropy.io import fits
from astropy.time import Time

from bench.archive import Archive
from bench.clients import CROWDS, Asker, seconds_of
from bench.discovery import processes
from bench.machine import memory_mib, own_memory_mib
from bench.memory import watched
from bench.report import Row, Section
from bench.runs import longer_run
from bench.share import part, part_of_seconds
from iact.dl3.utc import utc_of_tt
from service.simulatedruns import write_bytes

#: Events of a run of the first CTA data challenge; 7,600 are those of a H.E.S.S. run.
SIZES = {970001: 7_600, 970002: part(100_000, 10_000)}
CLIENTS = 8
#: Seconds that clients go on asking.
_CELL_S = part_of_seconds(8.0)
#: The same of another, who needs a second or two to begin.
_OTHERS_S = part_of_seconds(4.0)
_LOW, _HIGH, _RADIUS = 0.5, 50.0, 1.0


def cuts(archive: Archive, number: int, say: Callable[[str], None]) -> Section:
    """Measure cuts of a usual and of a large run."""
    folder = archive.work / "cuts"
    for obs_id, events in SIZES.items():
        write_bytes(
            folder / f"{obs_id}.fits.gz", gzip.compress(longer_run(obs_id, events), mtime=0)
        )
    archive.cta("ingest", folder)
    rows: list[Row] = []
    for obs_id, events in SIZES.items():
        say(f"Cutting a run of {events} events.")
        path = folder / f"{obs_id}.fits.gz"
        did, first, last = archive.sql(
            f"SELECT obs_publisher_did, t_min, t_max FROM cta.obscore_row WHERE obs_id = '{obs_id}'"
        )[0]
        ra, dec = _pointing(path)
        start, stop = utc_of_tt(first + (last - first) / 4), utc_of_tt(last)
        address = "/cta/dl/soda/dlget?" + urllib.parse.urlencode(
            {
                "ID": did,
                "CIRCLE": f"{ra!r} {dec!r} {_RADIUS}",
                "ENERGY": f"{_LOW} {_HIGH}",
                "TIME": f"{start!r} {stop!r}",
            }
        )
        ask = Asker(archive.url)
        made = archive.work / "plain.fits"
        mine, plain = [], []
        for _ in range(number):
            plain.append(seconds_of(_by_astropy, path, made, (ra, dec), (start, stop)))
            mine.append(seconds_of(ask, address))
        kept = len(fits.getdata(made, "EVENTS"))
        assert kept == len(fits.getdata(io.BytesIO(ask(address)), "EVENTS"))
        what = f"cut of {events} events ({kept} kept), over HTTP"
        rows.append(
            Row(what, statistics.median(mine), "astropy alone", statistics.median(plain), 1.5)
        )
        rows += _crowd(archive, address, events)
    say("Looking at memory.")
    # With the address of the last run, the largest.
    memory = _memory(archive, address)
    archive.cta("forget", folder)
    return Section(
        "Cuts of event lists",
        "A circle, a range of energies and a time are cut from simulated runs by"
        " `/cta/dl/soda/dlget`, and by a script of a few lines with astropy that reads the same"
        f" file, selects and writes it to a disk, in turns. Then {CLIENTS} clients ask at once,"
        " and meanwhile one more for `/tap/availability`. Memory is the greatest PSS within"
        f" {_CELL_S:g} s, of the web server and of the processes beside it, while the larger run"
        " is cut.",
        rows,
        grid=memory,
        unit="ms",
    )


def _memory(archive: Archive, address: str) -> list[list[str]]:
    """Return a table of what memory crowds of clients make the server and its workers take."""
    server, _ = processes(archive)
    table = [["clients at once", "server, MiB", "its workers, MiB"]]
    for crowd in CROWDS:
        with (
            watched(lambda: own_memory_mib(server)) as own,
            watched(lambda: memory_mib(server) - own_memory_mib(server)) as workers,
        ):
            _per_answer(archive.url, address, crowd)
        table.append([str(crowd), f"{max(own):.0f}", f"{max(workers):.0f}"])
    return table


def _crowd(archive: Archive, address: str, events: int) -> list[Row]:
    """Compare one client with several, and what somebody else waits for an answer."""
    # In a process of its own: clients' threads would keep it waiting, too.
    idle = archive.module("cuts", archive.url)["median"]
    one = _per_answer(archive.url, address, 1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        other = pool.submit(archive.module, "cuts", archive.url)
        several = _per_answer(archive.url, address, CLIENTS)
        busy = other.result()["median"]
    return [
        Row(f"each of them with {CLIENTS} clients", several, "with one", one, 1 / 1.6),
        Row(f"another request meanwhile ({events} events)", busy, "without", idle, 3.0),
    ]


def _per_answer(url: str, address: str, clients: int) -> float:
    """Return seconds of all together for each answer."""
    over = _after(_CELL_S)

    def run(_: int) -> int:
        ask, answers = Asker(url), 0
        while not over():
            ask(address)
            answers += 1
        return answers

    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(run, range(clients)))
    return (time.monotonic() - start) / total


def others(url: str) -> float:
    """Return the median seconds of a request of another kind, for as long as it is measured."""
    ask, over, seconds = Asker(url), _after(_OTHERS_S), []
    while not over() or not seconds:
        seconds.append(seconds_of(ask, "/tap/availability"))
        time.sleep(0.02)
    return statistics.median(seconds)


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _pointing(path: Path) -> tuple[float, float]:
    header = fits.getheader(path, "EVENTS")
    return float(header["RA_PNT"]), float(header["DEC_PNT"])


def _by_astropy(
    path: Path, target: Path, centre: tuple[float, float], days: tuple[float, float]
) -> None:
    """Cut as a script would that knows this one kind of file."""
    with warnings.catch_warnings(), fits.open(path) as hdus:
        warnings.simplefilter("ignore")
        events, gti = hdus["EVENTS"], hdus["GTI"]
        header = events.header
        zero = Time(header["MJDREFI"], header["MJDREFF"], format="mjd", scale="tt")
        low, high = ((Time(day, format="mjd", scale="utc") - zero).sec for day in days)
        data = events.data
        sky = np.radians([data["RA"], data["DEC"]], dtype=float)
        kept = angular_separation(*np.radians(centre), *sky) <= np.radians(_RADIUS)
        kept &= (data["ENERGY"] >= _LOW) & (data["ENERGY"] <= _HIGH)
        kept &= (data["TIME"] >= low) & (data["TIME"] <= high)
        events.data = data[kept]
        good = gti.data[(gti.data["STOP"] > low) & (gti.data["START"] < high)]
        good["START"] = np.maximum(good["START"], low)
        good["STOP"] = np.minimum(good["STOP"], high)
        gti.data = good
        header["TSTART"], header["TSTOP"] = good["START"].min(), good["STOP"].max()
        header["ONTIME"] = float((good["STOP"] - good["START"]).sum())
        header["LIVETIME"] = header["DEADC"] * header["ONTIME"]
        header["DSTYP1"], header["DSUNI1"], header["DSVAL1"] = "ENERGY", "TeV", f"{_LOW}:{_HIGH}"
        header.add_history("events selected")
        hdus.writeto(target, overwrite=True)


if __name__ == "__main__":
    print(json.dumps({"median": others(sys.argv[1])}))

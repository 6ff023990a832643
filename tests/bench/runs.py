"""Folders of H.E.S.S.-like files: copies whose OBS_IDs differ."""

from __future__ import annotations

import gzip
import io
import itertools
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from astropy.io import fits

from service.simulatedruns import simulated

_FIRST = 500_000
_CARD = re.compile(rb"OBS_ID  =[ 0-9]+")


def make_runs(real: Path, folder: Path, number: int, say: Callable[[str], None]) -> str:
    """Write files with identifiers of their own, and say what they are copies of.

    Parameters
    ----------
    real
        Folder of H.E.S.S. files; where it is not there, a simulated run of half an hour
        takes their place.
    folder
        Gets the files.
    number
        Of files.
    say
        Takes progress lines.
    """
    sources = sorted(real.glob("*.fits.gz"))
    contents = [path.read_bytes() for path in sources] or [_simulated()]
    origin = f"{len(sources)} H.E.S.S. DL3 DR1 files" if sources else "a simulated run"
    say(f"Making {number} files from {origin}.")
    folder.mkdir()
    jobs = itertools.islice(itertools.cycle(contents), number)
    with ProcessPoolExecutor() as pool:
        list(pool.map(_write, itertools.repeat(folder), range(number), jobs, chunksize=20))
    return origin


def longer_run(obs_id: int, number: int) -> bytes:
    """Return a simulated run, uncompressed, with its events over and over, up to a number."""
    with fits.open(io.BytesIO(gzip.decompress(simulated(obs_id).content))) as hdus:
        events = hdus["EVENTS"].data
        hdus["EVENTS"].data = events[np.arange(number) % len(events)]
        made = io.BytesIO()
        hdus.writeto(made)
    return made.getvalue()


def _write(folder: Path, number: int, content: bytes) -> None:
    obs_id = _FIRST + number
    card = b"OBS_ID  = %20d" % obs_id
    renamed = _CARD.sub(lambda old: card.ljust(len(old[0])), gzip.decompress(content))
    path = folder / f"run_{obs_id:06d}.fits.gz"
    path.write_bytes(gzip.compress(renamed, compresslevel=6, mtime=0))


def _simulated() -> bytes:
    from iact.sim.events import draw
    from iact.sim.files import run_file
    from iact.sim.plan import RUNS
    from iact.sim.responses import response

    seen = response(RUNS[0])
    return run_file(RUNS[0], seen, draw(RUNS[0], seen, 1)).content

"""Short simulated runs for tests: real files of the project's own simulation."""

from __future__ import annotations

import functools
import gzip
import io
from dataclasses import replace
from pathlib import Path

from astropy.io import fits

from iact.sim.events import draw
from iact.sim.files import RunFile, hdu_index, obs_index, run_file
from iact.sim.plan import RUNS
from iact.sim.responses import response

#: Collection that the files belong to, by their headers.
COLLECTION = "SIM-CTAO-N"


@functools.lru_cache(maxsize=64)
def simulated(obs_id: int, seed: int = 1, proposal: str = "", name: str = "Crab Nebula") -> RunFile:
    """Simulate a minute of the northern array."""
    run = replace(
        RUNS[0], obs_id=obs_id, object_name=name, duration=60.0, pauses=(), proposal=proposal
    )
    seen = response(run)
    return run_file(run, seen, draw(run, seen, seed))


def write_run(path: Path, obs_id: int, seed: int = 1, proposal: str = "") -> Path:
    """Write a run's file; another seed gives other events."""
    return write_bytes(path, simulated(obs_id, seed, proposal).content)


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file as careful programs do: it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return path


def write_indexes(folder: Path, files: list[RunFile]) -> None:
    """Write obs-index and hdu-index of some runs."""
    write_bytes(folder / "obs-index.fits.gz", obs_index(files))
    write_bytes(folder / "hdu-index.fits.gz", hdu_index(files))


def with_header(content: bytes, **cards: object) -> bytes:
    """Return a file with other cards in its EVENTS header; None removes one."""
    with fits.open(io.BytesIO(gzip.decompress(content))) as hdus:
        for keyword, value in cards.items():
            if value is None:
                del hdus["EVENTS"].header[keyword]
            else:
                hdus["EVENTS"].header[keyword] = value
        plain = io.BytesIO()
        hdus.writeto(plain)
    return gzip.compress(plain.getvalue(), mtime=0)

"""Data roots before and after a night in which everything happened that can happen to files."""

from __future__ import annotations

import os
from pathlib import Path

from service.simulatedruns import simulated, with_header, write_bytes, write_indexes, write_run

#: In the order in which they are ingested. Each is committed by itself, and ``many`` has
#: more files than `iact.archive.writer.BATCH`.
NAMES = ("drill-all", "drill-new", "drill-many", "drill-last")
_FIRST = 940000


def write_before(folder: Path) -> list[Path]:
    """Write the data roots as they are before; return their folders in order."""
    everything = folder / NAMES[0]
    for number in range(1, 7):
        write_run(everything / f"run{number}.fits.gz", _FIRST + number)
    write_bytes(everything / "copy.fits.gz", simulated(_FIRST + 1).content)
    for number, name in enumerate(("gone1", "gone2", "changed", "gives", "spoilt", "touched")):
        write_run(everything / f"{name}.fits.gz", _FIRST + 11 + number)
    # Stands back behind gives.fits.gz.
    write_run(everything / "also.fits.gz", _FIRST + 14, seed=2)
    write_bytes(everything / "broken.fits.gz", simulated(_FIRST + 18).content[:5000])
    write_run(everything / "old" / "moved.fits.gz", _FIRST + 19)
    lonely = with_header(simulated(_FIRST + 20).content, TELESCOP="Lonely")
    write_bytes(everything / "lonely.fits.gz", lonely)
    for number, name in enumerate(NAMES[1:]):
        write_run(folder / name / "first.fits.gz", _FIRST + 100 + 150 * number)
    return [folder / name for name in NAMES]


def write_after(folder: Path) -> None:
    """Change the data roots: what is new, changed, moved, gone, mended and spoilt."""
    everything = folder / NAMES[0]
    write_run(everything / "run1.fits.gz", _FIRST + 1, seed=2)
    write_run(everything / "changed.fits.gz", _FIRST + 13, seed=2)
    write_run(everything / "gives.fits.gz", _FIRST + 21)
    write_bytes(everything / "spoilt.fits.gz", simulated(_FIRST + 15).content[:5000])
    write_run(everything / "broken.fits.gz", _FIRST + 18)
    write_bytes(everything / "empty.fits.gz", b"")
    hermit = with_header(simulated(_FIRST + 22).content, TELESCOP="Hermit")
    write_bytes(everything / "hermit.fits.gz", hermit)
    for name in ("gone1", "gone2", "lonely"):
        (everything / f"{name}.fits.gz").unlink()
    (everything / "old" / "moved.fits.gz").rename(everything / "moved.fits.gz")
    os.utime(everything / "touched.fits.gz", (1, 1))
    new = folder / NAMES[1]
    runs = [simulated(_FIRST + 101 + number, proposal="SIM-P001") for number in range(10)]
    for run in runs:
        write_bytes(new / run.folder / run.name, run.content)
    write_indexes(new, runs)
    write_bytes(new / "z-copy.fits.gz", runs[0].content)
    write_run(new / "z-other.fits.gz", _FIRST + 102, seed=2)
    some = simulated(_FIRST + 201).content
    for number in range(110):
        # Simulating each of them would take longer.
        run = with_header(some, OBS_ID=_FIRST + 201 + number)
        write_bytes(folder / NAMES[2] / f"{number:03}.fits.gz", run)
    last = folder / NAMES[3]
    for number in range(8):
        write_run(last / f"{number}.fits.gz", _FIRST + 401 + number)
    # Other data roots have them.
    write_bytes(last / "copy.fits.gz", with_header(some, OBS_ID=_FIRST + 205))
    write_run(last / "other.fits.gz", _FIRST + 206, seed=2)

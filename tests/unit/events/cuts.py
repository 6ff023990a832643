"""Cutting files in tests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.time import Time

from iact.dl3.observation import ReadingRules
from iact.events.cut import cut
from iact.events.task import Response, Source, Task
from unit.dl3 import fitsfiles as ff

#: MJD in UTC of seconds after the files' reference, MJD 59000 in TT.
ZERO_UTC = float(Time(59000, format="mjd", scale="tt").utc.mjd)


def days(start: float, stop: float) -> str:
    """Return a range of TIME that seconds after the files' reference make."""
    return " ".join(
        repr(float(end)) if np.isinf(end) else repr(ZERO_UTC + end / 86400) for end in (start, stop)
    )


def write_run(folder: Path) -> Path:
    """Write a file with 40 events of increasing time and energy, and responses."""
    ra = np.linspace(81.0, 86.0, 40)
    name = ff.write(
        folder, "run.fits.gz", ff.events(RA=ra), ff.gti(), ff.aeff(), ff.edisp(), ff.image("X")
    )
    return folder / name


def source(path: Path) -> Source:
    return Source(path, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def task(
    path: Path,
    target: Path,
    *,
    event_type: str = "",
    rules: ReadingRules | None = None,
    responses: tuple[Response, ...] = (),
    **values: str | list[str],
) -> Task:
    texts = {
        name.upper(): [value] if isinstance(value, str) else value for name, value in values.items()
    }
    return Task(
        "ivo://org.example/~?7", event_type, source(path), {"ID": ["ivo://x"], **texts}, target,
        rules or ReadingRules(), responses,
    )  # fmt: skip


def cut_of(path: Path, **options: Any) -> fits.HDUList:
    """Cut a file; the result's checksums are verified, and it is in memory."""
    target = path.with_name("cut.fits")
    size = cut(task(path, target, **options))
    assert size == target.stat().st_size
    found = fits.open(target, checksum=True, memmap=False)
    for hdu in found:
        assert hdu.data is None or len(hdu.data) >= 0
    return found


def events_of(hdus: fits.HDUList) -> Any:
    return hdus["EVENTS"].data


def value(hdus: fits.HDUList, name: str, hdu: str = "EVENTS") -> Any:
    return hdus[hdu].header[name]


def provenance(hdus: fits.HDUList) -> dict[str, str]:
    return {str(row["NAME"]): str(row["VALUE"]) for row in hdus["PROVENANCE"].data}


def native(array: Any) -> Any:
    return np.asarray(array, dtype=float)

"""Cutting files in tests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from iact.dl3.observation import ReadingRules
from iact.events.cut import cut
from iact.events.task import Response, Source, Task


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

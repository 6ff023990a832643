"""Where manifests are kept: a folder, whose files go when they have not been used for long."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from iact.access.package.manifest import Manifest
from iact.wholefile import write_whole

#: Days after its last use that a package has its address.
DAYS = 14
#: Bytes that all manifests may take; the ones that were not used for longest make room. A
#: manifest of 10,000 runs has about 2 MB.
ROOM = 1024**3

_ID = re.compile("[0-9a-f]{32}", re.ASCII)
_SECONDS_A_DAY = 86400


def save(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, and remove those that are too old or too much.

    Parameters
    ----------
    folder
        Of the manifests; it is made where it is missing.
    manifest
        The one to keep; one that is there begins a new life.

    Raises
    ------
    OSError
        The folder cannot be written to.
    """
    folder.mkdir(mode=0o750, exist_ok=True)
    write_whole(_path(folder, manifest.package_id), manifest.to_bytes())
    _sweep(folder, time.time())


def load(folder: Path, package_id: str) -> Manifest | None:
    """Return a manifest; None where there is none by that name.

    Raises
    ------
    OSError
        It cannot be read.
    """
    if not _ID.fullmatch(package_id):
        return None
    path = _path(folder, package_id)
    try:
        content = path.read_bytes()
        os.utime(path)
    except FileNotFoundError:
        return None
    return Manifest.from_bytes(content)


def _path(folder: Path, package_id: str) -> Path:
    return folder / f"{package_id}.json.gz"


def _sweep(folder: Path, now: float) -> None:
    """Remove manifests, and what is left of unfinished ones."""
    found = []
    for path in folder.iterdir():
        try:
            status = path.stat()
        except FileNotFoundError:
            # Another request sweeps too.
            continue
        found.append((status.st_mtime, status.st_size, path))
    taken = 0
    for mtime, size, path in sorted(found, reverse=True):
        taken += size
        if taken > ROOM or now - mtime > DAYS * _SECONDS_A_DAY:
            path.unlink(missing_ok=True)

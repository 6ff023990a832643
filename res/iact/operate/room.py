"""Room on the disk, where a failure may come from want of it."""

from __future__ import annotations

import shutil
from pathlib import Path

#: Free bytes below which a disk counts as full: PostgreSQL needs 16 MiB at a time for its
#: write-ahead log, and gives back what it could not fill.
FULL_BYTES = 64 * 1024**2


def is_full(folder: Path) -> bool:
    """Tell whether the disk of a folder is full, or nearly so."""
    return shutil.disk_usage(folder).free < FULL_BYTES


def advice(folder: Path) -> str:
    """Return what to do about a full disk; empty where it is not full.

    Parameters
    ----------
    folder
        On that disk.
    """
    if not is_full(folder):
        return ""
    free = shutil.disk_usage(folder).free // 1024**2
    return f"The disk of {folder} is full ({free} MB are free): make room there."

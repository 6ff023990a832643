"""Where a file of a data root is on disk, and nowhere outside of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath


def file_below(root: Path | None, path: str) -> Path | None:
    """Return where a product's file is on disk.

    Parameters
    ----------
    root
        The folder of its data root; None where that is not registered any more.
    path
        Relative to it.

    Returns
    -------
    pathlib.Path or None
        Without symbolic links below the root; None where it is not a plain file inside it. A
        link that has come in the file's place after ingestion must not lead out of it.
    """
    if root is None:
        return None
    here, mode = os.fspath(root), 0
    try:
        for part in PurePosixPath(path).parts:
            here = f"{here}/{part}"
            mode = os.lstat(here).st_mode
            if stat.S_ISLNK(mode) or part == "..":
                return _resolved(root, path)
    except (OSError, ValueError):
        # Gone, closed, or no name of a file.
        return None
    return Path(here) if stat.S_ISREG(mode) else None


def _resolved(root: Path, path: str) -> Path | None:
    try:
        found = (root / path).resolve(strict=True)
        inside = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, RuntimeError):
        # Gone, closed, or a link that leads to itself.
        return None
    return found if inside else None

"""Finding the FITS files of a data root."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: A file counts as FITS by its name; what it holds is the reader's business.
FITS_SUFFIXES = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz")


@dataclass(frozen=True)
class FoundFile:
    """A FITS file as the folder shows it.

    Parameters
    ----------
    path
        POSIX, relative to the data root.
    size
        In bytes.
    mtime_ns
        Time of the last change, nanoseconds since 1970-01-01 UTC.
    problem
        Why the file must not be opened; empty where it may.
    """

    path: str
    size: int
    mtime_ns: int
    problem: str = ""


def find_fits_files(root: Path) -> list[FoundFile]:
    """Return all files below a data root whose names say FITS, sorted by path.

    Links to folders are not followed. What is not a plain file inside the root
    (pipes, devices, links that lead out, folders that cannot be read) is returned with a
    problem, so that it ends in quarantine and not in silence.

    Raises
    ------
    OSError
        If the root itself cannot be read.
    """
    return sorted(_walk(root, "", root.resolve()), key=lambda found: found.path)


def _walk(folder: Path, prefix: str, root: Path) -> Iterator[FoundFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + _printable(entry.name)
            if entry.is_dir(follow_symlinks=False):
                try:
                    yield from _walk(Path(entry.path), path + "/", root)
                except PermissionError:
                    yield FoundFile(path, 0, 0, "the folder cannot be read: no permission")
            elif entry.name.lower().endswith(FITS_SUFFIXES):
                yield _look_at(entry, path, root)


def _look_at(entry: os.DirEntry[str], path: str, root: Path) -> FoundFile:
    if _printable(entry.name) != entry.name:
        return FoundFile(path, 0, 0, "the file's name is not valid UTF-8")
    try:
        if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(root):
            return FoundFile(path, 0, 0, "a link that leads out of the data root")
        info = entry.stat()
    except RuntimeError:
        # What pathlib makes of ELOOP (an OSError again from Python 3.13 on).
        return FoundFile(path, 0, 0, "a link that leads to itself")
    except OSError as error:
        return FoundFile(path, 0, 0, f"the file cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(info.st_mode):
        return FoundFile(path, 0, 0, "not a plain file")
    return FoundFile(path, info.st_size, info.st_mtime_ns)


def _printable(name: str) -> str:
    """Show bytes that are not UTF-8 as backslash escapes, for a database cannot hold them."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")

"""Finding the FITS files of a data root."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: A file counts as FITS by its name; what it holds is the reader's business.
FITS_SUFFIXES = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz")

_LOOP = "a link that leads to itself"

#: Longer paths are refused: they are keys, and PostgreSQL's index rows end near 2,700 bytes.
MAX_PATH_BYTES = 1000


# Not frozen, which would make it several times as slow to make one, and every run makes one
# for each file; so with KnownFile.
@dataclass(slots=True)
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
    is_folder
        It is a folder that cannot be looked into: what is below it has not left.
    """

    path: str
    size: int
    mtime_ns: int
    problem: str = ""
    is_folder: bool = False


def find_fits_files(root: Path) -> list[FoundFile]:
    """Return all files below a data root whose names say FITS, sorted by path.

    Links to folders inside the root are not followed: what they lead to is found anyway.
    What is not a plain file inside the root (pipes, devices, links that lead out, folders
    that cannot be read) is returned with a problem, so that it ends in quarantine and not
    in silence.

    Raises
    ------
    OSError
        If the root itself cannot be read.
    """
    real = root.resolve()
    found: list[FoundFile] = []
    # A list and no recursion: folders can be nested deeper than Python's stack.
    waiting = [(root, "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            for entry in _entries(folder):
                name = _printable(entry.name)
                path = prefix + name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), path + "/"))
                elif _is_folder_link(entry):
                    found.extend(_folder_link(entry, path, real))
                elif entry.name.lower().endswith(FITS_SUFFIXES):
                    found.append(_look_at(entry, path, real, name == entry.name))
        except OSError as error:
            if not prefix:
                raise
            reason = f"the folder cannot be read: {error.strerror}"
            found.append(FoundFile(prefix.rstrip("/"), 0, 0, reason, is_folder=True))
    return sorted(map(_with_short_path, found), key=lambda item: item.path)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _is_folder_link(entry: os.DirEntry[str]) -> bool:
    # os.path, for DirEntry.is_dir raises where a link leads to itself.
    return entry.is_symlink() and os.path.isdir(entry.path)  # noqa: PTH112


def _folder_link(entry: os.DirEntry[str], path: str, root: Path) -> Iterator[FoundFile]:
    if not Path(entry.path).resolve().is_relative_to(root):
        reason = "a link to a folder outside of the data root; ingest that folder itself"
        yield FoundFile(path, 0, 0, reason, is_folder=True)


def _look_at(entry: os.DirEntry[str], path: str, root: Path, is_utf8: bool) -> FoundFile:
    if not is_utf8:
        return FoundFile(path, 0, 0, "the file's name is not valid UTF-8")
    try:
        if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(root):
            return FoundFile(path, 0, 0, "a link that leads out of the data root")
        info = entry.stat()
    except RuntimeError:
        # What pathlib makes of ELOOP before Python 3.13.
        return FoundFile(path, 0, 0, _LOOP)
    except OSError as error:
        reason = f"the file cannot be looked at: {error.strerror}"
        return FoundFile(path, 0, 0, _LOOP if error.errno == errno.ELOOP else reason)
    if not stat.S_ISREG(info.st_mode):
        return FoundFile(path, 0, 0, "not a plain file")
    return FoundFile(path, info.st_size, info.st_mtime_ns)


def _with_short_path(found: FoundFile) -> FoundFile:
    # A character takes four bytes at most.
    if 4 * len(found.path) <= MAX_PATH_BYTES:
        return found
    length = len(found.path.encode())
    if length <= MAX_PATH_BYTES:
        return found
    # Two such paths of one folder must not become the same.
    end = "..." + hashlib.sha256(found.path.encode()).hexdigest()[:16]
    short = found.path.encode()[: MAX_PATH_BYTES - len(end)].decode(errors="ignore") + end
    reason = f"the path has {length} bytes, at most {MAX_PATH_BYTES} are taken"
    return FoundFile(short, 0, 0, reason, found.is_folder)


def _printable(name: str) -> str:
    """Show bytes that are not UTF-8 as backslash escapes, for a database cannot hold them."""
    # Most names are ASCII, and there are many.
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")

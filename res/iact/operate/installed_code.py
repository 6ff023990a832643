"""Root's data centre runs from a copy of the code, not from somebody's clone."""

from __future__ import annotations

import ctypes
import errno
import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PARTS = ("bin", "rd", "res", "inputs", "pyproject.toml")

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NOT_HERE = frozenset({errno.EINVAL, errno.ENOSYS})
"""What renameat2 says on file systems that cannot exchange, as NFS."""


def differs(source: Path, target: Path) -> bool:
    """Tell whether the copy is missing something, has too much, or is of other content.

    Parameters
    ----------
    source
        The checkout.
    target
        The copy.
    """
    if source.resolve() == target.resolve():
        return False
    wanted, found = set(_listing(source)), set(_listing(target))
    return wanted != found or any(
        not _same(source / name, target / name) for name in sorted(wanted)
    )


def refresh(source: Path, target: Path) -> None:
    """Make the copy equal to the checkout.

    The new copy is made beside the old one and takes its place in one step: a run that is
    interrupted leaves either of them whole, and a server that runs from the copy never finds
    one of its files missing, which DaCHS would remember as a broken resource. (Where the file
    system cannot exchange names, there is neither for a moment.)

    Parameters
    ----------
    source
        The checkout.
    target
        The copy: readable by everybody, writable by its owner only.
    """
    fresh, old = target.with_name(target.name + ".new"), target.with_name(target.name + ".old")
    for left_over in (fresh, old):
        if left_over.exists():
            shutil.rmtree(left_over)
    fresh.mkdir(mode=0o755)
    for name in _listing(source):
        goal = fresh / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, goal, follow_symlinks=False)
        if not goal.is_symlink():
            goal.chmod(0o755 if os.access(source / name, os.X_OK) else 0o644)
    for folder in [fresh, *(path for path in fresh.rglob("*") if path.is_dir())]:
        if not folder.is_symlink():
            folder.chmod(0o755)
    if not target.exists():
        fresh.rename(target)
    elif _exchange(fresh, target):
        shutil.rmtree(fresh)
    else:
        target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old)


def _exchange(one: Path, other: Path) -> bool:
    """Have two folders swap their names in one step, where the file system can; renameat2(2)."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def digest(root: Path) -> str:
    """Return the SHA-256 of all files of the code and their names, hexadecimal."""
    whole = hashlib.sha256()
    for name in sorted(_listing(root)):
        path = root / name
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        whole.update(os.fsencode(name) + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()


def _listing(root: Path) -> Iterator[Path]:
    """Yield the files and links of the parts, relative to the root."""
    for part in PARTS:
        top = root / part
        if top.is_file():
            yield Path(part)
        for folder, names, files in os.walk(top):
            names[:] = [name for name in names if name != "__pycache__"]
            here = Path(folder)
            links = [name for name in names if (here / name).is_symlink()]
            for name in [*files, *links]:
                if not name.endswith(".pyc"):
                    yield (here / name).relative_to(root)


def _same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return filecmp.cmp(one, other, shallow=False)

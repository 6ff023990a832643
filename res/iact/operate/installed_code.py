"""Root's data centre runs from a copy of the code, not from somebody's clone."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PARTS = ("bin", "rd", "res", "inputs", "pyproject.toml")


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

    The new copy is made beside the old one, so that an interrupted run leaves
    either of them whole.

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
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    if old.exists():
        shutil.rmtree(old)


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

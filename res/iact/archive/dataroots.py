"""The list of folders that an archive reads, a file that the program writes."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from iact.archive import configfile
from iact.errors import ConfigError

_MODE = 0o640

_HEADER = """\
# The folders that this archive reads. `cta ingest FOLDER` adds to this file and keeps
# no comments in it. A name must not change once there are data.
data_roots:
"""


@dataclass(frozen=True)
class DataRoot:
    """A folder that the archive reads; paths of files are relative to it.

    Parameters
    ----------
    name
        Unique and lasting; the folder's own name as far as that is possible.
    path
        Absolute, without symbolic links.
    """

    name: str
    path: Path


def load(path: Path) -> tuple[DataRoot, ...]:
    """Read the list of roots.

    Parameters
    ----------
    path
        The file; it may be absent.

    Returns
    -------
    tuple of DataRoot
        In the file's order.

    Raises
    ------
    ConfigError
        The file is wrong, a name stands twice, or a root lies in another.
    """
    return _checked(path, configfile.read(path, "data-roots")) if path.exists() else ()


def with_new(path: Path, roots: tuple[DataRoot, ...], folder: Path) -> str:
    """Return the text of the list with one more root.

    Parameters
    ----------
    path
        The file that errors name.
    roots
        Those it has.
    folder
        The new one, resolved.

    Returns
    -------
    str
        YAML.

    Raises
    ------
    ConfigError
        The folder does not exist, lies above a root, or has a path that YAML loses.
    """
    if not folder.is_dir():
        raise ConfigError(path, "data_roots", f"{folder} is not a folder")
    for root in roots:
        if root.path.is_relative_to(folder):
            reason = f"{folder} lies above the data root {root.path}: ingest folders beside it"
            raise ConfigError(path, "data_roots", reason)
    text = text_of((*roots, DataRoot(_new_name(folder, roots), folder)))
    if _checked(path, configfile.parse(path, text, "data-roots"))[-1].path != folder:
        raise ConfigError(path, "data_roots", f"{str(folder)!r} begins or ends with white space")
    return text


def text_of(roots: tuple[DataRoot, ...]) -> str:
    """Return the text of a list of roots, YAML."""
    if not roots:
        return _HEADER.rstrip() + " []\n"
    return _HEADER + "".join(
        f"  - name: {quoted(root.name)}\n    path: {quoted(str(root.path))}\n" for root in roots
    )


def quoted(value: str) -> str:
    """Return text as a YAML scalar.

    Parameters
    ----------
    value
        Any text.

    Returns
    -------
    str
        In double quotes, on one line.
    """
    text: str = yaml.safe_dump(
        str(value), default_style='"', allow_unicode=True, width=2**31, explicit_end=False
    )
    return text.strip()


def _checked(path: Path, document: dict[str, list[dict[str, str]]]) -> tuple[DataRoot, ...]:
    roots: list[DataRoot] = []
    for number, entry in enumerate(document["data_roots"]):
        key, root = f"data_roots[{number}]", DataRoot(entry["name"], Path(entry["path"]))
        if ".." in root.path.parts:
            raise ConfigError(path, f"{key}.path", f"{root.path} has '..' in it")
        for other in roots:
            if other.name == root.name:
                raise ConfigError(path, f"{key}.name", f"{root.name!r} stands twice")
            if root.path.is_relative_to(other.path) or other.path.is_relative_to(root.path):
                raise ConfigError(
                    path, f"{key}.path", f"{root.path} and {other.path} lie in each other"
                )
        roots.append(root)
    return tuple(roots)


def _new_name(folder: Path, roots: tuple[DataRoot, ...]) -> str:
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", folder.name).strip("._+-")[:58] or "data"
    taken = {root.name for root in roots}
    number = 2
    candidate = name
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, so that two runs do not overwrite each other's root.

    Parameters
    ----------
    folder
        Of the configuration.

    Raises
    ------
    ConfigError
        The folder is not there.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise ConfigError(folder, "", f"the folder cannot be read: {exc.strerror}") from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(path: Path, text: str, like: Path | None = None) -> None:
    """Replace a file in one step, mode 640.

    Parameters
    ----------
    path
        The file.
    text
        Its content.
    like
        As root, the file gets the owner and group of this one; else of its folder.

    Raises
    ------
    ConfigError
        The file cannot be written; an old one is then untouched.
    """
    temporary = ""
    try:
        owner = (like or path.parent).stat()
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchmod(descriptor, _MODE)
            if os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except (OSError, UnicodeEncodeError) as exc:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ConfigError(path, "", f"cannot be written: {exc}") from exc

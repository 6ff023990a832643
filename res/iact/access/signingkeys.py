"""The file of the keys that sign addresses: a name and a key in each line.

The last key signs. Older ones verify what they have signed until they are removed. A running
server sees changes at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from iact.access.signing import Key
from iact.errors import ConfigError

KEY_BYTES = 32
_LINE = re.compile(rf"([0-9a-f]{{8}}) ([0-9a-f]{{{2 * KEY_BYTES}}})")


def load(path: Path) -> tuple[Key, ...]:
    """Read the keys, oldest first; where there is no file yet, make it.

    Raises
    ------
    ConfigError
        There is no key, a line is none, or others may read the file.
    OSError
        The file cannot be read or made.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        _write(path, (_new(),), only_first=True)
        return _read(path)


def rotate(path: Path, keep: bool = True) -> None:
    """Make a new key, with which all further addresses are signed.

    Parameters
    ----------
    path
        The file.
    keep
        Whether older keys go on verifying. Else all addresses that are out end now, and what
        is in the file does not matter.

    Raises
    ------
    ConfigError, OSError
        As for `load`.
    """
    older = _read(path) if keep and path.exists() else ()
    _write(path, (*older, _new()))


def _new() -> Key:
    return Key(secrets.token_hex(4), secrets.token_bytes(KEY_BYTES))


def _read(path: Path) -> tuple[Key, ...]:
    with path.open(encoding="utf-8", errors="replace") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        lines = file.read().splitlines()
    if mode & 0o077:
        raise ConfigError(
            path,
            "",
            f"has mode {mode:o}, so others may have read the keys and can sign addresses;"
            " `bin/cta newkey --only` makes a new file with a new key",
        )
    keys = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ConfigError(
                path,
                f"line {number}",
                f"expected the 8 hexadecimal digits of a key's name and the {2 * KEY_BYTES} of"
                " the key; `bin/cta newkey --only` makes a new file",
            )
        keys.append(Key(found[1], bytes.fromhex(found[2])))
    if not keys:
        raise ConfigError(path, "", "has no key; `bin/cta newkey --only` makes one")
    return tuple(keys)


def _write(path: Path, keys: Sequence[Key], only_first: bool = False) -> None:
    """Write the keys for the owner's eyes only; the file is there as a whole or not at all.

    Parameters
    ----------
    path
        The file.
    keys
        What to write.
    only_first
        Whether to leave what another process has written meanwhile.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{key.name} {key.secret.hex()}\n" for key in keys))
        if only_first:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)
        else:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)

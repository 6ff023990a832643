"""Files that several processes may write at once, each of them whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: others see all of it, what was there before, or nothing.

    Parameters
    ----------
    path
        In a folder that is there.
    content
        What only this user may read afterwards.

    Raises
    ------
    OSError
        It cannot be written; nothing is left of it.
    """
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(unfinished).replace(path)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise

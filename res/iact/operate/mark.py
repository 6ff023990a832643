"""Reading short marks, such as the version of VAR or of the PostgreSQL cluster.

This module needs nothing but the standard library: root has a child process run it as
the user who may write the mark, from standard input, since that user may not be able
to read the checkout.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

_MOST_BYTES = 64


def read(path: Path) -> str | None:
    """Return what a mark says, without blanks around it.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str or None
        None where there is no such file, or none that this user can reach.

    Raises
    ------
    OSError
        It is a link, a pipe or anything else but a plain file.
    """
    try:
        # Whoever may write here may have put a link to another file, or a pipe that
        # never answers.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except OSError as error:
        raise _no_plain_file(path) from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _no_plain_file(path)
        return os.read(file, _MOST_BYTES).decode("ascii", errors="replace").strip()
    finally:
        os.close(file)


def _no_plain_file(path: Path) -> OSError:
    return OSError(errno.EINVAL, "is no plain file", str(path))


def main() -> None:
    """Print the mark that the command line names; exit code 1 if there is none."""
    try:
        text = read(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.filename} {error.strerror}; put the file itself there.")
    if text is None:
        sys.exit(1)
    print(text)


if __name__ == "__main__":
    main()

"""Errors whose messages an operator can act on."""

import errno

#: Numbers of the system's errors where a disk is full, or one user's share of it.
WANT_OF_ROOM = (errno.ENOSPC, errno.EDQUOT)


class CtaError(Exception):
    """Something an operator or a user can mend; the message says what and how."""


class ConfigError(CtaError):
    """A configuration file is wrong.

    Parameters
    ----------
    path
        The file.
    key
        The key inside it, dotted (``match.paths``); empty for the file as a whole.
    reason
        What is wrong and what was expected.
    """

    def __init__(self, path: object, key: str, reason: str) -> None:
        self.path, self.key, self.reason = str(path), key, reason
        super().__init__(f"{path}: {key}: {reason}" if key else f"{path}: {reason}")


class DL3Error(CtaError):
    """A file cannot be read as what it claims to be.

    Parameters
    ----------
    path
        The file, relative to its data root.
    reason
        What is wrong and what was expected.
    hdu
        The name or number of the HDU; empty for the file as a whole.
    keyword
        The header keyword or column; empty where none is to blame.
    """

    def __init__(self, path: object, reason: str, hdu: str = "", keyword: str = "") -> None:
        self.path, self.reason, self.hdu, self.keyword = str(path), reason, hdu, keyword
        where = "".join(f"[{part}]" for part in (hdu, keyword) if part)
        super().__init__(f"{path}{where}: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions travel from worker processes by pickle, which would
        # otherwise call the constructor with the finished message alone.
        return (DL3Error, (self.path, self.reason, self.hdu, self.keyword))


def printable(text: str) -> str:
    """Return a text that is safe for a terminal: what is no printable character is escaped.

    Parameters
    ----------
    text
        From a header or a file's name, which can hold anything.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )

"""From an exception to what the quarantine says."""

from __future__ import annotations

from iact.errors import DL3Error


def as_dl3_error(path: str, exc: Exception) -> DL3Error:
    """Return the error that tells an operator why a file could not be read.

    Parameters
    ----------
    path
        The file, relative to its data root.
    exc
        What was raised; a `DL3Error` is returned as it is.
    """
    if isinstance(exc, DL3Error):
        return exc
    if isinstance(exc, OSError):
        return DL3Error(path, f"file could not be read: {exc.strerror or exc}")
    return DL3Error(path, f"file could not be read ({type(exc).__name__}: {exc})")

"""Names inside packages, which unpack safely anywhere."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from iact.access.dataset import StoredFile

#: Bytes that a name may have in the file systems that people use.
_LONGEST = 255
#: What stands as it is. FITS takes ASCII only, and drops blanks at the end of a text.
_SAFE = "+=@,"


def data_name(file: StoredFile) -> str:
    """Return the path of a file of a data root inside a package.

    The root's name comes first, so files of two roots never meet.

    Parameters
    ----------
    file
        A file of the archive.

    Returns
    -------
    str
        ASCII, below ``data/``, without parts that lead out of it. Different files have
        different names.
    """
    parts = [file.data_root, *file.path.split("/")]
    return "/".join(["data", *map(_safe_part, parts)])


def terms_name(collection: str) -> str:
    """Return the path of a collection's terms of use inside a package."""
    return f"terms/{_safe_part(f'{collection}.txt')}"


def _safe_part(part: str) -> str:
    """Return a part of a path with all that is unusual percent-encoded."""
    if not part.strip("."):
        # An empty one, and those that mean a folder.
        return "%2E" * len(part) or "%"
    name = quote(part, safe=_SAFE)
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(part.encode()).hexdigest()
    # A percent sign that no hexadecimal digits follow is in no other name.
    return f"%-{digest[:32]}-{name[-100:]}"

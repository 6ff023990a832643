"""What a package says about itself: texts for people, and checksums."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iact.access.dataset import StoredFile
from iact.access.package.names import terms_name
from iact.errors import printable

_WIDTH = 88
#: Characters of a query or an identifier that are repeated to whoever sent it.
_LONGEST_SHOWN = 2000

_README = """\
Gamma-ray event lists and instrument responses from {archive}

Asked for: {asked}
In this package: {inside}
Left out: {outside}

README.txt         this text
LEFT-OUT.txt       what was asked for and is not here, with the reasons
SHA256SUMS         checksums; in this folder, "sha256sum -c SHA256SUMS" compares them
terms/             terms of use of each collection: read them before you publish
obs-index.fits.gz  one row for each observation
hdu-index.fits.gz  where the event list and the responses of each observation are
data/              the files, byte for byte as the archive has them

Both indexes follow the data formats for gamma-ray astronomy, version 0.3. With gammapy:

    from gammapy.data import DataStore
    store = DataStore.from_dir(".")  # this folder
    observations = store.get_observations(required_irf="all-optional")

OBS_ID in the indexes is a number that no other observation of this package has. It is the
observation's own wherever that is possible; OBS_COLLECTION, OBS_NAME and EVENT_TYPE in
obs-index.fits.gz say what the archive calls each observation.
"""

_TERMS = (
    ("Creator", "creator"),
    ("Licence", "licence"),
    ("Terms of use", "terms_of_use"),
    ("References", "bib_reference"),
)


def readme(archive: str, asked: str, observations: int, files: int, left_out: int) -> bytes:
    """Return the text that stands first.

    Parameters
    ----------
    archive
        Name of the archive.
    asked
        The query, or how many identifiers there were.
    observations, files
        How many are in the package.
    left_out
        How many identifiers are not.
    """
    text = _README.format(
        archive=archive,
        asked=shown(asked),
        inside=f"{counted(observations, 'observation')} in {counted(files, 'file')}",
        outside=counted(left_out, "dataset") if left_out else "nothing",
    )
    return text.encode()


def left_out_list(reasons: Mapping[str, str]) -> bytes:
    """Return the list of what is not in the package: one line each, a tab before the reason."""
    if not reasons:
        return b"Nothing was left out.\n"
    lines = (f"{shown(did)}\t{reason}\n" for did, reason in sorted(reasons.items()))
    return "".join(lines).encode()


def shown(text: str) -> str:
    """Return what somebody sent as one line that is safe for a terminal, and not too long."""
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def terms_of_use(connection: Any, collections: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return path and text of each collection's terms."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obs_collection, collection_title, creator, licence, terms_of_use,"
            " bib_reference FROM cta.collection WHERE obs_collection = ANY(%s)"
            " ORDER BY obs_collection",
            (sorted(set(collections)),),
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [(terms_name(row["obs_collection"]), _terms(row)) for row in rows]


def _terms(row: Mapping[str, str | None]) -> bytes:
    parts = [f"{row['obs_collection']}: {row['collection_title'] or 'no title'}"]
    for label, column in _TERMS:
        text = row[column] or "The archive does not know; ask whoever made the data."
        # Addresses stay whole.
        lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
        parts.append("\n    ".join([label, *lines]))
    return ("\n\n".join(parts) + "\n").encode()


def checksums(
    documents: Sequence[tuple[str, bytes]], files: Sequence[tuple[str, StoredFile]]
) -> bytes:
    """Return the list that ``sha256sum -c`` reads."""
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in documents]
    lines += [f"{file.sha256}  {name}\n" for name, file in files]
    return "".join(lines).encode()


def counted(number: int, what: str) -> str:
    """Return a number and a noun, which has an s where there is not one of it."""
    return f"{number} {what}" + ("" if number == 1 else "s")

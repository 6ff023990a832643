"""Previews as files of a folder, made once for each content of a file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from iact.errors import DL3Error
from iact.preview.subject import Subject
from iact.wholefile import write_whole

#: Version of the pictures: another one, and all are made anew.
VERSION = 1

#: The previews of an event list.
NAMES = ("counts.png", "spectrum.png", "thumbnail.png")

MEDIA_TYPE = "image/png"


@dataclass(frozen=True)
class Source:
    """What previews are made from.

    Parameters
    ----------
    root
        Folder of the data root.
    path
        The file with the event list, POSIX, relative to `root`.
    sha256
        Hexadecimal digest of the file at its ingestion.
    subject
        What it is of.
    """

    root: Path
    path: str
    sha256: str
    subject: Subject

    @property
    def key(self) -> str:
        """Hexadecimal digest of all that the pictures depend on."""
        content = json.dumps([VERSION, self.sha256, asdict(self.subject)])
        return hashlib.sha256(content.encode()).hexdigest()


def place(folder: Path, source: Source, name: str) -> Path:
    """Return where a preview is, or would be.

    Parameters
    ----------
    folder
        Of all previews.
    source
        What it is made from.
    name
        One of `NAMES`.
    """
    # Not all in one folder: an archive has hundreds of thousands.
    return folder / source.key[:2] / f"{source.key[2:]}-{name}"


def are_made(folder: Path, source: Source) -> bool:
    """Tell whether all previews are there; parameters as for `place`."""
    return all(place(folder, source, name).exists() for name in NAMES)


def make(folder: Path, source: Source) -> None:
    """Draw all previews and store them; parameters as for `place`.

    Raises
    ------
    DL3Error
        If the file cannot be read, has changed since its ingestion, or cannot be drawn.
    OSError
        If they cannot be stored.
    """
    # Here, for matplotlib takes half a second and 50 MB, which who only looks need not spend.
    from iact.preview import eventlist, figures

    events = eventlist.read_events(source.root, source.path, source.sha256)
    try:
        pictures = {
            "counts.png": figures.counts_map(events, source.subject),
            "spectrum.png": figures.energy_spectrum(events, source.subject),
            "thumbnail.png": figures.thumbnail(events, source.subject),
        }
    except Exception as exc:
        reason = f"could not be drawn ({type(exc).__name__}: {exc})"
        raise DL3Error(source.path, reason) from exc
    for name, content in pictures.items():
        path = place(folder, source, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def sweep(folder: Path, kept: set[str]) -> int:
    """Remove previews of what is not in the archive any more, and what a crash left.

    Parameters
    ----------
    folder
        Of all previews.
    kept
        Keys of the sources that there are.

    Returns
    -------
    int
        Number of files removed.
    """
    removed = 0
    for path in folder.glob("[0-9a-f][0-9a-f]/*"):
        if path.parent.name + path.name.partition("-")[0] not in kept:
            path.unlink(missing_ok=True)
            removed += 1
    return removed

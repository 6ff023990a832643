"""What a cut is made from, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from iact.dl3.container import Hdu, split_hdus
from iact.dl3.observation import ReadingRules
from iact.dl3.storage import read_stored, uncompressed
from iact.errors import DL3Error
from iact.events.faults import Fault, unavailable
from iact.events.selection import Values

_AGAIN = "ask the operator, who should look at it and ingest it again"


@dataclass(frozen=True)
class Source:
    """A file that the archive has.

    Parameters
    ----------
    path
        Where it is, without symbolic links.
    name
        What messages and records call it.
    sha256
        Hexadecimal digest of its bytes when it was ingested.
    """

    path: Path
    name: str
    sha256: str

    def hdus(self) -> tuple[Hdu, ...]:
        """Read the file.

        Raises
        ------
        Fault
            If it cannot be read, or is not as it was.
        """
        try:
            stored = read_stored(self.path.parent, self.path.name)
            if stored.sha256 != self.sha256:
                raise unavailable(f"{self.name} has changed since it was ingested; {_AGAIN}.")
            return split_hdus(self.name, uncompressed(stored))
        except OSError as exc:
            raise unavailable(f"{self.name} cannot be read now; {_AGAIN}.") from exc
        except DL3Error as exc:
            raise Fault("Error", 500, f"{exc}; {_AGAIN}.") from exc


@dataclass(frozen=True)
class Response:
    """An instrument response that is kept in another file than the events."""

    kind: str
    hdu_number: int
    source: Source


@dataclass(frozen=True)
class Task:
    """One cut.

    Parameters
    ----------
    did
        Identifier of the dataset.
    event_type
        Label of the list, where its observation is split into several.
    source
        The file with the events.
    values
        The request: texts by parameter.
    target
        Where the result goes.
    rules
        What the collection knows of its files.
    responses
        In other files.
    label
        Begins the name under which the result is saved.
    """

    did: str
    event_type: str
    source: Source
    values: Values
    target: Path
    rules: ReadingRules = field(default_factory=ReadingRules)
    responses: tuple[Response, ...] = ()
    label: str = "cut"

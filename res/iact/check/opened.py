"""A file as the rules see it: its HDUs, each with the format it is meant to have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iact.check.gadf import FORMATS, HDU_INDEX, OBS_INDEX
from iact.check.specification import HduFormat
from iact.dl3.classify import Part, kind_of_file, looks_like_index, parts_of
from iact.dl3.container import Hdu, split_hdus
from iact.dl3.header import text
from iact.dl3.storage import StoredFile, read_stored, uncompressed
from iact.dl3.tables import Table
from iact.errors import DL3Error


@dataclass(frozen=True)
class Section:
    """One HDU.

    Parameters
    ----------
    hdu
        The HDU.
    kind
        As `iact.dl3.classify.Part.kind`; empty for what is none of them.
    hdu_class
        GADF name of its format, or what stands for it; empty where `kind` is.
    table
        Its table; `None` if it is none, or broken.
    problem
        Why the table is broken.
    """

    hdu: Hdu
    kind: str = ""
    hdu_class: str = ""
    table: Table | None = None
    problem: DL3Error | None = None

    @property
    def format(self) -> HduFormat | None:
        """What GADF says about it; `None` where it says nothing."""
        return FORMATS.get(self.hdu_class)

    @property
    def is_drift(self) -> bool:
        """Whether it is about drift scans, by its header or by all rows of its index."""
        if text(self.hdu, "OBS_MODE").upper() == "DRIFT":
            return True
        if self.table is None or "OBS_MODE" not in self.table.names or self.kind != "index":
            return False
        modes = {str(row.get("OBS_MODE")).upper() for row in self.table.records()}
        return modes == {"DRIFT"}


@dataclass(frozen=True)
class OpenedFile:
    """A file that could be cut into HDUs.

    Parameters
    ----------
    stored
        Its bytes on disk.
    size
        Bytes when decompressed.
    sections
        Its HDUs.
    """

    stored: StoredFile
    size: int
    sections: tuple[Section, ...]

    def of_kind(self, kind: str) -> Section | None:
        """Return the first HDU of a kind, which is the one that is read."""
        return next((section for section in self.sections if section.kind == kind), None)


def open_file(root: Path, path: str) -> OpenedFile:
    """Read a file for the rules.

    Parameters
    ----------
    root, path
        As for `iact.dl3.read.read_file`.

    Raises
    ------
    OSError, DL3Error
        If it cannot be read or is no FITS file: `iact.dl3.read.read_file` tells the same.
    """
    stored = read_stored(root, path)
    content = uncompressed(stored)
    hdus = split_hdus(path, content)
    sections = [_section(hdu) for hdu in hdus]
    if _is_index(path, hdus, sections):
        sections = [_index_section(section) for section in sections]
    return OpenedFile(stored, len(content), tuple(sections))


def _section(hdu: Hdu) -> Section:
    try:
        table = Table(hdu) if hdu.is_table else None
        parts = parts_of((hdu,))
    except DL3Error as error:
        return Section(hdu, problem=error)
    if not parts:
        return Section(hdu, table=table)
    return Section(hdu, parts[0].kind, parts[0].hdu_class.lower(), table)


def _is_index(path: str, hdus: tuple[Hdu, ...], sections: list[Section]) -> bool:
    if any(section.problem for section in sections):
        return looks_like_index(path)
    parts = tuple(Part(section.kind, section.hdu) for section in sections if section.kind)
    return kind_of_file(path, hdus, parts) == "index"


def _index_section(section: Section) -> Section:
    """Tell the two indexes apart as `iact.dl3.index` does: by their columns."""
    if section.table is None or "OBS_ID" not in section.table.names:
        return section
    is_hdu_index = {"HDU_TYPE", "FILE_NAME"} <= section.table.names
    found = HDU_INDEX if is_hdu_index else OBS_INDEX
    return Section(section.hdu, "index", found.name, section.table)

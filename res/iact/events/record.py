"""How a cut came about, inside of it: HISTORY cards and a table PROVENANCE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from astropy.io import fits

import iact
from iact.events.hduwriting import changed_hdu
from iact.events.task import Task

#: Bytes of a value; the rest of longer ones, as polygons can be, goes into further rows.
_VALUE_BYTES = 200
_SOFTWARE = f"iact {iact.__version__}"


def history(task: Task, before: int, after: int) -> list[str]:
    """Return sentences for HISTORY cards of a list that was cut."""
    parameters = "; ".join(
        f"{name}={text}" for name, text in _parameters(task) if len(text) <= _VALUE_BYTES
    )
    return [
        f"{after} of {before} events of {_ascii(task.source.name)} selected by {_SOFTWARE}",
        f"Selection: {_ascii(parameters) or 'all'}",
        "The instrument responses are those of the whole list. See PROVENANCE.",
    ]


def provenance_hdu(task: Task, before: int | None, after: int | None) -> bytes:
    """Return the table PROVENANCE, of names and values.

    The names are those of the classes and attributes of the IVOA Provenance Data Model 1.0
    (section 2): one activity that used files of the archive and generated this one.

    Parameters
    ----------
    task
        The cut.
    before, after
        Number of events of the whole list and of the result; None without a list.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    rows = [
        ("Activity.name", "cut of an event list"),
        ("Activity.startTime", now),
        ("Activity.software", _SOFTWARE),
        ("Activity.standard", "ivo://ivoa.net/std/SODA"),
        ("Used.Entity.id", task.did),
        ("Used.Entity.location", task.source.name),
        ("Used.Entity.sha256", task.source.sha256),
    ]
    for response in task.responses:
        rows += [
            (f"Used.Entity.{response.kind}.location", response.source.name),
            (f"Used.Entity.{response.kind}.sha256", response.source.sha256),
        ]
    rows += [(f"Parameter.{name}", text) for name, text in _parameters(task)]
    if before is not None:
        rows += [("Used.Entity.events", str(before)), ("Generated.Entity.events", str(after))]
    return _table([(name, part) for name, text in rows for part in _pieces(_ascii(text))])


def _parameters(task: Task) -> Iterable[tuple[str, str]]:
    return ((name, text) for name, texts in task.values.items() if name != "ID" for text in texts)


def _ascii(text: str) -> str:
    """Return a text as headers and tables of FITS have it (4.0, sections 4.2.1 and 7.3.3)."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean.encode("ascii", "backslashreplace").decode("ascii")


def _pieces(text: str) -> Sequence[str]:
    cuts = range(0, max(len(text), 1), _VALUE_BYTES)
    return [text[start : start + _VALUE_BYTES] for start in cuts]


def _table(rows: Sequence[tuple[str, str]]) -> bytes:
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    header = fits.Header(
        [
            ("XTENSION", "BINTABLE", "binary table"),
            ("BITPIX", 8),
            ("NAXIS", 2),
            ("NAXIS1", sum(widths)),
            ("NAXIS2", len(rows)),
            ("PCOUNT", 0),
            ("GCOUNT", 1),
            ("TFIELDS", 2),
            ("TTYPE1", "NAME", "class and attribute"),
            ("TFORM1", f"{widths[0]}A"),
            ("TTYPE2", "VALUE", "its value, continued in rows of the same name"),
            ("TFORM2", f"{widths[1]}A"),
            ("EXTNAME", "PROVENANCE"),
        ]
    )
    content = "".join(name.ljust(widths[0]) + text.ljust(widths[1]) for name, text in rows)
    return changed_hdu(header, content.encode("ascii"))

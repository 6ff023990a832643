"""What the check has to say: one finding for each thing that is not as a document wants it."""

from __future__ import annotations

from dataclasses import dataclass

#: Ingestion refuses the file.
ERROR = "error"
#: Ingestion takes the file and has to assume something, or the file breaks a mandatory
#: statement of a standard.
WARNING = "warning"
#: A deviation that does no harm.
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Parameters
    ----------
    severity
        One of `SEVERITIES`.
    rule
        Short stable name of the rule that was broken.
    hdu, keyword
        Where: name of the HDU (``HDU 1`` without EXTNAME), keyword or column; empty for
        the file, or HDU, as a whole.
    found
        What is there.
    expected
        What was expected.
    document
        Which document says so.
    file
        The file as the user knows it.
    """

    severity: str
    rule: str
    hdu: str
    keyword: str
    found: str
    expected: str
    document: str
    file: str = ""


def shown(value: object) -> str:
    """Return how findings quote a value of a header or table.

    Parameters
    ----------
    value
        Text, number or logical.
    """
    if isinstance(value, bool):
        return "T" if value else "F"
    return repr(value)


def listed(names: list[str], most: int = 3) -> str:
    """Return names as one text, the first few only.

    Parameters
    ----------
    names
        In the order in which they shall stand.
    most
        How many are named.
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")

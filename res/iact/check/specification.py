"""How a format is written down: keywords and columns of a kind of HDU."""

from __future__ import annotations

from dataclasses import dataclass

MANDATORY = "mandatory"
#: What should be there, and does no harm where it is not.
RECOMMENDED = "recommended"
OPTIONAL = "optional"
#: Mandatory in drift scans only, and in all other observations only.
IN_DRIFT = "in drift scans"
UNLESS_DRIFT = "unless drift scan"

TEXT = "text"
NUMBER = "number"
INTEGER = "whole number"

FITS = "FITS 4.0"
#: What no standard says, but this software's own rules.
ARCHIVE = "rules of this archive"

#: TFORM letters of the types that columns can have.
_FORMS = {
    TEXT: "A",
    INTEGER: "BIJK",
    "int64": "K",
    NUMBER: "ED",
    "float64": "D",
    "bits": "X",
}


def gadf(section: str) -> str:
    """Return how findings name a section of the format."""
    return f'GADF 0.3, "{section}"'


@dataclass(frozen=True)
class Keyword:
    """A header keyword.

    Parameters
    ----------
    name
        The keyword.
    kind
        `TEXT`, `NUMBER` or `INTEGER`.
    presence
        `MANDATORY`, `RECOMMENDED`, `OPTIONAL`, `IN_DRIFT` or `UNLESS_DRIFT`.
    unit
        Of its value; empty where it has none.
    values
        All that it may have; empty where anything goes.
    tolerated
        Values that are as good, though the section does not name them.
    section
        Of GADF; empty for the section of its HDU.
    strict
        Whether another value breaks the format; if not, it does no harm.
    form
        What a text has to look like, in words.
    """

    name: str
    kind: str = TEXT
    presence: str = MANDATORY
    unit: str = ""
    values: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    section: str = ""
    strict: bool = True
    form: str = ""

    @property
    def expected(self) -> str:
        """What the value should be, in words."""
        if self.form:
            return self.form
        if len(self.values) == 1:
            return repr(self.values[0])
        if self.values:
            return f"one of {', '.join(self.values)}"
        what = "text" if self.kind == TEXT else f"a {self.kind}"
        return f"{what} in {self.unit}" if self.unit else what


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        TTYPE.
    kind
        `TEXT`, `NUMBER`, `INTEGER`, ``int64``, ``float64`` or ``bits``.
    unit
        As GADF writes it; empty where it has none.
    presence
        As that of a `Keyword`.
    alias
        Another name that is read too.
    """

    name: str
    kind: str = NUMBER
    unit: str = ""
    presence: str = MANDATORY
    alias: str = ""

    @property
    def expected(self) -> str:
        """What the column should be, in words."""
        what = {"int64": "64-bit integers", "float64": "64-bit numbers"}.get(
            self.kind, self.kind if self.kind in (TEXT, "bits") else f"{self.kind}s"
        )
        return f"{what} in {self.unit}" if self.unit else what

    def fits(self, code: str) -> bool:
        """Tell whether the letter of a TFORM is of this type."""
        return code in _FORMS[self.kind]


@dataclass(frozen=True)
class HduFormat:
    """What one kind of HDU should be.

    Parameters
    ----------
    name
        HDU_CLASS of the HDU index (``aeff_2d``), or ``obs-index``, ``hdu-index``.
    section
        Of GADF.
    keywords, columns
        What is in it.
    is_response
        Whether it is a response: units of those are recommended only.
    """

    name: str
    section: str
    keywords: tuple[Keyword, ...]
    columns: tuple[Column, ...]
    is_response: bool = False

    @property
    def document(self) -> str:
        """How findings name the section."""
        return gadf(self.section)

    def keyword(self, name: str) -> Keyword | None:
        """Return what is said about a keyword, if anything is."""
        return next((keyword for keyword in self.keywords if keyword.name == name), None)

    def column(self, name: str) -> Column | None:
        """Return what is said about a column, if anything is; case does not count."""
        wanted = name.upper()
        return next((column for column in self.columns if column.name.upper() == wanted), None)

    def document_of(self, keyword: Keyword) -> str:
        """Return the document that defines a keyword."""
        return gadf(keyword.section or self.section)

"""Rules for columns that clients name or send: what may reach places where DaCHS makes code.

DaCHS turns descriptions of columns into Python source and SQL. Whatever a client wrote is checked
here first, or stays out of there under a name of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from astropy.io.fits import Card

#: Letters that need no quotes anywhere; what begins with `_STAND_IN` is ours.
_PLAIN = re.compile(r"(?!given_column_)[A-Za-z_][A-Za-z0-9_]*\Z")
_STAND_IN = "given_column_{}"
#: What XML 1.0 (section 2.2) cannot have; and what is no part of a name besides.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNWRITABLE = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
#: Characters of a text in a card of FITS.
_CARD = 68
#: VOTable 1.4, sections 2.1 and 2.2.
_NUMBERS = ("bit", "unsignedByte", "short", "int", "long", "float", "double")
_COMPLEX = ("floatComplex", "doubleComplex")
_TEXTS = ("char", "unicodeChar")
_DATATYPES = ("boolean", *_NUMBERS, *_COMPLEX, *_TEXTS)
_LENGTH = "[1-9][0-9]{0,8}"
#: None is 0: rows of which each takes no byte have no end.
_ARRAYSIZE = re.compile(rf"(?:{_LENGTH}x)*(?:{_LENGTH}\*?|\*)\Z")
_NUMBER = r"[-+]?(?:0x[0-9a-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|nan|inf)"
#: Null values of numbers (VOTable 1.4, section 4.6); complex ones are pairs.
_NULL = re.compile(rf"(?:{_NUMBER}(?: {_NUMBER})?)?\Z", re.ASCII | re.IGNORECASE)
_NULL_OF_BOOLEANS = re.compile(r"(?:true|false|[tf01? ])?\Z", re.IGNORECASE)


class ColumnFault(ValueError):
    """What is wrong with a column that a client has sent or named, as a sentence."""


def is_plain(name: str) -> bool:
    """Tell whether a column's name can stand in source and SQL without quotes."""
    return _PLAIN.match(name) is not None


def stand_in(number: int) -> str:
    """Return the name that stands for one that is not plain.

    Parameters
    ----------
    number
        Of the column in its table; no other stand-in of the table has it.
    """
    return _STAND_IN.format(number)


def for_fits(text: str) -> str:
    """Return as much of a text as the value of a FITS keyword can have, in ASCII.

    Quotes are written twice there; what describes columns cannot be continued on another card
    (FITS 4.0, sections 4.2.1.1 and 4.2.1.2). Where astropy would not read it back, quotes are
    written as Python writes them.
    """
    written = text.encode("ascii", "backslashreplace").decode("ascii")
    while len(written) + written.count("'") > _CARD:
        written = written[:-1]
    card = Card("TTYPE1", written, "description")
    return written if Card.fromstring(str(card)).value == written else without_quotes(written)


def without_quotes(text: str) -> str:
    """Return a text of a FITS keyword with another form of its quotes."""
    return text.replace("'", "\\x27")[:_CARD]


def check_text(text: str) -> None:
    """Raise a `ColumnFault` if a query has a character that no result in XML can repeat."""
    if unwritable := _NOT_XML.search(text):
        raise ColumnFault(
            f"The query has the character U+{ord(unwritable.group()):04X} at position"
            f" {unwritable.start() + 1}, which XML cannot have; leave it out."
        )


def check_name(name: str) -> None:
    """Raise a `ColumnFault` if a name cannot be written into every format of results."""
    if not name:
        raise ColumnFault("A column has an empty name; give it one.")
    if unwritable := _UNWRITABLE.search(name):
        place, what = unwritable.start(), ord(unwritable.group())
        raise ColumnFault(
            f"The column name {name!a} has the character U+{what:04X} at position {place + 1},"
            " which XML cannot have in a name; leave it out."
        )


def check_field(
    name: str, datatype: str | None, arraysize: str | None, nulls: Iterable[str] = ()
) -> None:
    """Check what VOTable says of a column (VOTable 1.4, section 4.1).

    Parameters
    ----------
    name
        The attribute of FIELD; ID where there is none.
    datatype, arraysize
        Attributes of FIELD; None where they are missing.
    nulls
        The attribute `null` of its VALUES.

    Raises
    ------
    ColumnFault
        They are not as VOTable wants them.
    """
    check_name(name)
    if datatype not in _DATATYPES:
        raise ColumnFault(
            f"The column {name!a} has the datatype {datatype!a}, which VOTable does not know: use"
            f" one of {', '.join(_DATATYPES)}."
        )
    if arraysize is not None and arraysize.strip() and not _ARRAYSIZE.match(arraysize.strip()):
        raise ColumnFault(
            f"The column {name!a} has the arraysize {arraysize!a}, which is none of VOTable's: give"
            " numbers from 1 on, joined by x, of which the last may be, or end with, a *."
        )
    if datatype in _TEXTS:
        return
    known = _NULL_OF_BOOLEANS if datatype == "boolean" else _NULL
    for null in nulls:
        if not known.match(null):
            raise ColumnFault(
                f"The column {name!a} has the null value {null!a}, which is no {datatype}: give"
                " one."
            )

"""The cards of a header: a value is parsed when it is asked for, and once.

Of the time that it took to read a DL3 file with astropy's `Header`, more than half went
into cards: it parses them in the most general way and looks values up anew every time.
Cards of the ordinary forms (FITS 4.0, sections 4.1.2 and 4.2) are parsed here. Values
of any other form, and headers with cards of any other form (CONTINUE, HIERARCH), are
left to astropy.
"""

from __future__ import annotations

import re
import warnings
from functools import cached_property
from typing import Any

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

CARD = 80
END = "END".ljust(CARD)

_COMMENTARY = ("COMMENT ", "HISTORY ", "        ")
_NAME = re.compile(r"[A-Z0-9_-]+ *")
_VALUE = re.compile(
    r" *(?:'(?P<text>[^']*)'|(?P<logical>[TF])|(?P<whole>[+-]?[0-9]+)"
    r"|(?P<real>[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[ED]))(?:[ED][+-]?[0-9]+)?)|)"
    # Quotes in text or comment can be read in more ways than one: astropy decides.
    r" *(?:/[^']*)?"
)


class UnreadableCard(ValueError):
    """A card is there, but what it holds is no value."""


class Cards:
    """The cards of one header.

    Parameters
    ----------
    raw
        The header in ASCII, as far as the END card or further.
    """

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._parsed: dict[str, Any] = {}
        found = _ordinary(raw)
        self._ordinary = found is not None
        if found is None:
            skipped = ("", "COMMENT", "HISTORY")
            found = [(name, "") for name in self.header if name not in skipped]
        #: Keywords in the header's order, as often as they stand; COMMENT, HISTORY and
        #: blank ones are left out.
        self.keywords = [name for name, _ in found]
        # Of several cards the first counts.
        self._cards = dict(reversed(found))

    @cached_property
    def header(self) -> fits.Header:
        """All of it as astropy has it."""
        with warnings.catch_warnings():
            # Cards that are not by the standard: whoever needs one finds it unreadable.
            warnings.simplefilter("ignore", AstropyWarning)
            return fits.Header.fromstring(self._raw)

    def value(self, keyword: str) -> Any:
        """Return the value of a card; of several with the keyword the first counts.

        Returns
        -------
        str, bool, int, float, complex or None
            Text as it stands between the quotes, without blanks at its end; `None`
            where the card is absent or has no value.

        Raises
        ------
        UnreadableCard
            If what the card holds is no value.
        """
        if keyword not in self._parsed:
            self._parsed[keyword] = self._parse(keyword) if keyword in self._cards else None
        value = self._parsed[keyword]
        if isinstance(value, UnreadableCard):
            raise value
        return value

    def _parse(self, keyword: str) -> Any:
        if self._ordinary:
            match = _VALUE.fullmatch(self._cards[keyword], 10)
            if match:
                return _plain_value(match)
        return self._by_astropy(keyword)

    def _by_astropy(self, keyword: str) -> Any:
        try:
            if self._ordinary:
                value = fits.Card.fromstring(self._cards[keyword]).value
            else:
                value = self.header.get(keyword)
        except (fits.VerifyError, ValueError) as exc:
            return UnreadableCard(f"{keyword}: {exc}")
        return None if isinstance(value, fits.card.Undefined) else value


def _ordinary(raw: str) -> list[tuple[str, str]] | None:
    """Return keywords and cards, or `None` if there are cards of other than ordinary forms."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(raw), CARD):
        card = raw[start : start + CARD]
        if card == END:
            break
        if card.startswith(_COMMENTARY):
            continue
        if card[8:10] != "= " or not _NAME.fullmatch(card, 0, 8):
            return None
        found.append((card[:8].rstrip(), card))
    return found


def _plain_value(match: re.Match[str]) -> Any:
    kind, said = match.lastgroup, match[match.lastgroup or 0]
    if kind == "text":
        return said.rstrip()
    if kind == "logical":
        return said == "T"
    if kind == "whole":
        return int(said)
    # FITS allows D for the exponent of double precision.
    return float(said.replace("D", "E")) if kind == "real" else None

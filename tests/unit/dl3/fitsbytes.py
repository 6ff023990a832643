"""FITS files taken apart into cards and data, and put together again, without a FITS library."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from unit.dl3.fitsfiles import ABSENT, Cards

BLOCK, CARD = 2880, 80
#: Bytes and struct format of one element, by letter of TFORM.
_ELEMENTS = {"I": (2, ">h"), "K": (8, ">q"), "D": (8, ">d"), "E": (4, ">f")}


@dataclass(frozen=True)
class Part:
    """One HDU: its cards without END, and its data with their padding."""

    cards: tuple[bytes, ...]
    data: bytes

    def keywords(self) -> list[str]:
        return [card[:8].decode("latin-1").strip() for card in self.cards]

    def value(self, keyword: str) -> str:
        """A card's value as it is written, without quotes and remark."""
        card = self.cards[self.keywords().index(keyword)]
        return card[10:].decode("latin-1").split("/")[0].strip().strip("'").strip()

    def cells(self) -> list[tuple[int, str, str]]:
        """Offset in the data, name and struct format of every element of a table."""
        if "TFIELDS" not in self.keywords():
            return []
        found, offset = [], 0
        for number in range(1, int(self.value("TFIELDS")) + 1):
            count, code = re.fullmatch(r"(\d*)([A-Z])", self.value(f"TFORM{number}")).groups()
            size, form = _ELEMENTS[code]
            name = self.value(f"TTYPE{number}")
            for _ in range(int(count or 1)):
                found.append((offset, name, form))
                offset += size
        rows = int(self.value("NAXIS2"))
        return [(row * offset + at, name, form) for row in range(rows) for at, name, form in found]

    def with_cards(self, cards: Cards) -> Part:
        """This HDU with other cards; those whose value is `ABSENT` are left out."""
        listed = list(self.cards)
        for keyword, value in cards.items():
            there = [at for at, said in enumerate(self.keywords()) if said == keyword]
            if value is ABSENT:
                listed = [said for said in listed if not said.startswith(keyword.encode().ljust(8))]
            elif there:
                listed[there[0]] = card(keyword, value)
            else:
                listed.append(card(keyword, value))
        return replace(self, cards=tuple(listed))

    def with_column(self, name: str, *values: float) -> Part:
        """This table with other numbers in the first rows of a column."""
        data = bytearray(self.data)
        places = [(at, form) for at, said, form in self.cells() if said == name]
        for value, (at, form) in zip(values, places, strict=False):
            struct.pack_into(form, data, at, value)
        return replace(self, data=bytes(data))


Parts = tuple[Part, ...]


def taken_apart(raw: bytes) -> Parts:
    """Split a valid file, as astropy writes it."""
    starts = [
        at for at in range(0, len(raw), BLOCK) if raw[at : at + 8] in (b"SIMPLE  ", b"XTENSION")
    ]
    parts = []
    for start, stop in zip(starts, [*starts[1:], len(raw)], strict=True):
        cards = []
        at = start
        while not raw.startswith(b"END     ", at):
            cards.append(raw[at : at + CARD])
            at += CARD
        data = start + -(-(at + CARD - start) // BLOCK) * BLOCK
        parts.append(Part(tuple(cards), raw[data:stop]))
    return tuple(parts)


def put_together(parts: Parts) -> bytes:
    """Write a file; headers and data are padded to whole blocks."""
    pieces = []
    for part in parts:
        header = b"".join(part.cards) + b"END".ljust(CARD)
        pieces.append(header.ljust(-(-len(header) // BLOCK) * BLOCK))
        pieces.append(part.data.ljust(-(-len(part.data) // BLOCK) * BLOCK, b"\0"))
    return b"".join(pieces)


def changed(parts: Parts, number: int, part: Part) -> Parts:
    """The file with another HDU in one place."""
    return (*parts[:number], part, *parts[number + 1 :])


def card(keyword: str, value: object) -> bytes:
    """A card of 80 bytes; bytes stand in it as they are, without quotes."""
    if isinstance(value, bool):
        said = b"%20s" % (b"T" if value else b"F")
    elif isinstance(value, bytes):
        said = value
    elif isinstance(value, str):
        said = b"'" + value.replace("'", "''").encode("latin-1", "replace").ljust(8) + b"'"
    else:
        said = b"%20s" % repr(value).upper().encode()
    return (keyword.encode("ascii")[:8].ljust(8) + b"= " + said)[:CARD].ljust(CARD)

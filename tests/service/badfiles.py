"""Bad files and how to make them.

All are made of one valid simulated run, observation 900002.
"""

from __future__ import annotations

import functools
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from service.simulatedruns import simulated
from unit.dl3.fitsbytes import Part, Parts, card, changed, put_together, taken_apart
from unit.dl3.fitsfiles import ABSENT, Cards

EVENTS, GTI, BKG = 1, 2, 6
NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True)
class Bad:
    """A bad file.

    Parameters
    ----------
    make
        Makes its bytes.
    reason
        A regular expression that fits what ingestion says: the reason of the quarantine, or
        the statement of an assumption.
    hdu, keyword
        Where it says to look.
    topic
        Of the assumption, for a file that goes in.
    """

    make: Callable[[], bytes]
    reason: str
    hdu: str = ""
    keyword: str = ""
    topic: str = ""


def packed() -> bytes:
    """The valid file, compressed."""
    return simulated(900002).content


@functools.lru_cache(maxsize=1)
def good() -> Parts:
    """The valid file in parts."""
    return taken_apart(gzip.decompress(packed()))


def with_cards(number: int, **cards: object) -> bytes:
    """The file with other cards in one HDU."""
    return put_together(changed(good(), number, good()[number].with_cards(cards)))


def without(keyword: str, *numbers: int) -> bytes:
    """The file without a card in some HDUs."""
    parts = good()
    for number in numbers:
        parts = changed(parts, number, parts[number].with_cards({keyword: ABSENT}))
    return put_together(parts)


def with_column(number: int, name: str, *values: float) -> bytes:
    """The file with other numbers at the beginning of a column."""
    return put_together(changed(good(), number, good()[number].with_column(name, *values)))


def with_unit(number: int, column: str, unit: str) -> bytes:
    """The file with another unit of a column."""
    part = good()[number]
    at = [part.value(f"TTYPE{n + 1}") for n in range(int(part.value("TFIELDS")))].index(column)
    return with_cards(number, **{f"TUNIT{at + 1}": unit})


def in_radians() -> bytes:
    """The file with right ascensions in rad, and a unit that says so."""
    degrees = float(good()[EVENTS].value("RA_PNT"))
    number = int(good()[EVENTS].value("NAXIS2"))
    part = good()[EVENTS].with_column("RA", *[np.radians(degrees)] * number)
    return put_together(changed(good(), EVENTS, part.with_cards({"TUNIT3": "rad"})))


def with_intervals(*pairs: tuple[float, float]) -> bytes:
    """The file with other good time intervals, in s after the run's start."""
    start = float(good()[EVENTS].value("TSTART"))
    data = (np.array(pairs, dtype=">f8") + start).astype(">f8").tobytes()
    part = replace(good()[GTI], data=data).with_cards({"NAXIS2": len(pairs)})
    return put_together(changed(good(), GTI, part))


def with_heap(number: int, name: str, length: int, offset: int) -> bytes:
    """The file with one more column, of variable length, whose first row points so."""
    part = good()[number]
    width, rows = int(part.value("NAXIS1")), int(part.value("NAXIS2"))
    fields = int(part.value("TFIELDS")) + 1
    table = np.frombuffer(part.data[: width * rows], "u1").reshape(rows, width)
    pointers = np.zeros((rows, 2), ">i4")
    pointers[0] = length, offset
    wide = np.hstack([table, pointers.view("u1").reshape(rows, 8)]).tobytes()
    heap = bytes(64)
    more = {"NAXIS1": width + 8, "PCOUNT": len(heap), "TFIELDS": fields,
            f"TTYPE{fields}": name, f"TFORM{fields}": "1PJ(16)"}  # fmt: skip
    return put_together(changed(good(), number, replace(part, data=wide + heap).with_cards(more)))


def with_raw(number: int, keyword: str, value: bytes) -> bytes:
    """The file with a text card of these bytes."""
    return with_cards(number, **{keyword: b"'" + value + b"'"})


def with_parts(*more: Part) -> bytes:
    """The file with more HDUs."""
    return put_together((*good(), *more))


def extension(kind: str, cards: Cards | None = None, data: bytes = b"") -> Part:
    """An HDU without data, or with these."""
    own = {"XTENSION": kind, "BITPIX": 8, "NAXIS": 1, "NAXIS1": len(data), "PCOUNT": 0, "GCOUNT": 1}
    listed = tuple(card(keyword, value) for keyword, value in {**own, **(cards or {})}.items())
    return Part(listed, data)


def long_card(keyword: str, value: str) -> bytes:
    """The file with a text in EVENTS that goes over several cards (FITS 4.0, 4.2.1.2)."""
    pieces = [value[at : at + 60] for at in range(0, len(value), 60)]
    cards = [card(keyword, pieces[0] + "&")]
    for piece in pieces[1:]:
        last = "" if piece is pieces[-1] else "&"
        cards.append(f"CONTINUE  '{piece}{last}'".ljust(80).encode())
    part = good()[EVENTS].with_cards({keyword: ABSENT})
    return put_together(changed(good(), EVENTS, replace(part, cards=(*part.cards, *cards))))


def squeezed(raw: bytes, zeros: int) -> bytes:
    """A gzip stream of some bytes and very many zeros, without making the zeros."""
    whole = 16 * 1024**2
    body = gzip.compress(raw, mtime=0)
    block = gzip.compress(bytes(whole), mtime=0)
    return body + block * (zeros // whole)


def bomb() -> bytes:
    """A file whose primary HDU says that 5 GiB of zeros follow, and they do."""
    size = 5 * 1024**3
    head = put_together((good()[0].with_cards({"NAXIS": 1, "NAXIS1": size}),))
    return squeezed(head, size)


def wrong_crc() -> bytes:
    """The compressed file with a checksum of gzip's that does not fit."""
    return packed()[:-8] + zlib.crc32(b"other").to_bytes(4, "little") + packed()[-4:]

"""The HDUs of a FITS file, cut from its bytes.

Where one HDU ends and the next begins follows
from the structural keywords (FITS 4.0, sections 3 and 7), so that every HDU can
be checksummed as it stands in the uncompressed stream, and a file that was cut
short is noticed before anything of it is believed.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from astropy.io import fits

from iact.dl3.cards import CARD, END, Cards, UnreadableCard
from iact.errors import DL3Error

#: HDUs a file may have.
MAX_HDUS = 1000
#: Bytes that all headers of a file together may have: 100,000 cards, which take a second or
#: two to parse. A table of 999 columns has a tenth of that.
MAX_HEADER_BYTES = 8_000_000

#: Bytes that HDUs are padded to (FITS 4.0, section 3.1).
BLOCK = 2880
_END = END.encode("ascii")
#: How an extension begins.
_NEXT = b"XTENSION= '"
#: Header bytes that are not printable ASCII become blanks (FITS 4.0, section 3.2).
_PRINTABLE = bytes(code if 0x20 <= code <= 0x7E else 0x20 for code in range(256))


@dataclass(frozen=True)
class Hdu:
    """One HDU: its header and where its bytes are.

    Parameters
    ----------
    path
        The file, relative to the data root.
    number
        Position in the file, 0 for the primary HDU.
    parsed
        The cards of its header, characters that FITS does not allow replaced by blanks.
    content
        Header, data and padding as in the uncompressed file.
    data
        The data without padding.
    replaced
        Keywords whose cards held characters that FITS does not allow.
    """

    path: str
    number: int
    parsed: Cards
    content: memoryview
    data: memoryview
    replaced: tuple[str, ...] = ()

    @property
    def header(self) -> fits.Header:
        """The header as astropy has it."""
        return self.parsed.header

    @property
    def keywords(self) -> list[str]:
        """The header's keywords in its order, as often as they stand."""
        return self.parsed.keywords

    @cached_property
    def name(self) -> str:
        """EXTNAME as in the file; empty where there is none."""
        value = self.value("EXTNAME")
        return value.strip() if isinstance(value, str) else ""

    @property
    def label(self) -> str:
        """What messages call this HDU: its EXTNAME, else its number."""
        return self.name or f"HDU {self.number}"

    @property
    def is_table(self) -> bool:
        """Whether this is a binary table."""
        return self.value("XTENSION") in ("BINTABLE", "A3DTABLE")

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal digest of header, data and padding."""
        return hashlib.sha256(self.content).hexdigest()

    def value(self, keyword: str) -> Any:
        """Return a card's value, text without surrounding blanks.

        Parameters
        ----------
        keyword
            The keyword; of several cards the first counts.

        Returns
        -------
        object
            `None` where the card is absent, has no value or cannot be parsed.
        """
        try:
            value = self.parsed.value(keyword)
        except UnreadableCard:
            # Whoever needs the card reports it as missing; `unreadable` names it.
            return None
        return value.strip() if isinstance(value, str) else value

    def unreadable(self, keyword: str) -> bool:
        """Tell whether a card is there but cannot be parsed."""
        try:
            self.parsed.value(keyword)
        except UnreadableCard:
            return True
        return False

    def cards(self) -> dict[str, object]:
        """Return all cards that have a value, for rules that match header values."""
        found = {keyword: self.value(keyword) for keyword in dict.fromkeys(self.keywords)}
        return {key: value for key, value in found.items() if value is not None}

    def error(self, reason: str, keyword: str = "") -> DL3Error:
        """Make the error that names this file and HDU."""
        return DL3Error(self.path, reason, hdu=self.label, keyword=keyword)


def split_hdus(path: str, content: bytes | bytearray) -> tuple[Hdu, ...]:
    """Cut an uncompressed FITS file into its HDUs.

    Parameters
    ----------
    path
        The file's name for messages.
    content
        The uncompressed file.

    Raises
    ------
    DL3Error
        If the file is empty, not FITS, or ends before an HDU does; if an HDU begins where
        none can; if there are more HDUs or headers than are read.
    """
    if not content:
        raise DL3Error(path, "file is empty")
    if not content.startswith(b"SIMPLE  ="):
        raise DL3Error(path, "not a FITS file: it does not begin with SIMPLE")
    hdus: list[Hdu] = []
    start, view = 0, memoryview(content).toreadonly()
    while start < len(content) and (not hdus or content.startswith(b"XTENSION", start)):
        if len(hdus) == MAX_HDUS:
            raise DL3Error(path, f"has more than {MAX_HDUS} HDUs")
        hdus.append(_read_hdu(path, len(hdus), view, content, start))
        start += len(hdus[-1].content)
        if start - sum(len(hdu.data) for hdu in hdus) > MAX_HEADER_BYTES:
            raise DL3Error(path, f"headers and padding have more than {MAX_HEADER_BYTES} bytes")
    if (found := content.find(_NEXT, start)) >= 0:
        reason = f"another HDU begins {found - start} bytes after the end of the data"
        raise hdus[-1].error(f"{reason}, which are said to be too short", _length_of(hdus[-1]))
    return tuple(hdus)


def _read_hdu(
    path: str, number: int, view: memoryview, content: bytes | bytearray, start: int
) -> Hdu:
    """Read the HDU that begins at `start`."""
    data_start = _header_end(path, number, content, start)
    bare = header_of(path, number, content[start:data_start])
    size = data_size(bare)
    if data_start + size > len(content):
        there = len(content) - data_start
        raise bare.error(f"file is cut short: the data need {size} bytes, {there} are there")
    _check_extent(bare, content, data_start, size)
    # Some writers leave out the padding of the last HDU.
    stop = min(data_start + -(-size // BLOCK) * BLOCK, len(content))
    data = view[data_start : data_start + size]
    return replace(bare, content=view[start:stop], data=data)


def _check_extent(hdu: Hdu, content: bytes | bytearray, start: int, size: int) -> None:
    """Refuse data that take in the next HDU, as rows of a table that there are not."""
    found = _next_hdu(content, start, start + size)
    if found >= 0:
        reason = f"another HDU begins in byte {found} of the data"
        raise hdu.error(f"{reason}, which are said to be too long", _length_of(hdu))


def _next_hdu(content: bytes | bytearray, start: int, stop: int) -> int:
    """Return after how many bytes, whole blocks, an extension begins; -1 if none does."""
    found = content.find(_NEXT, start, stop)
    while found >= 0 and (found - start) % BLOCK:
        found = content.find(_NEXT, found + 1, stop)
    return found - start if found >= 0 else -1


def _length_of(hdu: Hdu) -> str:
    """Return the keyword that is most likely to blame where data have another length."""
    return "NAXIS2" if hdu.is_table else "NAXIS"


def _header_end(path: str, number: int, content: bytes | bytearray, start: int) -> int:
    """Return where the block that holds the END card ends."""
    limit = start + MAX_HEADER_BYTES
    found = content.find(_END, start, limit)
    while found >= 0 and (found - start) % CARD:
        found = content.find(_END, found + 1, limit)
    if found < 0 and limit < len(content):
        reason = f"header has no END card in its first {MAX_HEADER_BYTES} bytes"
        raise DL3Error(path, reason, hdu=f"HDU {number}")
    if found < 0:
        raise DL3Error(path, "header has no END card: file is cut short", hdu=f"HDU {number}")
    if _next_hdu(content, start + BLOCK, found) >= 0:
        reason = "header has no END card before the next HDU begins"
        raise DL3Error(path, reason, hdu=f"HDU {number}")
    length = found - start + CARD
    return min(start + -(-length // BLOCK) * BLOCK, len(content))


def header_of(path: str, number: int, raw: bytes | bytearray) -> Hdu:
    """Return an HDU of which only the header is known, up to the END card or further."""
    cards, replaced = _parse_header(raw)
    nothing = memoryview(b"")
    return Hdu(path, number, cards, nothing, nothing, replaced)


def _parse_header(raw: bytes | bytearray) -> tuple[Cards, tuple[str, ...]]:
    """Parse a header; also return the keywords of cards that were not plain ASCII."""
    clean = raw.translate(_PRINTABLE)
    replaced: tuple[str, ...] = ()
    if clean != raw:
        cards = range(0, len(raw), CARD)
        changed = (at for at in cards if raw[at : at + CARD] != clean[at : at + CARD])
        replaced = tuple(clean[at : at + 8].decode("ascii").strip() for at in changed)
    return Cards(clean.decode("ascii")), replaced


def data_size(hdu: Hdu) -> int:
    """Return the bytes of the data, without padding (FITS 4.0, equation 2).

    Raises
    ------
    DL3Error
        If a structural keyword is missing, stands twice, or is no whole number.
    """
    axes = [_structural(hdu, f"NAXIS{axis + 1}") for axis in range(_structural(hdu, "NAXIS"))]
    if not axes:
        return 0
    if hdu.value("GROUPS") is True and not axes[0]:
        # Random groups (FITS 4.0, section 6): the first axis is a mark and no length.
        axes = axes[1:]
    bits = _structural(hdu, "BITPIX", signed=True)
    parameters = _structural(hdu, "PCOUNT", default=0)
    groups = _structural(hdu, "GCOUNT", default=1)
    return abs(bits) // 8 * groups * (parameters + math.prod(axes))


def _structural(hdu: Hdu, keyword: str, default: int | None = None, signed: bool = False) -> int:
    """Return a structural keyword, which must be a whole number."""
    if hdu.keywords.count(keyword) > 1:
        # Readers differ in which one they follow, and then in all that comes after.
        raise hdu.error("stands more than once; one was expected (FITS 4.0, 4.4.1)", keyword)
    value = hdu.value(keyword)
    if value is None and default is not None:
        return default
    if value is None and not hdu.unreadable(keyword):
        raise hdu.error("keyword is missing; a whole number was expected", keyword)
    if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and not signed):
        raise hdu.error(f"needs a whole number, has {value!r}", keyword)
    return value

"""Valid files, changed at random: cards, numbers, HDUs, bytes.

Astropy writes the valid ones once; what changes is bytes, so that thousands of
files cost seconds.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsbytes import BLOCK, Parts, card, changed, put_together, taken_apart


class Bytes(bytes):
    """A file's bytes, which reports of failures do not print: to reproduce one takes its blob."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


Draw = Callable[..., object]


# What files may hold

_THRESHOLDS = {"LO_THRES": 0.1, "HI_THRES": 50.0}
_FEW = np.geomspace(0.01, 100.0, 9)
_UTC = {"TIMESYS": "UTC", "MJDREFI": 57000, "MJDREFF": 0.25}
_SELECTION = {"DSTYP1": "ENERGY", "DSUNI1": "TeV", "DSVAL1": "0.03:160",
              "DSTYP2": "POS(RA,DEC)", "DSVAL2": "CIRCLE(83.6,21.5,5)"}  # fmt: skip


def _bases() -> dict[str, Parts]:
    """Valid files of several kinds, so that every source of every value has its turn."""
    absent = dict.fromkeys(("ONTIME", "LIVETIME", "OBS_MODE", "TELLIST"), ff.ABSENT)
    files = {
        "bare": (ff.events(rows=9), ff.gti([(1000, 1500), (1600, 2800)])),
        "full": (ff.events(rows=9), ff.gti(), ff.aeff(), ff.edisp(energies=_FEW), ff.psf_gauss()),
        "thresholds": (ff.events(rows=5), ff.gti(), ff.aeff(_THRESHOLDS), ff.bkg(), ff.rad_max()),
        "utc": (
            ff.events({**_UTC, "RADESYS": "FK5", "EQUINOX": 2000.0, **absent}, rows=7),
            ff.gti([(1000, 1900), (1950, 2800)], _UTC),
        ),
        "selection": (ff.events({**_SELECTION, "OBS_MODE": "POINTING"}, rows=6), ff.gti()),
        "no gti": (ff.events(rows=6),),
    }  # fmt: skip
    return {name: taken_apart(ff.content(*hdus)) for name, hdus in files.items()}


BASES = _bases()

_WORDS = st.sampled_from(
    ["", " ", "NaN", "inf", "-Infinity", "1e308", "1e-320", "-1", "0", "1_0", "4711", "T", "string",
     "TT", "UTC", "tai", "GPS", "FK5", "ICRS", "GALACTIC", "s", "d", "ms", "0 s", "mag(s)", "1/0",
     "deg", "rad", "arcsec", "TeV", "GeV", "eV", "erg", "m2", "D", "E", "0D", "2D", "PD(3)", "8A",
     "999999999999D", "EVENTS", "GTI", "RESPONSE", "GADF", "VODF", "<b>Crab</b>", "\\N", "..", "/",
     "5:1", "0.1:", "CIRCLE(1,2,3)", "CIRCLE(1,2,1e308)", "ENERGY", "POS(RA,DEC)", "DRIFT", "1,2",
     "-67d40m35s", "4780 m", "TIME", "RA", "START", "ENERGY", "x" * 68]
)  # fmt: skip
_NUMBERS = st.sampled_from(
    [0, 1, -1, 2, 5, 7, 8, 16, -32, 28, 90, 91, 360, 999, 1000, 2**31, 2**63, 10**60, 0.0, -0.0,
     1e-320, 1e-300, 1e-9, 0.5, 1e9, 1e17, 1e300, 1.7e308, -1e308]
)  # fmt: skip
_VALUES = st.one_of(
    _WORDS,
    _NUMBERS,
    st.integers(-100, 100_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    st.sampled_from(
        [b"", b"NAN", b"1E", b"1.5D3", b"12 34", b"'open", b"(1,2)", b"\xff\xfe", b"\0\t"]
    ),
)
_CELLS = st.one_of(
    st.sampled_from(
        [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e-300, 1e30, 3e38, 1.7e308, 1500.0, 1e12]
    ),
    st.floats(-1e4, 1e4),
)
#: Keywords that the reader asks for, which files of the kinds above may lack.
_KEYWORDS = st.sampled_from(
    ["MJDREF", "MJDREFI", "MJDREFF", "TIMESYS", "TIMEUNIT", "TSTART", "TSTOP", "OBS_ID", "EV_CLASS",
     "ONTIME", "LIVETIME", "DEADC", "RA_PNT", "DEC_PNT", "RADESYS", "RADECSYS", "EQUINOX", "N_TELS",
     "TELLIST", "QUALITY", "CONV_DEP", "GEOLON", "GEOLAT", "ALTITUDE", "OBJECT", "TELESCOP", "IRF",
     "CALDB", "HDUCLASS", "HDUCLAS1", "HDUCLAS2", "HDUCLAS3", "HDUCLAS4", "EXTNAME", "DSTYP1",
     "DSVAL1", "DSUNI1", "LO_THRES", "HI_THRES", "TSCAL2", "TZERO2", "TNULL1", "TSCAL1", "TZERO5",
     "TUNIT1", "TUNIT2", "TUNIT3", "TUNIT5", "TFORM2", "TTYPE2", "TDIM2", "THEAP", "NAXIS2",
     "NAXIS1", "BITPIX", "PCOUNT", "GCOUNT", "TFIELDS", "CREATED", "DATE", "OBS_MODE", "CHECKSUM"]
)  # fmt: skip


_STRUCTURE = (
    b"SIMPLE",
    b"XTENSION",
    b"BITPIX",
    b"NAXIS",
    b"PCOUNT",
    b"GCOUNT",
    b"TFIELDS",
    b"TFORM",
)


# What may happen to them


def changed_card(draw: Draw, parts: Parts) -> Parts:
    """Remove, repeat, rename, retype or set one card."""
    index = draw(st.integers(0, len(parts) - 1))
    part = parts[index]
    cards = list(part.cards)
    # Most files without these are refused at once, which would leave little to see.
    telling = [at for at, card in enumerate(cards) if not card.startswith(_STRUCTURE)]
    anywhere = draw(st.integers(0, 9)) == 0 or not telling
    at = draw(st.integers(0, len(cards) - 1) if anywhere else st.sampled_from(telling))
    keyword = part.keywords()[at]
    what = draw(st.sampled_from(["set", "set", "add", "remove", "repeat", "rename", "retype"]))
    if what == "set":
        cards[at] = card(keyword, draw(_VALUES))
    elif what == "add":
        keyword = draw(_KEYWORDS)
        where = part.keywords().index(keyword) if keyword in part.keywords() else len(cards)
        cards[where : where + 1] = [card(keyword, draw(_VALUES))]
    elif what == "remove":
        del cards[at]
    elif what == "repeat":
        cards.insert(draw(st.integers(0, len(cards))), card(keyword, draw(_VALUES)))
    elif what == "rename":
        cards[at] = draw(_KEYWORDS).encode().ljust(8) + cards[at][8:]
    else:
        said = part.value(keyword) if cards[at][8:9] == b"=" else ""
        cards[at] = card(keyword, said.encode() if cards[at][10:11] == b"'" else said)
    return changed(parts, index, replace(part, cards=tuple(cards)))


def changed_cell(draw: Draw, parts: Parts) -> Parts:
    """Put another number into a table."""
    index = draw(st.sampled_from([at for at, part in enumerate(parts) if part.data]))
    part = parts[index]
    offset, _, form = draw(st.sampled_from(part.cells()))
    value = draw(_CELLS)
    if form == ">q":
        value = int(np.nan_to_num(value, posinf=0, neginf=0)) % 2**63
    elif form == ">f":
        value = float(np.float32(np.clip(value, -3.4e38, 3.4e38)))
    data = bytearray(part.data)
    struct.pack_into(form, data, offset, value)
    return changed(parts, index, replace(part, data=bytes(data)))


def moved_hdus(draw: Draw, parts: Parts) -> Parts:
    """Drop, repeat or exchange HDUs after the primary one, or take an HDU's data."""
    listed = list(parts)
    index = draw(st.integers(1, len(parts) - 1))
    what = draw(st.sampled_from(["drop", "repeat", "exchange", "empty", "cut"]))
    if what == "drop":
        del listed[index]
    elif what == "repeat":
        listed.insert(draw(st.integers(1, len(parts))), parts[index])
    elif what == "exchange":
        other = draw(st.integers(1, len(parts) - 1))
        listed[index], listed[other] = listed[other], listed[index]
    elif what == "empty":
        listed[index] = replace(parts[index], data=b"")
    else:
        listed[index] = replace(parts[index], data=parts[index].data[:-BLOCK])
    return tuple(listed)


def damaged(draw: Draw, raw: bytes) -> bytes:
    """Flip, cut, insert or append bytes."""
    what = draw(st.sampled_from(["flip", "flip", "cut", "append", "insert", "leave out"]))
    at = draw(st.integers(0, len(raw) - 1))
    if what == "flip":
        flipped = bytearray(raw)
        for _ in range(draw(st.integers(1, 6))):
            flipped[draw(st.integers(0, len(raw) - 1))] ^= draw(st.integers(1, 255))
        return bytes(flipped)
    if what == "cut":
        return raw[:at]
    some = draw(st.sampled_from([b"\0", b" ", b"\xff", b"XTENSION", bytes(BLOCK), b" " * BLOCK]))
    if what == "append":
        return raw + some
    return raw[:at] + (some if what == "insert" else b"") + raw[at + (what != "insert") :]


_CHANGES = {"card": changed_card, "cell": changed_cell, "hdus": moved_hdus}


@st.composite
def mutated(draw: Draw, *kinds: str, most: int = 3) -> Bytes:
    """A valid file with up to `most` changes of some kinds (card, cell, hdus, bytes, gzip)."""
    parts = BASES[draw(st.sampled_from(sorted(BASES)))]
    changes = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=most))
    # Cells first: they are found by the layout of a valid file.
    for kind in sorted(changes, key=("cell", "card", "hdus", "bytes", "gzip").index):
        if kind in _CHANGES and len(parts) > 1:
            parts = _CHANGES[kind](draw, parts)
    raw = put_together(parts)
    if "bytes" in kinds:
        raw = damaged(draw, raw)
    if "gzip" in kinds:
        raw = damaged(draw, gzip.compress(raw, mtime=0, compresslevel=1))
    return Bytes(raw)

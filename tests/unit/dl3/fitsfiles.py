"""Small DL3 files for tests, written with astropy."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from iact.dl3.index import IndexHint
from iact.dl3.observation import FileReport, Observation, ReadingRules
from iact.dl3.read import read_file

#: Seconds since the reference time at which the built-in run begins and ends.
START, STOP = 1000.0, 2800.0
#: Cards that a card list removes instead of setting.
ABSENT = object()

Cards = dict[str, Any]
Change = Callable[[fits.Header], None]

EVENTS_CARDS: Cards = {
    "HDUCLASS": "GADF",
    "HDUVERS": "0.3",
    "HDUCLAS1": "EVENTS",
    "OBS_ID": 4711,
    "TSTART": START,
    "TSTOP": STOP,
    "MJDREFI": 59000,
    "MJDREFF": 0.0,
    "TIMEUNIT": "s",
    "TIMESYS": "TT",
    "TIMEREF": "LOCAL",
    "ONTIME": STOP - START,
    "LIVETIME": 1764.0,
    "DEADC": 0.98,
    "OBJECT": "Crab Nebula",
    "RA_OBJ": 83.6333,
    "DEC_OBJ": 22.0145,
    "RA_PNT": 83.6333,
    "DEC_PNT": 21.5145,
    "ALT_PNT": 60.0,
    "AZ_PNT": 170.0,
    "RADESYS": "ICRS",
    "OBS_MODE": "WOBBLE",
    "TELESCOP": "CTAO",
    "INSTRUME": "North",
    "N_TELS": 4,
    "TELLIST": "1,2,3,4",
    "GEOLON": -17.89,
    "GEOLAT": 28.76,
    "ALTITUDE": 2147.0,
    "CONV_DEP": 0.0,
}


def with_cards(hdu: Any, *changes: Cards) -> Any:
    """Set cards of an HDU; those whose value is `ABSENT` are removed."""
    for cards in changes:
        for keyword, value in cards.items():
            if value is ABSENT:
                hdu.header.remove(keyword, ignore_missing=True)
            else:
                hdu.header[keyword] = value
    return hdu


def altered(hdu: Any, name: str, to: str = "", unit: str = "") -> Any:
    """Give a column another name or unit (astropy writes its own TTYPE and TUNIT cards)."""
    if unit:
        hdu.columns.change_unit(name, unit)
    if to:
        hdu.columns.change_name(name, to)
    return hdu


def table(name: str, columns: list[fits.Column], *cards: Cards) -> fits.BinTableHDU:
    hdu = fits.BinTableHDU.from_columns(columns)
    if name:
        hdu.header["EXTNAME"] = name
    return with_cards(hdu, *cards)


def events(cards: Cards | None = None, *, rows: int = 40, **columns: Any) -> fits.BinTableHDU:
    """EVENTS with increasing times; a column given as `ABSENT` is left out."""
    data = {
        "EVENT_ID": np.arange(rows),
        "TIME": np.linspace(START + 1, STOP - 1, rows),
        "RA": np.full(rows, 83.7),
        "DEC": np.full(rows, 22.0),
        "ENERGY": np.geomspace(0.1, 10.0, rows),
    }
    data.update(columns)
    forms = {"EVENT_ID": ("K", None), "TIME": ("D", "s"), "ENERGY": ("E", "TeV")}
    listed = []
    for name, values in data.items():
        if values is not ABSENT:
            form, unit = forms.get(name, ("E", "deg"))
            listed.append(fits.Column(name, form, unit=unit, array=values))
    return table("EVENTS", listed, EVENTS_CARDS, cards or {})


def gti(intervals: Any = ((START, STOP),), cards: Cards | None = None) -> fits.BinTableHDU:
    pairs = np.asarray(intervals, dtype=float).reshape(-1, 2)
    columns = [
        fits.Column("START", "D", unit="s", array=pairs[:, 0]),
        fits.Column("STOP", "D", unit="s", array=pairs[:, 1]),
    ]
    own = {"HDUCLASS": "GADF", "HDUCLAS1": "GTI", "MJDREFI": 59000, "MJDREFF": 0.0,
           "TIMEUNIT": "s", "TIMESYS": "TT"}  # fmt: skip
    return table("GTI", columns, own, cards or {})


def response(
    name: str,
    classes: str,
    axes: dict[str, Any],
    values: dict[str, Any],
    cards: Cards | None = None,
) -> fits.BinTableHDU:
    """A response: axes as edges (or pairs of arrays) by name, values by column."""
    units = {
        "ENERG": "TeV",
        "ETRUE": "TeV",
        "THETA": "deg",
        "RAD": "deg",
        "DETX": "deg",
        "DETY": "deg",
    }
    columns = []
    for axis, edges in axes.items():
        low, high = edges if isinstance(edges, tuple) else (edges[:-1], edges[1:])
        for end, ends in (("LO", low), ("HI", high)):
            array = np.atleast_2d(np.asarray(ends, dtype=float))
            columns.append(
                fits.Column(f"{axis}_{end}", f"{array.size}E", unit=units.get(axis), array=array)
            )
    for column, numbers in values.items():
        cube = np.asarray(numbers, dtype=float)
        dim = "(" + ",".join(str(size) for size in cube.shape[::-1]) + ")"
        columns.append(fits.Column(column, f"{cube.size}E", dim=dim, array=cube[np.newaxis]))
    words = classes.split()
    own = {"HDUCLASS": words[0], "HDUCLAS1": "RESPONSE", "HDUCLAS2": words[1],
           "HDUCLAS3": words[2], "HDUCLAS4": words[3]}  # fmt: skip
    return table(name, columns, own, cards or {})


ENERGIES = np.geomspace(0.01, 100.0, 41)
THETAS = np.array([0.0, 1.0, 2.0, 3.0])


def aeff(
    cards: Cards | None = None,
    thetas: Any = THETAS,
    containment: str = "FULL-ENCLOSURE",
    energy: str = "ENERG",
) -> fits.BinTableHDU:
    offsets = len(thetas[0]) if isinstance(thetas, tuple) else len(thetas) - 1
    values = {"EFFAREA": np.full((offsets, len(ENERGIES) - 1), 1e5)}
    axes = {energy: ENERGIES, "THETA": thetas}
    return response("AEFF", f"GADF EFF_AREA {containment} AEFF_2D", axes, values, cards)


def edisp(
    sigma: float = 0.12,
    thetas: Any = THETAS,
    containment: str = "FULL-ENCLOSURE",
    energies: Any = ENERGIES,
    **changes: Any,
) -> fits.BinTableHDU:
    """A Gaussian energy dispersion of width `sigma` at every energy and offset."""
    migra = np.linspace(0.0, 3.0, 301)
    centre = (migra[1:] + migra[:-1]) / 2
    offsets = len(thetas[0]) if isinstance(thetas, tuple) else len(thetas) - 1
    shape = np.exp(-((centre - 1) ** 2) / (2 * sigma**2)) if sigma else np.zeros_like(centre)
    matrix = np.tile(shape[np.newaxis, :, np.newaxis], (offsets, 1, len(energies) - 1))
    axes = {"ENERG": energies, "MIGRA": migra, "THETA": thetas}
    return response(
        "EDISP", f"GADF EDISP {containment} EDISP_2D", axes, {"MATRIX": matrix}, changes
    )


def psf_table(sigma: float = 0.05, fall: bool = True) -> fits.BinTableHDU:
    """A tabulated Gaussian point spread of width `sigma`, deg; flat without `fall`."""
    rad = np.linspace(0.0, 0.5, 251)
    centre = (rad[1:] + rad[:-1]) / 2
    shape = np.exp(-(centre**2) / (2 * sigma**2)) if fall else np.ones_like(centre)
    cube = np.tile(shape[:, np.newaxis, np.newaxis], (1, len(THETAS) - 1, len(ENERGIES) - 1))
    axes = {"ENERG": ENERGIES, "THETA": THETAS, "RAD": rad}
    return response("PSF", "GADF RPSF FULL-ENCLOSURE PSF_TABLE", axes, {"RPSF": cube})


def psf_parameters(classes: str, **values: float) -> fits.BinTableHDU:
    """A parametrised point spread with the same parameters everywhere."""
    shape = (len(THETAS) - 1, len(ENERGIES) - 1)
    cubes = {name: np.full(shape, value) for name, value in values.items()}
    return response("PSF", classes, {"ENERG": ENERGIES, "THETA": THETAS}, cubes)


def psf_gauss(sigma: float = 0.05, **values: float) -> fits.BinTableHDU:
    unused = {"SIGMA_2": 0.0, "SIGMA_3": 0.0, "AMPL_2": 0.0, "AMPL_3": 0.0, "SCALE": 1.0}
    return psf_parameters(
        "OGIP RPSF FULL-ENCLOSURE 3GAUSS", **{**unused, "SIGMA_1": sigma, **values}
    )


def bkg(edge: float = 2.5) -> fits.BinTableHDU:
    det = np.linspace(-edge, edge, 11)
    axes = {"DETX": det, "DETY": det, "ENERG": np.geomspace(0.1, 100, 6)}
    values = {"BKG": np.ones((5, 10, 10))}
    return response("BKG", "GADF BKG FULL-ENCLOSURE BKG_3D", axes, values)


def rad_max() -> fits.BinTableHDU:
    axes = {"ENERG": ENERGIES, "THETA": ([0.4], [0.4])}
    values = {"RAD_MAX": np.full((1, len(ENERGIES) - 1), 0.14)}
    return response("RAD_MAX", "GADF RAD_MAX POINT-LIKE RAD_MAX_2D", axes, values)


def image(name: str, shape: tuple[int, ...] = (4, 4)) -> fits.ImageHDU:
    return fits.ImageHDU(np.zeros(shape, dtype=np.float32), name=name)


def index(name: str, rows: list[Cards], cards: Cards | None = None) -> fits.BinTableHDU:
    """An index table; the first row decides the type of each column."""
    columns = []
    for key, value in rows[0].items():
        values = [row[key] for row in rows]
        if isinstance(value, str):
            width = max(len(item) for item in values)
            columns.append(fits.Column(key, f"{max(width, 1)}A", array=np.array(values)))
        else:
            form = "D" if isinstance(value, float) else "K"
            columns.append(fits.Column(key, form, array=np.array(values)))
    return table(name, columns, cards or {})


def content(*hdus: Any) -> bytes:
    """The bytes of a file with an empty primary HDU and these."""
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream)
    return stream.getvalue()


def write(root: Path, path: str, *hdus: Any, compress: bool | None = None) -> str:
    """Write a file below `root`, compressed if its name ends so; return its path."""
    return write_bytes(root, path, content(*hdus), compress)


def write_bytes(root: Path, path: str, raw: bytes, compress: bool | None = None) -> str:
    full = root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    if path.endswith(".gz") if compress is None else compress:
        raw = gzip.compress(raw, mtime=0)
    full.write_bytes(raw)
    return path


def choose(path: str, cards: Any) -> tuple[str, ReadingRules]:
    """The chooser of most tests: one collection without rules."""
    return "TEST", ReadingRules()


def read(root: Path, path: str, rules: ReadingRules | None = None, **options: Any) -> FileReport:
    """Read a file with one collection's rules."""
    own = rules or ReadingRules()
    return read_file(root, path, lambda _path, _cards: ("TEST", own), **options)


def read_cards(
    root: Path,
    cards: Cards,
    rules: ReadingRules | None = None,
    row: dict[str, Any] | None = None,
) -> FileReport:
    """Read a file whose EVENTS have these cards, perhaps with a row of an obs-index."""
    hint = IndexHint("obs-index.fits", "4711", row, {}, "") if row else None
    return read(root, write(root, "run.fits", events(cards), gti()), rules, hint=hint)


def observed(report: FileReport) -> Observation:
    """The observation of a report, which must have one."""
    assert report.observation is not None, report.reason
    return report.observation


def notes(report: FileReport, topic: str = "", keyword: str = "") -> list[str]:
    """The texts of a report's assumptions on a topic and keyword."""
    assert report.observation is not None, report.reason
    return [
        note.text
        for note in report.observation.assumptions
        if topic in ("", note.topic) and keyword in ("", note.keyword)
    ]

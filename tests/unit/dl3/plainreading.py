"""What astropy alone reads in a file, to compare an observation with.

Written apart from the reader: plain formulas, no notes, no rules. Where astropy cannot
read something, there is nothing to compare.
"""

from __future__ import annotations

import gzip
import io
import math
import warnings
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.time import Time

from iact.dl3.observation import Observation

#: Names that GADF and older files have for astropy's time scales.
_SCALES = {"TDT": "tt", "ET": "tt", "IAT": "tai", "GMT": "utc"}
_EV = {"ev": 1.0, "kev": 1e3, "mev": 1e6, "gev": 1e9, "tev": 1e12, "pev": 1e15}
_COLUMNS = {
    "events": ("ENERGY",),
    "gti": ("START", "STOP"),
    "aeff": ("ENERG_LO", "ENERG_HI", "ETRUE_LO", "ETRUE_HI"),
}


class PlainHdu:
    """Cards, number of rows and some columns of one HDU.

    Parameters
    ----------
    hdu
        As astropy has it.
    columns
        Those that are wanted.
    """

    def __init__(self, hdu: Any, columns: tuple[str, ...]) -> None:
        self.rows = len(hdu.data)
        self.cards: dict[str, Any] = {}
        # Of several cards the first counts, even one without a value, for which None stands.
        for keyword, value in reversed(list(hdu.header.items())):
            self.cards[keyword] = value
        self.cards = {keyword: value for keyword, value in self.cards.items() if value is not None}
        names = [str(column.name).strip() for column in hdu.columns]
        self.columns: dict[str, np.ndarray] = {}
        self.units: dict[str, str] = {}
        for name in columns:
            same = [at for at, said in enumerate(names) if said == name]
            like = [at for at, said in enumerate(names) if said.upper() == name]
            for at in (same or like)[:1]:
                values = hdu.data.field(at).astype(np.float64)
                null = self.cards.get(f"TNULL{at + 1}")
                if isinstance(null, int) and hdu.columns[at].format[-1] in "BIJK":
                    zero = hdu.columns[at].bzero or 0
                    values[(values - zero) / (hdu.columns[at].bscale or 1) == null] = np.nan
                self.columns[name] = values
                self.units[name] = str(self.cards.get(f"TUNIT{at + 1}") or "").strip()

    def number(self, keyword: str) -> float | None:
        """A card as a finite number."""
        value = self.cards.get(keyword)
        try:
            said = None if value is None or isinstance(value, bool) else float(value)
        except (ValueError, TypeError):
            return None
        return said if said is not None and math.isfinite(said) else None

    def text(self, keyword: str) -> str:
        value = self.cards.get(keyword)
        return "" if value is None else str(value).strip()


class PlainFile:
    """The HDUs that an observation names as its products.

    Parameters
    ----------
    raw
        The file, compressed or not.
    found
        The observation; it says where to look and what to compare with.

    Raises
    ------
    Exception
        Of any kind that astropy raises for what it cannot read.
    """

    def __init__(self, raw: bytes, found: Observation) -> None:
        plain = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        self._found = found
        with fits.open(io.BytesIO(plain), lazy_load_hdus=False) as hdus:
            self._hdus = {
                product.kind: PlainHdu(hdus[product.hdu_number], _COLUMNS[product.kind])
                for product in found.products
                if product.kind in _COLUMNS
            }
        self.events = self._hdus["events"]

    def pointing(self) -> SkyCoord | None:
        """RA_PNT, DEC_PNT in ICRS."""
        ra, dec = self.events.number("RA_PNT"), self.events.number("DEC_PNT")
        if ra is None or dec is None:
            return None
        equinox = self.events.number("EQUINOX")
        said = self.events.text("RADESYS") or self.events.text("RADECSYS")
        frame = said or ("ICRS" if equinox is None else "FK5")
        if equinox is None or not 1900 <= equinox <= 2100:
            equinox = 2000.0
        options = {"equinox": f"J{equinox}"} if frame.upper() == "FK5" else {}
        return SkyCoord(ra % 360, dec, unit="deg", frame=frame.lower(), **options).icrs

    def intervals(self) -> tuple[np.ndarray, float]:
        """Intervals in s after the zero point, shape (n, 2), and the zero point, MJD in TT."""
        own = self._hdus.get("gti", self.events)
        first = own if {"MJDREFI", "MJDREF"} & own.cards.keys() else self.events
        if "MJDREFI" in first.cards:
            zero = first.number("MJDREFI"), first.number("MJDREFF") or 0.0
        else:
            zero = first.number("MJDREF"), 0.0
        scale = (own.text("TIMESYS") or self.events.text("TIMESYS")).upper()
        start = Time(*zero, format="mjd", scale=_SCALES.get(scale, scale.lower()))
        if own is self.events:
            ends = [np.array([own.number(keyword)]) for keyword in ("TSTART", "TSTOP")]
            units = ["", ""]
        else:
            ends = [own.columns[name] for name in ("START", "STOP")]
            units = [own.units[name] for name in ("START", "STOP")]
        seconds = [_seconds(unit or own.text("TIMEUNIT") or "s") for unit in units]
        pairs = np.column_stack([end * unit for end, unit in zip(ends, seconds, strict=True)])
        return pairs[pairs[:, 1] - pairs[:, 0] >= 1e-3], float(start.tt.mjd)

    def union(self) -> float:
        """Time that is in at least one interval, s."""
        total, reached = 0.0, -math.inf
        for start, stop in sorted(map(tuple, self.intervals()[0])):
            total += max(0.0, stop - max(start, reached))
            reached = max(reached, stop)
        return total

    def energies(self) -> tuple[float, float] | None:
        """The range in eV from where `energy_source` says; None for what is not plain."""
        source = self._found.energy_source
        if source.startswith("events"):
            values = (
                self.events.columns["ENERGY"] * _EV[(self.events.units["ENERGY"] or "TeV").lower()]
            )
            # What is less or more is no energy of a particle.
            good = values[(values >= 1e-6) & (values <= 1e24)]
            return float(good.min()), float(good.max())
        if not source.startswith(("irf axis", "safe range (AEFF LO_THRES, HI_THRES)")):
            return None
        area = self._hdus["aeff"]
        axis = "ETRUE" if "ETRUE_LO" in area.columns else "ENERG"
        scale = _EV[(area.units[f"{axis}_LO"] or "TeV").lower()]
        low = float(area.columns[f"{axis}_LO"].min()) * scale
        high = float(area.columns[f"{axis}_HI"].max()) * scale
        if source.startswith("irf"):
            return low, high
        thresholds = area.number("LO_THRES"), area.number("HI_THRES")
        return max(low, thresholds[0] * 1e12), min(high, thresholds[1] * 1e12)


def read_plainly(raw: bytes, found: Observation) -> PlainFile | None:
    """Read a file with astropy; None where it cannot."""
    with warnings.catch_warnings():
        # Files that are broken on purpose make astropy warn of all sorts of things.
        warnings.simplefilter("ignore")
        try:
            return PlainFile(raw, found)
        except Exception:
            # An oracle that raises, with whatever exception, has nothing to say.
            return None


def _seconds(unit: str) -> float:
    for spelling in (unit, unit.lower()):
        try:
            return float(u.Unit(spelling).to(u.s))
        except (ValueError, TypeError):
            continue
    spelled = {"sec": 1.0, "secs": 1.0, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
    return spelled[unit.lower()]

"""Files of a producer who has done everything right, to be spoilt by tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from astropy.io import fits

from iact.check.findings import Finding
from iact.check.run import Summary, check_file, check_paths
from unit.dl3 import fitsfiles as ff

HDUDOC = "https://github.com/open-gamma-ray-astro/gamma-astro-data-formats"
DOCUMENTED: ff.Cards = {"HDUDOC": HDUDOC, "HDUVERS": "0.3"}
EVENTS_CARDS: ff.Cards = {
    **DOCUMENTED,
    "OBS_MODE": "POINTING",
    "ORIGIN": "CTAO",
    "CREATOR": "pipeline 1.0",
    "EQUINOX": 2000.0,
    "RADECSYS": "ICRS",
    # A place that sees the Crab Nebula then, at this altitude.
    "GEOLON": 150.0,
    "ALT_PNT": 56.0,
}
GTI_CARDS: ff.Cards = {**DOCUMENTED, "TIMEREF": "LOCAL"}
OBS_CARDS: ff.Cards = {
    **DOCUMENTED, "HDUCLASS": "GADF", "HDUCLAS1": "INDEX", "HDUCLAS2": "OBS",
    "MJDREFI": 59000, "MJDREFF": 0.0, "TIMEUNIT": "s", "TIMESYS": "TT", "TIMEREF": "LOCAL",
}  # fmt: skip
HDU_CARDS: ff.Cards = {
    **DOCUMENTED, "HDUCLASS": "GADF", "HDUCLAS1": "INDEX", "HDUCLAS2": "HDU",
}  # fmt: skip
_RATE = "s-1 MeV-1 sr-1"

#: Severity, rule, HDU and keyword of a finding.
Said = tuple[str, str, str, str]


def events(cards: ff.Cards | None = None, **columns: Any) -> fits.BinTableHDU:
    return ff.events({**EVENTS_CARDS, **(cards or {})}, **columns)


def gti(cards: ff.Cards | None = None, intervals: Any = ((ff.START, ff.STOP),)) -> Any:
    return ff.gti(intervals, {**GTI_CARDS, **(cards or {})})


def responses(cards: ff.Cards | None = None) -> list[fits.BinTableHDU]:
    """Effective area, energy dispersion, point spread and background."""
    made = [
        ff.altered(ff.aeff(), "EFFAREA", unit="m2"),
        ff.edisp(),
        ff.altered(ff.psf_table(), "RPSF", unit="sr-1"),
        ff.altered(ff.bkg(), "BKG", unit=_RATE),
    ]
    return [ff.with_cards(hdu, DOCUMENTED, cards or {}) for hdu in made]


def good_file() -> list[fits.BinTableHDU]:
    return [events(), gti(), *responses()]


def obs_index(rows: list[ff.Cards] | None = None, cards: ff.Cards | None = None) -> Any:
    """An observation index, of the file's one observation by default."""
    row = {
        "OBS_ID": 4711, "OBS_MODE": "POINTING", "RA_PNT": 83.6333, "DEC_PNT": 21.5145,
        "TSTART": ff.START, "TSTOP": ff.STOP,
    }  # fmt: skip
    made = ff.index("OBS_INDEX", rows or [row], {**OBS_CARDS, **(cards or {})})
    for name, unit in (("RA_PNT", "deg"), ("DEC_PNT", "deg"), ("TSTART", "s"), ("TSTOP", "s")):
        ff.altered(made, name, unit=unit)
    return made


def hdu_row(**changes: Any) -> ff.Cards:
    return {
        "OBS_ID": 4711, "HDU_TYPE": "events", "HDU_CLASS": "events", "FILE_DIR": "data",
        "FILE_NAME": "run.fits", "HDU_NAME": "EVENTS", **changes,
    }  # fmt: skip


def hdu_index(*rows: ff.Cards, cards: ff.Cards | None = None) -> Any:
    return ff.index("HDU_INDEX", list(rows) or [hdu_row()], {**HDU_CARDS, **(cards or {})})


def said(findings: list[Finding] | tuple[Finding, ...]) -> set[Said]:
    return {(one.severity, one.rule, one.hdu, one.keyword) for one in findings}


def findings_of(root: Path, *hdus: Any, name: str = "run.fits") -> tuple[Finding, ...]:
    """What is found in a file with these HDUs, or the good ones."""
    return check_file(root, ff.write(root, name, *(hdus or good_file()))).findings


def spoilt(root: Path, *hdus: Any, name: str = "run.fits") -> set[Said]:
    return said(findings_of(root, *hdus, name=name))


def only(findings: tuple[Finding, ...] | list[Finding], rule: str) -> Finding:
    """The one finding of a rule."""
    (found,) = [one for one in findings if one.rule == rule]
    return found


def all_of(*paths: Path) -> list[Finding]:
    """What is found in files and folders."""
    return list(check_paths(paths, Summary()))

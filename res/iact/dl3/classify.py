"""What an HDU is, and what a file is.

HDUCLASS decides where it is one that is known, then the EXTNAME, then the
columns: the order of trust that real files ask for. Names are those of GADF 0.3
("HDU classes"); OGIP classes of the first CTA data challenge get theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iact.dl3.container import Hdu
from iact.dl3.header import text
from iact.dl3.tables import Table

#: Kinds of instrument responses.
RESPONSES = ("aeff", "edisp", "psf", "bkg", "rad_max")

#: HDUCLASS of files that are read; absent in those of the first CTA data challenge.
_CONVENTIONS = frozenset({"GADF", "OGIP", "VODF", ""})
_RESPONSE_CLASSES = {
    "EFF_AREA": "aeff", "EDISP": "edisp", "RPSF": "psf", "PSF": "psf", "BKG": "bkg",
    "RAD_MAX": "rad_max",
}  # fmt: skip
_NAMES = {
    "EVENTS": "events", "EVENT-LIST": "events", "GTI": "gti", "STDGTI": "gti",
    "AEFF": "aeff", "EFFECTIVE AREA": "aeff", "EFFAREA": "aeff",
    "EDISP": "edisp", "ENERGY DISPERSION": "edisp",
    "PSF": "psf", "POINT SPREAD FUNCTION": "psf",
    "BKG": "bkg", "BACKGROUND": "bkg", "RAD_MAX": "rad_max",
    "OBS_INDEX": "index", "HDU_INDEX": "index",
}  # fmt: skip
#: Columns that give a table away which has neither class nor name.
_COLUMNS = (
    ("index", {"OBS_ID", "HDU_TYPE", "FILE_NAME"}),
    ("events", {"TIME", "RA", "DEC", "ENERGY"}),
    ("gti", {"START", "STOP"}),
    ("aeff", {"EFFAREA", "ENERG_LO"}),
    ("edisp", {"MATRIX", "MIGRA_LO"}),
    ("psf", {"RPSF", "RAD_LO"}),
    ("psf", {"SCALE", "SIGMA_1"}),
    ("psf", {"GAMMA", "SIGMA", "THETA_LO"}),
    ("bkg", {"BKG", "ENERG_LO"}),
    ("bkg", {"BGD", "ENERG_LO"}),
    ("rad_max", {"RAD_MAX", "THETA_LO"}),
)
_INDEX_NAME = re.compile(r"(?:^|[^a-z0-9])(?:obs|hdu)[-_. ]?index(?:[^a-z]|$)", re.IGNORECASE)
_FITS_NAME = re.compile(r"\.(?:fits?|fts)(?:\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """An HDU and what it is.

    Parameters
    ----------
    kind
        ``events``, ``gti``, ``index`` or one of `RESPONSES`.
    hdu
        The HDU.
    """

    kind: str
    hdu: Hdu

    @property
    def hdu_class(self) -> str:
        """GADF name of the format (``aeff_2d``, ``psf_table``, ``events``)."""
        if self.kind in ("events", "gti", "index"):
            return self.kind
        if not self.hdu.is_table:
            return "map"
        said = text(self.hdu, "HDUCLAS4").lower()
        if said and not said.startswith(self.kind):
            # OGIP keeps the kind in HDUCLAS2 only: 2D, 3GAUSS, 3D.
            return f"{self.kind}_{said}"
        return said or _class_by_columns(self.kind, Table(self.hdu).names)


def _class_by_columns(kind: str, names: frozenset[str]) -> str:
    if kind == "psf":
        shapes = (("SCALE", "psf_3gauss"), ("GAMMA", "psf_king"), ("RPSF", "psf_table"))
        return next((name for column, name in shapes if column in names), "psf")
    if kind == "bkg":
        return "bkg_3d" if "DETX_LO" in names else "bkg_2d"
    return f"{kind}_2d"


def looks_like_index(path: str) -> bool:
    """Tell by its name whether a file is an obs-index or hdu-index.

    Parameters
    ----------
    path
        POSIX path; only the last part counts.
    """
    # Not by pathlib, and first by what is quick: every file of every run is asked about.
    name = path.rpartition("/")[2]
    if "index" not in name.lower():
        return False
    return bool(_FITS_NAME.search(name) and _INDEX_NAME.search(_FITS_NAME.sub("", name)))


def kind_of_hdu(hdu: Hdu) -> str:
    """Return what an HDU is.

    Parameters
    ----------
    hdu
        Any HDU.

    Returns
    -------
    str
        A `Part.kind`, or an empty string for everything else.
    """
    kind = _kind_by_class(hdu) or _NAMES.get(hdu.name.upper(), "")
    if not kind and hdu.is_table and text(hdu, "HDUCLASS").upper() in _CONVENTIONS:
        kind = _kind_by_columns(hdu)
    if kind in ("events", "gti", "index") and not hdu.is_table:
        return ""
    # An empty primary HDU is only a place for keywords.
    return kind if hdu.is_table or len(hdu.data) else ""


def _kind_by_columns(hdu: Hdu) -> str:
    names = Table(hdu).names
    kind = next((found for found, columns in _COLUMNS if columns <= names), "")
    # Intervals of any sort have these columns; a name says that they are others.
    return "" if kind == "gti" and hdu.name else kind


def _kind_by_class(hdu: Hdu) -> str:
    if text(hdu, "HDUCLASS").upper() not in _CONVENTIONS:
        return ""
    first = text(hdu, "HDUCLAS1").upper()
    if first == "RESPONSE":
        return _RESPONSE_CLASSES.get(text(hdu, "HDUCLAS2").upper(), "")
    return {"EVENTS": "events", "GTI": "gti", "INDEX": "index"}.get(first, "")


def parts_of(hdus: tuple[Hdu, ...]) -> tuple[Part, ...]:
    """Return the HDUs that are something, in the order of the file."""
    found = (Part(kind_of_hdu(hdu), hdu) for hdu in hdus)
    return tuple(part for part in found if part.kind)


def kind_of_file(path: str, hdus: tuple[Hdu, ...], parts: tuple[Part, ...]) -> str:
    """Return which kind of file these HDUs make.

    Parameters
    ----------
    path
        The file; its name matters only for index tables that name themselves in
        no other way.
    hdus
        All HDUs.
    parts
        Those that are something.

    Returns
    -------
    str
        ``observation``, ``index``, ``response`` or ``other``.
    """
    kinds = {part.kind for part in parts}
    if "events" in kinds:
        return "observation"
    if "index" in kinds or (looks_like_index(path) and any(map(_has_obs_id, hdus))):
        return "index"
    return "response" if kinds & set(RESPONSES) else "other"


def _has_obs_id(hdu: Hdu) -> bool:
    return hdu.is_table and "OBS_ID" in Table(hdu).names

"""GADF 0.3 as a table: what each kind of HDU has to have.

Written down from the specification, release 0.3 (https://gamma-astro-data-formats.readthedocs.io),
section by section. The same entries say what was expected where ingestion itself refuses a
file or has to assume something.
"""

from __future__ import annotations

from iact.check.specification import (
    IN_DRIFT,
    INTEGER,
    MANDATORY,
    NUMBER,
    OPTIONAL,
    RECOMMENDED,
    TEXT,
    UNLESS_DRIFT,
    Column,
    HduFormat,
    Keyword,
)

_CLASSES = "HDU classes"
_TIME = "Time"
#: What GADF names, and what else is in tables 30 and 31 of FITS 4.0.
_SCALES = ("TT", "UTC", "TAI", "UT1")
_MORE_SCALES = ("TDT", "ET", "IAT", "GMT", "TDB", "TCG", "TCB", "GPS")
_PLACES = ("TOPOCENTER", "GEOCENTER", "BARYCENTER", "HELIOCENTER", "LOCAL")
_MORE_PLACES = (
    "TOPOCENT", "GEOCENTR", "BARYCENT", "RELOCATB", "CUSTOM", "HELIOCEN", "GALACTIC", "EMBARYCT",
)  # fmt: skip
OBS_MODES = ("POINTING", "RASTER", "SLEW", "SCAN", "DRIFT")


def _hdu_class(*levels: str, documented: str = RECOMMENDED) -> tuple[Keyword, ...]:
    """HDUCLASS and what goes with it; PSF is what some sections write for RPSF."""
    return (
        Keyword("HDUCLASS", values=("GADF",), section=_CLASSES, strict=False),
        Keyword("HDUDOC", presence=documented, section=_CLASSES),
        Keyword(
            "HDUVERS", presence=documented, values=("0.3",), tolerated=("0.2",),
            section=_CLASSES, strict=False,
        ),
        *(
            Keyword(
                f"HDUCLAS{number}", values=tuple(level.split("|")), section=_CLASSES,
                strict=level != "RPSF",
            )
            for number, level in enumerate(levels, 1)
        ),
    )  # fmt: skip


_TIME_REFERENCE = (
    Keyword("MJDREFI", INTEGER, unit="d", section=_TIME),
    Keyword("MJDREFF", NUMBER, unit="d", section=_TIME),
    Keyword("TIMEUNIT", section=_TIME),
    Keyword("TIMESYS", values=_SCALES, tolerated=_MORE_SCALES, section=_TIME),
    Keyword("TIMEREF", values=_PLACES, tolerated=_MORE_PLACES, section=_TIME),
    *(
        Keyword(name, presence=OPTIONAL, section=_TIME, form="date and time, yyyy-mm-ddTHH:MM:SS")
        for name in ("DATE-OBS", "DATE-BEG", "DATE-AVG", "DATE-END")
    ),
)


def _location(presence: str) -> tuple[Keyword, ...]:
    return tuple(
        Keyword(name, NUMBER, presence, unit, section="Earth location")
        for name, unit in (("GEOLON", "deg"), ("GEOLAT", "deg"), ("ALTITUDE", "m"))
    )


def _numbers(unit: str, *names: str, presence: str = OPTIONAL) -> tuple[Keyword, ...]:
    return tuple(Keyword(name, NUMBER, presence, unit) for name in names)


def _texts(*names: str, presence: str = OPTIONAL) -> tuple[Keyword, ...]:
    return tuple(Keyword(name, TEXT, presence) for name in names)


def _columns(unit: str, *names: str, presence: str = MANDATORY) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, presence) for name in names)


EVENTS = HduFormat(
    "events",
    "EVENTS",
    (
        *_hdu_class("EVENTS", documented=MANDATORY),
        Keyword("HDUCLAS2", presence=OPTIONAL, values=("ACCEPTED",), strict=False),
        Keyword("OBS_ID", INTEGER),
        *_numbers("s", "TSTART", "TSTOP", "ONTIME", "LIVETIME", presence=MANDATORY),
        *_numbers("", "DEADC", presence=MANDATORY),
        Keyword("OBS_MODE", values=OBS_MODES),
        *_numbers("deg", "RA_PNT", "DEC_PNT", presence=UNLESS_DRIFT),
        *_numbers("deg", "ALT_PNT", "AZ_PNT", presence=IN_DRIFT),
        *_numbers("yr", "EQUINOX", presence=MANDATORY),
        # That one of RADECSYS and RADESYS is missing is a rule of its own.
        Keyword("RADECSYS", presence=OPTIONAL, values=("ICRS", "FK5")),
        Keyword("RADESYS", presence=OPTIONAL, values=("ICRS", "FK5")),
        *_texts("ORIGIN", "TELESCOP", "INSTRUME", "CREATOR", presence=MANDATORY),
        *_TIME_REFERENCE,
        *_location(MANDATORY),
        *_texts("OBSERVER", "CREATED", "OBJECT", "EV_CLASS", "TELLIST", "TASSIGN"),
        *_texts("DST_VER", "ANA_VER", "CAL_VER"),
        *_numbers("deg", "RA_OBJ", "DEC_OBJ", "CONV_RA", "CONV_DEC"),
        Keyword("N_TELS", INTEGER, OPTIONAL),
        *_numbers("s", "TELAPSE"),
        *_numbers("", "CONV_DEP", "MUONEFF", "BROKPIX", "RELHUM", "NSBLEVEL"),
        *_numbers("Hz", "TRGRATE", "ZTRGRATE"),
        *_numbers("deg C", "AIRTEMP"),
        *_numbers("hPa", "PRESSURE"),
    ),
    (
        Column("EVENT_ID", "int64"),
        Column("TIME", "float64", "s"),
        *_columns("deg", "RA", "DEC"),
        *_columns("TeV", "ENERGY"),
        Column("EVENT_TYPE", "bits", presence=OPTIONAL),
        Column("MULTIP", INTEGER, presence=OPTIONAL),
        *_columns("deg", "GLON", "GLAT", "ALT", "AZ", "DETX", "DETY", presence=OPTIONAL),
        *_columns("deg", "THETA", "PHI", "DIR_ERR", presence=OPTIONAL),
        *_columns("TeV", "ENERGY_ERR", presence=OPTIONAL),
        *_columns("m", "COREX", "COREY", "CORE_ERR", presence=OPTIONAL),
        *_columns("", "GAMMANESS", "HIL_MSW", "HIL_MSW_ERR", presence=OPTIONAL),
        *_columns("", "HIL_MSL", "HIL_MSL_ERR", presence=OPTIONAL),
    ),
)

GTI = HduFormat(
    "gti",
    "GTI",
    (*_hdu_class("GTI"), *_TIME_REFERENCE),
    (Column("START", "float64", "s"), Column("STOP", "float64", "s")),
)

_ENERGY = (
    Column("ENERG_LO", NUMBER, "TeV", alias="ETRUE_LO"),
    Column("ENERG_HI", NUMBER, "TeV", alias="ETRUE_HI"),
)
_THETA = _columns("deg", "THETA_LO", "THETA_HI")
_RATE = "s^-1 MeV^-1 sr^-1"
_FULL = "FULL-ENCLOSURE"
_EITHER = f"{_FULL}|POINT-LIKE"


def _response(
    name: str,
    section: str,
    part: str,
    containment: str,
    columns: tuple[Column, ...],
    keywords: tuple[Keyword, ...] = (),
) -> HduFormat:
    classes = _hdu_class("RESPONSE", part, containment, name.upper())
    shared = (Keyword("OBS_ID", INTEGER, OPTIONAL), *_numbers("deg", "RAD_MAX"))
    return HduFormat(name, section, (*classes, *shared, *keywords), columns, is_response=True)


_RESPONSES = (
    _response(
        "aeff_2d", "AEFF_2D", "EFF_AREA", _EITHER,
        (*_ENERGY, *_THETA, *_columns("m^2", "EFFAREA")),
        _numbers("TeV", "LO_THRES", "HI_THRES"),
    ),
    _response(
        "edisp_2d", "EDISP_2D", "EDISP", _EITHER,
        (*_ENERGY, *_columns("", "MIGRA_LO", "MIGRA_HI"), *_THETA, *_columns("", "MATRIX")),
    ),
    _response(
        "psf_table", "PSF_TABLE", "RPSF", _FULL,
        (*_ENERGY, *_THETA, *_columns("deg", "RAD_LO", "RAD_HI"), *_columns("sr^-1", "RPSF")),
    ),
    _response(
        "psf_3gauss", "PSF_3GAUSS", "RPSF", _FULL,
        (
            *_ENERGY, *_THETA, *_columns("sr^(-1)", "SCALE"),
            *_columns("deg", "SIGMA_1", "SIGMA_2", "SIGMA_3"), *_columns("", "AMPL_2", "AMPL_3"),
        ),
    ),
    _response(
        "psf_king", "PSF_KING", "RPSF", _FULL,
        (*_ENERGY, *_THETA, *_columns("", "GAMMA"), *_columns("deg", "SIGMA")),
    ),
    _response(
        "bkg_2d", "BKG_2D", "BKG", _EITHER,
        (*_ENERGY, *_THETA, Column("BKG", NUMBER, _RATE, alias="BGD")),
    ),
    _response(
        "bkg_3d", "BKG_3D", "BKG", _EITHER,
        (
            *_ENERGY, *_columns("deg", "DETX_LO", "DETX_HI", "DETY_LO", "DETY_HI"),
            Column("BKG", NUMBER, _RATE, alias="BGD"),
        ),
        (Keyword("FOVALIGN", presence=OPTIONAL, values=("ALTAZ", "RADEC")),),
    ),
    _response(
        "rad_max_2d", "RAD_MAX_2D", "RAD_MAX", "POINT-LIKE",
        (*_ENERGY, *_THETA, *_columns("deg", "RAD_MAX")),
    ),
)  # fmt: skip

OBS_INDEX = HduFormat(
    "obs-index",
    "Observation index table",
    (*_hdu_class("INDEX", "OBS"), *_TIME_REFERENCE, *_location(OPTIONAL)),
    (
        Column("OBS_ID", INTEGER),
        Column("OBS_MODE", TEXT),
        *_columns("deg", "RA_PNT", "DEC_PNT", presence=UNLESS_DRIFT),
        *_columns("deg", "ALT_PNT", "AZ_PNT", presence=IN_DRIFT),
        Column("TSTART", "float64", "s"),
        Column("TSTOP", "float64", "s"),
        *_columns("deg", "ZEN_PNT", "GLON_PNT", "GLAT_PNT", presence=OPTIONAL),
        *_columns("deg", "RA_OBJ", "DEC_OBJ", presence=OPTIONAL),
        *_columns("s", "ONTIME", "LIVETIME", "TMID", presence=OPTIONAL),
        *_columns("", "DEADC", "MUONEFF", presence=OPTIONAL),
        Column("N_TELS", INTEGER, presence=OPTIONAL),
        Column("TELLIST", TEXT, presence=OPTIONAL),
        Column("OBJECT", TEXT, presence=OPTIONAL),
        Column("QUALITY", INTEGER, presence=OPTIONAL),
        Column("EVENT_COUNT", INTEGER, presence=OPTIONAL),
    ),
)

HDU_INDEX = HduFormat(
    "hdu-index",
    "HDU index table",
    _hdu_class("INDEX", "HDU"),
    (
        Column("OBS_ID", INTEGER),
        *(
            Column(name, TEXT)
            for name in ("HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME")
        ),
        Column("SIZE", INTEGER, presence=OPTIONAL),
        Column("MTIME", NUMBER, presence=OPTIONAL),
        Column("MD5", TEXT, presence=OPTIONAL),
    ),
)

#: HDU_TYPE and HDU_CLASS that an HDU index can name.
HDU_TYPES = ("events", "gti", "aeff", "psf", "edisp", "bkg", "rad_max")
FORMATS = {found.name: found for found in (EVENTS, GTI, *_RESPONSES, OBS_INDEX, HDU_INDEX)}
HDU_CLASSES = ("events", "gti", *(found.name for found in _RESPONSES))

"""Header keywords as GADF 0.3 demands them, and what real files have besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from astropy.io import fits

import iact
from iact.sim.plan import MJDREF, Run, iso_tt

HDUDOC = "https://github.com/open-gamma-ray-astro/gamma-astro-data-formats"
#: Fixed, so that the same seed gives the same bytes.
CREATED = "2026-03-01T00:00:00"
TELESCOP = "CTAO-SIM"

#: GADF 0.3 knows no wobble: the pointing is fixed, and RA_OBJ, DEC_OBJ tell the offset.
_OBS_MODES = {"wobble": "POINTING", "off": "POINTING", "scan": "SCAN"}

Card = tuple[str, Any, str]


@dataclass(frozen=True)
class HduClass:
    """HDUCLAS1 to 4 (GADF 0.3, "HDU classes") and the names the HDU index uses.

    Parameters
    ----------
    levels
        HDUCLAS1 and what follows.
    hdu_type, hdu_class
        HDU_TYPE and HDU_CLASS of the HDU index; empty for the indexes themselves.
    """

    levels: tuple[str, ...]
    hdu_type: str = ""
    hdu_class: str = ""

    def cards(self) -> list[Card]:
        """Cards that say what the HDU is."""
        cards: list[Card] = [
            ("HDUCLASS", "GADF", "format of this HDU"),
            ("HDUDOC", HDUDOC, ""),
            ("HDUVERS", "0.3", "version of the format"),
        ]
        return cards + [
            (f"HDUCLAS{level}", value, "") for level, value in enumerate(self.levels, 1)
        ]


def time_reference() -> list[Card]:
    """Cards that give times their meaning (GADF 0.3, "Time")."""
    return [
        ("MJDREFI", MJDREF, "[d] reference time, integer part"),
        ("MJDREFF", 0.0, "[d] reference time, fraction"),
        ("TIMEUNIT", "s", "unit of times"),
        ("TIMESYS", "TT", "time scale"),
        ("TIMEREF", "TOPOCENTER", "place of times"),
    ]


def location(run: Run) -> list[Card]:
    """Cards with the place of the array (GADF 0.3, "Earth location")."""
    return [
        ("GEOLON", run.site.lon, "[deg] longitude, east"),
        ("GEOLAT", run.site.lat, "[deg] latitude"),
        ("ALTITUDE", run.site.height, "[m] above sea level"),
    ]


def instrument(run: Run) -> list[Card]:
    """Cards that all HDUs of a run share."""
    return [
        ("OBS_ID", run.obs_id, "run number"),
        ("ORIGIN", "iact.sim", "who made this file"),
        ("TELESCOP", TELESCOP, "simulated, not CTAO data"),
        ("INSTRUME", run.site.instrume, "simulated array"),
        ("CREATOR", f"iact.sim {iact.__version__}", "software"),
        ("CREATED", CREATED, "UTC; fixed, for reproducible files"),
    ]


def times(run: Run) -> list[Card]:
    """Cards with the times of a run."""
    return [
        ("TSTART", run.tstart, "[s] start"),
        ("TSTOP", run.tstop, "[s] end"),
        ("DATE-OBS", iso_tt(run.tstart), "start, TT"),
        ("DATE-BEG", iso_tt(run.tstart), "start, TT"),
        ("DATE-AVG", iso_tt((run.tstart + run.tstop) / 2), "middle, TT"),
        ("DATE-END", iso_tt(run.tstop), "end, TT"),
        ("TELAPSE", run.duration, "[s] end - start"),
        ("ONTIME", run.ontime, "[s] sum of good time intervals"),
        ("LIVETIME", run.livetime, "[s] ontime less dead time"),
        ("DEADC", run.site.deadc, "livetime / ontime"),
    ]


def pointing(run: Run) -> list[Card]:
    """Cards with target and direction (GADF 0.3, "EVENTS")."""
    altitude, azimuth = run.alt_az
    cards: list[Card] = [("OBJECT", run.object_name, "target")]
    if run.target is not None:
        cards += [
            ("RA_OBJ", run.target[0], "[deg] target"),
            ("DEC_OBJ", run.target[1], "[deg] target"),
        ]
    return [
        *cards,
        ("OBS_MODE", obs_mode(run), "observing mode"),
        ("RA_PNT", run.pointing[0], "[deg] pointing"),
        ("DEC_PNT", run.pointing[1], "[deg] pointing"),
        ("ALT_PNT", altitude, "[deg] altitude in the middle of the run"),
        ("AZ_PNT", azimuth, "[deg] azimuth, north to east"),
        ("RADECSYS", "ICRS", "frame of RA and DEC"),
        ("RADESYS", "ICRS", "the same, by its name in the FITS standard"),
        ("EQUINOX", 2000.0, "[yr]"),
        ("FOVALIGN", "RADEC", "alignment of DETX, DETY"),
        ("CONV_DEP", 0.0, "parallel pointing"),
    ]


def obs_mode(run: Run) -> str:
    """OBS_MODE of a run, one of the values of GADF 0.3."""
    return _OBS_MODES[run.mode]


def operation(run: Run) -> list[Card]:
    """Cards about who observed with what, and how the data were processed."""
    cards: list[Card] = [
        ("OBSERVER", "iact.sim", ""),
        ("N_TELS", len(run.telescopes), "number of telescopes"),
        ("TELLIST", telescope_list(run), "numbers of the telescopes"),
        ("EV_CLASS", "standard", "event selection"),
        ("DST_VER", "sim-dst-1", "data production"),
        ("CAL_VER", "sim-cal-1.0", "calibration"),
        ("ANA_VER", "sim-reco-2.1", "reconstruction"),
    ]
    if run.proposal:
        cards.append(("PROP_ID", run.proposal, "proposal"))
    return cards


def telescope_list(run: Run) -> str:
    """TELLIST of a run."""
    return ",".join(map(str, run.telescopes))


def header(*groups: list[Card]) -> fits.Header:
    """One header from groups of cards.

    Parameters
    ----------
    *groups
        In the order in which they shall stand.

    Returns
    -------
    astropy.io.fits.Header
        The header.
    """
    return fits.Header([card for group in groups for card in group])

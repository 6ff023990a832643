"""The FITS files: one for each run, and the two indexes of GADF 0.3."""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits

from iact.sim import keywords
from iact.sim.events import Events
from iact.sim.irfs import irf_hdus
from iact.sim.keywords import HduClass
from iact.sim.plan import Run
from iact.sim.responses import Response

EVENTS = HduClass(("EVENTS", "ACCEPTED"), "events", "events")
GTI = HduClass(("GTI",), "gti", "gti")
OBS_INDEX = HduClass(("INDEX", "OBS"))
HDU_INDEX = HduClass(("INDEX", "HDU"))


@dataclass(frozen=True)
class RunFile:
    """One run's file.

    Parameters
    ----------
    run
        The run.
    content
        The compressed file.
    n_events
        Number of events.
    hdus
        Name and class of each HDU with data.
    """

    run: Run
    content: bytes
    n_events: int
    hdus: tuple[tuple[str, HduClass], ...]

    @property
    def folder(self) -> str:
        """Folder of the file, relative to the indexes."""
        return self.run.site.name

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"sim_{self.run.obs_id}.fits.gz"


def run_file(run: Run, response: Response, events: Events) -> RunFile:
    """Make the file of a run.

    Parameters
    ----------
    run
        The run.
    response
        Its responses.
    events
        Its events.

    Returns
    -------
    RunFile
        The file with EVENTS, GTI, AEFF, EDISP, PSF and BKG.
    """
    classes_and_hdus = [
        (EVENTS, _events_hdu(run, events)),
        (GTI, _gti_hdu(run)),
        *irf_hdus(run, response),
    ]
    content = _compressed([hdu for _, hdu in classes_and_hdus])
    names = tuple((str(hdu.name), hdu_class) for hdu_class, hdu in classes_and_hdus)
    return RunFile(run, content, len(events.time), names)


def _compressed(hdus: list[fits.BinTableHDU]) -> bytes:
    plain = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(plain)
    # The time stamp of gzip would make every file differ from the last.
    return gzip.compress(plain.getvalue(), compresslevel=6, mtime=0)


def _events_hdu(run: Run, events: Events) -> fits.BinTableHDU:
    number = np.arange(1, len(events.time) + 1, dtype=np.int64)
    columns = [
        # Unique in the whole set.
        fits.Column("EVENT_ID", "K", array=run.obs_id * 1_000_000 + number),
        fits.Column("TIME", "D", unit="s", array=events.time),
        fits.Column("RA", "E", unit="deg", array=events.ra),
        fits.Column("DEC", "E", unit="deg", array=events.dec),
        fits.Column("ENERGY", "E", unit="TeV", array=events.energy),
        # The field's longitude grows with falling right ascension (GADF 0.3, "Field of view").
        fits.Column("DETX", "E", unit="deg", array=-events.lon),
        fits.Column("DETY", "E", unit="deg", array=events.lat),
        fits.Column("MULTIP", "I", array=events.multiplicity),
        fits.Column("GAMMANESS", "E", array=events.gammaness),
    ]
    header = keywords.header(
        EVENTS.cards(),
        keywords.instrument(run),
        keywords.time_reference(),
        keywords.times(run),
        keywords.pointing(run),
        keywords.location(run),
        keywords.operation(run),
    )
    return fits.BinTableHDU.from_columns(columns, header=header, name="EVENTS")


def _gti_hdu(run: Run) -> fits.BinTableHDU:
    good = np.array(run.good_times)
    columns = [
        fits.Column("START", "D", unit="s", array=good[:, 0]),
        fits.Column("STOP", "D", unit="s", array=good[:, 1]),
    ]
    header = keywords.header(
        GTI.cards(),
        keywords.instrument(run),
        keywords.time_reference(),
        keywords.times(run),
        keywords.location(run),
    )
    return fits.BinTableHDU.from_columns(columns, header=header, name="GTI")


def obs_index(files: list[RunFile]) -> bytes:
    """The observation index (GADF 0.3, "Observation index table").

    Parameters
    ----------
    files
        The files of all runs.

    Returns
    -------
    bytes
        The compressed file.
    """
    rows = [_obs_row(file) for file in files]
    formats = {
        "OBS_ID": ("K", None), "OBS_MODE": ("16A", None), "OBJECT": ("32A", None),
        "RA_OBJ": ("D", "deg"), "DEC_OBJ": ("D", "deg"),
        "RA_PNT": ("D", "deg"), "DEC_PNT": ("D", "deg"),
        "GLON_PNT": ("D", "deg"), "GLAT_PNT": ("D", "deg"),
        "ALT_PNT": ("D", "deg"), "AZ_PNT": ("D", "deg"), "ZEN_PNT": ("D", "deg"),
        "TSTART": ("D", "s"), "TSTOP": ("D", "s"), "TMID": ("D", "s"),
        "ONTIME": ("D", "s"), "LIVETIME": ("D", "s"), "DEADC": ("D", None),
        "N_TELS": ("I", None), "TELLIST": ("64A", None), "QUALITY": ("I", None),
        "EVENT_COUNT": ("J", None), "TELESCOP": ("16A", None), "INSTRUME": ("16A", None),
    }  # fmt: skip
    columns = [
        fits.Column(name, form, unit=unit, array=np.array([row[name] for row in rows]))
        for name, (form, unit) in formats.items()
    ]
    header = keywords.header(
        OBS_INDEX.cards(),
        keywords.time_reference(),
        [("RADECSYS", "ICRS", ""), ("RADESYS", "ICRS", ""), ("EQUINOX", 2000.0, "")],
    )
    return _compressed([fits.BinTableHDU.from_columns(columns, header=header, name="OBS_INDEX")])


def _obs_row(file: RunFile) -> dict[str, Any]:
    run = file.run
    altitude, azimuth = run.alt_az
    galactic = SkyCoord(*run.pointing, unit="deg", frame="icrs").galactic
    target = run.target or (np.nan, np.nan)
    return {
        "OBS_ID": run.obs_id,
        "OBS_MODE": keywords.obs_mode(run),
        "OBJECT": run.object_name,
        "RA_OBJ": target[0],
        "DEC_OBJ": target[1],
        "RA_PNT": run.pointing[0],
        "DEC_PNT": run.pointing[1],
        "GLON_PNT": galactic.l.deg,
        "GLAT_PNT": galactic.b.deg,
        "ALT_PNT": altitude,
        "AZ_PNT": azimuth,
        "ZEN_PNT": 90 - altitude,
        "TSTART": run.tstart,
        "TSTOP": run.tstop,
        "TMID": (run.tstart + run.tstop) / 2,
        "ONTIME": run.ontime,
        "LIVETIME": run.livetime,
        "DEADC": run.site.deadc,
        "N_TELS": len(run.telescopes),
        "TELLIST": keywords.telescope_list(run),
        "QUALITY": 0,
        "EVENT_COUNT": file.n_events,
        "TELESCOP": keywords.TELESCOP,
        "INSTRUME": run.site.instrume,
    }


def hdu_index(files: list[RunFile]) -> bytes:
    """The HDU index (GADF 0.3, "HDU index table").

    Parameters
    ----------
    files
        The files of all runs.

    Returns
    -------
    bytes
        The compressed file.
    """
    rows = [
        (
            file.run.obs_id, hdu_class.hdu_type, hdu_class.hdu_class, file.folder, file.name,
            name, len(file.content), hashlib.md5(file.content, usedforsecurity=False).hexdigest(),
        )
        for file in files
        for name, hdu_class in file.hdus
    ]  # fmt: skip
    formats = {
        "OBS_ID": "K", "HDU_TYPE": "8A", "HDU_CLASS": "12A", "FILE_DIR": "16A",
        "FILE_NAME": "32A", "HDU_NAME": "16A", "SIZE": "K", "MD5": "32A",
    }  # fmt: skip
    columns = [
        fits.Column(name, form, array=np.array(values))
        for (name, form), values in zip(formats.items(), zip(*rows, strict=True), strict=True)
    ]
    header = keywords.header(HDU_INDEX.cards())
    return _compressed([fits.BinTableHDU.from_columns(columns, header=header, name="HDU_INDEX")])

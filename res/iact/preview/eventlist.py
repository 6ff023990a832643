"""Directions and energies of a file's events, whatever dialect it is written in."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from astropy.coordinates import FK5, SkyCoord
from astropy.utils.exceptions import AstropyWarning

from iact.dl3.axes import MAX_ENERGY_EV, MIN_ENERGY_EV, angle_unit_deg, energy_unit_ev
from iact.dl3.classify import parts_of
from iact.dl3.container import split_hdus
from iact.dl3.eventcolumns import MAX_RA, check_columns
from iact.dl3.failures import as_dl3_error
from iact.dl3.header import Notes
from iact.dl3.pointing import read_frame
from iact.dl3.responses import first_of_kind
from iact.dl3.storage import read_stored, uncompressed
from iact.dl3.tables import Table
from iact.dl3.units import EV_PER_TEV
from iact.errors import DL3Error

Array = npt.NDArray[np.float64]

#: Events whose frame is changed at once: astropy needs some hundred bytes for each.
_CHUNK = 100_000


@dataclass(frozen=True)
class EventList:
    """The events of one file.

    Parameters
    ----------
    ra, dec
        ICRS, deg; of the events that have a direction.
    energy
        TeV; of the events that have an energy.
    total
        Number of all events.
    """

    ra: Array
    dec: Array
    energy: Array
    total: int


def read_events(root: Path, path: str, sha256: str = "") -> EventList:
    """Read the events that ingestion found in a file.

    Parameters
    ----------
    root
        The data root.
    path
        The file, POSIX, relative to `root`.
    sha256
        Hexadecimal digest that the file must have; empty: any.

    Raises
    ------
    DL3Error
        If the file cannot be read, is another than that of the digest, or has no event list.
    """
    try:
        with warnings.catch_warnings():
            # As in iact.dl3.read: what is wrong with the file was said at ingestion.
            warnings.simplefilter("ignore", AstropyWarning)
            warnings.filterwarnings("ignore", message=".* encountered in ", category=RuntimeWarning)
            return _read(root, path, sha256)
    except Exception as exc:
        error = as_dl3_error(path, exc)
        if error is exc:
            raise
        raise error from exc


def _read(root: Path, path: str, sha256: str) -> EventList:
    stored = read_stored(root, path)
    if sha256 not in ("", stored.sha256):
        raise DL3Error(path, "has changed since it was ingested; run `bin/cta ingest`")
    notes = Notes()
    parts = first_of_kind(parts_of(split_hdus(path, uncompressed(stored))), notes)
    if "events" not in parts:
        raise DL3Error(path, "has no event list")
    events = Table(parts["events"].hdu)
    check_columns(events, notes)
    ra, dec = (
        events.scalars(name) * angle_unit_deg(events.hdu, events.unit(name), name)
        for name in ("RA", "DEC")
    )
    energy = events.scalars("ENERGY")
    energy *= energy_unit_ev(events.hdu, events.unit("ENERGY"), "ENERGY")
    has_energy = (energy >= MIN_ENERGY_EV) & (energy <= MAX_ENERGY_EV)
    has_direction = (np.abs(ra) <= MAX_RA) & (np.abs(dec) <= 90.0)
    ra, dec = _to_icrs(ra[has_direction], dec[has_direction], *read_frame(events.hdu, notes))
    return EventList(ra, dec, energy[has_energy] / EV_PER_TEV, events.rows)


def _to_icrs(ra: Array, dec: Array, frame: str, equinox: float) -> tuple[Array, Array]:
    if frame == "FK5":
        for start in range(0, len(ra), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            fk5 = SkyCoord(ra[chunk], dec[chunk], unit="deg", frame=FK5(equinox=f"J{equinox}"))
            ra[chunk], dec[chunk] = fk5.icrs.ra.deg, fk5.icrs.dec.deg
    return ra % 360.0, dec

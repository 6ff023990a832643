"""Where the telescopes pointed: frame, direction, mode, and the target's position."""

from __future__ import annotations

import numpy as np
from astropy.coordinates import angular_separation

from iact.dl3.container import Hdu
from iact.dl3.frames import to_icrs
from iact.dl3.header import Notes, as_number, number, required_number, text
from iact.dl3.observation import Observation

#: Distances of target and pointing, in deg, that make a pointed observation a wobble run.
#: No document gives them. Wobble offsets in use are 0.4 (MAGIC), 0.5 (VERITAS, H.E.S.S.)
#: and up to 2 for extended sources. Below 0.1 lie rounded positions of targets, pointing
#: errors (arc minutes at most) and the motion from one epoch to another; beyond 3 the
#: target is outside, or at the edge of, the cameras' fields of view (3.5 to 10 across).
_WOBBLE_DEG = (0.1, 3.0)
#: Years of equinoxes in use. Precession to another, such as a placeholder of 0, would move
#: positions by many degrees.
_EQUINOXES = (1900.0, 2100.0)
#: Modes in which the telescopes follow the sky (GADF 0.3, "EVENTS", OBS_MODE, and the
#: headers of files); other words do not tell.
_SIDEREAL = frozenset(
    {"wobble", "pointing", "on", "off", "onoff", "raster", "grid", "scan", "slew"}
)


def read_frame(events: Hdu, notes: Notes) -> tuple[str, float]:
    """Return the name and equinox of the frame of the file's positions.

    Parameters
    ----------
    events
        The HDU with the pointing.
    notes
        Gets what was assumed.

    Raises
    ------
    DL3Error
        If the frame is none that is read.
    """
    keyword = "RADESYS" if text(events, "RADESYS") else "RADECSYS"
    frame = text(events, keyword).upper()
    said = events.value("EQUINOX")
    equinox = as_number(said)
    if not frame:
        # FITS 4.0, section 8.3: FK5 where EQUINOX is given, else ICRS.
        frame = "ICRS" if equinox is None else "FK5"
        notes.add("frame", f"RADESYS is missing; {frame} taken", events, "RADESYS")
    if frame not in ("ICRS", "FK5"):
        raise events.error(f"{frame!r} is not known; ICRS or FK5 was expected", keyword)
    if equinox is not None and not _EQUINOXES[0] <= equinox <= _EQUINOXES[1]:
        equinox = None
    if frame == "FK5" and equinox is None:
        notes.add("frame", f"{said!r} is no equinox; 2000 taken", events, "EQUINOX")
    return frame, 2000.0 if equinox is None else equinox


def read_pointing(events: Hdu, row: dict[str, object], found: Observation, notes: Notes) -> None:
    """Set pointing, its frame, its mode and the target's position.

    Parameters
    ----------
    events
        The event list.
    row
        The observation's row of the obs-index, for what the header lacks.
    found
        Gets ``ra_pnt``, ``dec_pnt``, ``alt_pnt``, ``az_pnt``, ``target_ra``,
        ``target_dec``, ``pointing_mode`` and ``tracking_mode``.
    notes
        Gets what was assumed.

    Raises
    ------
    DL3Error
        If there is no pointing, and the observation is not a drift scan.
    """
    drift = found.obs_mode == "drift"
    frame = read_frame(events, notes)
    _read_horizontal(events, row, found, notes)
    source: dict[str, object] = {
        "RA_PNT": events.value("RA_PNT"),
        "DEC_PNT": events.value("DEC_PNT"),
    }
    if source["RA_PNT"] is None and source["DEC_PNT"] is None:
        if drift:
            found.tracking_mode = "fixed-az-el-transit"
            _read_target_position(events, frame, found, notes)
            return
        if as_number(row.get("RA_PNT")) is not None and as_number(row.get("DEC_PNT")) is not None:
            source = row
            notes.add(
                "index", "no pointing in the header; that of the obs-index taken", events, "RA_PNT"
            )
    position = []
    for keyword in ("RA_PNT", "DEC_PNT"):
        value = as_number(source[keyword])
        position.append(required_number(events, keyword) if value is None else value)
    try:
        found.ra_pnt, found.dec_pnt = to_icrs(position[0], position[1], *frame)
    except ValueError as exc:
        raise events.error(str(exc), "DEC_PNT") from exc
    found.tracking_mode = "fixed-az-el-transit" if drift else _tracking(events, found, notes)
    found.pointing_mode = _pointing_mode(events, notes)
    _read_target_position(events, frame, found, notes)


def _tracking(events: Hdu, found: Observation, notes: Notes) -> str:
    if found.obs_mode not in _SIDEREAL:
        mode = found.obs_mode
        said = "not stated" if mode == "unknown" else f"{mode!r} does not tell the tracking"
        notes.add("obs_mode", f"{said}; sidereal tracking taken", events, "OBS_MODE")
    return "sidereal"


def tell_wobble(events: Hdu, found: Observation, notes: Notes) -> None:
    """Call a pointed observation that keeps its target off axis what it is: a wobble run.

    GADF (0.3, "EVENTS", OBS_MODE) knows only POINTING for both.

    Parameters
    ----------
    events
        The event list.
    found
        Gets another ``obs_mode``; what the header says stays in ``obs_mode_header``.
    notes
        Gets what was taken, and why.
    """
    position = (found.ra_pnt, found.dec_pnt, found.target_ra, found.target_dec)
    if found.obs_mode != "pointing" or None in position:
        return
    distance = np.rad2deg(angular_separation(*np.deg2rad(np.array(position, dtype=float))))
    if _WOBBLE_DEG[0] <= distance <= _WOBBLE_DEG[1]:
        said = f"POINTING, with the target {distance:.2f} deg off axis; wobble taken"
        notes.add("obs_mode", said, events, "OBS_MODE", conforming=True)
        found.obs_mode = "wobble"


def _read_horizontal(events: Hdu, row: dict[str, object], found: Observation, notes: Notes) -> None:
    altitude = number(events, "ALT_PNT", notes, "site")
    azimuth = number(events, "AZ_PNT", notes, "site")
    if altitude is None and azimuth is None:
        altitude, azimuth = as_number(row.get("ALT_PNT")), as_number(row.get("AZ_PNT"))
        if altitude is not None and azimuth is not None:
            notes.add("index", "altitude and azimuth of the obs-index taken", events, "ALT_PNT")
    if altitude is None or azimuth is None:
        return
    if azimuth == 0 and altitude in (0.0, 90.0):
        said = f"altitude {altitude:g}, azimuth 0 is a placeholder; ignored"
        notes.add("site", said, events, "ALT_PNT")
        return
    if not -90 <= altitude <= 90:
        notes.add("site", f"altitude {altitude:g} deg is impossible; ignored", events, "ALT_PNT")
        return
    found.alt_pnt, found.az_pnt = altitude, azimuth % 360.0


def _read_target_position(
    events: Hdu, frame: tuple[str, float], found: Observation, notes: Notes
) -> None:
    ra = number(events, "RA_OBJ", notes, "target")
    dec = number(events, "DEC_OBJ", notes, "target")
    if ra is None or dec is None:
        return
    if ra == 0 and dec == 0:
        notes.add("target", "RA_OBJ = DEC_OBJ = 0 is a placeholder; ignored", events, "RA_OBJ")
        return
    try:
        found.target_ra, found.target_dec = to_icrs(ra, dec, *frame)
    except ValueError as exc:
        notes.add("target", f"{exc}; ignored", events, "DEC_OBJ")


def _pointing_mode(events: Hdu, notes: Notes) -> str:
    depth = number(events, "CONV_DEP", notes, "telescopes")
    if not depth:
        return "parallel"
    mode = "convergent" if depth > 0 else "divergent"
    # CONV_DEP is a depth, from which no angle follows without the telescopes' positions.
    said = f"depth {depth:g}: {mode}, angle not known"
    notes.add("telescopes", said, events, "CONV_DEP", conforming=True)
    return mode

"""Rows of the flat ObsCore table, one for each event list.

Units and conventions are those of ObsCore 1.1 (section 4 and appendix B) and of the
high-energy extension; see the column descriptions in ``rd/ext.rd`` and ``rd/hea.rd``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from iact.archive.collections import Collection
from iact.archive.tmoc import tmoc
from iact.dl3 import utc
from iact.dl3.frames import FIELD_VERTICES, circumscribed_polygon
from iact.dl3.observation import Observation
from iact.dl3.units import HC_EV_M

Row = dict[str, object]

_MILLISECONDS = 3

#: Release date of public data whose simulated times lie in the future: always the same, or
#: reading a file again would change its row.
_SIMULATED_RELEASE = datetime(2000, 1, 1)

#: Pattern of pointings by observing mode; high-energy extension of ObsCore, scan_mode.
SCAN_MODES = {
    "wobble": "on-the-fly-cross-map",
    "pointing": "on-source",
    "on": "on-off",
    "off": "on-off",
    "onoff": "on-off",
    "raster": "raster-map",
    "grid": "raster-map",
    "scan": "raster-map",
    "slew": "slew",
}


def processing_row(obs: Observation, collection: Collection) -> Row:
    """Return versions and methods: what the file says, else what the collection says."""
    said = collection.processing
    content: Row = {
        "calib_version": obs.calib_version or said.calib_version or None,
        "reco_version": obs.analysis_version or said.reco_version or None,
        "reco_method": said.reco_method or None,
        "applied_cuts": said.applied_cuts or None,
        "spectral_model": said.spectral_model or None,
        "data_quality": str(obs.quality) if obs.quality is not None else said.data_quality or None,
    }
    # A digest of the content as key: two ingestions at once agree on it without asking.
    text = json.dumps(content, sort_keys=True)
    return {"processing_id": hashlib.sha256(text.encode()).hexdigest()[:16]} | content


def obscore_row(file_size: int, obs: Observation, collection: Collection, did: str) -> Row:
    """Return what cta.obscore_row stores for one event list.

    Parameters
    ----------
    file_size
        Of the file that holds the list, in bytes.
    obs, collection
        The observation and the collection it belongs to.
    did
        Publisher's dataset identifier of the event list.
    """
    facility = collection.facility_name or obs.telescop
    # kbyte is 1000 bytes (VOUnits 1.1, section 2.5); never 0 for a file that is there.
    size = max(1, round(file_size / 1000))
    return (
        {
            "calib_level": 2,
            "obs_collection": collection.name,
            "obs_id": obs.obs_id,
            "obs_title": _title(obs, facility),
            "event_type": obs.event_type,
            "obs_publisher_did": did,
            "access_estsize": size,
            "facility_name": facility or None,
            "instrument_name": collection.instrument_name or obs.instrume or None,
        }
        | _axes(obs)
        | _rights(obs, collection)
        | _extended(obs, collection)
        | _high_energy(obs, collection)
    )


def _title(obs: Observation, facility: str) -> str:
    parts = [facility, f"observation {obs.obs_id}"]
    if obs.event_type:
        parts.append(f"(event type {obs.event_type})")
    if obs.target_name:
        parts.append(f"of {obs.target_name}")
    return " ".join(part for part in parts if part)


def _axes(obs: Observation) -> Row:
    return {
        "target_name": obs.target_name or None,
        "s_ra": obs.ra_pnt,
        "s_dec": obs.dec_pnt,
        "s_fov": None if obs.fov_radius is None else 2 * obs.fov_radius,
        "s_region": region_literal(obs.ra_pnt, obs.dec_pnt, obs.fov_radius),
        "s_resolution": obs.s_resolution,
        "t_min": obs.t_start,
        "t_max": obs.t_stop,
        # ObsCore 1.1, B.6.2.4: the livetime; where it is not known, the ontime is nearest.
        "t_exptime": obs.livetime if obs.livetime is not None else obs.ontime,
        "em_min": None if not obs.energy_max else HC_EV_M / obs.energy_max,
        "em_max": None if not obs.energy_min else HC_EV_M / obs.energy_min,
        "em_res_power": obs.em_res_power,
    }


def region_literal(ra: float | None, dec: float | None, radius: float | None) -> str | None:
    """Return the field of view as a pgsphere ``spoly`` literal, ICRS in deg.

    None where pointing or radius is not known, or the field is half the sky or more, for
    which there is no circumscribed polygon.
    """
    if ra is None or dec is None or radius is None or not 0.0 < radius < 90.0:
        return None
    vertices = circumscribed_polygon(ra, dec, radius, FIELD_VERTICES)
    return "{" + ",".join(f"({lon:.10f}d,{lat:.10f}d)" for lon, lat in vertices) + "}"


def _rights(obs: Observation, collection: Collection) -> Row:
    """The stored rule; cta.vo_obscore evaluates it when asked."""
    said = collection.rights(obs.proposal_id)
    release, hidden = said.release_date, said.hidden_until
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    if said.data_rights == "public" and release is None:
        # ObsCore reads a missing release date as proprietary, so public data without a
        # date of their own get the end of their observation.
        release = _utc(obs.t_stop)
        if release > now:
            release = _SIMULATED_RELEASE
    return {
        "data_rights": said.data_rights,
        "obs_release_date": release,
        "rights_group": said.group or None,
        "hidden_until": hidden if hidden and hidden > now else None,
        "proposal_id": obs.proposal_id or None,
    }


def _utc(mjd_tt: float) -> datetime:
    year, month, day, hour, minute, second, _ = utc.calendar(mjd_tt, _MILLISECONDS)
    # Python's clock knows no second 60.
    return datetime(year, month, day, hour, minute, min(second, 59))


def _extended(obs: Observation, collection: Collection) -> Row:
    processing = processing_row(obs, collection)
    del processing["processing_id"]
    return processing | {
        "s_resolution_min": None,
        "s_resolution_max": None,
        # Reconstructed directions, absolute times and energies in TeV: DL3 is calibrated
        # on all three axes.
        "s_calib_status": "calibrated",
        "t_calib_status": "calibrated",
        "em_calib_status": "calibrated",
        "site": collection.site or None,
        "sub_array_name": collection.sub_array_name or None,
        "obs_mode": obs.obs_mode,
        "run_type": collection.run_type or None,
        "ctao_level": collection.ctao_level,
        "simulated": collection.simulated,
    }


def _high_energy(obs: Observation, collection: Collection) -> Row:
    spatial = obs.s_resolution is not None
    spectral = obs.em_res_power is not None
    said = collection.processing
    analysis = [said.reco_method, said.applied_cuts or obs.ev_class]
    return {
        "ev_xel": obs.n_events,
        "s_ref_energy": obs.ref_energy if spatial else None,
        "s_ref_oaa": obs.ref_offset if spatial else None,
        "em_ref_energy": obs.ref_energy if spectral else None,
        "em_ref_oaa": obs.ref_offset if spectral else None,
        "t_intervals": tmoc(obs.gti) if len(obs.gti) else None,
        "energy_min": obs.energy_min,
        "energy_max": obs.energy_max,
        "tracking_mode": obs.tracking_mode or None,
        "scan_mode": SCAN_MODES.get(obs.obs_mode),
        "pointing_mode": obs.pointing_mode or None,
        "analysis_mode": "-".join(part for part in analysis if part) or None,
        "messenger_name": "photon",
        "messenger_pdgid": "+22",
    }

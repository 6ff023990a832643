"""The one mapping from observations to rows of the archive's tables.

The columns are defined in ``rd/tables.rd``, ``rd/ext.rd``, ``rd/hea.rd`` and
``rd/q.rd``; a row is a dictionary from column name to value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from iact.archive.collections import Collection, Site
from iact.archive.identifiers import publisher_did
from iact.archive.obscore import SCAN_MODES, Row, obscore_row, processing_row
from iact.archive.provenance import last_step
from iact.archive.simulations import SIMULATED_ROWS
from iact.archive.site import FITS_MEDIA_TYPE
from iact.archive.visibility import HIDDEN_PRODUCTS, HIDDEN_ROWS
from iact.dl3.observation import FileReport, Observation

Rows = dict[str, list[Row]]


def observation_rows(
    report: FileReport,
    collection: Collection,
    data_root: str,
    authority: str,
    media_type: str = FITS_MEDIA_TYPE,
) -> Rows:
    """Return all rows that one observation makes, by table.

    Parameters
    ----------
    report
        Of a file of kind ``observation``.
    collection
        The collection it belongs to.
    data_root
        Name of the data root that ``report.path`` is relative to.
    authority
        The archive's IVOA authority identifier.
    media_type
        With which the server sends products.

    Raises
    ------
    ValueError
        If the report holds no observation.
    """
    obs = report.observation
    if obs is None:
        raise ValueError(f"{report.path}: no observation in a report of kind {report.kind}")

    def did(kind: str) -> str:
        return publisher_did(authority, collection.name, obs.obs_id, obs.event_type, kind)

    processing = processing_row(obs, collection)
    where: Row = {"data_root": data_root, "path": report.path}
    flat = obscore_row(report.size, obs, collection, did("events"))
    key: Row = {
        "obs_collection": collection.name,
        "obs_id": obs.obs_id,
        "event_type": obs.event_type,
        "hidden_until": flat["hidden_until"],
    }
    return {
        "processing": [processing],
        "observation": [key | _observation(obs, did("events"), processing) | where],
        "obs_config": [key | _obs_config(obs, collection)],
        "gti": [
            key
            | {
                "interval_no": number,
                "obs_publisher_did": did("events"),
                "t_start": float(start),
                "t_stop": float(stop),
            }
            for number, (start, stop) in enumerate(obs.gti, start=1)
        ],
        HIDDEN_PRODUCTS if flat["hidden_until"] else "product": [
            key
            | {
                "kind": product.kind,
                "obs_publisher_did": did(product.kind),
                "data_root": data_root,
                "path": product.path,
                "hdu": product.hdu or None,
                "hdu_number": product.hdu_number,
                "hdu_class": product.hdu_class or None,
                "content_length": product.size,
                "sha256": product.sha256,
                "content_type": media_type,
            }
            for product in obs.products
        ],
        "assumption": [
            key
            | {
                "assumption_no": number,
                "topic": assumption.topic,
                "hdu": assumption.hdu or None,
                "keyword": assumption.keyword or None,
                "statement": assumption.text,
            }
            for number, assumption in enumerate(obs.assumptions, start=1)
        ],
        "provenance": [
            key
            | {
                "obs_publisher_did": did("events"),
                "prov_json": json.dumps(
                    last_step(report, collection, did("events")), sort_keys=True
                ),
            }
        ],
        _flat_table(flat): [flat],
    }


def _flat_table(flat: Row) -> str:
    """Return which table a flat row goes to."""
    if flat["hidden_until"]:
        return HIDDEN_ROWS
    return SIMULATED_ROWS if flat["simulated"] else "obscore_row"


def name_rows(collections: Iterable[Collection], sites: Iterable[Site]) -> Rows:
    """Return the rows that describe collections, their proposals and the sites."""
    rows: Rows = {"site": [], "collection": [], "proposal": []}
    for site in sites:
        rows["site"].append(
            {
                "site": site.name,
                "site_title": site.title,
                "site_lon": site.longitude,
                "site_lat": site.latitude,
                "site_alt": site.altitude,
            }
        )
    for collection in collections:
        rows["collection"].append(
            {
                "obs_collection": collection.name,
                "collection_title": collection.title or None,
                "collection_description": collection.description or None,
                "creator": collection.creator or None,
                "licence": collection.licence or None,
                "terms_of_use": collection.terms_of_use or None,
                "bib_reference": " ".join(collection.references) or None,
                "simulated": collection.simulated,
                "open_previews": collection.open_previews,
            }
        )
        rows["proposal"].extend(
            {
                "obs_collection": collection.name,
                "proposal_id": proposal.proposal_id,
                "proposal_title": proposal.title or None,
                "proposal_type": proposal.proposal_type or None,
                "proposal_contact": proposal.contact or None,
                "hidden_until": collection.rights(name).hidden_until,
            }
            for name, proposal in collection.proposals.items()
        )
    return rows


def _observation(obs: Observation, did: str, processing: Row) -> Row:
    return {
        "obs_publisher_did": did,
        "target_name": obs.target_name or None,
        "target_ra": obs.target_ra,
        "target_dec": obs.target_dec,
        "t_start": obs.t_start,
        "t_stop": obs.t_stop,
        "ontime": obs.ontime,
        "livetime": obs.livetime,
        "deadc": obs.deadc,
        "n_events": obs.n_events,
        "energy_min": obs.energy_min,
        "energy_max": obs.energy_max,
        "energy_source": obs.energy_source or None,
        "s_resolution": obs.s_resolution,
        "em_res_power": obs.em_res_power,
        "ref_energy": obs.ref_energy,
        "ref_offset": obs.ref_offset,
        "proposal_id": obs.proposal_id or None,
        "processing_id": processing["processing_id"],
        "observer": obs.observer or None,
        "ev_class": obs.ev_class or None,
        "data_format": obs.data_format or None,
        "created": obs.created or None,
    }


def _obs_config(obs: Observation, collection: Collection) -> Row:
    return {
        "site": collection.site or None,
        "sub_array_name": collection.sub_array_name or None,
        "pointing_mode": obs.pointing_mode or None,
        "tracking_mode": obs.tracking_mode or None,
        "scan_mode": SCAN_MODES.get(obs.obs_mode),
        "obs_mode": obs.obs_mode,
        "obs_mode_header": obs.obs_mode_header or None,
        "run_type": collection.run_type or None,
        "telescopes": ",".join(obs.telescopes) or None,
        "n_telescopes": obs.n_telescopes,
        "fov": None if obs.fov_radius is None else 2 * obs.fov_radius,
        "fov_source": obs.fov_source or None,
        "ra_pnt": obs.ra_pnt,
        "dec_pnt": obs.dec_pnt,
        "alt_pnt": obs.alt_pnt,
        "az_pnt": obs.az_pnt,
        "zen_pnt": None if obs.alt_pnt is None else 90.0 - obs.alt_pnt,
        "header_lon": obs.site_lon,
        "header_lat": obs.site_lat,
        "header_alt": obs.site_alt,
    }

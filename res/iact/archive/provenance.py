"""The last processing step of an event list, as a provenance record.

What made the file, by whom and from which other files, as far as headers and the
collection's configuration tell: the "one-step" provenance of the IVOA Provenance
Data Model 1.0 (classes in its section 2), written as W3C PROV-JSON with the model's own
attributes in the namespace ``voprov``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from iact.archive.collection import Collection
from iact.dl3.observation import FileReport, Observation, Product

Attributes = dict[str, object]
#: Kind of record -> identifier -> attributes, as PROV-JSON has it.
Document = dict[str, dict[str, Attributes]]

ACTIVITY_NAME = "DL3 production"

_NAMESPACES = {
    # An IVOID is then a qualified name that expands to itself.
    "ivo": "ivo:",
    "spdx": "http://spdx.org/rdf/terms#",
    "voprov": "http://www.ivoa.net/documents/ProvenanceDM/index.html#",
}

# What simulators write where a person's or an organisation's name belongs.
_NO_NAMES = {"", "string", "none", "unknown", "n/a", "null"}


def last_step(report: FileReport, collection: Collection, did: str) -> dict[str, object]:
    """Return the provenance of an events file.

    Parameters
    ----------
    report
        Of a file of kind ``observation``.
    collection
        The collection it belongs to.
    did
        ``obs_publisher_did`` of its event list; those of other products differ from it in
        their last part.

    Returns
    -------
    dict
        PROV-JSON: the event list (location, checksum), the responses it uses that are in
        other files and the parameters known for its making (``used``), the activity with
        software and version, the agent. The same input gives the same document; what is
        not known is left out.

    Raises
    ------
    ValueError
        If the report holds no observation.
    """
    obs = report.observation
    if obs is None:
        raise ValueError(f"{report.path}: no observation in a report of kind {report.kind}")
    activity = f"{did}#production"
    document: Document = {
        "entity": {did: _events(report, obs, collection)},
        "activity": {activity: _activity(obs, collection)},
        "wasGeneratedBy": {
            "_:generation": {
                "prov:entity": did,
                "prov:activity": activity,
                "prov:role": "Main",
                **_known({"prov:time": _iso(obs.created)}),
            }
        },
    }
    _add_used(document, activity, did, report, obs, collection)
    _add_agent(document, activity, did, obs, collection)
    return {"prefix": dict(_NAMESPACES)} | {
        kind: dict(sorted(records.items())) for kind, records in sorted(document.items())
    }


def _events(report: FileReport, obs: Observation, collection: Collection) -> Attributes:
    created = _iso(obs.created)
    return _known(
        {
            "prov:type": _name("voprov:DatasetEntity"),
            "prov:label": f"{collection.title}, observation {obs.obs_id}",
            "prov:location": report.path,
            "voprov:name": f"{collection.name} {obs.obs_id} {obs.event_type}".strip(),
            "voprov:generatedAtTime": created,
            "voprov:comment": f"created: {obs.created}" if obs.created and not created else "",
            **_checksum(report.sha256),
        }
    )


def _activity(obs: Observation, collection: Collection) -> Attributes:
    software, version = _software(obs, collection)
    return _known(
        {
            "prov:label": ACTIVITY_NAME,
            "voprov:name": ACTIVITY_NAME,
            "voprov:desc_type": "Simulation" if collection.simulated else "Reconstruction",
            "voprov:desc_name": software,
            "voprov:desc_version": version,
        }
    )


def _software(obs: Observation, collection: Collection) -> tuple[str, str]:
    """Return name and version; the version of the software itself, if CREATOR tells it."""
    named = re.fullmatch(r"(.*\S)\s*\(([^()]+)\)", obs.creator)
    if named:
        return named[1], named[2]
    version = obs.analysis_version or obs.dst_version or collection.processing.reco_version
    return obs.creator, version


def _add_used(
    document: Document,
    activity: str,
    did: str,
    report: FileReport,
    obs: Observation,
    collection: Collection,
) -> None:
    """Add what went in: responses in other files, and the parameters that are known."""
    used = document.setdefault("used", {})
    base = did.rpartition("/")[0]
    for product in obs.products:
        if product.path != report.path:
            entity = f"{base}/{product.kind}"
            document["entity"][entity] = _response(product)
            used[f"_:{product.kind}"] = _use(activity, entity, "Calibration")
    said = collection.processing
    parameters = {
        "calib_version": obs.calib_version or said.calib_version,
        "reco_method": said.reco_method,
        "reco_version": obs.analysis_version or said.reco_version,
        "applied_cuts": said.applied_cuts,
        "event_class": obs.ev_class,
    }
    for name, value in parameters.items():
        if value:
            entity = f"{did}#{name}"
            document["entity"][entity] = {
                "prov:type": _name("voprov:Parameter"),
                "voprov:name": name,
                "voprov:value": value,
            }
            used[f"_:{name}"] = _use(activity, entity, "Setup")
    if not used:
        del document["used"]


def _add_agent(
    document: Document, activity: str, did: str, obs: Observation, collection: Collection
) -> None:
    """Add who made the file: ORIGIN, else the collection's creator, else OBSERVER."""
    names = (obs.origin, collection.creator, obs.observer)
    name = next((name for name in names if name.lower() not in _NO_NAMES), "")
    if not name:
        return
    agent = f"{did}#creator"
    # An observer is a person; the others are named after collaborations and institutes.
    kind = "Person" if name not in names[:2] else "Organization"
    document["agent"] = {agent: {"prov:type": _name(f"prov:{kind}"), "voprov:name": name}}
    document["wasAssociatedWith"] = {
        "_:association": {
            "prov:activity": activity,
            "prov:agent": agent,
            "prov:role": "Creator",
        }
    }
    document["wasAttributedTo"] = {
        "_:attribution": {"prov:entity": did, "prov:agent": agent, "voprov:role": "Creator"}
    }


def _response(product: Product) -> Attributes:
    return _known(
        {
            "prov:type": _name("voprov:DatasetEntity"),
            "prov:label": f"{product.kind} ({product.hdu or product.path})",
            "prov:location": product.path,
            "voprov:name": product.hdu,
            **_checksum(product.sha256),
        }
    )


def _use(activity: str, entity: str, role: str) -> Attributes:
    return {"prov:activity": activity, "prov:entity": entity, "prov:role": role}


def _checksum(sha256: str) -> Attributes:
    if not sha256:
        return {}
    return {"spdx:checksumAlgorithm": "SHA256", "spdx:checksumValue": sha256}


def _name(qualified: str) -> Attributes:
    return {"$": qualified, "type": "prov:QUALIFIED_NAME"}


def _known(attributes: Attributes) -> Attributes:
    return {key: value for key, value in attributes.items() if value}


def _iso(text: str) -> str:
    """Return a creation date as xsd:dateTime; empty where it is none.

    A FITS date without zone is UTC (FITS 4.0, section 4.4.2.1, DATE).
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"

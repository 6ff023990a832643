"""The last processing step of an event list, as a provenance record.

What made the file, by whom and from which other files, as far as headers and the
collection's configuration tell: the "one-step" provenance of the IVOA Provenance
Data Model 1.0 (classes in its section 2), written as W3C PROV-JSON with the model's own
attributes in the namespace ``voprov``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

from iact.archive.collection import Collection
from iact.dl3.observation import FileReport, Observation, Product

Attributes = dict[str, object]
#: Kind of record -> identifier -> attributes, as PROV-JSON has it.
Document = dict[str, dict[str, Attributes]]

ACTIVITY_NAME = "DL3 production"

_NAMESPACES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
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
        PROV-JSON: the file (location, checksum, size) as a collection of its HDUs, the event
        list and what else is in it (location, checksum of the HDU), the activity that made
        the file with software and version, the parameters known for its making (``used``),
        the agent. Responses in other files are ``used`` where the events were drawn through
        them, else entities with the role ``Context``. An entity that is a product has the
        product's identifier and checksum. The same input gives the same document; what is
        not known is left out.

    Raises
    ------
    ValueError
        If the report holds no observation.
    """
    obs = report.observation
    if obs is None:
        raise ValueError(f"{report.path}: no observation in a report of kind {report.kind}")
    activity, file = f"{did}#production", _sibling(did, "package")
    document: Document = {
        "entity": {file: _file(report, obs, collection), did: _events(report, obs, collection)},
        "activity": {activity: _activity(obs, collection)},
        "wasGeneratedBy": {
            f"_:generation-{_kind(entity)}": {
                "prov:entity": entity,
                "prov:activity": activity,
                "prov:role": "Main",
                **_known({"prov:time": _iso(obs.created)}),
            }
            for entity in (file, did)
        },
    }
    _add_members(document, file, did, report, obs)
    _add_responses(document, activity, did, report, obs, collection)
    _add_parameters(document, activity, did, obs, collection)
    _add_agent(document, activity, did, obs, collection)
    return {"prefix": dict(_NAMESPACES)} | {
        kind: dict(sorted(records.items())) for kind, records in sorted(document.items()) if records
    }


def _sibling(did: str, kind: str) -> str:
    """Return the identifier of another product of the observation."""
    return f"{did.rpartition('/')[0]}/{kind}"


def _kind(did: str) -> str:
    return did.rpartition("/")[2]


def _file(report: FileReport, obs: Observation, collection: Collection) -> Attributes:
    created = _iso(obs.created)
    return _known(
        {
            "prov:type": [_name("prov:Collection"), _name("voprov:DatasetEntity")],
            "prov:label": f"{collection.title}, file of observation {obs.obs_id}",
            "prov:location": report.path,
            "voprov:name": PurePosixPath(report.path).name,
            "voprov:generatedAtTime": created,
            "voprov:comment": f"created: {obs.created}" if obs.created and not created else "",
            "dcat:byteSize": report.size,
            **_checksum(report.sha256),
        }
    )


def _events(report: FileReport, obs: Observation, collection: Collection) -> Attributes:
    hdu = next((product for product in obs.products if product.kind == "events"), None)
    return _known(
        {
            "prov:type": _name("voprov:DatasetEntity"),
            "prov:label": f"{collection.title}, observation {obs.obs_id}",
            "prov:location": _location(hdu) if hdu else report.path,
            "voprov:name": f"{collection.name} {obs.obs_id} {obs.event_type}".strip(),
            "voprov:generatedAtTime": _iso(obs.created),
            **(_contents(hdu) if hdu else {}),
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


def _add_members(
    document: Document, file: str, did: str, report: FileReport, obs: Observation
) -> None:
    """Add the file's other HDUs that are products, and which HDUs the file holds."""
    members = {
        product.kind: product
        for product in obs.products
        if product.path == report.path and product.kind not in ("package", "events")
    }
    for kind, product in members.items():
        document["entity"][_sibling(did, kind)] = _hdu(product)
    document["hadMember"] = {
        f"_:member-{kind}": {"prov:collection": file, "prov:entity": _sibling(did, kind)}
        for kind in ("events", *members)
    }


def _add_responses(
    document: Document,
    activity: str,
    did: str,
    report: FileReport,
    obs: Observation,
    collection: Collection,
) -> None:
    """Add the responses in other files, which only simulated events come from."""
    for product in obs.products:
        if product.path == report.path:
            continue
        entity = _sibling(did, product.kind)
        document["entity"][entity] = _hdu(product)
        if collection.simulated:
            used = document.setdefault("used", {})
            used[f"_:{product.kind}"] = _use(activity, entity, "Calibration")
        else:
            # Made for events that were there already: no input of their production.
            document["entity"][entity] |= {
                "voprov:role": "Context",
                "dcterms:relation": {"$": did, "type": "prov:QUALIFIED_NAME"},
            }


def _add_parameters(
    document: Document, activity: str, did: str, obs: Observation, collection: Collection
) -> None:
    """Add the settings of the production that headers or configuration tell."""
    said = collection.processing
    parameters = {
        "calib_version": obs.calib_version or said.calib_version,
        "reco_method": said.reco_method,
        "reco_version": obs.analysis_version or said.reco_version,
        "applied_cuts": said.applied_cuts,
        "event_class": obs.ev_class,
    }
    used = document.setdefault("used", {})
    for name, value in parameters.items():
        if value:
            entity = f"{did}#{name}"
            document["entity"][entity] = {
                "prov:type": _name("voprov:Parameter"),
                "voprov:name": name,
                "voprov:value": value,
            }
            used[f"_:{name}"] = _use(activity, entity, "Setup")


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
        f"_:attribution-{_kind(entity)}": {
            "prov:entity": entity,
            "prov:agent": agent,
            "voprov:role": "Creator",
        }
        for entity in (_sibling(did, "package"), did)
    }


def _hdu(product: Product) -> Attributes:
    return _known(
        {
            "prov:type": _name("voprov:DatasetEntity"),
            "prov:label": f"{product.kind} ({product.hdu or product.path})",
            "prov:location": _location(product),
            "voprov:name": product.hdu,
            **_contents(product),
        }
    )


def _location(product: Product) -> str:
    """Return file and HDU as FITS software takes them: path[EXTNAME], else path[number]."""
    return f"{product.path}[{product.hdu or product.hdu_number}]"


def _contents(product: Product) -> Attributes:
    return {"dcat:byteSize": product.size, **_checksum(product.sha256)}


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

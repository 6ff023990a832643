"""What a harvester sees of the archive's registry, and what a Registry makes of it."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from astropy.io.votable.tree import Field, Resource, TableElement, VOTableFile
from lxml import etree
from pyvo.registry.regtap import TOKEN_SEP, RegistryResults

from service.livearchive import LiveArchive

#: The schemas that Debian's package of DaCHS ships.
SCHEMATA = Path("/usr/lib/python3/dist-packages/gavo/resources/schemata")
_NEEDED = (
    "VOResource",
    "VODataService",
    "TAPRegExt",
    "VORegistry",
    "RegistryInterface",
    "ConeSearch",
    "OAI-PMH",
    "oai_dc",
    "Colstats",
)
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_OAI = "{http://www.openarchives.org/OAI/2.0/}"


class _Local(etree.Resolver):
    """Takes every schema from `SCHEMATA`, whatever address another one imports it from."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        path = SCHEMATA / url.rsplit("/", 1)[-1]
        assert path.is_file(), f"DaCHS ships no {path.name}"
        return self.resolve_filename(str(path), context)


def schema() -> etree.XMLSchema:
    """Return all schemas of records and of OAI-PMH as one, read without a network."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    imports = "".join(
        f'<xs:import namespace="{_namespace(name)}" schemaLocation="{name}.xsd"/>'
        for name in _NEEDED
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


def _namespace(name: str) -> str:
    return etree.parse(str(SCHEMATA / f"{name}.xsd")).getroot().get("targetNamespace")


def ask(archive: LiveArchive, **arguments: str) -> etree._Element:
    """Return the answer to an OAI-PMH request; ``start`` stands for ``from``."""
    if "start" in arguments:
        arguments["from"] = arguments.pop("start")
    with urllib.request.urlopen(
        f"{archive.url}/oai.xml?{urllib.parse.urlencode(arguments)}"
    ) as answer:
        return etree.fromstring(answer.read())


def error(archive: LiveArchive, **arguments: str) -> str:
    """Return the code of the error that a request is answered with; empty if with none."""
    return next((found.get("code") for found in ask(archive, **arguments).iter(f"{_OAI}error")), "")


def registry_results(records: list[etree._Element]) -> RegistryResults:
    """Return records as pyvo gets them from RegTAP 1.1, with capabilities joined.

    Parameters
    ----------
    records
        ri:Resource elements.
    """
    rows = [_regtap_row(record) for record in records]
    file = VOTableFile()
    resource, table = Resource(type="results"), TableElement(file)
    file.resources.append(resource)
    resource.tables.append(table)
    table.fields.extend(Field(file, name=name, datatype="char", arraysize="*") for name in rows[0])
    table.create_arrays(len(rows))
    for number, row in enumerate(rows):
        table.array[number] = tuple(row.values())
    return RegistryResults(file)


def _regtap_row(record: etree._Element) -> dict[str, str]:
    """Return what RegTAP's rr.resource, rr.capability and rr.interface have of a record."""
    interfaces = [
        (capability, interface)
        for capability in record.iter("capability")
        for interface in capability.iter("interface")
    ]

    def joined(values: list[str]) -> str:
        return TOKEN_SEP.join(values)

    def text(path: str) -> str:
        return " ".join((record.findtext(path) or "").split())

    return {
        # RegTAP has identifiers and types in lower case.
        "ivoid": text("identifier").lower(),
        "res_type": record.get(_XSI_TYPE).lower(),
        "short_name": text("shortName"),
        "res_title": text("title"),
        "content_level": "#".join(level.text for level in record.iter("contentLevel")),
        "res_description": text("content/description"),
        "reference_url": text("content/referenceURL"),
        "creator_seq": "; ".join(name.text for name in record.findall("curation/creator/name")),
        "created": record.get("created"),
        "updated": record.get("updated"),
        "rights": text("rights"),
        "content_type": "#".join(kind.text for kind in record.iterfind("content/type")),
        "source_format": "",
        "source_value": text("content/source"),
        "region_of_regard": "",
        "waveband": "#".join(band.text.lower() for band in record.iter("waveband")),
        "access_urls": joined([found.findtext("accessURL") for _, found in interfaces]),
        "standard_ids": joined([made.get("standardID", "").lower() for made, _ in interfaces]),
        "intf_types": joined([found.get(_XSI_TYPE).lower() for _, found in interfaces]),
        "intf_roles": joined([found.get("role", "") for _, found in interfaces]),
        "cap_descriptions": joined(["" for _ in interfaces]),
    }

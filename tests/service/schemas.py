"""The XML schemas of the Virtual Observatory, from the files that DaCHS ships."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import urlparse

from lxml import etree

FOLDER = Path("/usr/lib/python3/dist-packages/gavo/resources/schemata")
XSD = "{http://www.w3.org/2001/XMLSchema}"
#: Not part of any document of ours, or older versions of what is there too.
_LEFT_OUT = {"XMLSchema.xsd", "VOTable-1.1.xsd", "VOTable-1.2.xsd", "SSA.xsd"}


class _Shipped(etree.Resolver):
    """Finds schemas by namespace or by file name, and nothing in the network."""

    def resolve(self, url: str, public_id: str, context: object) -> object:
        """Return the shipped file."""
        name = _namespaces().get(url, Path(urlparse(url).path).name)
        return self.resolve_filename(str(FOLDER / name), context)


@functools.cache
def _namespaces() -> dict[str, str]:
    """Return the file of every namespace."""
    found = {}
    for path in sorted(FOLDER.glob("*.xsd")):
        if path.name not in _LEFT_OUT:
            found[etree.parse(path).getroot().get("targetNamespace")] = path.name
    return found


@functools.cache
def schema(*namespaces: str) -> etree.XMLSchema:
    """Return a schema for documents with elements and types of some namespaces."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Shipped())
    joint = etree.Element(f"{XSD}schema", nsmap={"xs": XSD[1:-1]})
    for namespace in namespaces:
        etree.SubElement(joint, f"{XSD}import", namespace=namespace, schemaLocation=namespace)
    return etree.XMLSchema(etree.fromstring(etree.tostring(joint), parser))


def errors(document: bytes) -> list[str]:
    """Return what is not valid in a document; elements without a known schema are errors."""
    root = etree.fromstring(document)
    used = {space for element in root.iter("*") for space in element.nsmap.values()}
    known = sorted(used & _namespaces().keys())
    checker = schema(*known)
    checker.validate(root)
    return [f"line {error.line}: {error.message}" for error in checker.error_log]

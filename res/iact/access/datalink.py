"""DataLink documents (IVOA DataLink 1.1, section 3) for datasets of this archive."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from iact.access.lookup import Dataset

#: What a {links} endpoint answers with; DataLink 1.1, section 2.1.
MEDIA_TYPE = "application/x-votable+xml;content=datalink"

#: Name, attributes and description of the columns; DataLink 1.1, section 3.2.
_FIELDS = (
    ("ID", 'datatype="char" arraysize="*" ucd="meta.id;meta.main"', "Identifier as it was sent"),
    ("access_url", 'datatype="char" arraysize="*" ucd="meta.ref.url"', "Address of the data"),
    ("service_def", 'datatype="char" arraysize="*" ucd="meta.ref"', "Service to call instead"),
    ("error_message", 'datatype="char" arraysize="*" ucd="meta.code.error"', "What went wrong"),
    ("description", 'datatype="char" arraysize="*" ucd="meta.note"', "What the link leads to"),
    ("semantics", 'datatype="char" arraysize="*" ucd="meta.code"', "Relation to the dataset"),
    ("content_type", 'datatype="char" arraysize="*" ucd="meta.code.mime"', "Media type"),
    (
        "content_length",
        'datatype="long" unit="byte" ucd="phys.size;meta.file"',
        "Size of what the link leads to",
    ),
    ("content_qualifier", 'datatype="char" arraysize="*"', "Kind of product"),
)

_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_our_format(wanted: str) -> bool:
    """Tell whether a RESPONSEFORMAT asks for what a {links} endpoint answers with.

    Parameters are not looked at; DataLink 1.1, section 2.1.2.
    """
    return wanted.partition(";")[0].strip().lower() in ("votable", "application/x-votable+xml")


def links_document(dids: Sequence[str], datasets: Mapping[str, Dataset], server_url: str) -> str:
    """Return the links of some datasets as a VOTable.

    Parameters
    ----------
    dids
        Identifiers as they were sent; one that is not known becomes an error row.
    datasets
        Those that are known, by identifier.
    server_url
        Address of the server, without a slash at the end.
    """
    rows = [_row(did, datasets.get(did), server_url) for did in dict.fromkeys(dids)]
    fields = "\n".join(
        f'<FIELD name="{name}" {attributes}><DESCRIPTION>{text}</DESCRIPTION></FIELD>'
        for name, attributes, text in _FIELDS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        '<RESOURCE type="results">\n'
        '<INFO name="standardID" value="ivo://ivoa.net/std/DataLink#links-1.1"/>\n'
        '<INFO name="QUERY_STATUS" value="OK"/>\n'
        f"<TABLE>\n{fields}\n<DATA><TABLEDATA>\n"
        + "".join(_table_row(row) for row in rows)
        + "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
    )


def _row(did: str, dataset: Dataset | None, server_url: str) -> tuple[object, ...]:
    if dataset is None:
        message = f"NotFoundFault: there is no dataset {did} in this archive"
        return (did, None, None, message, None, "#this", None, None, None)
    package = dataset.package
    return (
        did,
        server_url + dataset.url_path(dataset.file_name("package")),
        None,
        None,
        f"The file with the event list and what comes with it: {dataset.title}",
        "#this",
        package.media_type,
        package.size,
        "event-bundle" if dataset.has_responses else "event-list",
    )


def _table_row(cells: Sequence[object]) -> str:
    return "<TR>" + "".join(f"<TD>{_cell(value)}</TD>" for value in cells) + "</TR>\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    # These cannot stand in XML 1.0 (section 2.2), not even escaped.
    text = _NOT_XML.sub("\ufffd", str(value))
    return escape(text)

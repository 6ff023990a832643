"""DataLink documents (IVOA DataLink 1.1, section 3) as VOTables."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from iact.access.descriptors import ID_COLUMN
from iact.access.link import VOTABLE, Link
from iact.access.xmltext import text

#: Name, attributes and description of the columns; DataLink 1.1, section 3.2.
_FIELDS = (
    (
        "ID", f'ID="{ID_COLUMN}" datatype="char" arraysize="*" ucd="meta.id;meta.main"',
        "Identifier of the dataset, as it was sent",
    ),
    (
        "access_url", 'datatype="char" arraysize="*" ucd="meta.ref.url"',
        "Address of what the link leads to",
    ),
    (
        "service_def", 'datatype="char" arraysize="*" ucd="meta.ref"',
        "ID of the RESOURCE in this document that describes the service to call",
    ),
    (
        "error_message", 'datatype="char" arraysize="*" ucd="meta.code.error"',
        "Why there is no link",
    ),
    (
        "description", 'datatype="char" arraysize="*" ucd="meta.note"',
        "What the link leads to",
    ),
    (
        "semantics", 'datatype="char" arraysize="*" ucd="meta.code"',
        "What the link is to the dataset: a term of http://www.ivoa.net/rdf/datalink/core",
    ),
    (
        "content_type", 'datatype="char" arraysize="*" ucd="meta.code.mime"',
        "Media type of what the link leads to",
    ),
    (
        "content_length", 'datatype="long" unit="byte" ucd="phys.size;meta.file"',
        "Size of what the link leads to",
    ),
    (
        "content_qualifier", 'datatype="char" arraysize="*"',
        "Kind of product: event-list, event-bundle, or which response it is",
    ),
    (
        "local_semantics", 'datatype="char" arraysize="*" ucd="meta.id.assoc"',
        "What this archive calls the product",
    ),
    (
        "link_auth", 'datatype="char" arraysize="*" ucd="meta.code"',
        "Whether one must sign in to follow the link: true or false",
    ),
    (
        "link_authorized", 'datatype="boolean" ucd="meta.code"',
        "Whether whoever asked for these links may follow this one",
    ),
)  # fmt: skip

_values = attrgetter(*(name for name, _, _ in _FIELDS))

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    '<RESOURCE type="results">\n'
    '<INFO name="standardID" value="ivo://ivoa.net/std/DataLink#links-1.1"/>\n'
    '<INFO name="QUERY_STATUS" value="OK"/>\n'
    "<TABLE>\n"
    + "".join(
        f'<FIELD name="{name}" {attributes}><DESCRIPTION>{text(description)}</DESCRIPTION>'
        "</FIELD>\n"
        for name, attributes, description in _FIELDS
    )
    + "<DATA><TABLEDATA>\n"
)


def is_our_format(wanted: str) -> bool:
    """Tell whether a RESPONSEFORMAT asks for what a {links} endpoint answers with.

    Parameters are not looked at; DataLink 1.1, section 2.1.2.
    """
    return wanted.partition(";")[0].strip().lower() in ("votable", VOTABLE)


def document(links: Iterable[Link], descriptors: Iterable[str], overflow: str = "") -> str:
    """Return links as a VOTable.

    Parameters
    ----------
    links
        Those of one dataset one after the other.
    descriptors
        Of the services that `links` name, as XML.
    overflow
        If there are more links than these: a sentence about it (DALI 1.1, section 4.4.1).
    """
    end = f'<INFO name="QUERY_STATUS" value="OVERFLOW">{text(overflow)}</INFO>\n'
    return "".join(
        (
            _HEAD,
            *(_row(link) for link in links),
            "</TABLEDATA></DATA>\n</TABLE>\n",
            end if overflow else "",
            "</RESOURCE>\n",
            *descriptors,
            "</VOTABLE>\n",
        )
    )


def _row(link: Link) -> str:
    return "<TR>" + "".join(f"<TD>{_cell(value)}</TD>" for value in _values(link)) + "</TR>\n"


def _cell(value: object) -> str:
    if isinstance(value, str):
        return text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

"""Descriptors of the services that links lead to (IVOA DataLink 1.1, section 4)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from iact.access.linked import Linked
from iact.access.xmltext import attribute, text
from iact.archive.site import FITS_MEDIA_TYPE
from iact.events.limits import Limits, limits
from iact.events.parameters import PARAMETERS, Parameter

#: For more datasets there is one descriptor for all, without limits.
MOST_WITH_LIMITS = 20

#: ID of the column that a common descriptor takes the identifiers from.
ID_COLUMN = "ID"

#: Where parts of event lists are cut out at once, on any server.
SYNC_PATH = "/cta/dl/soda/dlget"

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class _Endpoint:
    name: str
    path: str
    standard: str
    description: str


#: SODA 1.0, section 2.
_ENDPOINTS = (
    _Endpoint(
        "soda_sync", SYNC_PATH, "ivo://ivoa.net/std/SODA#sync-1.0",
        "Cuts a part out of the event list by position, time or energy, and answers with it",
    ),
    _Endpoint(
        "soda_async", "/cta/dl/soda/dlasync", "ivo://ivoa.net/std/SODA#async-1.0",
        "Cuts parts out of event lists by position, time or energy, in a job",
    ),
)  # fmt: skip


def services(number: int | None) -> dict[str, str]:
    """Return what the services for a dataset do, by the XML IDs of their descriptors.

    Parameters
    ----------
    number
        Of the dataset in its document; None: those for all datasets.
    """
    end = "" if number is None else f"_{number}"
    return {endpoint.name + end: endpoint.description for endpoint in _ENDPOINTS}


def own_descriptors(linked: Linked, number: int, server_url: str) -> Iterator[str]:
    """Yield the descriptors for one dataset, as XML, with what its values can be.

    Parameters
    ----------
    linked
        The dataset.
    number
        In its document.
    server_url
        Address of the server, without a slash at the end.
    """
    values = limits(linked.row, linked.dataset.products)
    did = linked.dataset.products["events"].did
    for endpoint, name in zip(_ENDPOINTS, services(number), strict=True):
        yield _descriptor(endpoint, name, server_url, values, f'value="{attribute(did)}"')


def common_descriptors(server_url: str) -> Iterator[str]:
    """Yield the descriptors for all datasets of a document, as XML."""
    for endpoint, name in zip(_ENDPOINTS, services(None), strict=True):
        yield _descriptor(endpoint, name, server_url, {}, f'value="" ref="{ID_COLUMN}"')


def _descriptor(
    endpoint: _Endpoint, name: str, server_url: str, values: dict[str, Limits], identifier: str
) -> str:
    inputs = "".join(
        _param(parameter, identifier, _NO_LIMITS)
        if parameter.name == "ID"
        else _param(parameter, 'value=""', values.get(parameter.name, _NO_LIMITS))
        for parameter in PARAMETERS
    )
    return (
        f'<RESOURCE type="meta" utype="adhoc:service" ID="{name}" name="{name}">\n'
        f"<DESCRIPTION>{text(endpoint.description)}</DESCRIPTION>\n"
        f"{_char_param('standardID', endpoint.standard)}"
        f"{_char_param('accessURL', server_url + endpoint.path)}"
        f"{_char_param('contentType', FITS_MEDIA_TYPE)}"
        f'<GROUP name="inputParams">\n{inputs}</GROUP>\n</RESOURCE>\n'
    )


def _char_param(name: str, value: str) -> str:
    return f'<PARAM name="{name}" datatype="char" arraysize="*" value="{attribute(value)}"/>\n'


def _param(parameter: Parameter, value: str, limit: Limits) -> str:
    declared, description = _declaration(parameter)
    return f"{declared} {value}>{description}{_values(limit)}</PARAM>\n"


@functools.cache
def _declaration(parameter: Parameter) -> tuple[str, str]:
    """Return what is the same for all datasets: the start of the tag, and the description."""
    attributes = "".join(
        f' {name}="{attribute(content)}"'
        for name, content in (
            ("arraysize", parameter.arraysize),
            ("xtype", parameter.xtype),
            ("unit", parameter.unit),
            ("ucd", parameter.ucd),
        )
        if content
    )
    return (
        f'<PARAM name="{parameter.name}" datatype="{parameter.datatype}"{attributes}',
        f"<DESCRIPTION>{text(parameter.description)}</DESCRIPTION>",
    )


def _values(limit: Limits) -> str:
    content = "".join(
        f'<{name} value="{attribute(value)}"/>'
        for name, value in (
            ("MIN", limit.minimum),
            ("MAX", limit.maximum),
            *(("OPTION", option) for option in limit.options),
        )
        if value
    )
    return f"<VALUES>{content}</VALUES>" if content else ""

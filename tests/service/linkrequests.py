"""Asking the {links} service, and reading its documents."""

from __future__ import annotations

from typing import Any

import requests
from lxml import etree

from service.livearchive import LiveArchive

PUBLIC, PROPRIETARY = "101001", "101005"
DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"
MEDIA_TYPE = "application/x-votable+xml;content=datalink"


def ask(
    archive: LiveArchive,
    method: str = "GET",
    auth: tuple[str, str] | None = None,
    accept: str | None = None,
    **parameters: Any,
) -> requests.Response:
    """Ask for links as somebody, and for a document or a page."""
    where: dict[str, Any] = {"params" if method == "GET" else "data": parameters}
    headers = {"Accept": accept} if accept else None
    return requests.request(
        method, f"{archive.url}/cta/dl/links/dlmeta",
        timeout=120, auth=auth, headers=headers, **where,
    )  # fmt: skip


def rows_of(answer: requests.Response) -> list[dict[str, Any]]:
    """Return the rows of a document by the names of its columns."""
    assert answer.status_code == 200, answer.text[:1000]
    tree = etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))
    names = [field.get("name") for field in tree.iter("{*}FIELD")]
    return [
        dict(zip(names, [cell.text for cell in row], strict=True)) for row in tree.iter("{*}TR")
    ]


def links(archive: LiveArchive, *dids: str, **options: Any) -> list[dict[str, Any]]:
    """Return the links of some datasets."""
    return rows_of(ask(archive, ID=list(dids), **options))

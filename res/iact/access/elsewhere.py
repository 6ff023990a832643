"""Datasets of other resources on the same server, whose identifiers come to our links too.

DaCHS has one DataLink service for all results from ``ivoa.obscore``, whatever contributes
to it, and that is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from iact.access.lookup import askable


@dataclass(frozen=True)
class Elsewhere:
    """A dataset that is not ours.

    Parameters
    ----------
    did
        As it was asked for.
    access_url
        Where it is.
    title, media_type
        Empty where they are not known.
    is_protected
        Whether everybody may have it; None where that is not known.
    preview
        Address of a preview; empty where there is none.
    """

    did: str
    access_url: str
    title: str
    media_type: str
    is_protected: bool | None
    preview: str


_OBSCORE = (
    "SELECT obs_publisher_did, access_url, coalesce(obs_title, ''),"
    " coalesce(access_format, ''), coalesce(preview, '')"
    " FROM ivoa.obscore WHERE obs_publisher_did = ANY(%s) AND access_url IS NOT NULL"
)
_PRODUCTS = "SELECT accref, coalesce(mime, ''), embargo FROM dc.products WHERE accref = ANY(%s)"


def datasets_elsewhere(
    connection: Any, dids: Sequence[str], server_url: str, authority: str, now: datetime
) -> dict[str, Elsewhere]:
    """Return the datasets that other resources of the server have, by identifier.

    Those of ``ivoa.obscore``, and products of DaCHS (``dc.products``) by the identifiers that
    it gives them, ``ivo://<authority>/~?<accref>``.

    Parameters
    ----------
    connection
        To the database, in the role that sees what users may learn of.
    dids
        Identifiers that are not ours.
    server_url
        Address of the server, without a slash at the end.
    authority
        Of the server, as in its identifiers.
    now
        Naive, in UTC.
    """
    wanted = askable(dids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OBSCORE, (wanted,))
        found = {
            did: Elsewhere(
                did, _absolute(url, server_url), title, media_type, None,
                preview and _absolute(preview, server_url),
            )
            for did, url, title, media_type, preview in cursor
        }  # fmt: skip
        prefix = f"ivo://{authority}/~?"
        keys = {
            unquote(did.removeprefix(prefix)): did
            for did in wanted
            if did not in found and did.startswith(prefix)
        }
        cursor.execute(_PRODUCTS, (list(askable(keys)),))
        for key, media_type, embargo in cursor:
            protected = embargo is not None and embargo > now.date()
            url = _absolute(key, server_url)
            found[keys[key]] = Elsewhere(keys[key], url, "", media_type, protected, "")
    return found


def _absolute(url: str, server_url: str) -> str:
    """Return an address of a file: where it is no address, it is a key of dc.products."""
    if url.startswith(("http://", "https://")):
        return url
    return f"{server_url}/getproduct/{quote(url)}"

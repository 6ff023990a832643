"""Links to what is told of a dataset, and to what belongs with it: everybody may follow them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from iact.access.link import LINKS_PATH, MEDIA_TYPE, VOTABLE, Link
from iact.access.linked import Linked

#: local_semantics of links to queries of our tables.
QUERIES = (_TERMS, _TARGET) = ("terms", "target")


def documentation(linked: Linked, server_url: str) -> Iterator[Link]:
    """Yield what everybody may read: the tables have it too."""
    dataset = linked.dataset
    if linked.has_provenance:
        yield _open(
            dataset.did, "#documentation", "How the event list was made: PROV-JSON",
            server_url + dataset.url_path(dataset.free_name("provenance.json")),
            "application/json", "provenance",
        )  # fmt: skip
    title = linked.collection_title or dataset.collection
    if linked.has_terms:
        yield _open(
            dataset.did, "#documentation", f"Creator, licence and terms of use: {title}",
            _query_url(
                server_url,
                "SELECT collection_title, collection_description, creator, licence, terms_of_use,"
                " bib_reference FROM cta.collection"
                f" WHERE obs_collection = {_literal(dataset.collection)}",
            ),
            VOTABLE, _TERMS,
        )  # fmt: skip
    for url in linked.references:
        yield _open(
            dataset.did, "#documentation", f"Reference of {title}: {url}", url, "", "reference"
        )


def other_lists(linked: Linked, server_url: str) -> Iterator[Link]:
    """Yield links to links: of other lists of the observation, and of the target."""
    dataset = linked.dataset
    events = dataset.products["events"]
    if dataset.kind not in ("events", "package"):
        yield _links_link(dataset.did, events.did, "The event list it belongs to", server_url)
        return
    for relative in linked.relatives:
        what = (
            "Another list of the same observation"
            if relative.is_part
            else ("Another reconstruction of the same observation")
        )
        yield _links_link(dataset.did, relative.did, f"{what}: {relative.title}", server_url)
    if target := linked.row.get("target_name"):
        yield _open(
            dataset.did, "#counterpart", f"Other observations of {target}",
            _query_url(
                server_url,
                f"SELECT * FROM cta.vo_obscore WHERE target_name = {_literal(str(target))}"
                " AND dataproduct_subtype = 'event-list'"
                # DaCHS 2.7 does not know <>.
                f" AND obs_publisher_did != {_literal(events.did)} ORDER BY t_min",
            ),
            VOTABLE, _TARGET,
        )  # fmt: skip


def _links_link(did: str, other: str, description: str, server_url: str) -> Link:
    url = f"{server_url}{LINKS_PATH}?ID={quote(other, safe='')}"
    return _open(did, "#coderived", description, url, MEDIA_TYPE, "other-list")


def _open(
    did: str, semantics: str, description: str, url: str, media_type: str, label: str
) -> Link:
    return Link(
        did, semantics, description, url, content_type=media_type, local_semantics=label,
        link_auth="false", link_authorized=True,
    )  # fmt: skip


def _query_url(server_url: str, query: str) -> str:
    values = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": query}
    return f"{server_url}/tap/sync?{urlencode(values, quote_via=quote)}"


def _literal(text: str) -> str:
    """Return a text as ADQL writes it."""
    return "'" + text.replace("'", "''") + "'"

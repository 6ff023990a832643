"""Identifiers that stay the same wherever a file moves."""

from __future__ import annotations

from urllib.parse import quote


def publisher_did(authority: str, collection: str, obs_id: str, event_type: str, kind: str) -> str:
    """Return the publisher's dataset identifier of a product.

    Parameters
    ----------
    authority
        The archive's IVOA authority identifier.
    collection, obs_id
        Key of the observation.
    event_type
        Label of the event list where the observation is split; else empty.
    kind
        One of `iact.dl3.observation.KINDS`.

    Returns
    -------
    str
        ``ivo://<authority>/~?cta/<collection>/<obs_id>[/<event_type>]/<kind>``, each part
        percent-encoded. IVOA Identifiers 2.0, section 4.1 (dataset identifiers):
        what follows the question mark is the publisher's own.
    """
    parts = [collection, obs_id, *([event_type] if event_type else []), kind]
    return f"ivo://{authority}/~?cta/" + "/".join(quote(part, safe="") for part in parts)

"""Whether whoever asks reads pages or documents (RFC 9110, section 12.5.1)."""

from __future__ import annotations

#: What Java sends where a program says nothing: TOPCAT and STILTS want no page.
_JAVA = "text/html, image/gif, image/jpeg"

_PAGE = "text/html"
_DOCUMENT = "application/x-votable+xml"


def prefers_page(accept: str | None) -> bool:
    """Tell whether an Accept header prefers HTML to a VOTable.

    Parameters
    ----------
    accept
        The header; None where there is none. What cannot be understood does not count.
    """
    if accept is None or accept.lower().startswith(_JAVA):
        return False
    weights = _weights(accept)
    return weights.get(_PAGE, 0.0) > weights.get(_DOCUMENT, 0.0)


def _weights(accept: str) -> dict[str, float]:
    """Return the quality of each media type that is named, without its parameters."""
    found: dict[str, float] = {}
    for item in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        found[media_type] = max(weight, found.get(media_type, 0.0))
    return found

"""A link of a dataset (IVOA DataLink 1.1, section 3.2), whatever it is written as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

#: What a {links} endpoint answers with; DataLink 1.1, section 2.1.
MEDIA_TYPE = "application/x-votable+xml;content=datalink"
VOTABLE = "application/x-votable+xml"

#: Where the links of a dataset are, on any server.
LINKS_PATH = "/cta/dl/links/dlmeta"


@dataclass(frozen=True)
class Link:
    """A row of a DataLink document, by the names of its columns.

    Exactly one of `access_url`, `service_def` and `error_message` is there. `link_auth` is
    ``true``, ``false`` or, where that is not known, empty.
    """

    ID: str
    semantics: str
    description: str = ""
    access_url: str = ""
    service_def: str = ""
    error_message: str = ""
    content_type: str = ""
    content_length: int | None = None
    content_qualifier: str = ""
    local_semantics: str = ""
    link_auth: str = ""
    link_authorized: bool | None = None


@dataclass(frozen=True)
class Access:
    """How whoever asks gets to files of one dataset that have the same rights.

    Parameters
    ----------
    is_open
        Whether everybody may have them now.
    is_allowed
        Whether whoever asks may.
    address
        Makes an address of a path on the server: of one that is protected, where whoever asks
        is somebody who may have it, one that works without credentials for some minutes.
    """

    is_open: bool
    is_allowed: bool
    address: Callable[[str], str]


class Accesses(NamedTuple):
    """How whoever asks gets to what there is of one dataset: a collection may open its pictures."""

    files: Access
    previews: Access

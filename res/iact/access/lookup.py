"""Finding products in the database, with the rule of their rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from iact.access.decision import Rights


@dataclass(frozen=True)
class StoredProduct:
    """A product as the tables have it.

    Parameters
    ----------
    dataset_did
        Identifier that it was asked for by, or that of the event list.
    collection, obs_id, event_type
        Key of the observation.
    title
        Of the observation.
    data_root, path
        Where the file is.
    size, mtime_ns
        In bytes; time of the last change when the file was read, ns since 1970-01-01 UTC.
    unchanged
        False where ingestion has met other content at this place since.
    media_type
        Of what is delivered.
    has_responses
        Whether the file holds instrument responses beside the event list.
    rights
        The rule for it.
    """

    dataset_did: str
    collection: str
    obs_id: str
    event_type: str
    title: str
    data_root: str
    path: str
    size: int
    mtime_ns: int
    unchanged: bool
    media_type: str
    has_responses: bool
    rights: Rights

    @property
    def file_name(self) -> str:
        """Last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def url_path(self) -> str:
        """Path of the product's URL on the server, percent-encoded.

        Where an observation is split into several lists, their label stands before the
        file's name, as it does in identifiers: the lists' files may have the same name.
        """
        split = (self.event_type,) if self.event_type else ()
        parts = (self.collection, self.obs_id, *split, self.file_name)
        return "/dl3/" + "/".join(quote(part, safe="") for part in parts)


_SELECT = (
    "SELECT asked.obs_publisher_did, p.obs_collection, p.obs_id, p.event_type, o.obs_title,"
    " p.data_root, p.path, p.content_length, f.mtime_ns, f.sha256 = p.sha256, p.content_type,"
    " EXISTS (SELECT 1 FROM cta.product AS r WHERE (r.obs_collection, r.obs_id, r.event_type)"
    "  = (p.obs_collection, p.obs_id, p.event_type) AND r.path = p.path"
    "  AND r.kind NOT IN ('package', 'events', 'gti')),"
    " o.data_rights, o.obs_release_date, coalesce(o.rights_group, '')"
    " FROM cta.product AS asked"
    " JOIN cta.product AS p USING (obs_collection, obs_id, event_type, data_root, path)"
    " JOIN cta.obscore_row AS o USING (obs_collection, obs_id, event_type)"
    " JOIN cta.source_file AS f USING (data_root, path)"
    " WHERE p.kind = 'package'"
)


def packages_of(connection: Any, dids: Sequence[str]) -> dict[str, StoredProduct]:
    """Return the whole file that holds each dataset that is known, by publisher's identifier.

    A dataset may be any product of the file: profile hea has rows for responses too.
    """
    found = _query(
        connection,
        _SELECT + " AND asked.obs_publisher_did = ANY(%s)",
        # PostgreSQL has no texts with NUL, and the driver refuses to ask for one.
        ([did for did in dids if "\0" not in did],),
    )
    return {product.dataset_did: product for product in found}


def package_by_name(
    connection: Any, collection: str, obs_id: str, *event_type_and_name: str
) -> StoredProduct | None:
    """Return the whole file of an observation, by the parts of its `url_path`.

    Parameters
    ----------
    connection
        To the database.
    collection, obs_id
        Of the observation.
    event_type_and_name
        Label of the list where the observation is split, and the file's name.

    Returns
    -------
    StoredProduct or None
        None where there is none.
    """
    *split, file_name = event_type_and_name
    found = _query(
        connection,
        _SELECT + " AND asked.kind = 'events'"
        " AND (p.obs_collection, p.obs_id, p.event_type) = (%s, %s, %s)",
        (collection, obs_id, "".join(split)),
    )
    return next((product for product in found if product.file_name == file_name), None)


def file_below(root: Path | None, path: str) -> Path | None:
    """Return where a product's file is on disk.

    Parameters
    ----------
    root
        The folder of its data root; None where that is not registered any more.
    path
        Relative to it.

    Returns
    -------
    pathlib.Path or None
        Without symbolic links; None where it is not a plain file inside the root. A link
        that has come in the file's place after ingestion must not lead out of it.
    """
    if root is None:
        return None
    try:
        found = (root / path).resolve(strict=True)
        inside = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, RuntimeError):
        # Gone, closed, or a link that leads to itself.
        return None
    return found if inside else None


def _query(connection: Any, query: str, values: Sequence[object]) -> list[StoredProduct]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [_product(*row) for row in cursor]


def _product(*row: Any) -> StoredProduct:
    values = dict(zip(StoredProduct.__dataclass_fields__, row, strict=False))
    return StoredProduct(**values | {"rights": Rights(*row[-3:])})

"""Finding datasets and their products in the database, with the rule of their rights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from iact.access.dataset import Dataset, StoredFile, StoredProduct
from iact.access.decision import Rights
from iact.access.prepared import execute

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


#: What `collected` wants of each product of the datasets asked for, and where it comes from.
COLUMNS = (
    "asked.obs_publisher_did, asked.kind, asked.obs_collection, asked.obs_id,"
    " asked.event_type, o.obs_title, o.data_rights, o.obs_release_date,"
    " coalesce(o.rights_group, ''), coalesce(l.open_previews, false),"
    " p.obs_publisher_did, p.kind, coalesce(p.hdu, ''), p.hdu_number,"
    " coalesce(p.hdu_class, ''), p.content_length, p.sha256, p.content_type,"
    " f.data_root, f.path, f.content_length, f.mtime_ns, f.sha256"
)
TABLES = (
    "cta.product AS asked"
    " JOIN cta.product AS p USING (obs_collection, obs_id, event_type)"
    " JOIN cta.obscore_row AS o USING (obs_collection, obs_id, event_type)"
    " JOIN cta.source_file AS f ON (f.data_root, f.path) = (p.data_root, p.path)"
    " LEFT JOIN cta.collection AS l ON l.obs_collection = o.obs_collection"
)
_SELECT = f"SELECT {COLUMNS} FROM {TABLES}"


def datasets_of(connection: Any, dids: Sequence[str]) -> dict[str, Dataset]:
    """Return each dataset that is known, by the identifier it was asked for, in one query."""
    wanted = askable(dids)
    query = f"{_SELECT} WHERE asked.obs_publisher_did = ANY(%s)"
    return _query(connection, "datasets", query, (wanted,))


def askable(dids: Iterable[str]) -> list[str]:
    """Return the identifiers that the database can be asked for.

    PostgreSQL has no texts with NUL or lone surrogates, and the driver refuses to ask for one.
    """
    return [did for did in dids if not _NO_TEXT.search(did)]


def dataset_by_key(
    connection: Any, collection: str, obs_id: str, event_type: str = ""
) -> Dataset | None:
    """Return the dataset of an observation; None where there is none.

    Parameters
    ----------
    connection
        To the database.
    collection, obs_id, event_type
        Key of the observation.
    """
    found = _query(
        connection,
        "dataset_by_key",
        f"{_SELECT} WHERE asked.kind = 'events'"
        " AND (asked.obs_collection, asked.obs_id, asked.event_type) = (%s, %s, %s)",
        (collection, obs_id, event_type),
    )
    return next(iter(found.values()), None)


def provenance_of(connection: Any, dataset: Dataset) -> str | None:
    """Return the record of a dataset's making, PROV-JSON; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prov_json FROM cta.provenance"
            " WHERE (obs_collection, obs_id, event_type) = (%s, %s, %s)",
            (dataset.collection, dataset.obs_id, dataset.event_type),
        )
        found = cursor.fetchone()
    return None if found is None else str(found[0])


def collected(rows: Iterable[Sequence[Any]]) -> dict[str, Dataset]:
    """Return datasets by the identifier asked for.

    Parameters
    ----------
    rows
        Each begins with `COLUMNS`.
    """
    found: dict[str, Dataset] = {}
    for row in rows:
        did, kind, collection, obs_id, event_type, title = row[:6]
        if did not in found:
            rights = Rights(*row[6:10])
            found[did] = Dataset(did, kind, collection, obs_id, event_type, title, rights, {})
        product = StoredProduct(*(*row[10:18], StoredFile(*row[18:23])))
        found[did].products[product.kind] = product
    return found


def _query(connection: Any, name: str, query: str, values: Sequence[object]) -> dict[str, Dataset]:
    with connection.cursor() as cursor:
        execute(cursor, name, query, values)
        return collected(cursor)

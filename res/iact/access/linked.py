"""All that links tell of datasets, in one query for however many are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iact.access.dataset import Dataset
from iact.access.lookup import COLUMNS, TABLES, askable, collected
from iact.access.prepared import execute
from iact.archive.records import reference_url

#: Other datasets of the same observation that links tell of; more would bury all else.
_MOST_RELATIVES = 20


@dataclass(frozen=True)
class Relative:
    """Another event list made of the same observation.

    Parameters
    ----------
    did, title
        Of that list.
    is_part
        True for one of the lists that an observation is split into, False for another
        reconstruction.
    """

    did: str
    title: str
    is_part: bool


@dataclass(frozen=True)
class Linked:
    """A dataset with what its links need besides its files.

    Parameters
    ----------
    dataset
        As it was asked for.
    row
        Columns of ``cta.obscore_row`` that limit what can be cut out, see
        `iact.events.limits.limits`, and ``target_name``.
    collection_title
        Of its collection; empty where it has none.
    has_terms
        Whether the collection says anything about licence, terms of use or creator.
    references
        The collection's, as addresses.
    has_provenance
        Whether there is a provenance record.
    relatives
        Other event lists of the same observation.
    """

    dataset: Dataset
    row: dict[str, object]
    collection_title: str
    has_terms: bool
    references: tuple[str, ...]
    has_provenance: bool
    relatives: tuple[Relative, ...]


_ROW = (
    "target_name", "event_type", "s_ra", "s_dec", "s_fov", "t_min", "t_max", "em_min", "em_max",
    "energy_min", "energy_max",
)  # fmt: skip

# The observation's facility, id and time make sure that it is the same: other telescopes
# number their runs too.
_QUERY = (
    f"SELECT {COLUMNS}, CASE WHEN p.kind = 'package' THEN json_build_object("
    f"'row', json_build_object({', '.join(f'{name!r}, o.{name}' for name in _ROW)}),"
    " 'provenance', EXISTS (SELECT FROM cta.provenance AS v"
    "   WHERE (v.obs_collection, v.obs_id, v.event_type)"
    "     = (o.obs_collection, o.obs_id, o.event_type)),"
    " 'collection', CASE WHEN l.obs_collection IS NOT NULL THEN json_build_array("
    "   l.collection_title, l.bib_reference,"
    "   coalesce(l.licence, l.terms_of_use, l.creator) IS NOT NULL) END,"
    " 'relatives', (SELECT json_agg(json_build_array(r.obs_publisher_did, r.obs_title,"
    "     r.obs_collection = o.obs_collection) ORDER BY r.obs_publisher_did)"
    "   FROM cta.obscore_row AS r WHERE r.obs_id = o.obs_id"
    "     AND r.obs_publisher_did <> o.obs_publisher_did AND r.facility_name = o.facility_name"
    "     AND r.t_min < o.t_max AND r.t_max > o.t_min)"
    f") END FROM {TABLES} WHERE asked.obs_publisher_did = ANY(%s)"
)


def linked_datasets(connection: Any, dids: Sequence[str]) -> dict[str, Linked]:
    """Return each dataset that is known, by the identifier it was asked for.

    Parameters
    ----------
    connection
        To the database, in the role that sees what users may learn of.
    dids
        Identifiers of any product.
    """
    wanted = askable(dids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        execute(cursor, "linked_datasets", _QUERY, (wanted,))
        rows = cursor.fetchall()
    further = {row[0]: row[-1] for row in rows if row[-1] is not None}
    return {did: _linked(dataset, further[did]) for did, dataset in collected(rows).items()}


def _linked(dataset: Dataset, further: dict[str, Any]) -> Linked:
    title, references, has_terms = further["collection"] or ("", "", False)
    urls = [reference_url(text) for text in (references or "").split()]
    relatives = further["relatives"] or []
    return Linked(
        dataset,
        further["row"],
        title or "",
        has_terms,
        tuple(dict.fromkeys(filter(None, urls))),
        further["provenance"],
        tuple(Relative(*relative) for relative in relatives[:_MOST_RELATIVES]),
    )

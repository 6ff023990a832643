"""Which collections have a record in the Registry, and what was measured for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iact.archive.coverage import FLAT, PUBLISHED, Coverage, measure
from iact.archive.records import CollectionText

#: DaCHS's name of the resource descriptor that has the records.
RESOURCE = "cta/registry"

#: Stand for the whole archive, and for what of it is in ivoa.obscore, where a collection's name
#: is expected; none is empty or begins so.
WHOLE, OBSCORE = "", "/ivoa.obscore"


@dataclass(frozen=True)
class Registered:
    """A collection with a record.

    Parameters
    ----------
    text
        What it says about itself.
    coverage
        What it covered when it was last measured.
    created
        When it was first published, UTC, as ISO 8601.
    """

    text: CollectionText
    coverage: Coverage
    created: str


def refresh(cursor: Any, with_new: bool) -> dict[str, tuple[str, ...]]:
    """Measure the archive and its collections anew; what is gone loses its record.

    Parameters
    ----------
    cursor
        Of a connection that may write; the caller commits.
    with_new
        Whether collections get a record that have none yet.

    Returns
    -------
    dict
        Collections with observations and without a record, each with the keys of its YAML
        file that are missing; with none, it is new.
    """
    cursor.execute("SELECT obs_collection FROM cta_registry.registered")
    known = {name for (name,) in cursor.fetchall()}
    texts = collection_texts(cursor)
    measured: dict[str, Coverage] = {}
    left: dict[str, tuple[str, ...]] = {}
    for part, table in ((WHOLE, FLAT), (OBSCORE, PUBLISHED)):
        if coverage := measure(cursor, None, table):
            measured[part] = coverage
    for name, text in texts.items():
        coverage = measure(cursor, name)
        if coverage is None:
            continue
        if text.missing or not (with_new or name in known):
            left[name] = text.missing
        else:
            measured[name] = coverage
    cursor.execute(
        "DELETE FROM cta_registry.registered WHERE NOT obs_collection = ANY(%s)", (list(measured),)
    )
    for name, coverage in measured.items():
        cursor.execute(
            "INSERT INTO cta_registry.registered (obs_collection, created, coverage)"
            " VALUES (%s, date_trunc('second', now() AT TIME ZONE 'utc'), %s)"
            " ON CONFLICT (obs_collection) DO UPDATE SET coverage = EXCLUDED.coverage",
            (name, coverage.as_text()),
        )
    return left


def collection_texts(cursor: Any) -> dict[str, CollectionText]:
    """Return what the archive's collections say about themselves, by name."""
    cursor.execute(
        "SELECT obs_collection, COALESCE(collection_title, ''),"
        " COALESCE(collection_description, ''), COALESCE(creator, ''), COALESCE(licence, ''),"
        " COALESCE(terms_of_use, ''), COALESCE(bib_reference, ''), simulated"
        " FROM cta.collection ORDER BY 1"
    )
    rows = cursor.fetchall()
    return {
        name: CollectionText(
            name, title, description, creator, licence, terms, tuple(references.split()), simulated
        )
        for name, title, description, creator, licence, terms, references, simulated in rows
    }


def covered(cursor: Any, part: str) -> tuple[Coverage, tuple[str, ...]] | None:
    """Return what a part of the archive covers, and who made its data.

    Parameters
    ----------
    cursor
        Of a connection that may read.
    part
        `WHOLE` or `OBSCORE`.

    Returns
    -------
    tuple or None
        None if it is not published, or has nothing.
    """
    cursor.execute(
        "SELECT coverage FROM cta_registry.registered WHERE obs_collection = %s", (part,)
    )
    row = cursor.fetchone()
    if row is None:
        return None
    creators = {
        entry.text.creator
        for entry in registered(cursor)
        if part == WHOLE or entry.coverage.is_in_obscore
    }
    return Coverage.from_text(row[0]), tuple(sorted(creators))


def registered(cursor: Any) -> list[Registered]:
    """Return the collections that have a record, in the order of their names."""
    texts = collection_texts(cursor)
    cursor.execute(
        "SELECT obs_collection, created, coverage FROM cta_registry.registered ORDER BY 1"
    )
    return [
        Registered(texts[name], Coverage.from_text(coverage), iso(created))
        for name, created, coverage in cursor.fetchall()
        # A collection may have gone since.
        if name in texts
    ]


def has_tables(cursor: Any) -> bool:
    """Tell whether there are the tables that this module reads."""
    cursor.execute(
        "SELECT to_regclass('cta_registry.registered') IS NOT NULL"
        " AND to_regclass('cta.collection') IS NOT NULL"
    )
    return bool(cursor.fetchone()[0])


def is_published(cursor: Any) -> bool:
    """Tell whether the archive's records are in its registry now."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM dc.resources WHERE sourcerd = %s AND NOT deleted)", (RESOURCE,)
    )
    return bool(cursor.fetchone()[0])


def is_taken(cursor: Any, identifier: str) -> bool:
    """Tell whether a resource that is not ours is published under an identifier."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM dc.resources"
        " WHERE ivoid = %s AND sourcerd <> %s AND NOT deleted)",
        (identifier, RESOURCE),
    )
    return bool(cursor.fetchone()[0])


def time_stamps(cursor: Any) -> Mapping[str, datetime]:
    """Return when records were published (UTC, without zone), by their ids in `RESOURCE`."""
    cursor.execute("SELECT resid, rectimestamp FROM dc.resources WHERE sourcerd = %s", (RESOURCE,))
    return dict(cursor.fetchall())


def iso(moment: datetime) -> str:
    """Return a time in UTC as VOResource writes it."""
    return moment.isoformat(timespec="seconds") + "Z"


def set_coverage(cursor: Any, resource: str) -> None:
    """Have DaCHS know what the whole archive covers, for services that are published.

    `dachs limits` does the same, and makes statistics of columns besides, which validators
    reject in DaCHS 2.7.

    Parameters
    ----------
    cursor
        Of a connection that may write; the caller commits.
    resource
        DaCHS's name of the resource descriptor of the services.
    """
    found = covered(cursor, WHOLE)
    coverage = found[0] if found else Coverage()
    cursor.execute(
        "UPDATE dc.rdmeta SET spatial = %s, temporal = %s, spectral = %s WHERE sourcerd = %s",
        (
            coverage.spatial or None,
            [moment for interval in coverage.temporal for moment in interval] or None,
            list(coverage.spectral) if coverage.spectral else None,
            resource,
        ),
    )

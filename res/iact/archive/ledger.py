"""What ingestion has seen: the tables cta.source_file and cta.quarantine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iact.archive.obscore import Row


@dataclass(slots=True)
class KnownFile:
    """A row of cta.source_file; see there for the meaning of the fields."""

    data_root: str
    path: str
    kind: str
    size: int
    mtime_ns: int
    sha256: str
    context: str
    collection: str
    obs_id: str
    #: Other files that responses were taken from.
    responses: tuple[str, ...] = ()


#: Collection, observation, event type.
Key = tuple[str, str, str]


def known_files(connection: Any, data_root: str) -> dict[str, KnownFile]:
    """Return the files of a data root that ingestion has met before, by path."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_root, path, file_kind, content_length, mtime_ns, sha256, context,"
            " coalesce(obs_collection, ''), coalesce(obs_id, ''), responses"
            " FROM cta.source_file WHERE data_root = %s",
            (data_root,),
        )
        return {row[1]: _known(*row) for row in cursor}


def _known(*row: Any) -> KnownFile:
    *described, responses = row
    return KnownFile(*[*described, tuple(json.loads(responses)) if responses else ()])


@dataclass(frozen=True, slots=True)
class Owner:
    """The file that an observation was taken from, and its SHA-256 at that time."""

    data_root: str
    path: str
    sha256: str


def owners(connection: Any) -> dict[Key, Owner]:
    """Return which file each observation that is in comes from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obs_collection, obs_id, event_type, o.data_root, o.path, p.sha256"
            " FROM cta.observation AS o"
            " JOIN cta.product AS p USING (obs_collection, obs_id, event_type)"
            " WHERE p.kind = 'package'"
        )
        return {(row[0], row[1], row[2]): Owner(*row[3:]) for row in cursor}


def waiting_files(connection: Any, data_root: str) -> set[str]:
    """Return files of a data root that hold an observation which is not taken from them."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Not NOT EXISTS: after a load and before its statistics PostgreSQL makes that a
            # loop in a loop.
            "SELECT path, obs_collection, obs_id FROM cta.source_file WHERE data_root = %s"
            " AND file_kind IN ('observation', 'duplicate', 'quarantined')"
            " AND obs_collection IS NOT NULL"
            " EXCEPT SELECT path, obs_collection, obs_id FROM cta.observation WHERE data_root = %s",
            (data_root, data_root),
        )
        return {row[0] for row in cursor}


def ledger_rows(known: KnownFile) -> Row:
    """Return the row of cta.source_file for a file."""
    return {
        "data_root": known.data_root,
        "path": known.path,
        "file_kind": known.kind,
        "content_length": known.size,
        "mtime_ns": known.mtime_ns,
        "sha256": known.sha256,
        "context": known.context,
        "obs_collection": known.collection or None,
        "obs_id": known.obs_id or None,
        "responses": json.dumps(known.responses) if known.responses else None,
        "imported": _now(),
    }


def quarantine_row(data_root: str, path: str, reason: str, hdu: str, keyword: str) -> Row:
    """Return the row of cta.quarantine for a file."""
    return {
        "data_root": data_root,
        "path": path,
        "reason": reason,
        "hdu": hdu or None,
        "keyword": keyword or None,
        "noticed": _now(),
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)

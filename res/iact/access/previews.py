"""Which previews there can be: what the tables say of event lists and their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iact.preview.stored import Source
from iact.preview.subject import Subject

_SELECT = (
    "SELECT obs_collection, obs_id, event_type, coalesce(target_name, ''), ra_pnt, dec_pnt,"
    " p.data_root, p.path, p.sha256, p.content_length"
    " FROM cta.observation AS o"
    " JOIN cta.obs_config AS c USING (obs_collection, obs_id, event_type)"
    " JOIN cta.product AS p USING (obs_collection, obs_id, event_type)"
    " WHERE p.kind = 'package'"
)


@dataclass(frozen=True)
class Pictured:
    """An event list that previews can be made of.

    Parameters
    ----------
    data_root
        Name of the data root that its file is in.
    size
        Of the file, bytes.
    source
        What the previews are made from.
    """

    data_root: str
    size: int
    source: Source


def pictured(
    connection: Any, roots: Mapping[str, Path], key: tuple[str, str, str] | None = None
) -> Iterator[Pictured]:
    """Yield what previews can be made of, in the order of the files.

    Parameters
    ----------
    connection
        To the database.
    roots
        Folders of the data roots by their names; of others nothing is yielded.
    key
        Collection, observation and event type; None: all there are.
    """
    query = _SELECT
    if key is not None:
        query += " AND (obs_collection, obs_id, event_type) = (%s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(query + ' ORDER BY p.data_root, p.path COLLATE "C"', key)
        for *names, target, ra, dec, data_root, path, sha256, size in cursor:
            if data_root in roots:
                pointing = None if ra is None or dec is None else (ra, dec)
                collection, obs_id, event_type = names
                subject = Subject(collection, obs_id, event_type, target, pointing)
                source = Source(roots[data_root], path, sha256, subject)
                yield Pictured(data_root, size, source)

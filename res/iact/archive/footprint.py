"""MOCs of the sky of each collection, and of the whole archive, as they are now.

They are made of the rows that cta.vo_obscore shows, so what that hides is not in them. One
that is asked for is kept until the tables change, and `LONGEST_S` at most: a row can come to
be seen because a date has passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from iact.archive.moc import Cells
from iact.archive.site import FITS_MEDIA_TYPE
from iact.archive.smoc import ORDER, as_fits, as_json, covering

#: Media types by file name.
FORMS = {"moc.fits": FITS_MEDIA_TYPE, "moc.json": "application/json"}

#: Time for which a MOC may be kept though no import has changed the tables, s.
LONGEST_S = 300.0

#: PostgreSQL's own count of changes, which costs nothing: a second late, and anew after a crash.
_CHANGES = (
    "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables"
    " WHERE schemaname = 'cta' AND relname LIKE 'obscore%%'"
)

#: Rows that are taken over at once: while it does so, a server does nothing else.
_FETCHED = 5000

_FIELDS = "SELECT DISTINCT s_ra, s_dec, s_fov FROM {table}"


def footprint(
    cursor: Any, collection: str, order: int = ORDER, table: str = "cta.vo_obscore"
) -> Cells | None:
    """Return the MOC of what everybody sees of a collection in the tables.

    Parameters
    ----------
    cursor
        Of a connection to the archive's database.
    collection
        Its name; empty for the whole archive.
    order
        Of the finest cells.
    table
        With the fields of view.

    Returns
    -------
    Cells or None
        None where no row of such a collection is to be seen.
    """
    fields_of = _FIELDS.format(table=table)
    if collection:
        cursor.execute(f"{fields_of} WHERE obs_collection = %s", (collection,))
    else:
        cursor.execute(fields_of)
    parts = [np.empty((0, 3))]
    while rows := cursor.fetchmany(_FETCHED):
        # NULL becomes NaN.
        parts.append(np.array(rows, dtype=np.float64))
    fields = np.concatenate(parts)
    if collection and not len(fields):
        return None
    ra, dec, diameter = fields[np.isfinite(fields).all(axis=1)].T
    return covering(ra, dec, diameter / 2, order)


@dataclass(frozen=True)
class Document:
    """A MOC in one form.

    Parameters
    ----------
    content
        The bytes.
    media_type
        Of them.
    """

    content: bytes
    media_type: str


@dataclass(frozen=True)
class _Kept:
    changes: tuple[Any, ...]
    made: float
    documents: dict[str, Document]


class Footprints:
    """Makes MOCs and keeps them; for one thread at a time.

    Parameters
    ----------
    name
        Of the archive, for people.
    clock
        Seconds.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._kept: dict[str, _Kept] = {}

    def document(self, connection: Any, collection: str, file_name: str) -> Document | None:
        """Return a MOC.

        Parameters
        ----------
        connection
            To the database; a transaction is begun.
        collection
            Its name; empty for the whole archive.
        file_name
            One of `FORMS`.

        Returns
        -------
        Document or None
            None where there is no such form, or no row of such a collection to be seen.
        """
        if file_name not in FORMS or "\0" in collection:
            return None
        with connection.cursor() as cursor:
            cursor.execute(_CHANGES)
            changes = cursor.fetchone()
            kept = self._kept.get(collection)
            if kept is None or kept.changes != changes or self._clock() - kept.made > LONGEST_S:
                made = self._clock()
                documents = self._documents(cursor, collection)
                if documents is None:
                    self._kept.pop(collection, None)
                    return None
                kept = self._kept[collection] = _Kept(changes, made, documents)
        return kept.documents[file_name]

    def _documents(self, cursor: Any, collection: str) -> dict[str, Document] | None:
        cells = footprint(cursor, collection)
        if cells is None:
            return None
        made = {
            "moc.fits": as_fits(cells, collection or self._name),
            "moc.json": as_json(cells),
        }
        return {name: Document(made[name], media_type) for name, media_type in FORMS.items()}

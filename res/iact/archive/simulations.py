"""Flat rows of simulated data lie in a table of their own, a child of cta.obscore_row.

A site may keep simulations out of ivoa.obscore. If the view that is published had a condition
for that, PostgreSQL would not make one query of it and the views around it: a page in the order
of time, or a join with cta.gti, would go through all rows. So there are two chains of views
with the same expressions; what is published is built on the one that has no simulated rows.
"""

from __future__ import annotations

from typing import Any

#: Flat rows of simulated observations; those that are hidden lie in `visibility.HIDDEN_ROWS`.
SIMULATED_ROWS = "obscore_simulated"

_KEY = "obs_collection, obs_id, event_type"
_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'cta' AND tablename = %s"
    " AND indexdef NOT LIKE 'CREATE UNIQUE%%' ORDER BY indexname"
)


def ensure(cursor: Any) -> None:
    """Make the table, its indexes and its foreign key if they are not there.

    Where all is right, this takes no lock. Rows of earlier versions are moved.

    Parameters
    ----------
    cursor
        Of the role that owns the tables of schema cta; these are there. Where they have no
        keys and indexes yet, this must be called again when they have.
    """
    cursor.execute("SELECT to_regclass(%s) IS NULL", (f"cta.{SIMULATED_ROWS}",))
    if cursor.fetchone()[0]:
        cursor.execute(
            f"CREATE TABLE cta.{SIMULATED_ROWS} (PRIMARY KEY (obs_publisher_did),"
            " CHECK (simulated)) INHERITS (cta.obscore_row)"
        )
        _move(cursor)
    cursor.execute(_INDEXES, (SIMULATED_ROWS,))
    own = {name for name, _ in cursor.fetchall()}
    cursor.execute(_INDEXES, ("obscore_row",))
    for name, definition in cursor.fetchall():
        if (name := name.replace("obscore_row", SIMULATED_ROWS)) not in own:
            # Names of the index and of the table.
            cursor.execute(definition.replace("obscore_row", SIMULATED_ROWS))
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'p'"
        " AND conrelid = 'cta.observation'::regclass)"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'of_observation'"
        " AND conrelid = %s::regclass)",
        (f"cta.{SIMULATED_ROWS}",),
    )
    if cursor.fetchone()[0]:
        cursor.execute(
            f"ALTER TABLE cta.{SIMULATED_ROWS} ADD CONSTRAINT of_observation"
            f" FOREIGN KEY ({_KEY}) REFERENCES cta.observation ({_KEY})"
            " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        )


def _move(cursor: Any) -> None:
    cursor.execute(
        "WITH moved AS (DELETE FROM ONLY cta.obscore_row WHERE simulated RETURNING *)"
        f" INSERT INTO cta.{SIMULATED_ROWS} SELECT * FROM moved"
    )

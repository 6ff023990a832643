"""How the database keeps what is hidden until its release from its users.

No user may find a trace of a hidden observation, and it must be seen from its date on though
nothing is imported then. It is not enough that a condition takes hidden rows out of an answer:
PostgreSQL evaluates cheap conditions first, and its errors, which DaCHS passes on, tell about
values: `t_exptime * 1.0e308 > 1` overflows, or not; a cast that fails quotes the text. So no
condition of a user's may be evaluated for hidden rows.

- Flat rows that are hidden lie in `HIDDEN_ROWS`, a child of cta.obscore_row. The view
  cta.vo_obscore takes those of them whose date has passed from behind a fence (``OFFSET 0``)
  that users' conditions do not pass, and all others from ``ONLY cta.obscore_row``, without a
  condition: where nothing is hidden, queries cost what they did. Row-level security there
  would shut the indexes of positions and regions, whose operators are not leakproof. In
  profile hea the view has rows for products, so the same holds for `HIDDEN_PRODUCTS`.
- Views with the links of observations (rd/taplinks.rd, rd/irfs.rd) make all that they show of
  both tables, hidden rows too, behind a fence of their own that lets through what everybody may
  see. Past it come only equalities of identifiers, which cannot fail.
- The tables have policies of row-level security (PostgreSQL's manual, 5.8), those too that only
  DaCHS's own pages read, or its statistics would tell. They count for all roles but the
  tables' owner: ingestion and the operator's commands see everything. So do the owner's views:
  of these tables, none that users may query may read any.
"""

from __future__ import annotations

import hashlib
from typing import Any

from iact.archive.simulations import SIMULATED_ROWS

#: Flat rows that are hidden, their products, and which proposals are hidden until when.
HIDDEN_ROWS, HIDDEN_PRODUCTS, HIDDEN_PROPOSALS = (
    "obscore_hidden",
    "product_hidden",
    "hidden_proposal",
)

_KEY = "obs_collection, obs_id, event_type"
_NOW = "(now() AT TIME ZONE 'utc')"


def _only_hidden_have(column: str) -> str:
    """Return SQL for names that would tell of hidden observations, for no others have them."""
    return (
        f"SELECT {column} FROM (SELECT DISTINCT {column} FROM cta.{HIDDEN_ROWS}"
        f" WHERE hidden_until > {_NOW}) AS names"
        # A join would go through all observations; this ends at the first that is seen.
        f" WHERE (SELECT true FROM ONLY cta.obscore_row AS o WHERE o.{column} = names.{column}"
        f" LIMIT 1) IS NULL AND (SELECT true FROM cta.{SIMULATED_ROWS} AS o"
        f" WHERE o.{column} = names.{column} LIMIT 1) IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM cta.{HIDDEN_ROWS} AS o"
        f" WHERE o.{column} = names.{column} AND o.hidden_until <= {_NOW})"
    )


#: What is hidden now: columns and query, by the view's name. Users' roles may read these views,
#: or the policies could not; but DaCHS does not know them, so no query of theirs can name them.
_VIEWS = {
    "hidden_observations": (
        _KEY,
        f"SELECT {_KEY} FROM cta.{HIDDEN_ROWS} WHERE hidden_until > {_NOW}",
    ),
    "hidden_proposals": (
        "obs_collection, proposal_id",
        f"SELECT obs_collection, proposal_id FROM cta.{HIDDEN_PROPOSALS}"
        f" WHERE hidden_until > {_NOW}",
    ),
    "hidden_collections": ("obs_collection", _only_hidden_have("obs_collection")),
    "hidden_sites": ("site", _only_hidden_have("site")),
}

#: The view that tells what is hidden of a table.
_HIDDEN_OF = {
    **dict.fromkeys(
        ("observation", "obs_config", "gti", "product", "assumption", "provenance"),
        "hidden_observations",
    ),
    "proposal": "hidden_proposals",
    "collection": "hidden_collections",
    "site": "hidden_sites",
}


def _not_in(table: str, view: str) -> str:
    columns = _VIEWS[view][0].split(", ")
    same = " AND ".join(f"h.{column} = {table}.{column}" for column in columns)
    return f"NOT EXISTS (SELECT 1 FROM cta.{view} AS h WHERE {same})"


#: Which rows are seen, by table.
_POLICIES = {
    **{table: _not_in(table, view) for table, view in _HIDDEN_OF.items()},
    # Of observations, this meets only those that their policy shows.
    "processing": "EXISTS (SELECT 1 FROM cta.observation AS o"
    " WHERE o.processing_id = processing.processing_id)",
    "obscore_row": f"hidden_until IS NULL OR hidden_until <= {_NOW}",
    "source_file": "NOT EXISTS (SELECT 1 FROM cta.hidden_observations AS h"
    " WHERE h.obs_collection = source_file.obs_collection AND h.obs_id = source_file.obs_id)",
    "quarantine": "EXISTS (SELECT 1 FROM cta.source_file AS f"
    " WHERE f.data_root = quarantine.data_root AND f.path = quarantine.path)",
}

_STATEMENTS = (
    f"CREATE TABLE IF NOT EXISTS cta.{HIDDEN_ROWS} (PRIMARY KEY (obs_publisher_did),"
    " CHECK (hidden_until IS NOT NULL)) INHERITS (cta.obscore_row)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_ROWS}_until ON cta.{HIDDEN_ROWS} (hidden_until)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_ROWS}_key ON cta.{HIDDEN_ROWS} ({_KEY})",
    f"CREATE TABLE IF NOT EXISTS cta.{HIDDEN_PRODUCTS} (PRIMARY KEY ({_KEY}, kind))"
    " INHERITS (cta.product)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_PRODUCTS}_did"
    f" ON cta.{HIDDEN_PRODUCTS} (obs_publisher_did)",
    f"CREATE TABLE IF NOT EXISTS cta.{HIDDEN_PROPOSALS} (obs_collection text, proposal_id text,"
    " hidden_until timestamp, PRIMARY KEY (obs_collection, proposal_id))",
    # Not dropped and made: in profile hea, cta.dataset is built on one of them.
    *(f"CREATE OR REPLACE VIEW cta.{view} AS {query}" for view, (_, query) in _VIEWS.items()),
    *(f"GRANT SELECT ON cta.{view} TO PUBLIC" for view in _VIEWS),
    *(
        f"CREATE POLICY visible ON cta.{table} FOR SELECT USING ({condition})"
        for table, condition in _POLICIES.items()
    ),
    *(f"ALTER TABLE cta.{table} ENABLE ROW LEVEL SECURITY" for table in _POLICIES),
)

#: DaCHS makes the keys of tables only when they are full.
_FOREIGN_KEYS = tuple(
    f"ALTER TABLE cta.{table} DROP CONSTRAINT IF EXISTS of_observation,"
    f" ADD CONSTRAINT of_observation FOREIGN KEY ({_KEY}) REFERENCES cta.observation ({_KEY})"
    " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    for table in (HIDDEN_ROWS, HIDDEN_PRODUCTS)
)

#: Which version of these was made; it is kept as the comment of the table.
VERSION = hashlib.sha256("\0".join((*_STATEMENTS, *_FOREIGN_KEYS)).encode()).hexdigest()[:16]

#: SQL for what all policies of a table (oid c.oid) say, whoever made them, and for what a view
#: says: as PostgreSQL keeps it, for as text it depends on the search path. Comments of policies
#: and views note what `ensure` has made, so that what somebody changed is noticed.
_RULES = (
    "(SELECT md5(string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::text,"
    " polqual::text), ' ' ORDER BY polname)) FROM pg_policy WHERE polrelid = c.oid)"
)
_QUERY = "(SELECT md5(ev_action::text) FROM pg_rewrite WHERE ev_class = c.oid)"

#: SQL for the names of tables of which users see everything, though they must not, and of
#: views that do not tell what is hidden as they were made.
UNPROTECTED = (
    f"SELECT t.name FROM unnest(ARRAY{list(_POLICIES)}) AS t(name) WHERE NOT EXISTS ("
    "SELECT 1 FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid"
    " WHERE c.oid = to_regclass('cta.' || t.name) AND c.relrowsecurity AND p.polname = 'visible'"
    f" AND obj_description(p.oid, 'pg_policy') = {_RULES})"
    f" UNION ALL SELECT v.name FROM unnest(ARRAY{list(_VIEWS)}) AS v(name) WHERE NOT EXISTS ("
    "SELECT 1 FROM pg_class AS c WHERE c.oid = to_regclass('cta.' || v.name)"
    f" AND obj_description(c.oid, 'pg_class') = {_QUERY})"
)

#: SQL for the name of what was made by other software than this, if it was.
OUTDATED = (
    f"SELECT '{HIDDEN_ROWS}' AS name WHERE"
    f" obj_description(to_regclass('cta.{HIDDEN_ROWS}'), 'pg_class') IS DISTINCT FROM '{VERSION}'"
)


def is_complete(cursor: Any) -> bool:
    """Tell whether all is there, as this version of the software makes it; takes no lock."""
    cursor.execute(f"SELECT NOT EXISTS ({UNPROTECTED}) AND NOT EXISTS ({OUTDATED})")
    return bool(cursor.fetchone()[0])


def ensure(cursor: Any) -> bool:
    """Make tables, views and policies that are not there, or not as they should be.

    Other policies of these tables go.

    Where all is right, this takes no lock; else it takes locks that keep queries out, and
    waits for them as long as the session's ``lock_timeout`` says.

    Parameters
    ----------
    cursor
        Of the role that owns the tables of schema cta; these are there. Where they have no
        keys yet, this must be called again when they have.

    Returns
    -------
    bool
        Whether there was anything to do.
    """
    if is_complete(cursor):
        return False
    # Those of others as well: one that shows a row is enough for it to be seen.
    cursor.execute(
        "SELECT quote_ident(polname), relname FROM pg_policy JOIN pg_class AS c ON c.oid = polrelid"
        f" WHERE relnamespace = 'cta'::regnamespace AND relname = ANY(ARRAY{list(_POLICIES)})"
    )
    for policy, table in cursor.fetchall():
        cursor.execute(f"DROP POLICY {policy} ON cta.{table}")
    for statement in _STATEMENTS:
        cursor.execute(statement)
    for name, kept, noted in (
        *((table, _RULES, f"POLICY visible ON cta.{table}") for table in _POLICIES),
        *((view, _QUERY, f"VIEW cta.{view}") for view in _VIEWS),
    ):
        cursor.execute(f"SELECT {kept} FROM pg_class AS c WHERE c.oid = 'cta.{name}'::regclass")
        cursor.execute(f"COMMENT ON {noted} IS %s", cursor.fetchone())
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_constraint"
        " WHERE conrelid = 'cta.observation'::regclass AND contype = 'p')"
    )
    if cursor.fetchone()[0]:
        for statement in _FOREIGN_KEYS:
            cursor.execute(statement)
        cursor.execute(f"COMMENT ON TABLE cta.{HIDDEN_ROWS} IS %s", (VERSION,))
    return True


def settle(cursor: Any) -> None:
    """Put rows whose date has passed where indexes find them; they are seen before, too."""
    cursor.execute(
        f"WITH seen AS (DELETE FROM cta.{HIDDEN_PRODUCTS} AS p WHERE NOT EXISTS ("
        f" SELECT 1 FROM cta.hidden_observations AS h WHERE (h.obs_collection, h.obs_id,"
        " h.event_type) = (p.obs_collection, p.obs_id, p.event_type)) RETURNING *)"
        " INSERT INTO cta.product SELECT * FROM seen"
    )
    cursor.execute(
        f"WITH seen AS (DELETE FROM cta.{HIDDEN_ROWS} WHERE hidden_until <= {_NOW} RETURNING *),"
        f" simulated AS (INSERT INTO cta.{SIMULATED_ROWS} SELECT * FROM seen WHERE simulated)"
        " INSERT INTO cta.obscore_row SELECT * FROM seen WHERE NOT simulated"
    )

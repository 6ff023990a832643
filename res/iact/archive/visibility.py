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
- Each row says itself until when it is hidden, in a column that DaCHS keeps from users. A policy
  reads what it needs with the rights of who asks: were it to look hidden names up elsewhere,
  anybody with SQL of their own could read them there.
"""

from __future__ import annotations

import hashlib
from typing import Any

from iact.archive.simulations import SIMULATED_ROWS

#: Flat rows that are hidden, and their products.
HIDDEN_ROWS, HIDDEN_PRODUCTS = "obscore_hidden", "product_hidden"
#: Tables with rows of observations, each of which is hidden like its observation.
OF_OBSERVATIONS = ("observation", "obs_config", "gti", "product", "assumption", "provenance")

_KEY = "obs_collection, obs_id, event_type"
_NOW = "(now() AT TIME ZONE 'utc')"


_UNTIL_NOW = f"hidden_until IS NULL OR hidden_until <= {_NOW}"

#: What is hidden now, for our own software and for policies of tables that users may not read:
#: who may read these may read this.
_VIEW = "hidden_observations"
_NAMES = f"SELECT {_KEY} FROM cta.{HIDDEN_ROWS} WHERE hidden_until > {_NOW}"

#: Names that no others than hidden observations have would tell of them; by table, their column.
_NAMES_OF = {"collection": "obs_collection", "site": "site"}

#: Which rows are seen, by table.
_POLICIES = {
    **dict.fromkeys((*OF_OBSERVATIONS, "proposal", *_NAMES_OF, "obscore_row"), _UNTIL_NOW),
    # Of observations, this meets only those that their policy shows.
    "processing": "EXISTS (SELECT 1 FROM cta.observation AS o"
    " WHERE o.processing_id = processing.processing_id)",
    "source_file": f"NOT EXISTS (SELECT 1 FROM cta.{_VIEW} AS h"
    " WHERE h.obs_collection = source_file.obs_collection AND h.obs_id = source_file.obs_id)",
    "quarantine": "EXISTS (SELECT 1 FROM cta.source_file AS f"
    " WHERE f.data_root = quarantine.data_root AND f.path = quarantine.path)",
}

#: SQL for roles that may read a table (0 is everybody); of a table without such rights, its
#: owner alone may.
_READERS = (
    "SELECT acl.grantee FROM pg_class, aclexplode(relacl) AS acl"
    " WHERE pg_class.oid = to_regclass('cta.{}') AND acl.privilege_type = 'SELECT'"
    " AND acl.grantee <> relowner"
)
_WRONG_READERS = f"{_READERS.format(_VIEW)} EXCEPT {_READERS.format('source_file')}"
_WITHOUT_RIGHT = f"{_READERS.format('source_file')} EXCEPT {_READERS.format(_VIEW)}"


def _grant(right: str, roles: str, what: str) -> str:
    """Return SQL that grants or revokes a right on the view for the roles of a query."""
    return (
        f"DO $do$ DECLARE role oid; BEGIN FOR role IN {roles} LOOP EXECUTE format('{right}"
        f" SELECT ON cta.{_VIEW} {what} %s', CASE role WHEN 0 THEN 'PUBLIC'"
        " ELSE role::regrole::text END); END LOOP; END $do$"
    )


def _same(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column} = {other}.{column}" for column in _KEY.split(", "))


#: Archives of earlier versions have rows that do not say it.
_FILL = (
    *(
        f"UPDATE cta.{table} AS t SET hidden_until = h.hidden_until FROM cta.{HIDDEN_ROWS} AS h"
        f" WHERE {_same('t', 'h')} AND t.hidden_until IS DISTINCT FROM h.hidden_until"
        for table in OF_OBSERVATIONS
    ),
    "DO $do$ BEGIN IF to_regclass('cta.hidden_proposal') IS NOT NULL THEN"
    " UPDATE cta.proposal AS t SET hidden_until = h.hidden_until FROM cta.hidden_proposal AS h"
    " WHERE (t.obs_collection, t.proposal_id) = (h.obs_collection, h.proposal_id);"
    " DROP TABLE cta.hidden_proposal; END IF; END $do$",
)

_STATEMENTS = (
    f"CREATE TABLE IF NOT EXISTS cta.{HIDDEN_ROWS} (PRIMARY KEY (obs_publisher_did),"
    " CHECK (hidden_until IS NOT NULL)) INHERITS (cta.obscore_row)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_ROWS}_until ON cta.{HIDDEN_ROWS} (hidden_until)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_ROWS}_key ON cta.{HIDDEN_ROWS} ({_KEY})",
    f"CREATE TABLE IF NOT EXISTS cta.{HIDDEN_PRODUCTS} (PRIMARY KEY ({_KEY}, kind))"
    " INHERITS (cta.product)",
    f"CREATE INDEX IF NOT EXISTS {HIDDEN_PRODUCTS}_did"
    f" ON cta.{HIDDEN_PRODUCTS} (obs_publisher_did)",
    *(
        f"ALTER TABLE cta.{table} ADD COLUMN IF NOT EXISTS hidden_until timestamp"
        for table in (*OF_OBSERVATIONS, "proposal", *_NAMES_OF)
    ),
    # Of earlier versions, whose policies looked names up in them.
    "DROP VIEW IF EXISTS cta.hidden_proposals, cta.hidden_collections, cta.hidden_sites",
    *_FILL,
    # Not dropped and made: in profile hea, cta.dataset is built on it.
    f"CREATE OR REPLACE VIEW cta.{_VIEW} AS {_NAMES}",
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

_GRANTS = (
    _grant("REVOKE", _WRONG_READERS, "FROM"),
    _grant("GRANT", _WITHOUT_RIGHT, "TO"),
)

#: Which version of these was made; it is kept as the comment of the table.
VERSION = hashlib.sha256("\0".join((*_STATEMENTS, *_GRANTS, *_FOREIGN_KEYS)).encode()).hexdigest()[
    :16
]

#: SQL for what all policies of a table (oid c.oid) say, whoever made them, and for what a view
#: says: as PostgreSQL keeps it, for as text it depends on the search path. Comments of policies
#: and views note what `ensure` has made, so that what somebody changed is noticed.
_RULES = (
    "(SELECT md5(string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::text,"
    " polqual::text), ' ' ORDER BY polname)) FROM pg_policy WHERE polrelid = c.oid)"
)
_QUERY = "(SELECT md5(ev_action::text) FROM pg_rewrite WHERE ev_class = c.oid)"

#: SQL for the names of tables of which users see everything, though they must not, and of
#: the view that tells what is hidden where it is not as it was made, or users may read it.
UNPROTECTED = (
    f"SELECT t.name FROM unnest(ARRAY{list(_POLICIES)}) AS t(name) WHERE NOT EXISTS ("
    "SELECT 1 FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid"
    " WHERE c.oid = to_regclass('cta.' || t.name) AND c.relrowsecurity AND p.polname = 'visible'"
    f" AND obj_description(p.oid, 'pg_policy') = {_RULES})"
    f" UNION ALL SELECT '{_VIEW}' WHERE EXISTS ({_WRONG_READERS}) OR NOT EXISTS ("
    f"SELECT 1 FROM pg_class AS c WHERE c.oid = to_regclass('cta.{_VIEW}')"
    f" AND obj_description(c.oid, 'pg_class') = {_QUERY})"
)

#: SQL for the name of what was made by other software than this, if it was.
OUTDATED = (
    f"SELECT '{HIDDEN_ROWS}' AS name WHERE"
    f" obj_description(to_regclass('cta.{HIDDEN_ROWS}'), 'pg_class') IS DISTINCT FROM '{VERSION}'"
)


def is_complete(cursor: Any) -> bool:
    """Tell whether all is there, as this version of the software makes it; takes no lock."""
    cursor.execute(
        f"SELECT NOT EXISTS ({UNPROTECTED}) AND NOT EXISTS ({OUTDATED})"
        f" AND NOT EXISTS ({_WITHOUT_RIGHT})"
    )
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
    for statement in (*_STATEMENTS, *_GRANTS):
        cursor.execute(statement)
    mark_names(cursor)
    for name, kept, noted in (
        *((table, _RULES, f"POLICY visible ON cta.{table}") for table in _POLICIES),
        (_VIEW, _QUERY, f"VIEW cta.{_VIEW}"),
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


def mark_names(cursor: Any) -> None:
    """Hide collections and sites as long as all their observations are; show all others.

    This must be called wherever observations have come or gone, before that is committed.

    Parameters
    ----------
    cursor
        Of the role that owns the tables.
    """
    for table, column in _NAMES_OF.items():
        # A join would go through all observations; this ends at the first that is seen.
        others = " OR ".join(
            f"(SELECT true FROM {rows} AS o WHERE o.{column} = n.{column} LIMIT 1)"
            for rows in ("ONLY cta.obscore_row", f"cta.{SIMULATED_ROWS}")
        )
        cursor.execute(
            f"UPDATE cta.{table} AS t SET hidden_until = m.until FROM ("
            f" SELECT {column}, CASE WHEN ({others}) IS NULL THEN until END AS until"
            f" FROM (SELECT {column}, min(hidden_until) AS until FROM cta.{HIDDEN_ROWS}"
            f" GROUP BY {column}) AS n) AS m"
            f" WHERE t.{column} = m.{column} AND t.hidden_until IS DISTINCT FROM m.until"
        )
        cursor.execute(
            f"UPDATE cta.{table} AS t SET hidden_until = NULL WHERE hidden_until IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM cta.{HIDDEN_ROWS} AS o WHERE o.{column} = t.{column})"
        )


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

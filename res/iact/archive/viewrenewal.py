"""A view gets a new statement, and what is built on it comes back as it was.

PostgreSQL replaces a view only where its columns stay, or new ones come at the end. In all other
cases it has to be dropped, with whatever is built on it, and all of that made anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iact.archive.relations import Relation, columns_of, missing_columns
from iact.errors import CtaError


def renew(cursor: Any, view: Relation, views: Sequence[Relation]) -> None:
    """Give a view its statement, whatever columns it had.

    Parameters
    ----------
    cursor
        Of the role that owns the view.
    view
        As it should be; one that is not there is made only if others need it.
    views
        All that are renewed with it.

    Raises
    ------
    CtaError
        It gets other columns, and what is built on it is not ours.
    """
    present = columns_of(cursor, view.name)
    if not present:
        # `dachs imp` makes it, with all that goes with it; unless a view that is there is
        # to be built on it.
        if _is_needed(cursor, view, views):
            cursor.execute(view.statement)
        return
    same_order = list(present) == [column.name for column in view.columns]
    if same_order and missing_columns(cursor, view) == []:
        cursor.execute(re.sub(r"\bCREATE VIEW\b", "CREATE OR REPLACE VIEW", view.statement))
        return
    # CREATE OR REPLACE can add columns at the end only, and neither remove nor move any.
    own, *built_on_it = _with_dependents(cursor, view.name)
    if others := [found.name for found in built_on_it if not found.ours]:
        raise CtaError(
            f"{', '.join(others)}, which somebody has built on {view.name} or what is made"
            " of it, would be lost when that gets other columns. Drop it, run `bin/cta setup`"
            " again, and make it anew."
        )
    cursor.execute(f"DROP VIEW {view.name} CASCADE")
    cursor.execute(view.statement)
    _grant(cursor, own)
    for other in built_on_it:
        cursor.execute(f"CREATE VIEW {other.name} AS {other.statement}")
        _grant(cursor, other)


def _is_needed(cursor: Any, view: Relation, views: Sequence[Relation]) -> bool:
    """Tell whether a view that is there is to be built on another one, or on one of its."""
    name = re.compile(rf"\b{re.escape(view.name)}\b")
    return any(
        columns_of(cursor, other.name) != {} or _is_needed(cursor, other, views)
        for other in views
        if other is not view and name.search(other.statement)
    )


@dataclass(frozen=True)
class _View:
    """A view that is there: its query, who may do what with it, whether we can make it."""

    name: str
    statement: str
    grants: list[tuple[str, str]]
    ours: bool


def _with_dependents(cursor: Any, name: str) -> list[_View]:
    """Return a view and all views that are built on it, each after those it needs."""
    cursor.execute(
        """
        WITH RECURSIVE found(oid, level) AS (
            SELECT %s::regclass::oid, 0
            UNION SELECT rule.ev_class, level + 1
            FROM found
            JOIN pg_depend AS link ON link.refobjid = found.oid
                AND link.refclassid = 'pg_class'::regclass
                AND link.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS rule ON rule.oid = link.objid AND rule.ev_class <> found.oid)
        SELECT found.oid::regclass::text, pg_get_viewdef(found.oid), found.oid,
            relkind = 'v' AND pg_get_userbyid(relowner) = current_user
        FROM found JOIN pg_class ON pg_class.oid = found.oid
        GROUP BY found.oid, relkind, relowner ORDER BY max(level), found.oid
        """,
        (name,),
    )
    return [
        _View(found, statement, _grants(cursor, oid), ours)
        for found, statement, oid, ours in cursor.fetchall()
    ]


def _grants(cursor: Any, oid: int) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT acl.privilege_type, CASE acl.grantee WHEN 0 THEN 'PUBLIC'"
        " ELSE acl.grantee::regrole::text END"
        " FROM pg_class, aclexplode(relacl) AS acl"
        " WHERE pg_class.oid = %s AND acl.grantee <> relowner",
        (oid,),
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    return found


def _grant(cursor: Any, view: _View) -> None:
    for privilege, role in view.grants:
        cursor.execute(f"GRANT {privilege} ON {view.name} TO {role}")

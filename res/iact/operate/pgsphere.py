"""The extension pg_sphere, also where PostgreSQL refuses the script of Debian's package.

Debian 12's pg_sphere 1.1.1 gives the operators ``@ (bigint, smoc)`` and
``@ (spoint, smoc)`` a commutator and a negator that are those of ``<@`` already.
PostgreSQL took that until a security update (15.20 in Debian 12) made it an error. Later
versions of pg_sphere do not have these two operators. So the package's own script is run
here without the two clauses, and its objects are registered as CREATE EXTENSION does.

This module can go, and leave the extension to `dachs init`, when Debian 12 is no longer
supported or has a postgresql-15-pgsphere that CREATE EXTENSION accepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iact.errors import CtaError

if TYPE_CHECKING:
    from psycopg2.extensions import connection, cursor

NAME = "pg_sphere"

_REFUSED = re.compile(r"already the (commutator|negator) of operator")
_OLD_OPERATOR = re.compile(
    r"CREATE OPERATOR @ \(\s*LEFTARG\s*=\s*(?:bigint|spoint),\s*RIGHTARG\s*=\s*smoc,[^;]*;"
)
_CLAUSE = re.compile(r"^\s*(?:COMMUTATOR|NEGATOR)\s*=.*,\s*\n", re.MULTILINE)
_PSQL_LINE = re.compile(r"^\\.*\n", re.MULTILINE)

# As CREATE EXTENSION has it while it runs a script.
_AS_EXTENSION = """
SET LOCAL search_path TO public;
SET LOCAL client_min_messages TO warning;
SET LOCAL check_function_bodies TO off;
"""
# Whatever the script has made depends at least on its schema, by a row of this same
# transaction. What belongs to such an object, as an array type does to its type ('i'), is
# not the extension's itself.
_REGISTER = """
SET LOCAL allow_system_table_mods TO on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  SELECT pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), %(name)s,
    current_user::regrole, 'public'::regnamespace, true, %(version)s;
INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT 'pg_extension'::regclass, oid, 0, 'pg_namespace'::regclass, extnamespace, 0, 'n'::"char"
    FROM pg_extension WHERE extname = %(name)s
  UNION
  SELECT classid, objid, 0, 'pg_extension'::regclass, oid, 0, 'e'::"char"
    FROM pg_depend AS made, pg_extension
    WHERE extname = %(name)s AND made.xmin = pg_current_xact_id()::xid AND deptype <> 'i'
      AND classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass,
        'pg_cast'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass);
"""
_CHECKS = """
SET LOCAL search_path TO public;
SET LOCAL enable_seqscan TO off;
CREATE TEMPORARY TABLE pg_sphere_check ON COMMIT DROP AS
  SELECT spoly '{(0,0),(0.2,0),(0.2,0.2)}' AS area UNION ALL SELECT spoly '{(1,1),(2,1),(1,2)}';
CREATE INDEX ON pg_sphere_check USING gist (area);
SELECT spoint(1,1) @ scircle '<(1,1),0.1>' AND NOT spoint(2,1) @ scircle '<(1,1),0.1>',
  (SELECT count(*) = 1 FROM pg_sphere_check WHERE spoint(0.1,0.05) @ area),
  EXISTS (SELECT FROM pg_extension WHERE extname = %s)
"""


def ensure(db: connection, say: Callable[[str], None]) -> None:
    """Make the extension where it is missing.

    Parameters
    ----------
    db
        A superuser's connection to the database, outside a transaction.
    say
        Takes a line where the script must be changed.

    Raises
    ------
    CtaError
        The extension cannot be made, or does not work.
    """
    import psycopg2

    try:
        with db, db.cursor() as rows:
            rows.execute("SELECT 1 FROM pg_extension WHERE extname = %s", (NAME,))
            if rows.fetchone():
                return
            rows.execute(f"CREATE EXTENSION {NAME} SCHEMA public")
            check(rows)
    except psycopg2.Error as error:
        if not _REFUSED.search(str(error)):
            raise _failed(error) from error
        say(
            "Debian's pg_sphere does not fit this PostgreSQL;"
            " two operators that nothing uses are made without their commutators."
        )
        create_from_script(db)


def create_from_script(db: connection) -> None:
    """Make the extension from its script as `mended` returns it, all or nothing."""
    import psycopg2

    try:
        with db, db.cursor() as rows:
            rows.execute(
                "SELECT setting, default_version, comment"
                " FROM pg_config, pg_available_extensions AS known"
                " WHERE pg_config.name = 'SHAREDIR' AND known.name = %s",
                (NAME,),
            )
            if (row := rows.fetchone()) is None:
                raise _failed("PostgreSQL does not know it")
            folder, version, comment = row
            script = Path(folder, "extension", f"{NAME}--{version}.sql").read_text("utf-8")
            rows.execute(_AS_EXTENSION + mended(script))
            rows.execute(_REGISTER, {"name": NAME, "version": version})
            rows.execute(f"COMMENT ON EXTENSION {NAME} IS %s", (comment,))
            check(rows)
    except (psycopg2.Error, OSError) as error:
        raise _failed(error) from error


def mended(script: str) -> str:
    """Return the package's script as PostgreSQL takes it outside CREATE EXTENSION."""
    script = _PSQL_LINE.sub("", script).replace("MODULE_PATHNAME", f"$libdir/{NAME}")
    return _OLD_OPERATOR.sub(lambda found: _CLAUSE.sub("", found.group()), script)


def check(rows: cursor) -> None:
    """Check that cones and indexes of polygons work, and that the extension is registered."""
    rows.execute(_CHECKS, (NAME,))
    if rows.fetchone() != (True, True, True):
        raise _failed("a cone, an index of polygons or its registration is wrong")


def _failed(reason: object) -> CtaError:
    return CtaError(
        f"The PostgreSQL extension {NAME} cannot be made: {' '.join(str(reason).split())}."
        " Install postgresql-VERSION-pgsphere for the version of PostgreSQL that runs, or"
        " bring both up to date with `apt-get upgrade`; then run `bin/cta setup` again."
    )

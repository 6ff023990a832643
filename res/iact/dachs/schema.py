"""Bring our tables to what cta/q says: ``python3 -m iact.dachs.schema``.

`dachs imp` of an updating data element leaves tables alone that are there. This module
tells which of them have other columns now, and renews the view where it has the same.
"""

import re
import sys
import time

import psycopg2
from gavo import api, base

#: A view is replaced as soon as no query holds it; queries that come meanwhile wait no
#: longer than this.
LOCK_TIMEOUT = "200ms"
TRIES = 150

#: Exit code where tables must be made anew.
CHANGED = 5


def changed_tables(connection, descriptor):
    """Return the names of tables whose columns are not those of the descriptor."""
    changed = []
    for table in descriptor.tables:
        if not table.onDisk:
            continue
        found = [
            row[0]
            for row in connection.query(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%(name)s)"
                " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                {"name": table.getQName()},
            )
        ]
        if found and found != [column.name for column in table.columns]:
            changed.append(table.getQName())
    return changed


def renew_view(connection, table):
    """Replace the statement of a view whose columns stay.

    Raises
    ------
    base.ReportableError
        Queries have held the view all the time.
    """
    statement = re.sub(
        r"\bCREATE VIEW\b", "CREATE OR REPLACE VIEW", table.expand(table.viewStatement)
    )
    for _ in range(TRIES):
        try:
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            connection.execute(statement)
            connection.commit()
            return
        except psycopg2.errors.LockNotAvailable:
            connection.rollback()
            time.sleep(0.2)
    raise base.ReportableError(
        f"{table.getQName()} cannot be renewed: queries use it all the time.",
        hint="Run `bin/cta setup` again, or stop the server first.",
    )


def main():
    """Renew views; return `CHANGED` where tables have other columns now."""
    descriptor = api.getRD("cta/q")
    with base.getWritableAdminConn() as connection:
        changed = changed_tables(connection, descriptor)
        if changed:
            print(" ".join(changed))
            return CHANGED
        for table in descriptor.tables:
            if table.viewStatement and table.onDisk:
                renew_view(connection, table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

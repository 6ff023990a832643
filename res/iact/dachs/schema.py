"""Bring our tables to what `DESCRIPTORS` say: ``python3 -m iact.dachs.schema``.

`dachs imp` of an updating data element leaves tables alone that are there. This module
adds the columns that tables lack and renews the views; it prints what it has added. It
tells apart what cannot be changed in place.
"""

import sys

from gavo import api, base

from iact.archive.relations import Column, Relation, missing_columns
from iact.archive.schemachange import change
from iact.archive.site import SiteConfig
from iact.dachs.site import site_config_path
from iact.errors import CtaError

#: Resource descriptors with tables and views of the archive; views come after those that they
#: are built on.
DESCRIPTORS = ("cta/q", "cta/taplinks", "cta/irfs")

#: Exit code where tables must be made anew.
CHANGED = 5


def relations(descriptor, choices):
    """Return the tables and views that a resource descriptor keeps in the database.

    Parameters
    ----------
    descriptor
        The resource descriptor.
    choices
        Names of settings and their values, such as ``profile-hea``: a view that has a
        property of such a name has the statement there.
    """
    return [
        Relation(
            table.getQName(),
            tuple(Column(column.name, column.type, column.required) for column in table.columns),
            _statement(table, choices),
        )
        for table in descriptor.tables
        if table.onDisk
    ]


def _statement(table, choices):
    chosen = [table.getProperty(choice) for choice in choices if choice in table.properties]
    statement = chosen[0] if chosen else table.viewStatement
    return table.expand(statement) if statement else ""


def main():
    """Change tables and views in place; return `CHANGED` where tables must be made anew."""
    choices = SiteConfig.load(site_config_path()).view_choices
    wanted = [relation for name in DESCRIPTORS for relation in relations(api.getRD(name), choices)]
    tables = [relation for relation in wanted if not relation.statement]
    views = [relation for relation in wanted if relation.statement]
    with base.getWritableAdminConn() as connection:
        with connection.cursor() as cursor:
            missing = {table.name: missing_columns(cursor, table) for table in tables}
        connection.rollback()
        if other := [name for name, columns in missing.items() if columns is None]:
            print(" ".join(other))
            return CHANGED
        additions = [(name, column) for name, columns in missing.items() for column in columns]
        try:
            change(connection, additions, views)
            # PostgreSQL would guess how many rows a condition on a new column leaves.
            for name, column in additions:
                connection.execute(f"ANALYZE {name} ({column.name})")
            connection.commit()
        except CtaError as error:
            print(error, file=sys.stderr)
            return 1
    for name, column in additions:
        print(f"Added {name}.{column.name}; `bin/cta ingest` fills it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

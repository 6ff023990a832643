"""Queries that say which observations are wanted, asked as TAP asks them."""

import sys

from gavo import base, svcs
from gavo.protocols import adqlglue

from iact.access import wording
from iact.dachs import outages

#: What a result needs to have, else the other two; event_type is looked at where it is there.
DID = "obs_publisher_did"
KEY = ("obs_collection", "obs_id")


class BadQuery(Exception):
    """A query that cannot be answered, or whose answer names no observations."""


def named_by(query, most, seconds):
    """Return which observations the answer to an ADQL query names.

    The query runs as a TAP query does: it is parsed as ADQL, and PostgreSQL executes it in
    the role that TAP has.

    Parameters
    ----------
    query
        ADQL.
    most
        Rows that the answer may have.
    seconds
        That PostgreSQL may take.

    Returns
    -------
    tuple of list
        Identifiers of datasets; keys (obs_collection, obs_id, event_type or None). One of
        them is empty.

    Raises
    ------
    BadQuery
        With a sentence for whoever asked.
    """
    if "\0" in query:
        raise BadQuery("The query has a NUL character in it.")
    # Named cursors, by which rows are fetched, want transactions.
    connection = base.getDBConnection("untrustedquery")
    try:
        table = adqlglue.runTAPQuery(query, seconds, connection, [], most + 1)
        return _named(table, most)
    except base.Error as error:
        if outages.is_away(error):
            raise
        raise BadQuery(wording.cleaned(str(error))) from error
    finally:
        connection.close()


def _named(table, most):
    names = {column.name.lower(): column.name for column in table.tableDef.columns}
    if DID not in names and not names.keys() >= set(KEY):
        raise BadQuery(
            f"The query's result has neither {DID} nor {' and '.join(KEY)}: select these columns,"
            " as cta.vo_obscore and ivoa.obscore have them."
        )
    wanted = [DID] if DID in names else [*KEY, "event_type"]
    columns = [names.get(name) for name in wanted]
    try:
        # Rows can have a hundred columns: all others go at once.
        rows = [tuple(row[name] if name else None for name in columns) for row in table]
    except Exception:
        # What PostgreSQL finds wrong becomes an error of DaCHS's; all else goes on.
        svcs.mapDBErrors(*sys.exc_info())
    if len(rows) > most:
        raise BadQuery(
            f"The query's result has more than {most} rows, which is what one package may have:"
            " ask for several packages."
        )
    if DID in names:
        return [did for (did,) in rows if did], []
    return [], [key for key in rows if key[0] and key[1]]

"""The archive's database, for the operator's commands."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.errors

from iact.archive import served
from iact.errors import CtaError
from iact.operate import room
from iact.operate.layout import DATABASE, PG_PORT, Layout

#: DaCHS's role that owns the tables.
ROLE = "gavoadmin"


@contextmanager
def connect(layout: Layout) -> Iterator[Any]:
    """Connect to the archive's database and close the connection in the end.

    Raises
    ------
    CtaError
        The database cannot be reached, goes away in between, has no room, or has no tables.
    """
    try:
        connection = psycopg2.connect(
            host=str(layout.sock), port=PG_PORT, dbname=DATABASE, user=ROLE
        )
    except psycopg2.OperationalError as error:
        raise CtaError(_out_of_use(layout, error)) from error
    try:
        yield connection
    except (
        psycopg2.errors.UndefinedTable,
        psycopg2.errors.UndefinedColumn,
        psycopg2.errors.InvalidSchemaName,
    ) as error:
        raise CtaError(
            f"The archive's tables are not those of this version ({_one_line(error)});"
            " `bin/cta setup` makes or completes them."
        ) from error
    except psycopg2.Error as error:
        if _means_lost(error) or connection.closed:
            raise CtaError(_out_of_use(layout, error)) from error
        raise
    finally:
        connection.close()


def _means_lost(error: psycopg2.Error) -> bool:
    """Tell whether the database went away, or had no room.

    psycopg2 raises a plain DatabaseError where the server's end was cut off before it had
    said why, and knows only afterwards that the connection is closed.
    """
    return isinstance(error, psycopg2.OperationalError) or type(error) is psycopg2.DatabaseError


def _out_of_use(layout: Layout, error: psycopg2.Error) -> str:
    full = room.advice(layout.pg)
    if not full and isinstance(error, psycopg2.errors.DiskFull):
        # There is room, but not for this user: a quota.
        full = f"There is no room left for {layout.pg}: make room there."
    return (
        f"The database cannot be used: {_one_line(error)}. What was committed before is in."
        f" {full + ' Then' if full else 'Now'} `bin/cta start`, and run the same command again;"
        f" {layout.pg_log} may say more."
    )


def _one_line(error: psycopg2.Error) -> str:
    """Return what happened; hints and guesses follow on further lines."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")


def check_authority(connection: Any, authority: str) -> None:
    """Refuse a configured authority that is not the one in the identifiers that are out.

    Parameters
    ----------
    connection
        From `connect`.
    authority
        The one in cta.yaml.

    Raises
    ------
    CtaError
        It is another one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('cta.product') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT split_part(obs_publisher_did, '/', 3) FROM cta.product LIMIT 1")
        row = cursor.fetchone()
    if row is not None and row[0] != authority:
        raise CtaError(
            f"The authority stays {row[0]}, which the archive's identifiers carry: put it in the"
            f" place of {authority} in cta.yaml. Another authority needs a new data centre, with"
            " another --var."
        )


def archive_counts(layout: Layout) -> dict[str, object] | None:
    """Return what is in the archive: rows, quarantined files, time of the last import.

    Returns
    -------
    dict or None
        Keys ``observations``, ``hidden`` (those of them that users do not see),
        ``products``, ``collections`` (with observations), ``files``, ``quarantined``,
        ``last_import`` (UTC, None before the first); None where the tables are not made yet.
    """
    with connect(layout) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('cta.source_file') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(
            "SELECT (SELECT count(*) FROM cta.observation),"
            " (SELECT count(*) FROM cta.product),"
            " (SELECT count(DISTINCT obs_collection) FROM cta.observation),"
            " (SELECT count(*) FROM cta.source_file),"
            " (SELECT count(*) FROM cta.quarantine),"
            " (SELECT max(imported) FROM cta.source_file)"
        )
        names = ("observations", "products", "collections", "files", "quarantined", "last_import")
        counts = dict(zip(names, cursor.fetchone(), strict=True))
        # An archive of an older version has nothing to hide with before `bin/cta setup`.
        cursor.execute("SELECT to_regclass('cta.hidden_observations') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT count(*) FROM cta.hidden_observations")
            return counts | {"hidden": cursor.fetchone()[0]}
        return counts | {"hidden": 0}


def quarantined_files(connection: Any) -> int:
    """Return how many files are in quarantine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cta.quarantine")
        (number,) = cursor.fetchone()
    return int(number)


def list_files(layout: Layout, args: argparse.Namespace) -> int:
    """Write what became of every file to standard output, as CSV.

    Parameters
    ----------
    layout
        Of the data centre.
    args
        ``kind``: only files of this class; None for all.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    columns = ("data_root", "path", "class", "obs_collection", "obs_id", "hdu", "keyword", "reason")
    writer.writerow(columns)
    with connect(layout) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.data_root, f.path, f.file_kind, f.obs_collection, f.obs_id, q.hdu,"
            " q.keyword, q.reason FROM cta.source_file AS f"
            " LEFT JOIN cta.quarantine AS q USING (data_root, path)"
            " WHERE %(kind)s::text IS NULL OR f.file_kind = %(kind)s"
            ' ORDER BY f.data_root, f.path COLLATE "C"',
            {"kind": args.kind},
        )
        for row in cursor:
            writer.writerow(row)
    return 0


def set_server_url(layout: Layout, url: str) -> None:
    """Make links in tables lead to this address of the server."""
    with connect(layout) as connection, connection.cursor() as cursor:
        served.set_server_url(cursor, url)
        connection.commit()


def set_media_type(layout: Layout, media_type: str) -> None:
    """Make the tables tell the media type with which products are sent."""
    with connect(layout) as connection, connection.cursor() as cursor:
        served.set_media_type(cursor, media_type)
        connection.commit()

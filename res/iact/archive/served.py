"""What the tables tell about the server: its address, and how it sends files."""

from __future__ import annotations

from typing import Any


def set_media_type(cursor: Any, media_type: str) -> None:
    """Make the tables tell the media type with which products are sent.

    Parameters
    ----------
    cursor
        Of the tables' owner, or of the database's superuser.
    media_type
        Of FITS files, compressed or not.
    """
    cursor.execute("SELECT to_regclass('cta.product') IS NOT NULL")
    if cursor.fetchone()[0]:
        # Hidden products are in a child of the table.
        cursor.execute(
            "UPDATE cta.product SET content_type = %s WHERE content_type <> %s",
            (media_type, media_type),
        )


def set_server_url(cursor: Any, url: str) -> None:
    """Make links in tables lead to this address of the server.

    The views call a function for it, so a new address neither touches rows nor takes a
    lock that would stop queries. PostgreSQL puts an immutable function's value into the
    plan, where a table of settings would be one more join.

    Parameters
    ----------
    cursor
        Of a role that may create functions in schema cta.
    url
        Without a slash at its end.
    """
    cursor.execute("SELECT to_regprocedure('cta.server_url()') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute("SELECT cta.server_url()")
        if cursor.fetchone()[0] == url:
            return
    body = cursor.mogrify("SELECT %s::text", (url,)).decode()
    cursor.execute(
        "CREATE OR REPLACE FUNCTION cta.server_url() RETURNS text LANGUAGE sql IMMUTABLE AS %s",
        (body,),
    )

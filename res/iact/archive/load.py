"""Bulk loading: rows go into the tables by COPY, a file's rows all or none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iact.archive.obscore import Row
from iact.archive.rows import Rows
from iact.archive.simulations import SIMULATED_ROWS
from iact.archive.visibility import HIDDEN_PRODUCTS, HIDDEN_ROWS, mark_names

#: Tables that describe what observations refer to, with their keys: a row that is there
#: is brought up to date.
NAME_KEYS = {
    "site": ("site",),
    "collection": ("obs_collection",),
    "proposal": ("obs_collection", "proposal_id"),
    "processing": ("processing_id",),
}

#: Tables about observations and files, parents before children.
COPY_ORDER = (
    "observation",
    "obs_config",
    "gti",
    "product",
    HIDDEN_PRODUCTS,
    "assumption",
    "provenance",
    "obscore_row",
    SIMULATED_ROWS,
    HIDDEN_ROWS,
    "source_file",
    "quarantine",
)

_SPECIAL = re.compile(r"[\\\t\n\r\0]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(rows: Sequence[Row]) -> str:
    r"""Return rows in PostgreSQL's text format for COPY.

    None becomes ``\N``; all rows must have the keys of the first in the same order.

    Raises
    ------
    ValueError
        If a text holds NUL, which PostgreSQL cannot store, or rows differ in keys.
    """
    columns = list(rows[0])
    lines = []
    for row in rows:
        if list(row) != columns:
            raise ValueError(f"rows differ in columns: {columns} and {list(row)}")
        lines.append("\t".join(map(_field, row.values())))
    return "\n".join(lines) + "\n"


def _field(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, float):
        # float() for numpy's own, whose repr names its type.
        return repr(float(value))
    text = str(value)
    if not _SPECIAL.search(text):
        return text
    if "\0" in text:
        raise ValueError(f"text with a NUL character cannot be stored: {text!r}")
    return text.translate(_ESCAPES)


def copy_rows(cursor: Any, rows: Mapping[str, Sequence[Row]]) -> None:
    """Add rows, by table, to the tables of `COPY_ORDER`."""
    for table in COPY_ORDER:
        if rows.get(table):
            columns = ", ".join(rows[table][0])
            cursor.copy_expert(
                f"COPY cta.{table} ({columns}) FROM STDIN", io.StringIO(copy_text(rows[table]))
            )
    mark_names(cursor)


def upsert_names(cursor: Any, rows: Mapping[str, Sequence[Row]]) -> None:
    """Add or bring up to date the rows of the tables of `NAME_KEYS`."""
    for table, keys in NAME_KEYS.items():
        # A batch of files brings the same row many times.
        distinct = {tuple(row[key] for key in keys): row for row in rows.get(table, ())}
        for row in distinct.values():
            columns = ", ".join(row)
            places = ", ".join(["%s"] * len(row))
            changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in row if name not in keys)
            cursor.execute(
                f"INSERT INTO cta.{table} ({columns}) VALUES ({places})"
                f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}",
                list(row.values()),
            )


def forget_observations(cursor: Any, data_root: str, paths: Iterable[str]) -> None:
    """Delete the observations that came from files; what hangs on them goes too."""
    cursor.execute(
        "DELETE FROM cta.observation WHERE data_root = %s AND path = ANY(%s)",
        (data_root, list(paths)),
    )


def forget_files(cursor: Any, data_root: str, paths: Iterable[str]) -> None:
    """Delete what is known of files; their quarantine rows go too."""
    cursor.execute(
        "DELETE FROM cta.source_file WHERE data_root = %s AND path = ANY(%s)",
        (data_root, list(paths)),
    )


def forget_data_root(cursor: Any, data_root: str) -> int:
    """Delete all that came from a data root; return the number of files."""
    cursor.execute("DELETE FROM cta.observation WHERE data_root = %s", (data_root,))
    cursor.execute("DELETE FROM cta.source_file WHERE data_root = %s", (data_root,))
    return int(cursor.rowcount)


def sweep_names(cursor: Any) -> None:
    """Delete what no observation refers to any more, in the tables of `NAME_KEYS`."""
    unused = "DELETE FROM cta.{} AS t WHERE NOT EXISTS (SELECT 1 FROM cta.{} AS u WHERE {})"
    for table, user, condition in (
        ("processing", "observation", "u.processing_id = t.processing_id"),
        ("collection", "observation", "u.obs_collection = t.obs_collection"),
        ("proposal", "collection", "u.obs_collection = t.obs_collection"),
        ("site", "obs_config", "u.site = t.site"),
    ):
        cursor.execute(unused.format(table, user, condition))
    mark_names(cursor)


def merge(parts: Iterable[Rows]) -> Rows:
    """Put the rows of several files together, by table."""
    whole: Rows = {}
    for part in parts:
        for table, rows in part.items():
            whole.setdefault(table, []).extend(rows)
    return whole

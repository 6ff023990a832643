"""Ten times the observations, made inside PostgreSQL from those that are there.

Copies have identifiers, targets, times and energies of their own. They come from the
southern sky and stay there, turned about the poles. So what is asked about an original of the
northern sky has the same answer before and after, out of more rows.
"""

from __future__ import annotations

import psycopg2

from iact.operate.layout import Layout

#: Originals are south of this declination, degrees: further from the north than a field.
_SOUTH = -20.0
#: Degrees that each copy is turned by, and days by which it is earlier.
_TURN, _DAYS = 13.37, 20_000
_SOURCES = {
    "obscore_row": "SELECT * FROM cta.obscore_row WHERE s_dec < {south}",
    "gti": "SELECT * FROM cta.gti WHERE obs_publisher_did IN"
    " (SELECT obs_publisher_did FROM bench_obscore_row)",
}
_CHANGED = {
    "obs_id": "obs_id || '-' || {k}",
    "obs_publisher_did": "obs_publisher_did || '-' || {k}",
    "target_name": "target_name || ' ' || {k}",
    "s_ra": "s_ra + {turn} - 360 * floor((s_ra + {turn}) / 360)",
    "s_region": "s_region + strans(radians({turn}), 0, 0, 'ZXZ')",
    **{name: f"{name} - {{days}}" for name in ("t_min", "t_max", "t_start", "t_stop")},
    **{name: f"{name} / 1000 / {{k}}" for name in ("em_min", "em_max")},
    **{name: f"{name} * 1000 * {{k}}" for name in ("energy_min", "energy_max")},
}


def multiply(layout: Layout, number: int) -> None:
    """Fill the tables that TAP's queries read up to a number of observations.

    Foreign keys are not looked at: the tables that only ingestion needs stay as they are.
    Indexes are made anew in the end.
    """
    with psycopg2.connect(layout.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute(
            "SELECT indexdef, format('DROP INDEX %I.%I', schemaname, indexname)"
            " FROM pg_indexes WHERE schemaname = 'cta' AND tablename IN ('obscore_row', 'gti')"
            " AND indexdef NOT LIKE '%UNIQUE%'"
        )
        indexes = cursor.fetchall()
        for _, drop in indexes:
            cursor.execute(drop)
        for table, query in _SOURCES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE bench_{table} AS {query.format(south=_SOUTH)}")
        cursor.execute(
            "SELECT (SELECT count(*) FROM cta.obscore_row),"
            " (SELECT count(*) FROM bench_obscore_row)"
        )
        there, copied = cursor.fetchone()
        for k in range(1, -(-(number - there) // copied) + 1):
            for table in _SOURCES:
                _copy(cursor, table, k)
        cursor.execute(
            "SELECT count(*) FROM (SELECT * FROM cta.obscore_row TABLESAMPLE SYSTEM (1)) AS sample"
            " WHERE NOT s_region @> spoint(radians(s_ra), radians(s_dec))"
        )
        if cursor.fetchone() != (0,):
            raise RuntimeError("Copies have their regions elsewhere than their pointings.")
        for definition, _ in indexes:
            cursor.execute(definition)
    connection.close()


def _copy(cursor: object, table: str, k: int) -> None:
    """Insert the k-th copy of the originals of a table."""
    values = {"k": k, "turn": _TURN * k, "days": _DAYS * k}
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        f" AND attrelid = 'cta.{table}'::regclass"
    )
    columns = [row[0] for row in cursor.fetchall()]
    made = [_CHANGED.get(name, name).format(**values) for name in columns]
    cursor.execute(
        f"INSERT INTO cta.{table} ({', '.join(columns)})"
        f" SELECT {', '.join(made)} FROM bench_{table}"
    )

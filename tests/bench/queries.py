"""What users ask: classes of queries, each with seeds from rows that are there."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.archive import Archive
from bench.share import part

SEEDS = part(20)
_SEED = 20261124
#: How far a source is from the pointing that sees it, degrees.
_OFFSET = 0.7
#: Rows that a page has.
PAGE = part(1000, 10)

Seed = Mapping[str, Any]


@dataclass(frozen=True)
class QueryClass:
    """Queries of one kind.

    Parameters
    ----------
    name
        What is asked.
    adql
        With places for the values of a seed, and for the tables ``{hea}`` and ``{gti}``.
    sql
        The same for PostgreSQL, as somebody would write it who knows its indexes.
    is_selective
        Whether few rows answer it, however many there are.
    is_cone
        Whether it is about a place on the sky.
    """

    name: str
    adql: str
    sql: str
    is_selective: bool = True
    is_cone: bool = False


_COLUMNS = "obs_publisher_did, obs_id, target_name, s_ra, s_dec, t_min, t_max, t_exptime"
_SEEN = "1 = CONTAINS(POINT('ICRS', {ra}, {dec}), s_region)"
_SEEN_SQL = "s_region @> spoint(radians({ra}), radians({dec}))"
_WITHIN = "1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', {ra}, {dec}, 1))"
#: Of q3c's forms the one that is planned fastest.
_WITHIN_SQL = "q3c_join({ra}, {dec}, s_ra, s_dec, 1)"
_SEASON = "t_min BETWEEN {t} - 300 AND {t} + 300 AND calib_level = {calib_level}"
#: An interval is shorter than a day, which lets the index on its start help.
_OVERLAP = (
    "EXISTS (SELECT 1 FROM {gti} AS g WHERE g.obs_publisher_did = o.obs_publisher_did"
    " AND g.t_start > {t} - 1 AND g.t_start < {t} + 0.3 AND g.t_stop > {t})"
)
_PAGE_COLUMNS = (
    "obs_publisher_did, calib_level, obs_collection, obs_id, obs_title, access_url,"
    " access_format, access_estsize, target_name, s_ra, s_dec, s_fov, s_region, s_resolution,"
    " t_min, t_max, t_exptime, em_min, em_max, em_res_power, facility_name, instrument_name"
)
_HEA_COLUMNS = "obs_publisher_did, obs_id, s_ra, s_dec, ev_xel, energy_min"
_COUNT = "SELECT obs_collection, COUNT(*) AS number FROM ivoa.obscore GROUP BY obs_collection"


def _plain(name: str, condition: str, sql: str = "", **kind: bool) -> QueryClass:
    """Make a class of queries that differ in their condition only."""
    return QueryClass(
        name,
        f"SELECT {_COLUMNS} FROM ivoa.obscore WHERE {condition}",
        f"SELECT {_COLUMNS} FROM cta.vo_obscore WHERE {sql or condition}",
        **kind,
    )


CLASSES = (
    _plain("cone: source in the field (s_region)", _SEEN, _SEEN_SQL, is_cone=True),
    _plain("cone: pointing within 1 deg", _WITHIN, _WITHIN_SQL, is_cone=True),
    _plain(
        "cone, time, calibration level",
        f"{_SEEN} AND {_SEASON}",
        f"{_SEEN_SQL} AND {_SEASON}",
        is_cone=True,
    ),
    _plain("energy range", "em_max BETWEEN {em_low} AND {em_high}"),
    _plain("time window", "t_min BETWEEN {t} - 0.3 AND {t} + 0.3"),
    _plain("obs_id", "obs_id = '{obs_id}'"),
    _plain("target", "target_name = '{target_name}'"),
    QueryClass(
        f"page of {PAGE} rows, 22 columns",
        f"SELECT TOP {PAGE} {_PAGE_COLUMNS} FROM ivoa.obscore WHERE t_min > {{t}}"
        " ORDER BY t_min, obs_publisher_did",
        f"SELECT {_PAGE_COLUMNS} FROM cta.vo_obscore WHERE t_min > {{t}}"
        f" ORDER BY t_min, obs_publisher_did LIMIT {PAGE}",
        is_selective=False,
    ),
    QueryClass("count by collection", _COUNT, _COUNT, is_selective=False),
    QueryClass(
        "HEA join, source in the field",
        f"SELECT {_HEA_COLUMNS} FROM ivoa.obscore NATURAL JOIN {{hea}} WHERE {_SEEN}",
        f"SELECT {_HEA_COLUMNS} FROM ivoa.obscore NATURAL JOIN {{hea}} WHERE {_SEEN_SQL}",
        is_cone=True,
    ),
    QueryClass(
        "GTI overlap",
        f"SELECT obs_publisher_did, obs_id, t_min, t_max FROM ivoa.obscore AS o WHERE {_OVERLAP}",
        f"SELECT obs_publisher_did, obs_id, t_min, t_max FROM cta.vo_obscore AS o WHERE {_OVERLAP}",
    ),
)

#: Where tables are that are not the standard's.
OURS = {"hea": "ivoa.obscore_hea", "gti": "cta.gti"}
STOCK = {"hea": "benchstock.hea", "gti": "benchstock.gti"}


def classes(archive: Archive) -> tuple[QueryClass, ...]:
    """Return the classes of queries that an archive can answer."""
    missing = {
        table
        for table in OURS.values()
        if archive.sql(f"SELECT to_regclass('{table}')") == [(None,)]
    }
    return tuple(kind for kind in CLASSES if not missing & set(_tables(kind)))


def _tables(kind: QueryClass) -> list[str]:
    return [table for name, table in OURS.items() if f"{{{name}}}" in kind.adql]


def seeds(archive: Archive) -> list[Seed]:
    """Return the values of the queries: from observations of the northern sky, chosen at random."""
    rows = archive.sql(
        "SELECT obs_id, target_name, s_ra, s_dec, t_min, em_max, calib_level"
        " FROM cta.obscore_row WHERE s_dec BETWEEN 5 AND 80"
        " AND t_min < (SELECT max(t_min) FROM cta.obscore_row)"
        f" - {PAGE} * 0.02 ORDER BY md5(obs_publisher_did) LIMIT {50 * SEEDS}"
    )
    chosen = random.Random(_SEED).sample(rows, min(SEEDS, len(rows)))
    return [
        {
            "obs_id": obs_id,
            "target_name": target_name,
            "ra": round(ra, 5),
            "dec": round(dec - _OFFSET, 5),
            "t": round(start, 5),
            "em_low": f"{em * 0.9995:.9e}",
            "em_high": f"{em * 1.0005:.9e}",
            "calib_level": level,
        }
        for obs_id, target_name, ra, dec, start, em, level in chosen
    ]

"""Queries and requests by which users would learn of hidden runs if nothing hid them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg2
import requests

from service.hiddenruns import SECRET, SITE, HiddenRuns
from service.livearchive import LiveArchive

#: Tables with the key of an observation, and what tells apart their rows.
OF_OBSERVATIONS = (
    "cta.vo_obscore", "ivoa.obscore", "cta.observation", "cta.obs_config", "cta.gti",
    "cta.product", "cta.assumption", "cta.provenance",
)  # fmt: skip
NAMES = {
    "cta.collection": "obs_collection", "cta.proposal": "proposal_title",
    "cta.processing": "reco_method", "cta.site": "site_title",
    "datalink.response": "description", "ivoa.response_psf": "target_name",
}  # fmt: skip
COLUMN = {**dict.fromkeys(OF_OBSERVATIONS, "obs_collection"), **NAMES}
TABLES = tuple(COLUMN)
#: Roles by which DaCHS asks: of TAP's users, sync and async, and of all its other pages.
ROLES = ("untrusted", "gavo")
ATTACKS = {
    "all": "SELECT COUNT(*) AS n FROM {table}",
    "names": "SELECT {column}, COUNT(*) AS n FROM {table} GROUP BY {column} ORDER BY {column}",
    "extremes": "SELECT MIN({column}) AS a, MAX({column}) AS b FROM {table}",
    "by name": f"SELECT * FROM {{table}} WHERE {{column}} >= '{SECRET}'",
    "like": f"SELECT * FROM {{table}} WHERE {{column}} LIKE '{SECRET}%'",
    "a cast that cannot be": "SELECT {column} FROM {table} WHERE {column} LIKE"
    f" '{SECRET}%' AND CAST({{column}} AS INTEGER) = 1",
    "not in": f"SELECT COUNT(*) AS n FROM {{table}} WHERE {{column}} NOT IN ('{SECRET}', 'x')",
    "itself": "SELECT COUNT(*) AS n FROM {table} AS a, {table} AS b WHERE a.{column} = b.{column}"
    f" AND a.{{column}} >= '{SECRET}'",
}
JOINS = (
    "SELECT COUNT(*) AS n FROM cta.observation AS o LEFT JOIN cta.vo_obscore AS v"
    " ON o.obs_publisher_did = v.obs_publisher_did WHERE v.obs_id IS NULL",
    "SELECT COUNT(*) AS n FROM cta.vo_obscore NATURAL JOIN ivoa.obscore",
    "SELECT COUNT(*) AS n FROM cta.gti JOIN cta.product USING (obs_collection, obs_id)",
    f"SELECT target_name FROM cta.vo_obscore WHERE EXISTS (SELECT 1 FROM cta.gti WHERE"
    f" cta.gti.obs_publisher_did LIKE '%{SECRET}%')",
    "SELECT COUNT(*) AS n FROM cta.vo_obscore AS v WHERE 1 = INTERSECTS(v.s_region,"
    " CIRCLE('ICRS', 83.63, 22.01, 5)) AND CAST(target_name AS INTEGER) <> 1"
    f" AND obs_id LIKE '{SECRET}%'",
    f"SELECT obs_id FROM ivoa.obscore WHERE 1 = CONTAINS(POINT('ICRS', s_ra, s_dec),"
    f" CIRCLE('ICRS', 83.63, 22.01, 5)) AND obs_id LIKE '{SECRET}%'",
    "SELECT v.obs_id FROM ivoa.obscore AS v JOIN cta.proposal AS p ON p.proposal_id = v.obs_id"
    " OR p.proposal_title LIKE 'zz%'",
    "SELECT obs_collection FROM cta.proposal UNION SELECT site FROM cta.site"
    f" WHERE site >= '{SITE}'",
    "SELECT COUNT(*) AS n FROM cta.product LEFT JOIN datalink.response ON obs_publisher_did = id"
    " WHERE id IS NULL AND kind = 'events'",
    "SELECT access_url FROM datalink.response WHERE CAST(access_url AS INTEGER) = 1"
    f" AND access_url LIKE '%{SECRET}%'",
    f"SELECT id FROM datalink.response WHERE content_length * 1.0e308 > 1 AND id LIKE '%{SECRET}%'",
)
#: Cheaper to evaluate than whether a row is hidden: behind a plain condition these would tell by
#: an error whether a hidden value exceeds a limit.
OVERFLOWS = tuple(
    f"SELECT obs_id FROM {table} WHERE {column} * 1.0e308 > 1 AND obs_id LIKE '{SECRET}%'"
    for table, column in {
        "cta.vo_obscore": "t_exptime", "ivoa.obscore": "t_exptime", "cta.observation": "livetime",
        "cta.obs_config": "ra_pnt", "cta.gti": "t_start", "ivoa.response_psf": "resp_t_min",
    }.items()
)  # fmt: skip


def attack_on(table: str, attack: str) -> str:
    """Return the query of an attack, by its name, on a table."""
    return ATTACKS[attack].format(table=table, column=COLUMN[table])


ON_TABLES = [attack_on(table, attack) for table in TABLES for attack in ATTACKS]


def sync(archive: LiveArchive, query: str, **more: str) -> str:
    """Return what TAP answers a query with, as text."""
    words = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": query, **more}
    return requests.post(f"{archive.url}/tap/sync", words, timeout=60).text


def as_role(archive: LiveArchive, role: str, queries: Iterable[str]) -> dict[object, Any]:
    """Return what a role of DaCHS's sees, or is told, by query."""
    found: dict[object, Any] = {}
    with archive.connect(role) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for query in queries:
            try:
                cursor.execute(query)
                found[role, query] = cursor.fetchall()
            except psycopg2.Error as error:
                found[role, query] = str(error)
    return found


def answers(archive: LiveArchive) -> dict[object, Any]:
    """Return what all attacks bring."""
    queries = (*ON_TABLES, *JOINS, *OVERFLOWS)
    found: dict[object, Any] = {query: sync(archive, query) for query in queries}
    for role in ROLES:
        found |= as_role(archive, role, ON_TABLES)
    return found


def did(collection: str, obs_id: str) -> str:
    """Return the identifier of a run's event list."""
    return f"ivo://cta-demo.unregistered/~?cta/{collection}/{obs_id}/events"


def links(archive: LiveArchive, collection: str, obs_id: str) -> str:
    """Return what the links service answers about a run."""
    answer = requests.get(
        f"{archive.url}/cta/dl/links/dlmeta", params={"ID": did(collection, obs_id)}, timeout=30
    )
    return answer.text


def file_of(
    archive: LiveArchive, key: tuple[str, str], method: str = "GET", name: str = "", **headers: str
) -> requests.Response:
    """Ask for the file of a hidden run, or for another one of its names."""
    number = HiddenRuns.KEYS.index(key) + 1
    path = f"/dl3/{key[0]}/{key[1]}/{name or f'{SECRET}-{number}.fits.gz'}"
    return requests.request(method, archive.url + path, headers=headers, timeout=30)


def seen(archive: LiveArchive) -> set[str]:
    """Return the tables in which the hidden names show."""
    return {table for table in TABLES if SECRET in sync(archive, attack_on(table, "by name"))}

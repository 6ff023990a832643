"""Queries that are nested deeply: they are answered, or a sentence says why not."""

from __future__ import annotations

import json

import pytest
import requests

from service.livearchive import wait_until
from service.people import NOBODY
from service.test_tap_abuse import ask, error
from service.uwsjobs import PACKAGES, QUERIES, Job

TOO_DEEP = "nested too deeply"
COLUMN = "obs_publisher_did"


def parentheses(levels):
    return f"SELECT TOP 1 {'(' * levels}1{')' * levels} AS a FROM cta.vo_obscore"


def subqueries(levels):
    """Return a query whose rows come from as many subqueries within each other."""
    query = f"SELECT {COLUMN} FROM cta.vo_obscore WHERE obs_id = '101001'"
    for _ in range(levels):
        query = f"SELECT t.{COLUMN} FROM ({query}) AS t"
    return query


def conditions(levels):
    """Return the same with as many subqueries in conditions."""
    query = f"SELECT {COLUMN} FROM cta.vo_obscore WHERE obs_id = '101001'"
    for _ in range(levels):
        query = f"SELECT {COLUMN} FROM cta.vo_obscore WHERE {COLUMN} IN ({query})"
    return query


#: As people and programs write them, and as only those do who mean harm.
DEEP = {
    "parentheses": parentheses(50),
    "subqueries": subqueries(60),
    "conditions": conditions(12),
    "casts": f"SELECT TOP 1 {'CAST(' * 12}1{' AS INTEGER)' * 12} AS a FROM cta.vo_obscore",
}
DEEPER = {
    "parentheses": parentheses(5000),
    "functions": f"SELECT TOP 1 {'ABS(' * 5000}1{')' * 5000} AS a FROM cta.vo_obscore",
    "joins": f"SELECT 1 AS a FROM {'(' * 900}cta.site{')' * 900}",
    "subqueries": subqueries(600),
    "conditions": conditions(600),
}


@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_what_is_nested_is_answered(archive, query):
    answer = ask(archive, query, FORMAT="csv")
    assert answer.status_code == 200
    header, value = answer.text.split()
    assert (header, value) == ("a", "1") or header == COLUMN


@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_a_job_answers_what_is_nested(archive, query):
    job = Job(archive, NOBODY, QUERIES, LANG="ADQL", FORMAT="csv", QUERY=query)
    wait_until(job.finished, 120, "the job ends")
    assert job.phase == "COMPLETED"
    job.delete()


@pytest.mark.parametrize("query", DEEPER.values(), ids=DEEPER)
def test_what_is_nested_too_deeply_is_refused_in_a_sentence(archive, query):
    said = error(ask(archive, query))
    assert TOO_DEEP in said or "Could not parse" in said
    assert "recursion" not in said
    form = {"__nevow_form__": "genForm", "query": query, "_FORMAT": "HTML"}
    page = requests.post(f"{archive.url}/__system__/adql/query/form", form, timeout=60)
    assert "recursion" not in page.text
    packed = requests.post(
        f"{archive.url}/cta/dl/package/custom", {"LANG": "ADQL", "QUERY": query}, timeout=60
    )
    assert packed.status_code == 400
    assert "recursion" not in packed.text


@pytest.mark.parametrize("service", [QUERIES, PACKAGES])
def test_a_job_says_so_too(archive, service):
    given = {"LANG": "ADQL"} if service == QUERIES else {}
    said = Job(archive, NOBODY, service, QUERY=DEEPER["subqueries"], **given).failure()
    assert TOO_DEEP in said


def test_a_cone_is_no_place_for_parentheses(archive):
    deep = "(" * 5000 + "1" + ")" * 5000
    answer = requests.get(
        f"{archive.url}/cta/q/cone/scs.xml", {"RA": deep, "DEC": "1", "SR": "1"}, timeout=60
    )
    assert "recursion" not in answer.text


#: What DaCHS makes of queries before subqueries are read once, and then.
SAME = """
import json, sys
from gavo import base, rscdesc
from gavo.protocols import adqlglue
from iact.dachs import nesting

def sql(query):
    made, table = adqlglue.morphADQL(query)
    tables = sorted(str(item) for item in table.iterMeta("_queryStatus"))
    columns = [(column.name, column.type, column.unit) for column in table.tableDef.columns]
    return made, columns, tables

queries = json.loads(sys.argv[1])
before = [sql(query) for query in queries]
assert nesting.install()
for query, was in zip(queries, before):
    assert sql(query) == was, (query, was, sql(query))
print(len(before))
"""
QUERIES_OF_ALL_KINDS = [
    "SELECT TOP 3 obs_id FROM cta.vo_obscore",
    "SELECT * FROM cta.vo_obscore",
    subqueries(3),
    conditions(3),
    "SELECT a.obs_id, g.* FROM cta.vo_obscore AS a JOIN cta.gti AS g"
    " ON a.obs_publisher_did = g.obs_publisher_did",
    "SELECT * FROM cta.gti NATURAL JOIN cta.observation",
    "SELECT s.site, o.obs_id FROM cta.site AS s, cta.observation AS o WHERE o.obs_id = s.site",
    "SELECT * FROM (SELECT obs_id FROM cta.vo_obscore) AS a JOIN (SELECT obs_id FROM cta.gti) AS b"
    " USING (obs_id)",
    "SELECT x.obs_id FROM (SELECT obs_id FROM cta.vo_obscore WHERE 1 = CONTAINS(POINT('ICRS',"
    " s_ra, s_dec), CIRCLE('ICRS', 83.6, 22, 1))) AS x",
    "SELECT obs_id FROM cta.vo_obscore WHERE 1 = INTERSECTS(s_region, CIRCLE('', 83, 22, 1))",
    "SELECT TOP 5 obs_id, DISTANCE(POINT('', s_ra, s_dec), POINT('', 83, 22)) AS d"
    " FROM cta.vo_obscore ORDER BY d",
    "SELECT obs_id FROM cta.vo_obscore UNION SELECT obs_id FROM cta.gti",
    "WITH w AS (SELECT obs_id FROM cta.vo_obscore) SELECT w.obs_id FROM w",
    "SELECT a.site FROM cta.site AS a LEFT OUTER JOIN (cta.site AS b JOIN cta.site AS c"
    " ON b.site = c.site) ON a.site = b.site",
    "SELECT CAST(CAST(s_ra AS INTEGER) AS VARCHAR(8)) AS x FROM cta.vo_obscore",
    "SELECT AREA(CIRCLE('', s_ra, s_dec, ABS(s_fov))) AS x FROM cta.vo_obscore",
    "SELECT AREA(BOX('', s_ra, s_dec, 1, 1)) AS x FROM cta.vo_obscore",
    "SELECT obs_id FROM cta.vo_obscore WHERE 1 = CONTAINS(POINT(s_ra, s_dec), POLYGON(82, 21,"
    " 84, 21, 83, 23)) AND NOT (s_ra BETWEEN 1 AND 2 OR obs_id LIKE 'a%')",
    "SELECT COALESCE(s_ra, COALESCE(s_dec, 1)) AS x, CASE WHEN s_ra > 1 THEN 1 ELSE 2 END AS y"
    " FROM cta.vo_obscore",
    "SELECT ROUND(SQRT(MAX(s_ra)), 2) AS x, COUNT(*) AS n FROM cta.vo_obscore GROUP BY obs_id"
    " HAVING COUNT(*) > 0",
]


def test_what_dachs_makes_of_queries_is_the_same(archive):
    texts = json.dumps(QUERIES_OF_ALL_KINDS)
    assert archive.gavo_python(SAME, texts).strip() == str(len(QUERIES_OF_ALL_KINDS))


#: How many nodes are gone through for a query, so that no clock has to be looked at.
STEPS = """
import json, sys
from gavo import base, rscdesc
from gavo.adql import fieldinfos, morphhelpers
from gavo.protocols import adqlglue
from iact.dachs import nesting

steps = 0

def counted(function):
    def call(*args):
        global steps
        steps += 1
        return function(*args)
    return call

for owner, name in ((morphhelpers.Morpher, "_traverse"), (fieldinfos, "_annotateNodeRecurse")):
    setattr(owner, name, counted(getattr(owner, name)))
nesting.install()
adqlglue.morphADQL(json.loads(sys.argv[1]))
print(steps)
"""
NESTED = {
    "casts": ("CAST(", " AS INTEGER)"),
    "circles": ("AREA(CIRCLE(1, 1, ", "))"),
    "points": ("CONTAINS(POINT(1, ", "), CIRCLE(1, 1, 1))"),
    "boxes": ("AREA(BOX(1, 1, 1, ", "))"),
}


@pytest.mark.parametrize(("begin", "end"), NESTED.values(), ids=NESTED)
def test_each_level_of_functions_takes_as_long_as_the_one_in_it(archive, begin, end):
    def steps(levels):
        query = f"SELECT {begin * levels}1{end * levels} AS x FROM tap_schema.tables"
        return int(archive.gavo_python(STEPS, json.dumps(query)))

    few = steps(1)
    assert steps(4) - few <= 4 * (steps(2) - few)


#: Each level has the one in it four times, in DaCHS's SQL.
LONG_IN_SQL = {
    "boxes": f"SELECT TOP 1 {'AREA(BOX(1, 1, 1, ' * 9}1{'))' * 9} AS a FROM cta.site",
    "intervals": f"SELECT TOP 1 {'ivo_interval_overlaps(1, 2, 3, ' * 17}1{')' * 17} AS a"
    " FROM cta.site",
}


@pytest.mark.parametrize("query", LONG_IN_SQL.values(), ids=LONG_IN_SQL)
def test_a_short_query_does_not_become_much_sql(archive, query):
    said = error(ask(archive, query))
    assert "characters of SQL" in said or "would need more than" in said
    packed = requests.post(
        f"{archive.url}/cta/dl/package/custom", {"LANG": "ADQL", "QUERY": query}, timeout=60
    )
    assert packed.status_code == 400


def test_nor_does_a_job_s(archive):
    job = Job(archive, NOBODY, QUERIES, LANG="ADQL", QUERY=LONG_IN_SQL["boxes"])
    assert "characters of SQL" in job.failure()

"""Rows come a few at a time where they are large, and the server's memory has a limit."""

import json
from pathlib import Path

import pytest
import requests

from iact.operate import process
from service.test_tap_abuse import memory

#: Runs where DaCHS is: how many rows are asked for at once, of rows with a text of some length in
#: all, or in all but every 16th.
FETCH = """
import json, sys
from iact.dachs import rowfetching

length, rows, foreseen = map(int, sys.argv[1:])

class Cursor:
    given, asked, largest = 0, [], 0
    def fetchmany(self, number):
        self.asked.append(number)
        numbers = range(self.given, min(self.given + number, rows))
        self.given += len(numbers)
        texts = ["" if foreseen and not n % 16 else LARGE for n in numbers]
        self.largest = max(self.largest, sum(map(len, texts)))
        return [(text, 1.0) for text in texts]

LARGE = memoryview(b"x" * length) if foreseen else "x" * length
cursor = Cursor()
assert len(list(rowfetching._fetched(cursor))) == rows
print(json.dumps([cursor.asked, cursor.largest]))
"""


def asked(archive, length, rows):
    return json.loads(archive.gavo_python(FETCH, str(length), str(rows), "0"))[0]


def test_small_rows_come_by_thousands(archive):
    found = asked(archive, 10, 10_000)
    assert (found[:6], max(found)) == ([4, 16, 64, 256, 1024, 4096], 4096)


def test_large_rows_come_one_at_a_time(archive):
    assert set(asked(archive, 20_000_000, 10)[1:]) == {1}


def test_no_row_comes_twice_or_not_at_all(archive):
    # Some thousands of rows, of archives of any size.
    few = "(SELECT TOP 100 obs_id FROM cta.gti)"
    cross = f"{few} AS a, {few} AS b"
    for query in (
        f"SELECT TOP 5000 a.obs_id AS x, b.obs_id AS y FROM {cross}",
        f"SELECT TOP 300 a.obs_id, COUNT(*) AS n FROM {cross} GROUP BY a.obs_id",
        "SELECT TOP 7 obs_id FROM ivoa.obscore",
    ):
        answer = requests.get(
            f"{archive.url}/tap/sync",
            params={"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", "MAXREC": 100_000},
            timeout=60,
        )
        found = answer.text.splitlines()[1:]
        counted = archive.scalar(f"SELECT COUNT(*) AS n FROM ({query}) AS q")
        assert len(found) == counted, query


def test_rows_that_are_empty_where_one_would_look_come_as_sparingly(archive):
    _, largest = json.loads(archive.gavo_python(FETCH, str(10**6), "6000", "1"))
    # A batch may be unlucky, the next is not.
    assert largest < 10**9


#: Runs where DaCHS is: whether the rows of queries come at once.
CHOICE = """
import sys
from unittest import mock
from gavo import base
from iact.dachs import rowfetching

most, columns, *queries = sys.argv[1:]
with base.getWritableTableConn() as connection:
    for query in queries:
        table = mock.Mock(query=query, connection=connection)
        table.tableDef.columns = [None] * int(columns)
        print(rowfetching._name_of_cursor(table, int(most)) == ())
    connection.execute("CREATE TEMP TABLE mine (a text)")
    print(rowfetching._name_of_cursor(table, int(most)) == ())
"""
GROUPED = "SELECT a, count(*) FROM b GROUP BY a"


def come_at_once(archive, most, columns, *queries):
    found = archive.gavo_python(CHOICE, str(most), str(columns), *queries).split()
    return [answer == "True" for answer in found]


def test_few_rows_of_grouped_queries_come_at_once(archive):
    # PostgreSQL works in parallel for them; but not those of queries with tables of clients' own.
    assert come_at_once(archive, 20_000, 5, GROUPED) == [True, False]


def test_many_values_do_not_come_at_once(archive):
    assert come_at_once(archive, 20_000, 1000, GROUPED) == [False, False]
    assert come_at_once(archive, 2_000_000, 5, GROUPED) == [False, False]


def test_values_that_a_query_makes_large_do_not_come_at_once(archive):
    made = ("a || a AS my_group", "STRING_AGG(a, ',') AS group_", "REPEAT(a, 9) AS a_group")
    queries = [f"SELECT {value} FROM b" for value in made]
    assert come_at_once(archive, 2000, 1, *queries) == [False] * 4


def texts(length, name):
    """Return a query for 1,200 rows with a text of some length each."""
    query = "SELECT 'abcdefgh' AS a FROM tap_schema.columns AS c, tap_schema.columns AS d"
    while length > 8:
        query, length = (
            f"SELECT a || a || a || a || a AS a FROM ({query}) AS t{length}",
            length // 5,
        )
    return f"SELECT TOP 1200 a AS {name} FROM ({query}) AS q"


@pytest.mark.parametrize("name", ["plain", "my_group"])
def test_large_texts_do_not_fill_the_servers_memory(archive, name):
    pid = process.read_pid(archive.var / "run" / "server.pid")
    # From now on the most that it has counts anew.
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    before = memory(archive)
    form = {"LANG": "ADQL", "QUERY": texts(100_000, name), "FORMAT": "csv"}
    answer = requests.post(f"{archive.url}/tap/sync", form, stream=True, timeout=120)
    assert sum(map(len, answer.iter_content(10**6))) > 120 * 10**6
    assert memory(archive) - before < 60 * 10**6


def test_rows_of_jobs_come_a_few_at_a_time_too(archive):
    program = (
        "from unittest import mock\n"
        "from gavo.rsc import qtable\n"
        "from iact.dachs import jobprocess\n"
        "with mock.patch('gavo.user.cli.main'): jobprocess.main()\n"
        "print(qtable.QueryTable.__iter__.__module__)\n"
    )
    assert archive.gavo_python(program).strip() == "iact.dachs.rowfetching"


def test_a_query_that_doubles_its_texts_leaves_others_well(archive):
    doubled = "SELECT obs_publisher_did AS a FROM cta.vo_obscore"
    for number in range(7):
        doubled = f"SELECT {'||'.join('a' * 8)} AS a FROM ({doubled}) AS t{number}"
    answer = requests.get(
        f"{archive.url}/tap/sync", params={"LANG": "ADQL", "QUERY": doubled}, timeout=120
    )
    assert 'value="ERROR"' in answer.text
    answer = requests.get(
        f"{archive.url}/tap/sync",
        params={"LANG": "ADQL", "QUERY": "SELECT TOP 1 obs_id FROM cta.gti", "FORMAT": "csv"},
        timeout=60,
    )
    assert answer.text.splitlines()[0] == "obs_id" and len(answer.text.splitlines()) == 2
    pid = (archive.var / "pg" / "postmaster.pid").read_text().split()[0]
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("Max data size"))
    assert int(line.split()[3]) == 1024**3

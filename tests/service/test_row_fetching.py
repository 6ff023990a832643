"""Rows come a few at a time where they are large, and the server's memory has a limit."""

import contextlib
import json
from pathlib import Path

import requests

#: Runs where DaCHS is: how many rows are asked for at once, of rows with a text of some length.
FETCH = """
import json, sys
from iact.dachs import rowfetching

class Cursor:
    def __init__(self, length, rows):
        self.row, self.left, self.asked = ("x" * length, 1.0), rows, []
    def fetchmany(self, number):
        self.asked.append(number)
        given = min(number, self.left)
        self.left -= given
        return [self.row] * given

cursor = Cursor(*map(int, sys.argv[1:]))
assert len(list(rowfetching._fetched(cursor))) == int(sys.argv[2])
print(json.dumps(cursor.asked))
"""


def asked(archive, length, rows):
    return json.loads(archive.gavo_python(FETCH, str(length), str(rows)))


def test_small_rows_come_by_thousands(archive):
    found = asked(archive, 10, 10_000)
    assert (found[:6], max(found)) == ([4, 16, 64, 256, 1024, 4096], 4096)


def test_large_rows_come_one_at_a_time(archive):
    assert set(asked(archive, 20_000_000, 10)[1:]) == {1}


def test_no_row_comes_twice_or_not_at_all(archive):
    cross = "cta.gti AS a, cta.gti AS b"
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


def test_a_query_that_doubles_its_texts_leaves_others_well(archive):
    doubled = "SELECT obs_publisher_did AS a FROM cta.vo_obscore"
    for number in range(7):
        doubled = f"SELECT {'||'.join('a' * 8)} AS a FROM ({doubled}) AS t{number}"
    # Whoever hangs up ends the query.
    with contextlib.suppress(requests.Timeout):
        requests.get(
            f"{archive.url}/tap/sync", params={"LANG": "ADQL", "QUERY": doubled}, timeout=20
        )
    assert archive.scalar("SELECT COUNT(*) AS n FROM cta.vo_obscore") > 0
    pid = (archive.var / "pg" / "postmaster.pid").read_text().split()[0]
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("Max data size"))
    assert int(line.split()[3]) == 1024**3

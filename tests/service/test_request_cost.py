"""What spares DaCHS work changes no answer: with it, and without it, the same requests."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from service.secondserver import serving

CONE = (
    "SELECT obs_id, s_ra, s_dec, t_min FROM ivoa.obscore WHERE"
    " 1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', 83.63, 22.01, 2)) ORDER BY obs_id"
)
GOOD = [
    {"QUERY": "SELECT TOP 3 table_name FROM tap_schema.tables ORDER BY table_name"},
    {"QUERY": CONE},
    {"QUERY": CONE, "FORMAT": "csv"},
    {"QUERY": CONE, "RESPONSEFORMAT": "json"},
    {"QUERY": CONE, "FORMAT": "votable/td"},
    # One row less than there are: an overflow.
    {"QUERY": CONE, "MAXREC": "2"},
    {"QUERY": CONE, "MAXREC": "0"},
    {"QUERY": "SELECT obs_collection, COUNT(*) AS n FROM cta.vo_obscore GROUP BY obs_collection"},
    {"QUERY": "SELECT obs_id FROM cta.vo_obscore WHERE obs_id = 'none of them'"},
]
BAD = [
    {"QUERY": "SELECT obs_id FROM ivoa.obscore WHERE"},
    {"QUERY": "SELECT nothing FROM ivoa.obscore"},
    {"QUERY": "SELECT 1 FROM no.table"},
    {"QUERY": "SELECT 1 / (s_ra - s_ra) FROM ivoa.obscore"},
    {"QUERY": "DROP TABLE cta.gti"},
    {"QUERY": CONE, "MAXREC": "many"},
    {"QUERY": CONE, "FORMAT": "stone tablet"},
    {"QUERY": CONE, "LANG": "Latin"},
    {"QUERY": CONE, "UPLOAD": "mine,param:missing"},
    {"QUERY": ""},
    {},
]
#: A server with this gives a query two seconds.
HASTY = "defaultExecTimeSync: 2\n"
#: Parsed with the stock parser's memory and with ours.
TEXTS = [
    *(words["QUERY"] for words in [*GOOD, *BAD] if "QUERY" in words),
    "SELECT ((s_ra+1)*(2-(s_dec/3))) AS x FROM ivoa.obscore WHERE ((t_min+1)*2 > ((3)))",
    "SELECT * FROM ivoa.obscore WHERE (t_min>1 OR (t_max<2 AND (em_min>1 OR em_max<2)))"
    " AND (obs_id='a' OR target_name LIKE 'b%' OR NOT (obs_id IN ('a', 'b', 'c')))",
    "SELECT o.obs_id FROM cta.vo_obscore AS o WHERE EXISTS (SELECT 1 FROM cta.gti AS g"
    " WHERE g.obs_id=o.obs_id AND g.t_start<55000.5 AND g.t_stop>-2.5E3)",
    "SELECT TOP 5 a.obs_id, UPPER(b.target_name) FROM ivoa.obscore AS a JOIN cta.vo_obscore AS b"
    " USING (obs_publisher_did) WHERE a.t_min BETWEEN 1 AND 2 ORDER BY obs_id DESC",
    "SELECT * FROM (SELECT obs_id, MAX(t_max) AS m FROM ivoa.obscore GROUP BY obs_id) AS q"
    " NATURAL JOIN ivoa.obscore WHERE 1=INTERSECTS(s_region, POLYGON('ICRS', 1,2, 3,4, 5,6))",
    "SELECT obs_id FROM ivoa.obscore WHERE t_min IN (SELECT t_min FROM ivoa.obscore WHERE (",
]
PARSE = """
import json, re, sys
from gavo import adql, rscdesc
from iact.dachs import parsing

def outcome(text):
    try:
        # Columns without a name get one that follows from an address in memory.
        return re.sub(r"'derivedColumn', '\\w+'", "", repr(adql.parseToTree(text).asTree()))
    except (adql.ParseException, adql.ParseSyntaxException) as error:
        return f"{type(error).__name__} {error} {error.loc}"

texts = json.loads(sys.argv[1])
before = [outcome(text) for text in texts]
assert parsing.remember_outcomes()
# Twice, for what one text leaves must not matter to another.
assert [outcome(text) for text in texts] == before
assert [outcome(text) for text in reversed(texts)] == before[::-1]
print(sum(text.startswith("Parse") for text in before), len(before))
"""
UNKNOWN = """
import contextlib, dataclasses, sys
from gavo import rscdesc
from gavo.protocols import tap
from iact.dachs import parsing, syncqueries

stock = parsing._Element._parse, tap.TAPCore.run
for adapter, code in (
    (parsing, "gavo.utils.parsetricks:ParserElement._parseCache"),
    (syncqueries, "gavo.protocols.tap:TAPCore.run"),
):
    adapter.KNOWN = dataclasses.replace(adapter.KNOWN, code={code: {"another"}})
with contextlib.redirect_stderr(sys.stdout):
    assert not parsing.remember_outcomes() and not syncqueries.keep_no_jobs()
assert stock == (parsing._Element._parse, tap.TAPCore.run)
"""


@pytest.fixture(scope="module")
def stock(archive, tmp_path_factory):
    """DaCHS's own code."""
    with serving(archive, tmp_path_factory.mktemp("stock"), CTA_STOCK_QUERIES="1") as url:
        yield url


def ask(url, words):
    answer = requests.post(f"{url}/tap/sync", {"LANG": "ADQL"} | words, timeout=60)
    # The time of the answer is another one.
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.0-9]*Z?", "", answer.text)
    return answer.status_code, answer.headers["content-type"], text


@dataclass
class Slow:
    """What came of a query that takes too long: answers, and the jobs meanwhile."""

    answer: tuple[int, str, str]
    next_answer: tuple[int, str, str]
    jobs: int


def count_jobs(archive):
    return archive.sql("SELECT count(*) FROM tap_schema.tapjobs")[0][0]


@pytest.fixture(scope="module")
def slow(archive, tmp_path_factory):
    """Ask for too much of our server, and of DaCHS's own code."""
    tables = ", ".join(f"cta.gti AS {name}" for name in ("a1", "a2", "a3", "a4", "a5", "a6"))
    words = {"QUERY": f"SELECT COUNT(*) AS number FROM {tables}"}
    found = []
    for name, variables in (("ours", {}), ("theirs", {"CTA_STOCK_QUERIES": "1"})):
        with serving(archive, tmp_path_factory.mktemp(name), HASTY, **variables) as url:
            before, most = count_jobs(archive), 0
            with ThreadPoolExecutor() as pool:
                asked = pool.submit(ask, url, words)
                while not asked.done():
                    most = max(most, count_jobs(archive) - before)
                    time.sleep(0.05)
            found.append(Slow(asked.result(), ask(url, GOOD[1]), most))
    return found


def backends(archive):
    return archive.sql(
        "SELECT pid, state FROM pg_stat_activity WHERE usename = 'untrusted' ORDER BY pid"
    )


def cut_connections(archive):
    """End what TAP's queries use: connections of ours, and those that stock DaCHS forgot."""
    archive.sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'untrusted'"
    )


@pytest.mark.parametrize("words", GOOD, ids=lambda words: " ".join(words.values())[:40])
def test_answers_are_those_of_stock_dachs(archive, stock, words):
    status, media_type, text = ask(archive.url, words)
    assert (status, media_type, text) == ask(stock, words)
    assert status == 200 and 'value="ERROR"' not in text


@pytest.mark.parametrize("words", BAD, ids=lambda words: " ".join(words.values())[:40])
def test_errors_are_those_of_stock_dachs(archive, stock, words):
    status, media_type, text = ask(archive.url, words)
    assert (status, media_type, text) == ask(stock, words)
    assert 'value="ERROR"' in text


def test_a_query_ends_when_its_time_is_over_as_with_stock_dachs(slow):
    ours, theirs = slow
    assert ours.answer == theirs.answer
    assert 'value="ERROR"' in ours.answer[2] and "timed out" in ours.answer[2]
    # The connection, used again, is as good as before.
    assert "ERROR" not in ours.next_answer[2]


def test_a_synchronous_query_is_no_job_as_it_is_with_stock_dachs(slow):
    ours, theirs = slow
    assert ours.jobs == 0
    assert theirs.jobs == 1


def test_a_query_that_dachs_has_for_its_own_tests_does_not_hang(archive):
    assert 'value="ERROR"' in ask(archive.url, {"QUERY": "JUST HANG around"})[2]


def test_asynchronous_jobs_are_kept(archive):
    job = archive.tap.submit_job(CONE)
    try:
        job.run().wait(timeout=60)
        assert job.phase == "COMPLETED"
        # For who knows its name; lists have the jobs of users only.
        assert job.job_id in requests.get(job.url, timeout=30).text
        assert list(job.fetch_result()["obs_id"]) == list(archive.tap.run_sync(CONE)["obs_id"])
    finally:
        job.delete()


def test_connections_are_used_again_and_are_at_rest_meanwhile(archive):
    cut_connections(archive)
    ask(archive.url, GOOD[0])
    before = backends(archive)
    for _ in range(5):
        ask(archive.url, GOOD[1])
        ask(archive.url, BAD[0])
        ask(archive.url, BAD[3])
    assert backends(archive) == before
    assert [state for _, state in before] == ["idle"]


def test_a_connection_that_was_cut_is_not_used_again(archive):
    ask(archive.url, GOOD[0])
    archive.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'untrusted'"
    )
    status, _, text = ask(archive.url, GOOD[2])
    assert status == 200 and text.startswith("obs_id")


def test_the_parser_understands_the_same(archive):
    bad, all_of_them = map(int, archive.gavo_python(PARSE, json.dumps(TEXTS)).split())
    assert 0 < bad < all_of_them == len(TEXTS)


def test_code_of_dachs_that_is_not_known_is_left_alone(archive):
    said = archive.gavo_python(UNKNOWN).splitlines()
    assert len(said) == 2
    assert "ParserElement._parseCache" in said[0] and "TAPCore.run" in said[1]
    assert all("take longer" in line for line in said)

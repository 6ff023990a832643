"""Queries that are long to read: the server ends them, and goes on for all others meanwhile."""

from __future__ import annotations

import contextlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from service.livearchive import wait_until
from service.test_tap_abuse import (  # noqa: F401
    Unwanted,
    a_moment,
    ask,
    error,
    sessions,
    usual,
)

START = "SELECT obs_id FROM cta.vo_obscore WHERE "
#: Parsing this takes the longest for its length: a minute and more.
LONG = START + " OR ".join(["obs_id='0'"] * 4_000)
#: As iact.dachs.effort has it, and what a server needs besides.
SECONDS = 4.0
WHILE = 3 * SECONDS


#: What parsing takes long for beside lists.
POLYGON = (
    f"{START} 1 = CONTAINS(POINT('', s_ra, s_dec),"
    f" POLYGON('', {', '.join(['1,2', '3,4', '5,6', '7,8'] * 3_000)}))"
)


def joined(tables):
    """Return a query that joins a small table with itself."""
    more = (f"JOIN cta.site AS t{n} ON t0.site = t{n}.site" for n in range(1, tables))
    return f"SELECT COUNT(*) AS n FROM cta.site AS t0 {' '.join(more)}"


def doubled(times):
    """Return a short query whose columns are twice as many at each level."""
    query = "SELECT 1 AS a FROM cta.site"
    for _ in range(times):
        query = f"SELECT t.*, t.* FROM ({query}) AS t"
    return query


def listed(values):
    return f"{START} obs_publisher_did IN ({', '.join(repr(value) for value in values)})"


@pytest.fixture(scope="module")
def dids(archive):
    """Identifiers of a thousand datasets, three of which there are."""
    rows = archive.rows(
        "SELECT TOP 3 obs_publisher_did FROM cta.vo_obscore WHERE obs_collection = 'SIM-CTAO-N'"
        " ORDER BY obs_id"
    )
    found = [row["obs_publisher_did"] for row in rows]
    return found + [f"{found[0]}-{number}" for number in range(997)]


def test_a_list_of_a_thousand_datasets_is_taken(archive, dids):
    assert len(ask(archive, listed(dids), FORMAT="csv").text.split()) == 1 + 3


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (LONG, "would need more than"),
        (START + f"obs_id = '{'x' * 100_000}'", "100,000 are the most"),
        (doubled(12), "1,664 columns at most"),
        (f"SELECT {', '.join(['o.*'] * 1_000)} FROM cta.vo_obscore AS o", "1,664 columns at most"),
    ],
    ids=["conditions", "characters", "doubled columns", "columns"],
)
def test_what_takes_too_long_to_read_ends(archive, query, words):
    for path in ("/tap/sync", "/cta/dl/package/custom"):
        answer = requests.post(
            f"{archive.url}{path}", {"LANG": "ADQL", "QUERY": query}, timeout=4 * WHILE
        )
        if path == "/tap/sync":
            said = error(answer)
        else:
            assert answer.status_code == 400
            said = answer.text
        assert words in said
        assert ("asynchronous job" in said) == ("columns" not in words)


def test_the_form_for_queries_has_the_limit_too(archive):
    form = {"__nevow_form__": "genForm", "query": LONG, "_FORMAT": "HTML"}
    page = requests.post(f"{archive.url}/__system__/adql/query/form", form, timeout=4 * WHILE)
    assert "would need more than" in page.text


def test_a_job_has_no_such_limit(archive, dids):
    query = listed([*dids, "x" * 100_000])
    start = time.monotonic()
    job = archive.tap.submit_job(query)
    job.run()
    # It is parsed elsewhere.
    assert time.monotonic() - start < SECONDS
    try:
        assert len(job.wait(phases=["COMPLETED", "ERROR"], timeout=60).fetch_result()) == 3
    finally:
        job.delete()


def test_long_queries_hold_up_others_for_seconds_only(archive, usual):  # noqa: F811
    with ThreadPoolExecutor(12) as clients:
        asked = [clients.submit(ask, archive, LONG) for _ in range(12)]
        time.sleep(0.5)
        for _ in range(5):
            start = time.monotonic()
            requests.get(f"{archive.url}/tap/availability", timeout=30)
            assert time.monotonic() - start < usual
            # One may wait for a thread, and then for one parser.
            assert a_moment(archive) < WHILE + usual
        said = [error(answer.result()) for answer in asked]
    # All in turn would take a minute.
    assert any("Other long queries" in text or "make room" in text for text in said)
    assert a_moment(archive) < usual


@pytest.mark.parametrize("query", [LONG, POLYGON, joined(900)], ids=["list", "polygon", "joins"])
def test_short_queries_are_parsed_while_a_long_one_is(archive, query):
    with ThreadPoolExecutor(1) as client:
        long = client.submit(ask, archive, query)
        # It takes four seconds of a processor, a short one some hundredths.
        answered = 0
        while not long.done():
            a_moment(archive)
            answered += not long.done()
        # On a busy machine its time is over before its share of the processor.
        assert re.search("would need more than|make room", error(long.result()))
    assert answered


def test_many_joins_make_room_for_others(archive):
    with contextlib.ExitStack() as stack:
        # What PostgreSQL takes longer than its limit for.
        jam = [stack.enter_context(Unwanted(archive, joined(100))) for _ in range(12)]
        assert a_moment(archive) < 60
        for slow in jam:
            slow.connection.settimeout(0.01)
        waiting = []
        for slow in jam:
            try:
                assert b"QUERY_STATUS" in slow.connection.recv(2**16)
            except TimeoutError:
                waiting.append(slow)
        assert len(waiting) < 8
    wait_until(lambda: sessions(archive) == 0, 30, "no query")


#: The oldest query was told to end long ago and goes on; then it was told so a moment ago.
LOOK = """
import time
from iact.dachs import slowqueries

told = []
slowqueries._end_soon = lambda query, reason: told.append(query)
now = time.monotonic()
queries = [slowqueries.Query() for _ in range(4)]
for age, query in zip((90, 60, 30), queries):
    slowqueries._waiting.remove(query)
    slowqueries._running.append(query)
    query.begun = now - age
queries[0].end("Somebody else wanted its room.")
for ago in (60, 0):
    queries[0]._told = now - ago
    told.clear()
    slowqueries._look()
    print([queries.index(query) for query in told])
"""


def test_a_query_that_does_not_end_is_not_the_room_of_who_waits(archive):
    assert archive.gavo_python(LOOK).splitlines() == ["[1]", "[]"]

"""Files go in while users work."""

import os
import threading
import time

import pytest
import pyvo

from service.livearchive import wait_until
from service.simulatedruns import write_run

#: How long the user's query shall take, in s; the whole test is a little longer.
LONG = float(os.environ.get("CTA_LONG_QUERY", "25"))
NEW = range(920001, 920013)
SIDE_BY_SIDE = range(920201, 920221)


def crossed(archive, size):
    """A query that looks at size**5 combinations of rows, and their number."""
    some = f"(SELECT TOP {size} content_length AS n FROM cta.product)"
    tables = ", ".join(f"{some} AS {name}" for name in "abcde")
    return f"SELECT COUNT(*) AS n FROM {tables} WHERE a.n + b.n + c.n + d.n + e.n > 0", size**5


@pytest.fixture
def long_query(archive):
    """A query that takes about `LONG` seconds on this machine, and its answer."""
    query, number = crossed(archive, 26)
    start = time.monotonic()
    assert archive.scalar(query) == number
    rate = number / (time.monotonic() - start)
    return crossed(archive, round((rate * LONG) ** 0.2))


def test_ingestion_and_a_long_query_do_not_wait_for_each_other(archive, folder, long_query):
    query, number = long_query
    job = archive.tap.submit_job(query)
    job.execution_duration = 300
    answers = []
    try:
        start = time.monotonic()
        job.run()
        wait_until(lambda: job.phase == "EXECUTING", 15, "the job runs")
        wait_until(lambda: _is_working(archive), 15, "the database works on it")
        for obs_id in NEW:
            write_run(folder / f"{obs_id}.fits.gz", obs_id)
        ingestion = threading.Thread(target=lambda: answers.append(archive.cta("ingest", folder)))
        ingestion.start()
        queries = 0
        while ingestion.is_alive():
            # Other users' questions are answered meanwhile.
            assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore") >= 24
            assert archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore WHERE s_dec > 0") >= 8
            queries += 1
        assert answers[0].returncode == 0, answers[0].stderr
        ids = ", ".join(f"'{obs_id}'" for obs_id in NEW)
        new = archive.scalar(f"SELECT COUNT(*) FROM ivoa.obscore WHERE obs_id IN ({ids})")
        assert new == len(NEW)
        assert job.phase == "EXECUTING", f"over after {time.monotonic() - start:.1f} s"
        assert queries > 0
        job.wait(timeout=10 * LONG)
        assert job.phase == "COMPLETED"
        print(f"The long query took {time.monotonic() - start:.0f} s.")
        assert job.fetch_result()[0]["n"] == number
    finally:
        _end(archive)
        job.delete()


def test_dachs_imp_and_a_long_query_do_not_wait_for_each_other(archive, folder):
    archive.cta("ingest", folder)
    # It reads the tables that DaCHS imports into, and the view on them.
    query, _ = crossed(archive, 55)
    # To their ends: DaCHS's VACUUM after an import waits for whoever stays at a row.
    for table in ("ivoa.obscore", "cta.vo_obscore"):
        query += f" AND a.n NOT IN (SELECT calib_level - 9 FROM {table})"
    job = archive.tap.submit_job(query)
    try:
        job.run()
        wait_until(lambda: _is_working(archive), 15, "the database works on it")
        write_run(folder / "a.fits.gz", 920101)
        done = archive.cta("dachs", "imp", "cta/q")
        assert done.returncode == 0, done.stderr
        assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore WHERE obs_id = '920101'") == 1
        assert job.phase == "EXECUTING"
    finally:
        _end(archive)
        job.delete()


#: What DaCHS runs for users of TAP, while it runs.
ACTIVE = "FROM pg_stat_activity WHERE state = 'active' AND usename = 'untrusted'"


def _is_working(archive):
    return bool(archive.sql(f"SELECT 1 {ACTIVE}"))


def _end(archive):
    """End the query in the database too: DaCHS does not, when its job is deleted."""
    archive.sql(f"SELECT pg_terminate_backend(pid) {ACTIVE}")


def test_a_query_that_fails_is_an_error_and_leaves_the_server_well(archive):
    with pytest.raises(pyvo.dal.DALQueryError):
        archive.tap.search("SELECT none FROM cta.vo_obscore")
    assert archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore") >= 24


def test_an_import_by_dachs_and_one_by_the_operator_come_one_after_the_other(archive, folder):
    assert archive.cta("ingest", folder).returncode == 0
    for obs_id in SIDE_BY_SIDE:
        write_run(folder / f"{obs_id}.fits.gz", obs_id)
    answers = []
    threads = [
        threading.Thread(target=lambda words=words: answers.append(archive.cta(*words)))
        for words in (("dachs", "imp", "cta/q"), ("ingest", folder), ("dachs", "imp", "cta/q"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(threads)
    for done in answers:
        assert done.returncode == 0, done.stdout + done.stderr
    kinds = {line["class"] for line in archive.files(folder).values()}
    assert kinds == {"observation"}
    ids = ", ".join(f"'{obs_id}'" for obs_id in SIDE_BY_SIDE)
    number = archive.scalar(f"SELECT COUNT(*) FROM cta.vo_obscore WHERE obs_id IN ({ids})")
    assert number == len(SIDE_BY_SIDE)

"""Tables of jobs that somebody locks: what has nothing to do with jobs is answered meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from service.linkrequests import DID, PUBLIC
from service.livearchive import SUPERUSER, wait_until
from service.people import NOBODY
from service.uwsjobs import QUERIES, TABLES, Job

#: Runs for as long as the test wants.
ENDLESS = "SELECT COUNT(*) AS n FROM " + ", ".join(f"tap_schema.columns AS {a}" for a in "abcd")
PATHS = (
    "/robots.txt",
    f"/cta/dl/links/dlmeta?ID={DID.format(PUBLIC)}",
    f"/dl3/SIM-CTAO-N/{PUBLIC}/events.fits.gz",
    "/tap/availability",
)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"


@contextmanager
def locked(archive, table):
    """Lock a table as a schema change does, until the end."""
    with archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.fixture
def running(archive):
    """A query that runs: the server looks at its jobs twice a second."""
    job = Job(archive, NOBODY, QUERIES, LANG="ADQL", QUERY=ENDLESS)
    wait_until(lambda: job.phase == "EXECUTING", 60, "the job runs")
    yield job
    job.delete()


def answers(paths, url):
    """Have clients ask for something each; return what they are waited for with."""
    clients = ThreadPoolExecutor(len(paths))
    asked = [clients.submit(requests.get, url + path, timeout=120) for path in paths]
    clients.shutdown(wait=False)
    return asked


@pytest.mark.parametrize("table", TABLES.values())
def test_a_locked_table_of_jobs_holds_up_nothing_else(archive, running, table):
    (service,) = (service for service, its in TABLES.items() if its == table)
    with locked(archive, table):
        # Clients that want something of that table: jobs, one to its end, and lists.
        clients = answers(("/xyz/phase", "/xyz?WAIT=5", "/xyz/results", ""), archive.url + service)
        for _ in range(2):
            wait_until(lambda: archive.sql(WAITING, (table,)) != [(0,)], 30, "a look at jobs waits")
            for path in PATHS:
                assert requests.get(archive.url + path, timeout=20).status_code == 200
        # All were answered while the table was locked.
        assert archive.sql(WAITING, (table,)) != [(0,)]
        assert not any(client.done() for client in clients)
    assert [client.result().status_code for client in clients] == [404, 404, 404, 200]
    wait_until(lambda: archive.sql(WAITING, (table,)) == [(0,)], 30, "the look goes on")
    assert running.phase == "EXECUTING"


def test_a_change_of_a_job_whose_table_is_locked_holds_up_nothing_else(archive, running):
    with ThreadPoolExecutor(1) as clients, locked(archive, TABLES[QUERIES]):
        changed = clients.submit(running.send, "phase", PHASE="ABORT")
        for path in PATHS:
            assert requests.get(archive.url + path, timeout=20).status_code == 200
        assert not changed.done()
    assert changed.result().ok
    wait_until(running.finished, 60, "the job ends")


def test_requests_for_jobs_find_places_again(archive, running):
    for _ in range(3):
        found = answers(["/phase"] * 40, running.url)
        assert {client.result().text for client in found} == {"EXECUTING"}

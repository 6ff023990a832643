"""Jobs of all services: what clients can do with them, how long they take, and their results."""

from __future__ import annotations

import email.utils
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from astropy.table import Table
from lxml import etree

from service.cutrequests import PUBLIC, event_lists
from service.livearchive import wait_until
from service.people import NOBODY
from service.uwsjobs import CUTS, PACKAGES, QUERIES, TABLES, Job

every_service = pytest.mark.parametrize("service", TABLES)
QUERY = f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'"


@pytest.fixture(scope="module")
def asked(archive):
    """What each service is asked for."""
    did = event_lists(archive)[PUBLIC]
    return {
        CUTS: {"ID": did, "HDU": "gti"},
        QUERIES: {"LANG": "ADQL", "QUERY": QUERY},
        PACKAGES: {"QUERY": QUERY},
    }


@pytest.fixture
def job(archive, asked, service):
    """A job that has not been started."""
    made = Job(archive, NOBODY, service, runs=False, **asked[service])
    yield made
    made.delete()


@pytest.fixture
def running(archive, job):
    """The same as it runs, for as long as the test wants."""
    job.post("phase", PHASE="RUN")
    wait_until(lambda: job.held(archive), 60, "the job runs")
    return job


def has_ended(pid):
    return not Path(f"/proc/{pid}").exists()


@every_service
def test_jobs_live_and_run_no_longer_than_the_archive_wants(job):
    job.post("destruction", DESTRUCTION="2999-01-01T00:00:00")
    end = datetime.fromisoformat(job.get(f"{job.url}/destruction").text.rstrip("Z"))
    assert end < datetime.now() + timedelta(days=3)
    for seconds, expected in (("10", 10), ("1e9", 3600), ("0", 3600), ("inf", 3600), ("0.2", 1)):
        job.post("executionduration", EXECUTIONDURATION=seconds)
        assert int(job.get(f"{job.url}/executionduration").text) == expected
    for wrong in ("-1", "nan", "long"):
        requests.post(f"{job.url}/executionduration", data={"EXECUTIONDURATION": wrong}, timeout=30)
        assert int(job.get(f"{job.url}/executionduration").text) == 1


@every_service
def test_what_is_aborted_ends_and_says_so(archive, running):
    pid = running.process(archive)
    running.post("phase", PHASE="ABORT")
    assert running.phase == "ABORTED"
    wait_until(lambda: has_ended(pid), 10, "its process ends")
    # What sees the process end does not say otherwise.
    phase, message, results = running.outcome()
    assert (phase, message, results) == ("ABORTED", None, {})
    assert running.get(f"{running.url}/results/result").status_code == 404


@every_service
def test_what_is_deleted_does_not_go_on(archive, running):
    pid = running.process(archive)
    assert running.delete().ok
    wait_until(lambda: has_ended(pid), 10, "its process ends")
    assert running.get(running.url).status_code == 404


@pytest.mark.parametrize("way", ["DELETE", "ACTION", "ABORT"])
def test_the_next_query_has_the_place_of_one_that_was_ended(archive, asked, way):
    jobs = [Job(archive, NOBODY, QUERIES, **asked[QUERIES]) for _ in range(2)]
    try:
        for job in jobs:
            wait_until(lambda job=job: job.held(archive), 60, "the job runs")
        jobs.append(Job(archive, NOBODY, QUERIES, **asked[QUERIES]))
        assert jobs[2].phase == "QUEUED"
        if way == "DELETE":
            jobs[0].delete()
        elif way == "ACTION":
            requests.post(jobs[0].url, data={"ACTION": "DELETE"}, timeout=30)
        else:
            jobs[0].post("phase", PHASE="ABORT")
        wait_until(jobs[2].finished, 30, "the next job ends")
        assert jobs[2].phase == "COMPLETED"
        assert jobs[1].phase == "EXECUTING"
    finally:
        for job in jobs:
            job.delete()


@every_service
def test_jobs_that_wait_begin_soon_after_others_have_ended(archive, asked, service):
    jobs = [Job(archive, NOBODY, service, **asked[service]) for _ in range(4)]
    # Stock DaCHS looks once a minute.
    wait_until(lambda: all(job.finished() for job in jobs), 45, "the jobs end")
    assert [job.phase for job in jobs] == ["COMPLETED"] * 4
    for job in jobs:
        assert job.delete().ok


@every_service
def test_jobs_end_when_their_time_is_over(archive, running, service):
    pid = running.process(archive)
    archive.sql(
        f"UPDATE {TABLES[service]} SET starttime = starttime - interval '2 hours'"
        " WHERE jobid = %s RETURNING jobid", (running.name,),
    )  # fmt: skip
    wait_until(running.finished, 60, "the job ends")
    phase, message, _ = running.outcome()
    assert phase == "ERROR"
    assert message.startswith("ServiceUnavailable: The job took longer than its executionDur")
    wait_until(lambda: has_ended(pid), 10, "its process ends")


TOO_LARGE = """
from gavo import api
from iact.dachs import jobwatch
jobwatch.look(2**20)
"""


@every_service
def test_jobs_end_whose_results_become_too_large(archive, running):
    pid = running.process(archive)
    folder = archive.var / "gavo" / "state" / "uwsjobs" / running.name
    (folder / "result").write_bytes(bytes(2**20 + 1))
    archive.gavo_python(TOO_LARGE)
    phase, message, _ = running.outcome()
    assert phase == "ERROR"
    assert message == (
        "ServiceUnavailable: The job has more than 0.000977 GB; ask for less in one job."
    )
    wait_until(lambda: has_ended(pid), 10, "its process ends")


MAKE_ROOM = """
from gavo import api
from iact.dachs import jobwatch
jobwatch.make_room({})
"""


def test_jobs_make_room_for_those_of_the_same_user_oldest_first(archive, asked, member):
    archive.gavo_python(MAKE_ROOM.format(0))
    jobs = [
        Job(archive, person, service, runs=False, **asked[service])
        for person, service in (
            (member, CUTS), (NOBODY, QUERIES), (NOBODY, QUERIES), (NOBODY, PACKAGES),
        )
    ]  # fmt: skip
    # Each counts as a megabyte at least.
    archive.gavo_python(MAKE_ROOM.format(4 * 2**20))
    assert [job.get(job.url).status_code for job in jobs] == [200] * 4
    archive.gavo_python(MAKE_ROOM.format(3 * 2**20))
    assert [job.get(job.url).status_code for job in jobs] == [200, 404, 200, 200]
    archive.gavo_python(MAKE_ROOM.format(0))
    assert [job.get(job.url).status_code for job in jobs] == [404] * 4


WATCH = """
from gavo import api
from twisted.internet import reactor
from iact.dachs import jobwatch
called = []
jobwatch.make_room = lambda: called.append("room")
jobwatch._CLEANING = 0.1
jobwatch._keep(jobwatch.make_room_later, jobwatch._CLEANING)
reactor.callLater(2, reactor.stop)
reactor.run()
print(len(called) > 3)
"""


def test_room_is_made_again_and_again(archive):
    assert archive.gavo_python(WATCH).strip() == "True"


@every_service
def test_jobs_run_when_they_are_posted_so(archive, asked, service):
    job = Job(archive, NOBODY, service, runs=False, PHASE="RUN", **asked[service])
    wait_until(job.finished, 90, "the job ends")
    assert job.phase == "COMPLETED"
    assert job.delete().ok


@every_service
def test_results_are_answered_as_files_are(archive, job):
    where = f"{job.url}/results/result"
    assert job.get(where).status_code == 404
    job.post("phase", PHASE="RUN")
    wait_until(job.finished, 90, "the job ends")
    assert job.phase == "COMPLETED"
    assert where in job.outcome()[2].values()
    whole = job.get(where)
    assert whole.status_code == 200
    tag = whole.headers["etag"]
    # Who asks whether it has changed, as browsers, curl -z and wget -N do.
    now = email.utils.formatdate(usegmt=True)
    for condition in ({"If-Modified-Since": now}, {"If-None-Match": tag}):
        answer = requests.get(where, headers=condition, timeout=10)
        assert (answer.status_code, answer.content) == (304, b"")
    head = requests.head(where, timeout=10)
    assert head.status_code == 200
    for name in ("content-type", "content-length"):
        assert head.headers[name] == whole.headers[name]
    part = requests.get(where, headers={"Range": "bytes=2-5"}, timeout=10)
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert requests.post(where, timeout=10).status_code == 405
    assert requests.get(f"{job.url}/results/", timeout=10).status_code == 200
    for name in ("other", "result/", "result/x", "%2E", "..%2f__RESULTS__"):
        assert requests.get(f"{job.url}/results/{name}", timeout=10).status_code in (400, 404)


def test_a_table_that_came_with_a_query_can_be_read_again(archive):
    votable = io.BytesIO()
    Table({"obs_id": [PUBLIC]}).write(votable, format="votable")
    made = requests.post(
        f"{archive.url}{QUERIES}",
        data={"LANG": "ADQL", "QUERY": "SELECT * FROM TAP_UPLOAD.mine", "UPLOAD": "mine,param:t"},
        files={"t": ("mine.vot", votable.getvalue())},
        allow_redirects=False, timeout=30,
    )  # fmt: skip
    job = Job.of_nobody(made.headers["location"])
    parameters = etree.fromstring(job.get(job.url).content).iter("{*}parameter")
    (address,) = [one.text for one in parameters if one.get("byReference")]
    assert job.get(address).content == votable.getvalue()
    assert job.delete().ok


def test_nobody_is_told_how_a_query_would_be_run(archive, asked):
    # Estimates of numbers of rows are of hidden ones, too.
    job = Job(archive, NOBODY, QUERIES, **asked[QUERIES])
    answer = job.get(f"{job.url}/plan")
    assert "rows=" not in answer.text and "Invalid UWS action" in answer.text
    assert job.delete().ok

"""Jobs of all services: whose turn it is, how long they take, how they end, and when they go."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from service.livearchive import wait_until
from service.people import NOBODY
from service.uwsjobs import CUTS, PACKAGES, QUERIES, TABLES, Job

#: How many jobs of one user run, by service.
OF_ONE_USER = (1, 2, 1)
every_service = pytest.mark.parametrize("service", TABLES)


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


@pytest.mark.parametrize(
    ("service", "way"),
    [(QUERIES, "DELETE"), (QUERIES, "ACTION"), (QUERIES, "ABORT"), (CUTS, "DELETE"),
     (PACKAGES, "ABORT")],
)  # fmt: skip
def test_the_next_job_has_the_place_of_one_that_was_ended(archive, asked, service, way):
    (kind,) = (number for number, known in enumerate(TABLES) if known == service)
    jobs = [Job(archive, NOBODY, service, **asked[service]) for _ in range(OF_ONE_USER[kind])]
    try:
        for job in jobs:
            wait_until(lambda job=job: job.held(archive), 60, "the job runs")
        jobs.append(Job(archive, NOBODY, service, **asked[service]))
        time.sleep(2)
        assert jobs[-1].phase == "QUEUED"
        if way == "DELETE":
            jobs[0].delete()
        elif way == "ACTION":
            requests.post(jobs[0].url, data={"ACTION": "DELETE"}, timeout=30)
        else:
            jobs[0].post("phase", PHASE="ABORT")
        wait_until(jobs[-1].finished, 30, "the next job ends")
        assert jobs[-1].phase == "COMPLETED"
        assert [job.phase for job in jobs[1:-1]] == ["EXECUTING"] * len(jobs[1:-1])
    finally:
        for job in jobs:
            job.delete()


@every_service
def test_nobody_s_jobs_keep_no_member_waiting(archive, asked, service, member):
    many = [Job(archive, NOBODY, service, **asked[service])]
    try:
        wait_until(lambda: many[0].held(archive), 60, "the job runs")
        # Others take the second place of queries.
        many += [Job(archive, NOBODY, service, **asked[service]) for _ in range(2)]
        wait_until(lambda: all(job.phase != "PENDING" for job in many), 10, "jobs wait")
        if service == QUERIES:
            wait_until(lambda: many[1].held(archive) or many[1].finished(), 60, "it runs")
        many.append(Job(archive, member, service, **asked[service]))
        wait_until(many[-1].finished, 40, "the member's job ends")
        assert many[-1].phase == "COMPLETED"
        assert many[0].phase == "EXECUTING"
    finally:
        for job in many:
            job.delete()


@pytest.mark.parametrize(("service", "most"), [(QUERIES, 100), (PACKAGES, 20), (CUTS, 20)])
def test_some_jobs_of_each_user_may_wait(archive, asked, service, most):
    jobs = []
    try:
        while len(jobs) < most + 10:
            jobs.append(Job(archive, NOBODY, service, runs=False, **asked[service]))
            # Stopped, those that run stay.
            jobs[-1].send("phase", PHASE="RUN")
            if jobs[-1].phase == "EXECUTING":
                jobs[-1].held(archive)
            for job in jobs[:6]:
                job.held(archive)
            if jobs[-1].phase == "ERROR":
                break
        assert jobs[-1].failure() == (
            f"ServiceUnavailable: {most} jobs of yours wait already; ask again later."
        )
        assert sum(job.phase == "QUEUED" for job in jobs) == most
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
    assert running.failure().startswith(
        "ServiceUnavailable: The job took longer than its executionDur"
    )
    wait_until(lambda: has_ended(pid), 10, "its process ends")


@every_service
def test_a_job_whose_process_has_gone_with_an_earlier_server_ends(archive, job, service):
    # As the table has it after a server was killed, or the machine.
    archive.sql(
        f"UPDATE {TABLES[service]} SET phase = 'EXECUTING', pid = 4194304, starttime = NULL"
        " WHERE jobid = %s RETURNING jobid", (job.name,),
    )  # fmt: skip
    assert job.failure() == (
        "ServiceUnavailable: The job has ended with the server, or for want of memory; send it"
        " again."
    )


def test_jobs_of_a_service_that_is_gone_stop_no_others(archive, asked):
    archive.sql(
        "INSERT INTO uws.userjobs (jobid, jobclass, phase, creationtime)"
        " VALUES ('left', 'gone/q#service', 'QUEUED', now()) RETURNING jobid"
    )
    try:
        job = Job(archive, NOBODY, PACKAGES, **asked[PACKAGES])
        wait_until(job.finished, 60, "the job ends")
        assert job.phase == "COMPLETED"
        assert job.delete().ok
    finally:
        archive.sql("DELETE FROM uws.userjobs WHERE jobid = 'left' RETURNING jobid")


CLEAN = """
from gavo import api
from iact.dachs import jobwatch
jobwatch.clean()
"""


@every_service
def test_jobs_are_removed_when_they_are_to_be(archive, job):
    archive.gavo_python(CLEAN)
    assert job.get(job.url).status_code == 200
    job.post("destruction", DESTRUCTION="2020-01-01T00:00:00Z")
    archive.gavo_python(CLEAN)
    assert job.get(job.url).status_code == 404


LOOK = """
from gavo import api
from iact.dachs import jobwatch
jobwatch.look({}=2**20)
"""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("room", "has more than 0.000977 GB on disk"),
        ("memory", "takes more than 0.000977 GB of memory"),
    ],
)
@every_service
def test_jobs_end_that_take_too_much(archive, running, limit, said):
    pid = running.process(archive)
    folder = archive.var / "gavo" / "state" / "uwsjobs" / running.name
    if limit == "room":
        (folder / "result").write_bytes(bytes(2**20 + 1))
    archive.gavo_python(LOOK.format(limit))
    assert running.failure() == f"ServiceUnavailable: The job {said}; ask for less in one job."
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
    # Each counts as 10 MB at least.
    archive.gavo_python(MAKE_ROOM.format(40 * 2**20))
    assert [job.get(job.url).status_code for job in jobs] == [200] * 4
    archive.gavo_python(MAKE_ROOM.format(30 * 2**20))
    assert [job.get(job.url).status_code for job in jobs] == [200, 404, 200, 200]
    archive.gavo_python(MAKE_ROOM.format(0))
    assert [job.get(job.url).status_code for job in jobs] == [404] * 4


WATCH = """
from gavo import api
from twisted.internet import reactor
from iact.dachs import jobthreads, jobwatch
called = []
jobwatch.look = lambda: None
jobwatch.clean = lambda: called.append("room")
jobwatch._CLEANING = 0.1
assert jobthreads.use()
jobwatch.begin()
reactor.callLater(2, reactor.stop)
reactor.run()
print(len(called) > 3)
"""


def test_room_is_made_again_and_again(archive):
    assert archive.gavo_python(WATCH).strip() == "True"

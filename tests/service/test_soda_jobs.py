"""Cuts by jobs: results and who gets them, how long jobs live, and whom they make wait."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from lxml import etree

from service.cutrequests import PROPRIETARY, PUBLIC, ask, event_lists, opened, where_cuts_are
from service.livearchive import wait_until
from service.people import GROUP, NOBODY, join, leave

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
#: ENERGY of a job that takes some seconds.
MANY_CUTS = [f"0.{number:03} 100" for number in range(100)]


@pytest.fixture(scope="module")
def dids(archive):
    return event_lists(archive)


@pytest.fixture(scope="module")
def address(archive):
    return where_cuts_are(archive)


class Job:
    """A UWS job of dlasync."""

    def __init__(self, archive, person, seconds=0, **values):
        self.person = person
        created = requests.post(
            f"{archive.url}/cta/dl/soda/dlasync", data=values, headers=person.headers, timeout=30,
            allow_redirects=False,
        )  # fmt: skip
        assert created.status_code == 303
        self.url = created.headers["location"]
        if seconds:
            self.post("executionduration", EXECUTIONDURATION=seconds)
        self.post("phase", PHASE="RUN")

    @classmethod
    def of_nobody(cls, url):
        """Return a job that is there."""
        job = cls.__new__(cls)
        job.url, job.person = url, NOBODY
        return job

    def post(self, what, **values):
        answer = requests.post(
            f"{self.url}/{what}", data=values, headers=self.person.headers, timeout=30
        )
        assert answer.ok

    def get(self, url, person=None):
        return requests.get(url, headers=(person or self.person).headers, timeout=30)

    def finished(self):
        return self.get(f"{self.url}/phase").text in ("COMPLETED", "ERROR")

    def outcome(self):
        """Phase, message, and addresses of results by name."""
        root = etree.fromstring(self.get(self.url).content)
        results = {
            result.get("id"): result.get("{http://www.w3.org/1999/xlink}href")
            for result in root.iter(f"{UWS}result")
        }
        return root.findtext(f"{UWS}phase"), root.findtext(f".//{UWS}message"), results


def test_jobs_have_a_result_for_each_combination_to_whom_may_have_it(
    archive, address, dids, member, stranger
):
    both = [dids[PUBLIC], dids[PROPRIETARY]]
    jobs = [
        Job(archive, NOBODY, ID=both, ENERGY=["0.2 1", "5e3 6e3"]),
        Job(archive, member, ID=dids[PROPRIETARY], HDU="gti"),
        Job(archive, stranger, ID=dids[PROPRIETARY], HDU="gti"),
        Job(archive, NOBODY, ID=dids[PUBLIC], CIRCLE="1 2"),
    ]
    # Two of them run at a time, one of each user.
    wait_until(lambda: all(job.finished() for job in jobs), 90, "jobs of dlasync end")

    phase, _, results = jobs[0].outcome()
    assert phase == "COMPLETED"
    assert sorted(results) == ["result", "result-2", "result-3", "result-4"]
    with opened(jobs[0].get(results["result"])) as hdus:
        assert hdus["EVENTS"].data["ENERGY"].max() <= 1
    texts = [jobs[0].get(results[f"result-{number}"]) for number in (2, 3, 4)]
    assert [text.headers["content-type"] for text in texts] == ["text/plain"] * 3
    assert texts[0].text == (
        f"Error: Nothing is left of the dataset by ID={dids[PUBLIC]} ENERGY=5e3 6e3\n"
    )
    assert texts[1].text.startswith("AuthenticationError: ")

    phase, _, results = jobs[1].outcome()
    assert phase == "COMPLETED"
    cut = jobs[1].get(results["result"])
    opened(cut).close()
    # As the same cut at once is called.
    at_once = ask(address, dids[PROPRIETARY], member, HDU="gti")
    assert cut.headers["content-disposition"] == at_once.headers["content-disposition"]
    for other in (NOBODY, stranger):
        assert b"SIMPLE" not in jobs[1].get(results["result"], other).content
    leave(archive, member.name, GROUP)
    try:
        refused = jobs[1].get(results["result"])
    finally:
        join(archive, member.name, GROUP)
    assert refused.status_code == 403
    assert refused.text.startswith("AuthorizationError: The data are proprietary")
    opened(jobs[1].get(results["result"])).close()
    for name in ("requests.json", "__RESULTS__", "result-2"):
        assert jobs[1].get(f"{jobs[1].url}/results/{name}").status_code == 404

    phase, message, _ = jobs[2].outcome()
    assert phase == "ERROR" and message.startswith("AuthorizationError: The data are proprietary")
    phase, message, results = jobs[3].outcome()
    assert (phase, results) == ("ERROR", {})
    assert message.startswith("UsageError: CIRCLE=1 2 has 2 numbers")
    for job in jobs:
        assert requests.delete(job.url, headers=job.person.headers, timeout=30).ok


MAKE_ROOM = """
from gavo import api
from iact.dachs import cutresults
cutresults.make_room(int({}))
"""


def test_jobs_make_room_for_those_of_the_same_user_oldest_first(archive, dids, member):
    jobs = []
    for person in (member, NOBODY, NOBODY, NOBODY):
        jobs.append(Job(archive, person, ID=dids[PUBLIC], HDU="gti"))
        wait_until(jobs[-1].finished, 90, "a job ends")
    size = len(jobs[0].get(jobs[0].outcome()[2]["result"]).content)
    # A job's folder has some bytes besides.
    archive.gavo_python(MAKE_ROOM.format(3.9 * size))
    assert [job.get(job.url).status_code for job in jobs] == [200, 404, 200, 200]
    archive.gavo_python(MAKE_ROOM.format(0))
    assert [job.get(job.url).status_code for job in jobs] == [404] * 4


LOOK = """
from gavo import api
from iact.dachs import cutjobs, cutresults
called = []
class Later:
    def addErrback(self, function):
        return self
cutjobs.threads.deferToThread = lambda function: called.append(function) or Later()
cutjobs._query = lambda query, **values: []
for names in (set(), {"one that ran"}):
    cutjobs._busy[0] = True
    cutjobs._started.update(names)
    cutjobs._look()
    print(called == [cutresults.make_room], cutjobs._started)
"""


def test_room_is_made_when_a_job_has_ended(archive):
    assert archive.gavo_python(LOOK).splitlines() == ["False set()", "True set()"]


def test_parameters_may_come_later_but_no_other_service(archive, dids):
    created = requests.post(
        f"{archive.url}/cta/dl/soda/dlasync", data={"ID": dids[PUBLIC]}, allow_redirects=False,
        timeout=30,
    ).headers["location"]  # fmt: skip
    job = Job.of_nobody(created)
    job.post("parameters", ENERGY="1 2", serviceid="cta/./dl#links", dlargs="x")
    job.post("phase", PHASE="RUN")
    wait_until(job.finished, 90, "the job ends")
    phase, _, results = job.outcome()
    assert phase == "COMPLETED"
    with opened(job.get(results["result"])) as hdus:
        energies = hdus["EVENTS"].data["ENERGY"]
    assert len(energies) and 1 <= energies.min() <= energies.max() <= 2
    assert etree.fromstring(job.get(job.url).content).findtext(f"{UWS}endTime")
    refused = requests.post(f"{job.url}/parameters", data={"ENERGY": "1 3"}, timeout=30)
    assert "Parameters cannot be changed" in refused.text
    assert requests.delete(job.url, timeout=30).ok


@pytest.mark.parametrize("service", ["/cta/dl/soda/dlasync", "/tap/async", "/cta/dl/package/async"])
def test_jobs_run_when_they_are_posted_so_and_heads_of_results_are_answered(archive, dids, service):
    query = f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'"
    asked = {"ID": dids[PUBLIC], "HDU": "gti"} if "soda" in service else {"QUERY": query}
    created = requests.post(
        f"{archive.url}{service}", data={"LANG": "ADQL", "PHASE": "RUN"} | asked,
        allow_redirects=False, timeout=30,
    )  # fmt: skip
    assert created.status_code == 303
    job = Job.of_nobody(created.headers["location"])
    wait_until(job.finished, 90, "the job ends")
    phase, _, results = job.outcome()
    assert phase == "COMPLETED"
    (address,) = results.values()
    head, whole = requests.head(address, timeout=10), job.get(address)
    assert head.status_code == whole.status_code == 200
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert int(head.headers["content-length"]) == int(whole.headers["content-length"])
    assert requests.delete(job.url, timeout=30).ok


def test_a_job_that_is_deleted_does_not_go_on(archive, dids):
    energies = [f"0.{number:03} 100" for number in range(100)]
    job = Job(archive, NOBODY, ID=dids[PUBLIC], ENERGY=energies)
    name = job.url.rpartition("/")[2]

    def process():
        found = archive.sql(
            "SELECT pid FROM dc.datalinkjobs WHERE jobid = %s AND phase = 'EXECUTING'", (name,)
        )
        return found and found[0][0]

    wait_until(process, 20, "the job runs")
    folder = Path(f"/proc/{process()}")
    assert folder.exists()
    assert requests.delete(job.url, timeout=30).ok
    wait_until(lambda: not folder.exists(), 5, "its process ends")
    assert job.get(job.url).status_code == 404


def test_jobs_end_when_their_time_is_over(archive, dids, stranger):
    job = Job(archive, stranger, 1, ID=dids[PUBLIC], ENERGY=MANY_CUTS)

    def begun_long_ago():
        # However fast the machine: the process alone needs longer to start than this takes.
        return archive.sql(
            "UPDATE dc.datalinkjobs SET starttime = starttime - interval '1 hour'"
            " WHERE jobid = %s AND phase = 'EXECUTING' AND starttime > now() - interval '1 minute'"
            " RETURNING jobid",
            (job.url.rpartition("/")[2],),
        )

    wait_until(begun_long_ago, 20, "the job runs")
    wait_until(job.finished, 30, "the job ends")
    phase, message, _ = job.outcome()
    assert phase == "ERROR"
    assert message.startswith("ServiceUnavailable: The job took longer than its executionDur")
    assert requests.delete(job.url, headers=stranger.headers, timeout=30).ok


def held(archive, job):
    """Stop a job's process as soon as it runs: it then takes as long as the test wants."""
    query = "SELECT pid FROM dc.datalinkjobs WHERE jobid = %s AND phase = 'EXECUTING'"
    found = archive.sql(query, (job.url.rpartition("/")[2],))
    if not found or found[0][0] is None:
        return False
    os.kill(found[0][0], signal.SIGSTOP)
    return True


def test_one_user_has_one_job_running_and_some_waiting(archive, dids, member, stranger):
    many = [Job(archive, stranger, ID=dids[PUBLIC], ENERGY=MANY_CUTS)]
    try:
        wait_until(lambda: held(archive, many[0]), 20, "the job runs")
        many += [Job(archive, stranger, ID=dids[PUBLIC], HDU="gti") for _ in range(21)]
        many.append(Job(archive, member, ID=dids[PUBLIC], HDU="gti"))
        wait_until(many[-1].finished, 20, "somebody else's job ends")
        assert many[-1].outcome()[0] == "COMPLETED"
        outcomes = [job.outcome()[:2] for job in many[:-1]]
        assert outcomes[0] == ("EXECUTING", None)
        assert outcomes[1:-1] == [("QUEUED", None)] * 20
        assert outcomes[-1] == (
            "ERROR", "ServiceUnavailable: 20 jobs of yours wait already; ask again later.",
        )  # fmt: skip
    finally:
        for job in many:
            requests.delete(job.url, headers=job.person.headers, timeout=30)


def test_jobs_live_and_run_no_longer_than_the_archive_wants(archive, dids):
    job = Job(archive, NOBODY, ID=dids[PUBLIC], HDU="gti")
    job.post("destruction", DESTRUCTION="2999-01-01T00:00:00")
    job.post("executionduration", EXECUTIONDURATION="1e9")
    end = datetime.fromisoformat(job.get(f"{job.url}/destruction").text.rstrip("Z"))
    assert end < datetime.now() + timedelta(days=3)
    assert int(job.get(f"{job.url}/executionduration").text) <= 3600
    assert requests.delete(job.url, timeout=30).ok

"""Cuts by jobs: results and who gets them, how long jobs live, and whom they make wait."""

from __future__ import annotations

import pytest
import requests
from lxml import etree

from service.cutrequests import PROPRIETARY, PUBLIC, ask, event_lists, opened, where_cuts_are
from service.livearchive import wait_until
from service.people import GROUP, NOBODY, join, leave
from service.uwsjobs import UWS, Job

#: ENERGY of a job that takes some seconds.
MANY_CUTS = [f"0.{number:03} 100" for number in range(100)]


@pytest.fixture(scope="module")
def dids(archive):
    return event_lists(archive)


@pytest.fixture(scope="module")
def address(archive):
    return where_cuts_are(archive)


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


def test_one_user_has_one_job_running_and_some_waiting(archive, dids, member, stranger):
    many = [Job(archive, stranger, ID=dids[PUBLIC], ENERGY=MANY_CUTS)]
    try:
        wait_until(lambda: many[0].held(archive), 20, "the job runs")
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


def test_a_job_may_be_made_empty(archive, dids):
    for given in ({"ID": dids[PUBLIC], "HDU": "gti"}, {}):
        job = Job(archive, NOBODY, runs=False)
        if given:
            job.post("parameters", **given)
        job.post("phase", PHASE="RUN")
        wait_until(job.finished, 90, "the job ends")
        phase, message, _ = job.outcome()
        if given:
            assert (phase, message) == ("COMPLETED", None)
        else:
            assert phase == "ERROR" and message.startswith("UsageError: ID is missing")
        job.delete()


def test_results_are_in_the_order_of_what_was_asked_for(archive, dids):
    job = Job(archive, NOBODY, ID=dids[PUBLIC], ENERGY=[f"{low} 100" for low in range(1, 12)])
    wait_until(job.finished, 90, "the job ends")
    assert list(job.outcome()[2]) == ["result", *(f"result-{number}" for number in range(2, 12))]
    job.delete()

"""What clients are told of jobs of all services: documents, lists, errors, results."""

from __future__ import annotations

import email.utils
import io
from datetime import datetime

import pytest
import requests
from astropy.table import Table
from lxml import etree

from service.cutrequests import PUBLIC
from service.livearchive import wait_until
from service.people import NOBODY
from service.uwsjobs import QUERIES, TABLES, Job

every_service = pytest.mark.parametrize("service", TABLES)


@every_service
def test_jobs_run_when_they_are_posted_so(archive, asked, service):
    job = Job(archive, NOBODY, service, runs=False, PHASE="RUN", **asked[service])
    wait_until(job.finished, 90, "the job ends")
    assert job.phase == "COMPLETED"
    assert job.delete().ok


def listed(archive, person, service, **parameters):
    answer = requests.get(
        archive.url + service, params=parameters, headers=person.headers, timeout=30
    )
    return {one.get("id") for one in etree.fromstring(answer.content).iter("{*}jobref")}


@every_service
def test_lists_have_the_jobs_that_are_asked_for(archive, asked, service, member):
    jobs = [Job(archive, member, service, runs=False, **asked[service]) for _ in range(3)]
    try:
        jobs[0].post("phase", PHASE="ABORT")
        names = [job.name for job in jobs]
        assert listed(archive, member, service) >= set(names)
        assert listed(archive, member, service, PHASE="ABORTED") & set(names) == {names[0]}
        assert listed(archive, member, service, LAST=1) == {names[2]}
        assert listed(archive, member, service, AFTER="2999-01-01T00:00:00") == set()
    finally:
        for job in jobs:
            job.delete()


@every_service
def test_documents_say_what_was_asked_and_when_it_ended(archive, job, asked, service):
    job.post("phase", PHASE="RUN")
    wait_until(job.finished, 90, "the job ends")
    document = etree.fromstring(job.get(job.url).content)
    said = {one.get("id").upper(): one.text for one in document.iter("{*}parameter")}
    assert asked[service].items() <= said.items()
    assert not [text for text in said.values() if text and text.startswith(("{", "["))]
    begun, ended = (
        datetime.fromisoformat(document.findtext(f"{{*}}{name}").rstrip("Z"))
        for name in ("startTime", "endTime")
    )
    assert begun <= ended


@every_service
def test_errors_have_a_status_that_says_so(job):
    for what, values, status in (
        ("executionduration", {"EXECUTIONDURATION": "abc"}, 400),
        ("destruction", {"DESTRUCTION": "tomorrow"}, 400),
        ("phase", {"PHASE": "SUSPEND"}, 400),
        ("nothing", {}, 404),
        ("quote", {}, 405),
    ):
        answer = requests.post(f"{job.url}/{what}", data=values, timeout=30)
        assert answer.status_code == status, what
        assert b'value="ERROR"' in answer.content
    assert requests.get(f"{job.url}x", timeout=30).status_code == 404
    head = requests.head(job.url, timeout=10)
    assert (head.status_code, head.content) == (200, b"")


@every_service
def test_jobs_that_have_failed_tell_of_no_results(archive, running):
    folder = archive.var / "gavo" / "state" / "uwsjobs" / running.name
    running.post("phase", PHASE="ABORT")
    for name in ("result", "result-2"):
        archive.gavo_python(RESULT.format(running.name, name))
    assert (folder / "result").exists()
    assert running.outcome()[2] == {}
    assert running.get(f"{running.url}/results/result").status_code == 404


RESULT = """
from gavo import api
from iact.dachs import jobs
(job,) = jobs.select("jobId = '{0}'")
job.system.getJob("{0}").addResult(b"x", "text/plain", "{1}")
"""


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

"""Asking for packages of many datasets: in which ways, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from service.livearchive import wait_until
from service.packagerequests import (
    CRAB,
    DID,
    PROPRIETARY,
    PUBLIC,
    SIMULATED,
    address,
    ask,
    for_everybody,
)


@pytest.fixture(scope="module")
def whole(archive):
    """A package for everybody: its address and its bytes."""
    return for_everybody(archive)


def test_identifiers_come_by_get_and_post_and_in_any_order(archive, whole):
    dids = [DID.format(run) for run in PUBLIC]
    first = address(archive, ID=dids)
    assert address(archive, method="POST", ID=[*reversed(dids), dids[0]]) == first
    # Those of other products mean the same datasets.
    assert requests.head(first, timeout=30).headers["content-type"] == "application/x-tar"
    # With other words in README.txt, it is another package.
    assert first != whole[0]
    assert address(archive, QUERY=SIMULATED) == whole[0]


@pytest.mark.parametrize(
    ("parameters", "status", "sentence"),
    [
        ({}, 400, "Ask for a package"),
        ({"ID": ""}, 400, "Ask for a package"),
        ({"ID": "x", "QUERY": CRAB}, 400, "cannot be combined"),
        ({"QUERY": [CRAB, CRAB]}, 400, "one QUERY only"),
        ({"QUERY": "SELEKT"}, 400, "Could not parse"),
        ({"QUERY": "SELECT obs_id FROM cta.vo_obscore"}, 400, "neither obs_publisher_did nor"),
        ({"QUERY": "SELECT nothing FROM cta.vo_obscore"}, 400, "nothing"),
        ({"QUERY": "SELECT obs_publisher_did FROM cta.obscore_row"}, 400, "not published"),
        ({"QUERY": "SELECT path AS obs_publisher_did FROM cta.source_file"}, 400, "not published"),
        ({"QUERY": f"{CRAB}; DROP TABLE cta.gti"}, 400, "parse"),
        ({"QUERY": f"{CRAB}\0"}, 400, "NUL"),
        ({"QUERY": f"{CRAB} AND 1/0 = 1"}, 400, "division by zero"),
        ({"QUERY": f"{CRAB} AND obs_id = 'none'"}, 404, "no dataset"),
        ({"QUERY": "SELECT 'x' AS obs_id, 'y' AS obs_collection FROM cta.site"}, 404, "no dataset"),
        ({"ID": "ivo://nowhere"}, 404, "There is no such dataset"),
        ({"ID": "a\0b\r\nSet-Cookie: x"}, 404, "There is no such dataset"),
        ({"ID": b"\xff\xfe"}, 404, "There is no such dataset"),
        ({"ID": DID.format(PROPRIETARY[0])}, 401, "The data are proprietary."),
        ({"ID": ["a", DID.format(PROPRIETARY[0])]}, 401, "The data are proprietary."),
    ],
)
def test_what_gives_no_package_says_why(archive, parameters, status, sentence):
    answer = ask(archive, **parameters)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert not {"location", "set-cookie"} & set(answer.headers)


def test_a_stranger_is_told_that_he_may_not(archive, stranger):
    answer = ask(archive, stranger.auth, ID=DID.format(PROPRIETARY[0]))
    assert (answer.status_code, "proprietary" in answer.text) == (403, True)


def test_more_than_a_package_takes_is_refused(archive):
    # The simulated data challenge alone has 24 runs.
    query = "SELECT a.obs_publisher_did FROM cta.gti AS a, cta.gti AS b, cta.gti AS c"
    answer = ask(archive, QUERY=query)
    assert (answer.status_code, "more than 10000 rows" in answer.text) == (400, True)
    answer = ask(archive, method="POST", ID=[f"ivo://x/{number}" for number in range(10_001)])
    assert (answer.status_code, "10000 datasets at most" in answer.text) == (400, True)


def test_who_finds_too_many_before_them_may_come_again(archive):
    # Slow enough for all to be there before the first is answered.
    tables = "abcd"
    slow = (
        "SELECT a.obs_publisher_did, sum(b.t_start * c.t_start * d.t_start) AS total FROM "
        + ", ".join(f"cta.gti AS {table}" for table in tables)
        + " WHERE "
        + " AND ".join(f"{table}.obs_collection = 'SIM-CTAO-N'" for table in tables)
        + " GROUP BY a.obs_publisher_did"
    )
    with ThreadPoolExecutor(40) as clients:
        answers = list(clients.map(lambda _: ask(archive, QUERY=slow), range(40)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {303, 503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert all("ask again" in answer.text for answer in refused)
    # Their places are free again.
    assert ask(archive, QUERY=SIMULATED).status_code == 303


def test_a_job_makes_a_package_for_its_owner(archive, member):
    jobs = f"{archive.url}/cta/dl/package/async"
    made = requests.post(
        jobs, data={"QUERY": SIMULATED}, auth=member.auth, allow_redirects=False, timeout=30
    )
    assert made.status_code == 303
    job = made.headers["location"]
    try:
        assert requests.get(job, timeout=30).status_code in (401, 403)
        early = requests.get(f"{job}/results/result", auth=member.auth, timeout=30)
        assert (early.status_code, early.text) == (404, "The job has no such result.\n")
        requests.post(f"{job}/phase", data={"PHASE": "RUN"}, auth=member.auth, timeout=30)

        def phase():
            return requests.get(f"{job}/phase", auth=member.auth, timeout=30).text

        wait_until(lambda: phase() in ("COMPLETED", "ERROR"), 90, "the job's end")
        error = requests.get(f"{job}/error", auth=member.auth, timeout=30)
        assert phase() == "COMPLETED", error.text
        result = requests.get(f"{job}/results/result", auth=member.auth, timeout=30)
        assert result.headers["content-type"].startswith("text/uri-list")
        assert result.text.strip() == address(archive, member.auth, QUERY=SIMULATED)
    finally:
        requests.delete(job, auth=member.auth, timeout=30)

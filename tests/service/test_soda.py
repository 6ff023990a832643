"""Cuts over HTTP: what SODA 1.0 asks for, who gets them, and that others need not wait."""

from __future__ import annotations

import concurrent.futures
import hashlib
import http.client
import io
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import pyvo
import requests
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from lxml import etree
from pyvo.dal.adhoc import SodaQuery

from service.livearchive import wait_until
from service.people import GROUP, NOBODY, join, leave
from service.simulatedruns import simulated, write_bytes, write_run

PUBLIC, PROPRIETARY = "101001", "101005"
#: Cuts that may wait at the same time.
MOST = 100
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"


@pytest.fixture(scope="module")
def dids(archive):
    """Identifiers of event lists by obs_id."""
    found = archive.rows("SELECT obs_id, obs_publisher_did FROM cta.vo_obscore")
    return {str(row["obs_id"]): str(row["obs_publisher_did"]) for row in found}


@pytest.fixture(scope="module")
def address(archive):
    return f"{archive.url}/cta/dl/soda/dlget"


def ask(address, did, person=NOBODY, **values):
    return requests.get(address, params={"ID": did, **values}, headers=person.headers, timeout=60)


def opened(answer):
    assert answer.status_code == 200, answer.text
    return fits.open(io.BytesIO(answer.content), checksum=True)


def test_a_cut_is_a_file_with_name_type_and_length(address, dids):
    answer = ask(address, dids[PUBLIC], CIRCLE="83.63 22.01 0.5", ENERGY="1 10")
    with opened(answer) as hdus:
        energies = hdus["EVENTS"].data["ENERGY"]
        assert len(energies) > 0 and energies.min() >= 1 and energies.max() <= 10
        assert {"GTI", "AEFF", "EDISP", "PSF", "BKG"} <= {hdu.name for hdu in hdus}
        told = {row["NAME"]: row["VALUE"] for row in hdus["PROVENANCE"].data}
        assert told["Used.Entity.id"] == dids[PUBLIC]
    headers = answer.headers
    assert "content-encoding" not in headers
    assert headers["content-type"] == "application/fits"
    assert re.fullmatch(
        rf'attachment; filename="SIM-CTAO-N_{PUBLIC}_cut-[0-9a-f]{{8}}\.fits"',
        headers["content-disposition"],
    )
    assert int(headers["content-length"]) == len(answer.content)


def test_post_and_other_cases_of_names_are_taken(address, dids):
    values = {"id": dids[PUBLIC], "energy": "1 10", "HDU": ["events", "aeff"]}
    answer = requests.post(address, data=values, timeout=60)
    with opened(answer) as hdus:
        assert [hdu.name for hdu in hdus][1:] == ["EVENTS", "GTI", "AEFF", "PROVENANCE"]


def test_head_says_what_get_sends(address, dids):
    params = {"ID": dids[PUBLIC], "ENERGY": "1 10"}
    answer = requests.head(address, params=params, timeout=60)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 10_000


@pytest.mark.parametrize(
    "values",
    [
        {"ENERGY": "5000 6000"},
        {"CIRCLE": "10 10 1"},
        {"TIME": "50000 50001"},
        {"BAND": "4e-7 8e-7"},
    ],
)
def test_nothing_left_is_204_without_a_body(address, dids, values):
    answer = ask(address, dids[PUBLIC], **values)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({}, 400, "UsageError: ID is missing"),
        ({"ID": "ivo://nowhere/~?x"}, 404, "UsageError: There is no dataset ivo://nowhere/~?x"),
        ({"ID": "x" * 1_000_000}, 404, "UsageError: There is no dataset xxx"),
        ({"ID": "a\0b"}, 400, "UsageError: ID holds a NUL"),
        ({"ID": "<b>\r\nX: y"}, 404, "UsageError: There is no dataset <b>??X: y"),
        ({"ID": ["a", "b"]}, 400, "MultiValuedParamNotSupported: ID has 2 values"),
        ({"ID": ["a"] * 10_000}, 400, "MultiValuedParamNotSupported: ID has 10000 values"),
        ({"ID": PUBLIC, "ENERGY": ["1 2", "3 4"]}, 400, "MultiValuedParamNotSupported: ENERGY"),
        ({"ID": PUBLIC, "CIRCLE": "1 2"}, 400, "UsageError: CIRCLE=1 2 has 2 numbers"),
        ({"ID": PUBLIC, "CIRCLE": "1 2 3 4 5"}, 400, "UsageError: CIRCLE="),
        ({"ID": PUBLIC, "POLYGON": "1 2 3 4 5"}, 400, "UsageError: POLYGON="),
        ({"ID": PUBLIC, "POS": "BOX 1 2 3 4"}, 400, "UsageError: POS=BOX"),
        ({"ID": PUBLIC, "ENERGY": "NaN NaN"}, 400, "UsageError: ENERGY=NaN NaN holds NaN"),
        ({"ID": PUBLIC, "ENERGY": "+Inf -Inf"}, 400, "UsageError: ENERGY=+Inf -Inf runs backwards"),
        ({"ID": PUBLIC, "TIME": "2 1"}, 400, "UsageError: TIME=2 1 runs backwards"),
        ({"ID": PUBLIC, "ENERGY": "1e12 1e13"}, 400, "UsageError: ENERGY=1e12 1e13 is in TeV"),
        ({"ID": PUBLIC, "HDU": "PRIMARY"}, 400, "UsageError: HDU=primary is not one of"),
        ({"ID": PUBLIC, "EVENT_TYPE": "1"}, 400, "UsageError: The dataset's events have no types"),
    ],
)
def test_errors_are_plain_text_as_soda_wants_them(address, dids, values, status, said):
    # Real identifiers are known only when the archive is there.
    named = values | ({"ID": dids[PUBLIC]} if values.get("ID") == PUBLIC else {})
    answer = requests.post(address, data=named, timeout=60)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith(said)
    assert len(answer.text) < 500


def test_only_lists_of_events_are_cut(archive, address):
    products = archive.sql(
        f"SELECT kind, obs_publisher_did FROM cta.product WHERE obs_id = '{PUBLIC}'"
    )
    for kind, did in products:
        answer = ask(address, did, HDU="gti")
        if kind in ("events", "package"):
            opened(answer).close()
        else:
            assert answer.status_code == 400
            assert answer.text.startswith("UsageError: ") and f"({kind})" in answer.text


def test_rights_are_those_of_the_file(address, dids, member, stranger):
    did = dids[PROPRIETARY]
    nobody = ask(address, did)
    assert nobody.status_code == 401
    assert nobody.text.startswith("AuthenticationError: The data are proprietary")
    assert nobody.headers["www-authenticate"].startswith("Basic ")
    refused = ask(address, did, stranger)
    assert refused.status_code == 403
    assert refused.text.startswith("AuthorizationError: ")
    for answer in (nobody, refused):
        assert b"SIMPLE" not in answer.content
    with opened(ask(address, did, member, HDU="gti")) as hdus:
        assert hdus[-1].name == "PROVENANCE"


def test_a_file_that_has_changed_is_not_cut(archive, address, folder):
    path = write_run(folder / "run.fits.gz", 930802)
    assert archive.cta("ingest", folder).returncode == 0
    did = archive.sql(
        "SELECT obs_publisher_did FROM cta.product WHERE obs_id = '930802' AND kind = 'events'"
    )[0][0]
    opened(ask(address, did, HDU="gti"))
    write_bytes(path, simulated(930802, seed=2).content)
    changed = ask(address, did, HDU="gti")
    assert changed.status_code == 503
    assert changed.text.startswith("ServiceUnavailable: run.fits.gz has changed")
    path.unlink()
    gone = ask(address, did, HDU="gti")
    assert (gone.status_code, gone.text.split(":")[0]) == (503, "ServiceUnavailable")


def test_what_the_operator_is_just_editing_keeps_nobody_from_cutting(archive, address, dids):
    settings = archive.var / "etc" / "cta.yaml"
    instruments = settings.with_name("instruments")
    lock, half = instruments / ".#soda.yaml", instruments / "soda.yaml"
    text = settings.read_text(encoding="utf-8")
    opened(ask(address, dids[PUBLIC], HDU="gti")).close()
    try:
        # Emacs writes such a link while a file is edited.
        lock.symlink_to("operator@host.4711")
        half.write_text("name: [", encoding="utf-8")
        settings.write_text(text + "name: [", encoding="utf-8")
        opened(ask(address, dids[PUBLIC], HDU="gti")).close()
        assert requests.head(f"{archive.url}/dl3/SIM-CTAO-N/{PUBLIC}/gti.fits.gz", timeout=30).ok
    finally:
        lock.unlink(missing_ok=True)
        half.unlink(missing_ok=True)
        settings.write_text(text, encoding="utf-8")
    opened(ask(address, dids[PUBLIC], HDU="gti")).close()


def test_many_clients_are_served_at_once_and_others_answered(archive, address, dids):
    def one(number):
        answer = ask(address, dids[PUBLIC], ENERGY=f"{0.1 + number / 100} +Inf")
        with opened(answer) as hdus:
            assert hdus["EVENTS"].data["ENERGY"].min() >= 0.1 + number / 100 - 1e-6
        return hashlib.sha256(answer.content).hexdigest()

    waits = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(one, number) for number in range(24)]
        while not all(future.done() for future in running):
            begun = time.monotonic()
            assert requests.get(f"{archive.url}/tap/availability", timeout=30).ok
            waits.append(time.monotonic() - begun)
        assert len({future.result() for future in running}) == 24
    assert sorted(waits)[len(waits) // 2] < 1.0


def test_clients_that_hang_up_or_stop_reading_hold_up_nobody(archive, address, dids):
    server = urlsplit(address)
    query = urlencode({"ID": dids[PUBLIC]})
    left = [http.client.HTTPConnection(server.hostname, server.port) for _ in range(12)]
    for connection in left:
        connection.request("GET", f"{server.path}?{query}")
    for connection in left[:6]:
        connection.close()
    assert ask(address, dids[PUBLIC], HDU="gti").status_code == 200
    for connection in left[6:]:
        connection.close()
    # More than may wait. Most are gone before the server looks at what they asked for.
    for _ in range(MOST + 20):
        connection = http.client.HTTPConnection(server.hostname, server.port)
        connection.request("GET", f"{server.path}?{query}")
        connection.close()
    wait_until(lambda: ask(address, dids[PUBLIC], HDU="gti").status_code == 200, 30, "a cut")
    scratch = archive.var / "gavo" / "tmp"
    wait_until(lambda: not list(scratch.glob("cut-*")), 20, "no unfinished cuts")


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
    assert texts[0].text == "Error: Nothing of the dataset is in the selection.\n"
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
    energies = [f"0.{number:03} 100" for number in range(100)]
    job = Job(archive, stranger, 1, ID=dids[PUBLIC], ENERGY=energies)

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


def test_one_user_has_one_job_running_and_some_waiting(archive, dids, member, stranger):
    # More than the 21 there is room for, because some end while others are sent.
    many = [Job(archive, stranger, ID=dids[PUBLIC], HDU="gti") for _ in range(45)]
    try:
        other = Job(archive, member, ID=dids[PUBLIC], HDU="gti")
        ids = tuple(job.url.rpartition("/")[2] for job in many)
        phases = [
            phase
            for (phase,) in archive.sql(
                "SELECT phase FROM dc.datalinkjobs WHERE jobid IN %s", (ids,)
            )
        ]
        assert phases.count("EXECUTING") <= 1
        assert many[-1].outcome()[:2] == (
            "ERROR", "ServiceUnavailable: 20 jobs of yours wait already; ask again later.",
        )  # fmt: skip
        wait_until(other.finished, 20, "somebody else's job ends")
        assert other.outcome()[0] == "COMPLETED"
    finally:
        for job in [*many, other]:
            requests.delete(job.url, headers=job.person.headers, timeout=30)


def test_jobs_live_and_run_no_longer_than_the_archive_wants(archive, dids):
    job = Job(archive, NOBODY, ID=dids[PUBLIC], HDU="gti")
    job.post("destruction", DESTRUCTION="2999-01-01T00:00:00")
    job.post("executionduration", EXECUTIONDURATION="1e9")
    end = datetime.fromisoformat(job.get(f"{job.url}/destruction").text.rstrip("Z"))
    assert end < datetime.now() + timedelta(days=3)
    assert int(job.get(f"{job.url}/executionduration").text) <= 3600
    assert requests.delete(job.url, timeout=30).ok


def test_capabilities_name_both_standards(archive):
    answer = requests.get(f"{archive.url}/cta/dl/soda/capabilities", timeout=30)
    found = {str(name).lower() for name in etree.fromstring(answer.content).xpath("//@standardID")}
    assert {"ivo://ivoa.net/std/soda#sync-1.0", "ivo://ivoa.net/std/soda#async-1.0"} <= found


@pytest.mark.parametrize(("obs_id", "person"), [(PUBLIC, "nobody"), (PROPRIETARY, "member")])
def test_pyvo_cuts_by_the_descriptor_of_the_links(archive, member, obs_id, person):
    """As astronomers do, who know the row of a query and no address."""
    session = requests.Session()
    if person == "member":
        session.headers.update(member.headers)
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    (row,) = tap.search(f"SELECT * FROM cta.vo_obscore WHERE obs_id = '{obs_id}'")
    (sync,) = (
        service
        for service in row.getdatalink().iter_adhocservices()
        if any(
            param.name == "standardID" and param.value == "ivo://ivoa.net/std/SODA#sync-1.0"
            for param in service.params
        )
    )
    centre = (row["s_ra"], row["s_dec"], 0.5) * units.deg
    query = SodaQuery.from_resource(row, sync, circle=centre, session=session, energy=(1, 10))
    with fits.open(io.BytesIO(query.execute_stream().read())) as hdus:
        events = hdus["EVENTS"].data
        apart = SkyCoord(events["RA"], events["DEC"], unit="deg").separation(SkyCoord(*centre[:2]))
        assert len(events) > 0 and apart.max() <= centre[2]
        assert hdus["EVENTS"].header["OBS_ID"] == int(obs_id)

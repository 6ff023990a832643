"""Clients of all kinds, many at a time, while what answers them dies, or is asked too much."""

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
import requests

from drill.visitors import Request, Visitors, bad, of_all_kinds
from iact.operate import cluster, process
from iact.operate.layout import Layout
from service.livearchive import wait_until

#: Clients at a time, and for how many seconds they go on: 200 and 40 for a real drill.
CLIENTS = int(os.environ.get("DRILL_CLIENTS", "30"))
SECONDS = float(os.environ.get("DRILL_LOAD_SECONDS", "10"))
#: Seconds within which all is well again, on a machine that has other things to do.
RECOVERY = 60
#: Bytes of memory that the server may have.
MEMORY = 2 * 1024**3


@pytest.fixture
def archive(exercise):
    return exercise.archive


@pytest.fixture
def kinds(archive):
    """One request of each kind, about a run that is in."""
    ((did, obs_id),) = archive.sql(
        "SELECT obs_publisher_did, obs_id FROM cta.obscore_row ORDER BY obs_id LIMIT 1"
    )
    return of_all_kinds(did, obs_id)


def all_are_answered(archive, kinds):
    async def ask():
        visitors = Visitors(archive.url)
        return [await visitors.ask(request) for request in kinds]

    return [answer.kind for answer in asyncio.run(ask()) if answer.status not in (200, 303)]


def disturbed(archive, kinds, disturb):
    """Have all kinds asked for while something happens; return the answers."""
    assert all_are_answered(archive, kinds) == []

    async def go():
        visitors = Visitors(archive.url)
        until = time.monotonic() + 6
        asking = [
            asyncio.create_task(visitors.keep_asking([request], until, 0.2)) for request in kinds
        ]
        await asyncio.sleep(1)
        await asyncio.to_thread(disturb)
        await asyncio.gather(*asking)
        return visitors.answers

    return asyncio.run(go())


def sessions(archive):
    return archive.sql(
        "SELECT pid FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )


def terminate(archive):
    for (pid,) in sessions(archive):
        archive.sql("SELECT pg_terminate_backend(%s)", (pid,))


def kill(archive):
    # PostgreSQL then ends all others, too.
    process.send(sessions(archive)[0][0], signal.SIGKILL)


def restart(archive):
    layout = Layout(archive.var)
    cluster.stop(layout)
    time.sleep(1)
    cluster.start(layout)


@pytest.mark.parametrize("disturb", [terminate, kill, restart])
def test_all_comes_back_by_itself_when_sessions_of_postgresql_have_gone(archive, kinds, disturb):
    answers = disturbed(archive, kinds, lambda: disturb(archive))
    assert bad(answers) == []
    # What PostgreSQL says of a connection that fails has the path of its socket.
    assert not [answer for answer in answers if b"PGSQL" in answer.body]
    wait_until(lambda: all_are_answered(archive, kinds) == [], RECOVERY, "all is answered again")


def test_a_killed_server_comes_back_with_start_and_its_jobs_are_told_as_failed(archive, kinds):
    job = archive.tap.submit_job(
        "SELECT COUNT(*) AS n FROM cta.gti AS a, cta.gti AS b, cta.gti AS c, cta.gti AS d,"
        " cta.gti AS e, cta.gti AS f WHERE a.obs_id || b.obs_id || c.obs_id <> 'x'"
    )
    job.run()
    wait_until(lambda: job.phase == "EXECUTING", RECOVERY, "the job runs")
    server = process.read_pid(archive.var / "run" / "server.pid")
    group = os.getpgid(server)
    processes = [pid for pid in working(group) if pid != server]
    process.send(server, signal.SIGKILL)
    # The job's own process goes on, or dies with the server: both are found out.
    for pid in processes:
        process.send(pid, signal.SIGKILL)
    assert archive.cta("start").returncode == 0
    assert all_are_answered(archive, kinds) == []
    wait_until(lambda: job.phase == "ERROR", RECOVERY, "the job is told as failed")
    job.delete()


def working(group):
    """Return the processes of a group."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and process.is_alive(int(place.name)):
            try:
                if os.getpgid(int(place.name)) == group:
                    found.append(int(place.name))
            except ProcessLookupError:
                continue
    return found


@pytest.mark.parametrize("module", ["iact.events.workers", "iact.preview.drawer"])
def test_after_a_killed_worker_the_next_request_is_answered(archive, kinds, module):
    assert all_are_answered(archive, kinds) == []
    server = process.read_pid(archive.var / "run" / "server.pid")
    for pid in working(os.getpgid(server)):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if module.encode() in words:
            process.send(pid, signal.SIGKILL)
    # Else there would be nothing to draw.
    shutil.rmtree(archive.var / "cache" / "previews")
    assert all_are_answered(archive, kinds) == []


def test_many_clients_of_all_kinds_are_served_and_one_more_too(archive, kinds):
    async def go():
        crowd, normal = Visitors(archive.url), Visitors(archive.url)
        until = time.monotonic() + SECONDS
        shifted = [
            kinds[number % len(kinds) :] + kinds[: number % len(kinds)] for number in range(CLIENTS)
        ]
        wrong = Request("wrong", "/tap/sync?LANG=ADQL&QUERY=SELECT+nothing+FROM+nowhere")
        tasks = [crowd.keep_asking([*asked, wrong], until, 0.0) for asked in shifted]
        simple = [request for request in kinds if request.kind in ("links", "home", "tap")]
        await asyncio.gather(*tasks, normal.keep_asking(simple, until, 0.5))
        return crowd.answers, normal.answers

    crowd, normal = asyncio.run(go())
    assert bad(crowd) == []
    assert {answer.status for answer in normal} == {200}
    assert all_are_answered(archive, kinds) == []
    pages = Path(f"/proc/{process.read_pid(archive.var / 'run' / 'server.pid')}/statm")
    assert int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") < MEMORY
    assert requests.get(archive.url, timeout=60).status_code == 200

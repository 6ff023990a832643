"""`kill -9` of whatever takes part in an ingestion, at any moment of it."""

import random
import signal

import pytest

from drill.exercise import GOOD, IMPORT, INGEST
from iact.operate import process
from service.livearchive import wait_until


def test_a_killed_ingester_loses_nothing(exercise, share):
    run = exercise.begin(*INGEST)
    run.wait_for(share * exercise.duration[INGEST])
    run.kill()
    # Its workers have lost their parent: they end by themselves.
    wait_until(lambda: not run.group(), 2, "the workers have ended")
    exercise.check("ingester", run)


def test_an_ingester_killed_with_its_workers_loses_nothing(exercise, share):
    run = exercise.begin(*INGEST)
    run.wait_for(share * exercise.duration[INGEST])
    run.signal_group(signal.SIGKILL)
    run.child.wait()
    exercise.check("ingester and workers", run)


def test_a_killed_worker_changes_nothing(exercise, rare_share):
    run = exercise.begin(*INGEST)
    run.wait_for(rare_share * exercise.duration[INGEST])
    if workers := [pid for pid in run.group() if pid != run.child.pid]:
        process.send(random.Random(rare_share).choice(workers), signal.SIGKILL)
    assert run.child.wait(60) in GOOD, run.said
    assert "killed the process" not in run.said
    exercise.check("worker", run)


def test_a_killed_web_server_does_not_touch_ingestion(exercise, share):
    run = exercise.begin(*INGEST)
    run.wait_for(share * exercise.duration[INGEST])
    server = process.read_pid(exercise.archive.var / "run" / "server.pid")
    process.send(server, signal.SIGKILL)
    assert run.child.wait(60) in GOOD, run.said
    exercise.recover()
    assert process.read_pid(exercise.archive.var / "run" / "server.pid") != server
    exercise.check("web server", run)


def test_a_killed_import_by_dachs_loses_nothing(exercise, share):
    run = exercise.begin(*IMPORT)
    run.wait_for(share * exercise.duration[IMPORT])
    if random.Random(share).random() < 0.5:
        run.signal_group(signal.SIGKILL)
    else:
        # DaCHS alone: neither its workers nor the command that started it.
        for pid in run.children():
            process.send(pid, signal.SIGKILL)
    run.child.wait(30)
    exercise.check("dachs imp", run, ("ingest",))


def test_a_killed_postgresql_loses_nothing(exercise, share):
    run = exercise.begin(*INGEST)
    run.wait_for(share * exercise.duration[INGEST])
    server = process.read_pid(exercise.archive.var / "pg" / "postmaster.pid")
    process.send(server, signal.SIGKILL)
    ended(run)
    exercise.recover()
    exercise.check("PostgreSQL", run)


def test_a_killed_backend_of_postgresql_loses_nothing(exercise, share):
    run = exercise.begin(*INGEST)
    run.wait_for(share * exercise.duration[INGEST])
    server = process.read_pid(exercise.archive.var / "pg" / "postmaster.pid")
    backends = [pid for pid in process.working_in(exercise.archive.var / "pg") if pid != server]
    process.send(random.Random(share).choice(backends), signal.SIGKILL)
    ended(run)
    exercise.recover()
    exercise.check("backend", run)


def test_a_terminated_session_loses_nothing(exercise, rare_share):
    run = exercise.begin(*INGEST)
    run.wait_for(rare_share * exercise.duration[INGEST])
    exercise.archive.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'bin/cta ingest%'"
    )
    ended(run)
    exercise.check("terminated session", run)


def test_a_postgresql_that_is_stopped_at_once_loses_nothing(exercise, rare_share):
    run = exercise.begin(*INGEST)
    run.wait_for(rare_share * exercise.duration[INGEST])
    # What `pg_ctl stop -m immediate` sends.
    server = process.read_pid(exercise.archive.var / "pg" / "postmaster.pid")
    process.send(server, signal.SIGQUIT)
    ended(run)
    exercise.recover()
    exercise.check("stopped PostgreSQL", run)


def ended(run):
    """It ends, and if it lost its database, it says so in one sentence."""
    code = run.child.wait(30)
    assert code in (1, *GOOD), run.said
    assert "Traceback" not in run.said, run.said
    complaints = run.complaints()
    assert len(complaints) == (1 if code == 1 else 0), run.said
    if complaints:
        assert "What was committed before is in. Now `bin/cta start`, and run" in complaints[0]


# Ctrl-C reaches all processes of a terminal, `kill` only one.
@pytest.mark.parametrize(("number", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_an_interrupted_ingester_ends_at_once(exercise, rare_share, number, to_all):
    run = exercise.begin(*INGEST)
    wait_until(lambda: "files to read" in run.said, 10, "it reads")
    run.wait_for(rare_share * exercise.duration[INGEST])
    if to_all:
        run.signal_group(number)
    else:
        run.child.send_signal(number)
    code = run.child.wait(2)
    assert not run.group()
    assert code in (*GOOD, 128 + number, -number), run.said
    # Python itself ends so when it had nothing to do any more.
    if code == 128 + number:
        assert run.complaints() == ["cta: Interrupted; run the same command again to go on."]
        assert "Traceback" not in run.said, run.said
    exercise.check(number.name, run)

"""A database that does not run, is busy, or has no room, before and during an ingestion."""

import errno
import os
import signal
import subprocess

import pytest

from drill.exercise import GOOD, INGEST
from iact.operate import cluster, process
from iact.operate.layout import Layout
from service.livearchive import SUPERUSER, wait_until

MEGABYTE = 1024**2
NEEDS_DISK = pytest.mark.skipif(
    not os.environ.get("CTA_DRILL_DISK"),
    reason="a small disk to fill up is mounted by `make drill` or `make test` as root only",
)


@pytest.fixture
def layout(exercise):
    return Layout(exercise.archive.var)


def test_a_database_that_did_not_run_is_stopped_again_whatever_becomes_of_ingestion(
    exercise, layout
):
    assert exercise.archive.cta("stop").returncode == 0
    run = exercise.begin(*INGEST)
    wait_until(lambda: "files to read" in run.said, 10, "it reads")
    run.child.send_signal(signal.SIGTERM)
    assert run.child.wait(10) == 143, run.said
    assert not cluster.is_running(layout)
    run = exercise.begin(*INGEST)
    assert run.child.wait(60) in GOOD, run.said
    assert not cluster.is_running(layout)
    exercise.recover()
    exercise.check("database that was down", run)


def test_a_long_query_does_not_keep_a_crashed_database_down(exercise, layout):
    query = "SELECT sum(sqrt(a * b)) FROM generate_series(1, 99999) a, generate_series(1, 99999) b"
    client = subprocess.Popen(
        [cluster.program(layout, "psql"), "-q", "-c", query, "gavo"],
        env={"PGHOST": str(layout.sock), "PGUSER": SUPERUSER},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    working = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sqrt(a%'"
    working += " AND pid <> pg_backend_pid()"
    wait_until(lambda: exercise.archive.sql(working) != [], 10, "the query runs")
    run = exercise.begin(*INGEST)
    wait_until(lambda: "files to read" in run.said, 10, "it reads")
    process.send(process.read_pid(layout.pg / "postmaster.pid"), signal.SIGKILL)
    run.child.wait(30)
    assert process.working_in(layout.pg) != []
    exercise.recover()
    client.wait(10)
    exercise.check("PostgreSQL with a long query", run)


@pytest.fixture
def ballast(layout):
    """Makes the disk as full as wished; there is room again afterwards."""
    path = layout.cache / "ballast"

    def fill(left):
        path.unlink(missing_ok=True)
        with path.open("wb") as stream:
            for _ in range(50):
                usage = os.statvfs(path.parent)
                size = usage.f_bavail * usage.f_frsize - left
                try:
                    os.posix_fallocate(stream.fileno(), 0, size)
                except OSError as error:
                    # The server has written a line meanwhile.
                    assert error.errno == errno.ENOSPC
                else:
                    return
        raise AssertionError("The disk does not get full: something takes and gives room.")

    yield fill
    path.unlink(missing_ok=True)


def stop_at_once(layout):
    server = process.read_pid(layout.pg / "postmaster.pid")
    if server is not None:
        process.send(server, signal.SIGQUIT)
    wait_until(lambda: not process.working_in(layout.pg), 30, "PostgreSQL is down")


def room_again(layout):
    (layout.cache / "ballast").unlink()


@NEEDS_DISK
def test_a_disk_without_room_for_rows_is_named(exercise, layout, ballast):
    ballast(0)
    run = exercise.begin(*INGEST)
    assert run.child.wait(60) == 1
    (sentence,) = run.complaints()
    assert "No space left on device" in sentence
    assert f"The disk of {layout.pg} is full (0 MB are free): make room there." in sentence
    assert "What was committed before is in" in sentence
    assert "Traceback" not in run.said
    process.send(process.read_pid(layout.server_pid), signal.SIGKILL)
    ballast(0)
    started = exercise.archive.cta("start")
    # PostgreSQL, which runs, may have given back the few bytes that a start needs.
    assert started.returncode in (0, 1)
    assert started.returncode == 0 or "ake room there" in started.stderr
    assert "Traceback" not in started.stderr
    room_again(layout)
    exercise.recover()
    exercise.check("full disk", run)


@NEEDS_DISK
def test_a_disk_without_room_for_the_log_is_named_and_the_database_comes_back(
    exercise, layout, ballast
):
    # PostgreSQL makes its log in files of 16 MB. Near the end of one, with less than that
    # free, there is room for rows but not for the log: it stops in panic.
    run = begun_near_the_end_of_the_log(exercise, layout, ballast)
    assert run.child.wait(60) == 1, run.said
    (sentence,) = run.complaints()
    assert f"The disk of {layout.pg} is full" in sentence
    assert "Traceback" not in run.said
    assert "PANIC" in layout.pg_log.read_text()
    # It may have recovered; with no room at all it cannot.
    stop_at_once(layout)
    ballast(0)
    refused = exercise.archive.cta("start")
    assert refused.returncode == 1
    assert f"The disk of {layout.pg} is full" in refused.stderr
    assert "Traceback" not in refused.stderr
    room_again(layout)
    exercise.recover()
    exercise.check("full disk, panic", run)


def begun_near_the_end_of_the_log(exercise, layout, ballast):
    exercise.archive.sql("ALTER SYSTEM SET wal_recycle = off")
    exercise.archive.sql("SELECT pg_reload_conf()")
    # Files that were recycled before lie ready: use them up.
    while newest_of_log(layout) > written_now(exercise)[0]:
        exercise.archive.sql("SELECT pg_logical_emit_message(false, '', 'x')")
        exercise.archive.sql("SELECT pg_switch_wal()")
    exercise.archive.sql("CHECKPOINT")
    exercise.archive.sql("ALTER SYSTEM RESET wal_recycle")
    while written_now(exercise)[1] < 15.5 * MEGABYTE:
        exercise.archive.sql("SELECT pg_logical_emit_message(false, '', repeat('x', 200000))")
    ballast(8 * MEGABYTE)
    return exercise.begin(*INGEST)


def newest_of_log(layout):
    """The last file of the log, which may be one that is to be used later."""
    return max(path.name for path in (layout.pg / "pg_wal").iterdir() if len(path.name) == 24)


def written_now(exercise):
    """The file of the log that is written now, and how many bytes of it are."""
    now = "pg_walfile_name_offset(pg_current_wal_insert_lsn())"
    return exercise.archive.sql(f"SELECT file_name, file_offset FROM {now}")[0]

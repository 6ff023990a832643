"""One command at a time changes the tables; the others wait, and say for whom."""

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from iact.archive import lock
from service.livearchive import CTA, INTERRUPTIBLE, wait_until
from service.simulatedruns import write_run

PURPOSE = "a test"
SAID = f"Another command works on the archive ({PURPOSE}, process {os.getpid()}, since 20"


@contextmanager
def begun(archive, tmp_path, *words):
    """A command of the operator's that is running, and the file that it writes to."""
    path = tmp_path / "said"
    with path.open("w") as stream:
        command = [*INTERRUPTIBLE, str(CTA), words[0], "--var", str(archive.var)]
        command += map(str, words[1:])
        with subprocess.Popen(command, stdout=stream, stderr=stream) as child:
            try:
                yield child, path
            finally:
                child.kill()


def never(holder):
    raise AssertionError(f"waits for {holder}")


@pytest.mark.parametrize(
    "words",
    [("ingest",), ("forget", "none"), ("dachs", "imp", "cta/q")],
    ids=lambda words: words[0],
)
def test_commands_wait_for_an_ingestion_and_say_who_it_is(archive, tmp_path, words):
    with archive.connect() as connection, lock.held(connection, PURPOSE, never):
        with begun(archive, tmp_path, *words) as (child, said):
            wait_until(lambda: SAID in said.read_text(), 20, "it says that it waits")
            time.sleep(3 * lock.RETRY_SECONDS)
            assert child.poll() is None
            connection.cursor().execute("SELECT pg_advisory_unlock(%s)", (lock.LOCK,))
            # forget: there is no such data root.
            assert child.wait(60) == (1 if words[0] == "forget" else 0), said.read_text()
            assert said.read_text().count("Another command") == 1
        connection.cursor().execute("SELECT pg_advisory_lock(%s)", (lock.LOCK,))


def test_tables_are_not_made_anew_while_an_ingestion_runs(archive, tmp_path):
    with (
        archive.connect() as connection,
        lock.held(connection, PURPOSE, never),
        begun(archive, tmp_path, "setup", "--no-apt", "--remake-tables") as (child, said),
    ):
        wait_until(lambda: SAID in said.read_text(), 20, "it says that it waits")
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 143
        assert "Dropping" not in said.read_text()
        assert archive.sql("SELECT count(*) FROM cta.observation") != [(0,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_can_be_interrupted(archive, tmp_path, number):
    with (
        archive.connect() as connection,
        lock.held(connection, PURPOSE, never),
        begun(archive, tmp_path, "ingest") as (child, said),
    ):
        wait_until(lambda: SAID in said.read_text(), 20, "it says that it waits")
        child.send_signal(number)
        assert child.wait(2) == 128 + number
        assert said.read_text().splitlines()[1:] == [
            "cta: Interrupted; run the same command again to go on."
        ]


def test_a_connection_that_is_lost_while_waiting_is_one_sentence(archive, tmp_path):
    with (
        archive.connect() as connection,
        lock.held(connection, PURPOSE, never),
        begun(archive, tmp_path, "ingest") as (child, said),
    ):
        wait_until(lambda: SAID in said.read_text(), 20, "it says that it waits")
        archive.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'bin/cta ingest%'"
        )
        assert child.wait(10) == 1
        (sentence,) = said.read_text().splitlines()[1:]
    assert sentence.startswith("cta: The database cannot be used: ")
    assert "Now `bin/cta start`, and run the same command again" in sentence


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT pg_sleep(60)"], ids=["idle", "busy"])
def test_a_holder_that_was_killed_keeps_nobody_waiting(archive, folder, statement):
    program = (
        "import psycopg2, sys\n"
        "from iact.archive import lock\n"
        "c = psycopg2.connect(host=sys.argv[1], port=5432, dbname='gavo', user='gavoadmin')\n"
        f"with lock.held(c, '{PURPOSE}', print):\n"
        f"    print('held', flush=True); c.cursor().execute('{statement}'); sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        ["/usr/bin/python3", "-c", program, str(archive.var / "sock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    time.sleep(0.5)
    holder.kill()
    holder.communicate()
    write_run(folder / "a.fits.gz", 930001)
    start = time.monotonic()
    done = archive.cta("ingest", folder)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 10


def test_the_data_roots_are_those_of_the_moment_when_the_waiting_ends(archive, folder, tmp_path):
    write_run(folder / "a.fits.gz", 930002)
    assert archive.cta("ingest", folder).returncode == 0
    answers = []
    with archive.connect() as connection, lock.held(connection, PURPOSE, never):
        forgetting = threading.Thread(
            target=lambda: answers.append(archive.cta("forget", folder)), daemon=True
        )
        forgetting.start()
        with begun(archive, tmp_path, "ingest") as (child, said):
            wait_until(lambda: SAID in said.read_text(), 20, "it says that it waits")
            connection.cursor().execute("SELECT pg_advisory_unlock(%s)", (lock.LOCK,))
            assert child.wait(60) == 0
            forgetting.join(60)
        connection.cursor().execute("SELECT pg_advisory_lock(%s)", (lock.LOCK,))
    assert answers[0].returncode == 0, answers[0].stderr
    # Whichever came first, the other one did not bring it back.
    assert archive.sql("SELECT 1 FROM cta.observation WHERE obs_id = '930002'") == []


def test_a_lock_is_given_back_with_the_session_or_the_transaction(archive):
    with archive.connect() as first, archive.connect() as second:
        with lock.held(first, PURPOSE, never):
            pass
        lock.take_until_commit(second, PURPOSE, never)
        second.commit()
        with lock.held(first, PURPOSE, never):
            pass

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.operate import process


@pytest.fixture
def sleeper():
    child = subprocess.Popen(["sleep", "60"], start_new_session=True, env={"MARK": "ours"})
    # The child is a copy of this process until it has become `sleep`.
    while not process.belongs_to(child.pid, "sleep"):
        time.sleep(0.01)
    yield child
    child.kill()
    child.wait()


def test_output_is_returned():
    assert process.run(["echo", "word"], "Saying a word") == "word\n"


def test_output_goes_to_a_log_where_one_is_named(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    assert process.run(["echo", "word"], "Saying a word", log=log) == ""
    assert log.read_text() == "before\nword\n"


def test_a_failure_names_purpose_exit_code_and_last_lines():
    with pytest.raises(CtaError, match=r"(?s)Trying failed \(exit code 3.*the reason"):
        process.run(["sh", "-c", "echo the reason >&2; exit 3"], "Trying")


def test_a_failure_with_a_log_shows_only_its_own_lines(tmp_path):
    log = tmp_path / "log"
    log.write_text("of the last run\n")
    with pytest.raises(CtaError, match="of this run") as caught:
        process.run(["sh", "-c", "echo of this run; exit 1"], "Trying", log=log)
    assert "of the last run" not in str(caught.value)
    assert str(log) in str(caught.value)


def test_a_missing_program_leads_to_setup():
    with pytest.raises(CtaError, match="no-such-program is not there; run `bin/cta setup`"):
        process.run(["no-such-program"], "Trying")


def test_the_tail_has_the_last_lines_that_are_not_empty(tmp_path):
    path = tmp_path / "log"
    path.write_text("one\n\ntwo\nthree\n\n")
    assert process.tail_of(path, 2) == "  two\n  three"
    assert process.tail_of(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("text", "pid"), [("12\n", 12), ("34\n/data\n", 34), ("", None), ("x", None)]
)
def test_a_pid_file_is_read(tmp_path, text, pid):
    path = tmp_path / "pid"
    path.write_text(text)
    assert process.read_pid(path) == pid


def test_no_pid_file_is_no_pid(tmp_path):
    assert process.read_pid(tmp_path / "none") is None


def test_a_process_is_known_by_its_command_and_environment(sleeper):
    assert process.belongs_to(sleeper.pid, "sleep", "MARK=ours")
    assert not process.belongs_to(sleeper.pid, "sleep", "MARK=theirs")
    assert not process.belongs_to(sleeper.pid, "postgres")


def test_a_process_that_has_ended_is_nobodys(sleeper):
    sleeper.kill()
    sleeper.wait()
    assert not process.belongs_to(sleeper.pid, "sleep")
    assert not process.is_alive(sleeper.pid)


def test_a_process_that_waits_to_be_reaped_is_not_alive(sleeper):
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_alive(sleeper.pid)


def test_a_group_ends_with_its_leader():
    child = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; wait"], start_new_session=True, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        inner = int(child.stdout.readline())
    process.end_group(child.pid, 5)
    child.wait()
    _wait_until_gone(inner)


def test_a_process_that_does_not_listen_is_killed():
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
    process.end_group(child.pid, 0.2)
    assert child.wait(5) == -9


def test_processes_are_found_by_where_they_work(tmp_path):
    assert process.working_in(tmp_path) == []
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as child:
        found = process.working_in(tmp_path)
        child.kill()
    assert found == [child.pid]


def test_ending_a_group_that_is_gone_is_no_error(sleeper):
    sleeper.kill()
    sleeper.wait()
    process.end_group(sleeper.pid, 1)


def _wait_until_gone(pid):
    until = time.monotonic() + 5
    while process.is_alive(pid):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_process_is_known_by_its_program_whatever_it_calls_itself():
    with subprocess.Popen(["postgres: checkpointer", "60"], executable="/bin/sleep") as child:
        while process.runs(child.pid, Path(sys.executable).resolve().name):
            time.sleep(0.01)
        assert not process.runs(child.pid, "postgres")
        assert process.runs(child.pid, "sleep")
        child.kill()


def test_a_signal_for_a_process_that_has_ended_is_no_error():
    child = subprocess.Popen(["true"])
    child.wait()
    process.send(child.pid, signal.SIGTERM)
    assert not process.runs(child.pid, "true")

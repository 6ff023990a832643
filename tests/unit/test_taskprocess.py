"""Processes that do tasks for a server."""

import os
import resource
import signal
import sys
import time

import pytest

from iact.taskprocess import NoOutcome, TaskProcess
from unit import chores


@pytest.fixture
def start(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    made = []

    def make(patience=60.0):
        made.append(TaskProcess("unit.chores", patience))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def ask(process, name, *arguments):
    return process.do((name, arguments))


def test_one_process_does_one_task_after_the_other(start):
    process = start()
    assert ask(process, "echo", "x" * 1_000_000) == "x" * 1_000_000
    assert ask(process, "echo", None) is None
    assert ask(process, "pid") == ask(process, "pid") != os.getpid()


def test_it_gives_way_to_the_server(start):
    assert ask(start(), "niceness") == os.nice(0) + chores.NICENESS


def test_what_libraries_print_is_no_outcome(start, capfd):
    process = start()
    assert ask(process, "chatter") == "well"
    assert ask(process, "echo", 1) == 1
    assert "Hello!" in capfd.readouterr().err


def test_what_a_task_may_end_with_is_raised_as_it_is(start):
    process = start()
    pid = ask(process, "pid")
    with pytest.raises(chores.Expected, match=r"^not this$"):
        ask(process, "refuse")
    assert ask(process, "pid") == pid


def test_a_defect_says_where_it_is_and_the_next_task_is_done(start):
    process = start()
    pid = ask(process, "pid")
    with pytest.raises(RuntimeError, match=r"(?s)^\('blunder', \(\)\)\n.*in blunder\n.*KeyError"):
        ask(process, "blunder")
    assert ask(process, "pid") == pid


def test_a_process_that_dies_is_an_error_and_replaced(start):
    process = start()
    with pytest.raises(NoOutcome, match=r"^ended without a result; was memory out"):
        ask(process, "die")
    assert ask(process, "echo", 1) == 1
    os.kill(ask(process, "pid"), signal.SIGKILL)
    process._process.wait()
    assert ask(process, "echo", 2) == 2


@pytest.mark.parametrize("stopped", [False, True])
def test_what_takes_too_long_is_given_up(start, stopped):
    process = start(patience=0.5)
    if stopped:
        os.kill(ask(process, "pid"), signal.SIGSTOP)
    with pytest.raises(NoOutcome, match=r"^took more than 0\.5 s"):
        ask(process, "dawdle")
    assert process._process is None


def test_a_process_without_work_ends_and_the_next_task_starts_another(start):
    process = start()
    pid = ask(process, "pid")
    assert process._process.wait(60) == 0
    assert ask(process, "pid") != pid


def test_a_process_that_goes_for_want_of_work_when_a_task_comes(start, tmp_path):
    assert ask(start(), "leave_after", str(tmp_path / "left")) is None
    assert (tmp_path / "left").exists()


def test_it_ends_with_the_server(start):
    process = start()
    ask(process, "pid")
    process._process.stdin.close()
    assert process._process.wait(60) == 0


def test_it_does_not_end_with_ctrl_c_which_the_server_gets_too(start):
    process = start()
    pid = ask(process, "pid")
    os.kill(pid, signal.SIGINT)
    time.sleep(0.2)
    assert ask(process, "pid") == pid


def test_a_process_has_all_memory_that_the_system_gives_whatever_its_server_has(start):
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (8 * 1024**3, hard))
    try:
        assert ask(start(), "limits_of_memory") == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

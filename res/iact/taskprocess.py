"""A process that does tasks for a server, one after the other, while the server goes on answering.

Tasks and outcomes go through pipes, pickled: both ends are our own. The process ends with the one
that started it, since its standard input does.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Where Python finds this package.
_CODE = Path(__file__).resolve().parents[1]
#: For a process that has closed its pipes to end.
_SECONDS_TO_END = 5.0


class NoOutcome(Exception):
    """How a process has ended without an outcome: "took more than 120 s and was ended", say."""


class TaskProcess:
    """The server's end. The process is started with the first task, and anew where it has ended.

    Its methods must not be called by two threads at once.

    Parameters
    ----------
    module
        What the process runs: a module that calls `serve`.
    patience
        Seconds that a task may take.
    """

    def __init__(self, module: str, patience: float) -> None:
        self._module, self._patience = module, patience
        self._process: subprocess.Popen[bytes] | None = None
        self._is_late = False

    def do(self, task: object) -> Any:
        """Have a task done; return its outcome.

        Raises
        ------
        Exception
            That with which the task has ended.
        NoOutcome
            It has not.
        """
        process = self._running()
        outcome = self._ask(process, task)
        if outcome is None and process.returncode == 0:
            # It has gone for want of work in this moment.
            process = self._running()
            outcome = self._ask(process, task)
        if outcome is None:
            raise NoOutcome(
                f"took more than {self._patience:g} s and was ended"
                if self._is_late
                else "ended without a result; was memory out?"
            )
        succeeded, value = outcome
        if succeeded:
            return value
        raise value

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            # What it has not read is still to be written.
            with contextlib.suppress(BrokenPipeError), process:
                pass

    def _ask(self, process: subprocess.Popen[bytes], task: object) -> tuple[bool, Any] | None:
        """Return whether a task has succeeded, and with what; None if its process has ended."""
        assert process.stdin is not None and process.stdout is not None
        self._is_late = False
        late = threading.Timer(self._patience, self._give_up, (process,))
        late.start()
        try:
            pickle.dump(task, process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)  # type: ignore[no-any-return]
        except (EOFError, OSError, pickle.UnpicklingError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                # Else it would be killed where it is about to end well.
                process.wait(_SECONDS_TO_END)
            self.stop()
            return None
        finally:
            late.cancel()

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        self._is_late = True
        process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            path = (str(_CODE), os.environ.get("PYTHONPATH"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
            )
        return self._process


def serve(
    do: Callable[[Any], object],
    expected: tuple[type[Exception], ...],
    niceness: int,
    idle: float | None = None,
) -> None:
    """Do the tasks that come through standard input: the process's end.

    Parameters
    ----------
    do
        Takes a task, returns its outcome.
    expected
        What it may raise. All else is a defect of ours: the server gets a RuntimeError that says
        where it was, and the next task is not its fault.
    niceness
        How much the process gives way to the server, which needs the same cores.
    idle
        Seconds without a task after which the process ends; None: it stays.
    """
    os.nice(niceness)
    # The server has a limit of its own, whereas files may be as large as the machine takes.
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    # Ctrl-C reaches the server, too, which ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get among the outcomes.
    outcomes = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # One task at a time is sent, so none waits in a buffer that select does not see.
    while select.select([sys.stdin], [], [], idle)[0]:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        try:
            outcome = True, do(task)
        except expected as exc:
            outcome = False, exc
        except Exception:
            outcome = False, RuntimeError(f"{task}\n{traceback.format_exc()}")
        pickle.dump(outcome, outcomes)
        outcomes.flush()

"""Processes that cut, so that a server goes on answering.

Tasks and results go through pipes, pickled: both ends are our own. A worker ends with the
process that started it, since its standard input does.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

from iact.events.faults import Fault, NothingLeft, unavailable
from iact.events.task import Task

#: Workers of a server; a cut keeps one core busy.
WORKERS = 2
#: Seconds after which a cut is given up.
PATIENCE = 120.0
#: How much workers give way to the server, which needs the same cores.
_NICE = 5


class Worker:
    """A process that does one cut after the other; it is started with the first.

    Parameters
    ----------
    patience
        Seconds that a cut may take.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def cut(self, task: Task) -> int:
        """Do a task; returns and raises as `iact.events.cut.cut`.

        Raises
        ------
        Fault
            Also if the cut takes too long, or the process has died of it.
        """
        process = self._running()
        late = threading.Timer(self._patience, process.kill)
        late.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            pickle.dump(task, process.stdin)
            process.stdin.flush()
            outcome = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as exc:
            self.stop()
            task.target.unlink(missing_ok=True)
            raise unavailable("The cut took too long or too much memory; ask for less.") from exc
        finally:
            late.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, int)
        return outcome

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            here = str(Path(__file__).resolve().parents[2])
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": here},
            )
        return self._process


def main() -> None:
    """Do the tasks that come through standard input."""
    from iact.events.cut import cut

    os.nice(_NICE)
    # Ctrl-C reaches the server, too, and ends its workers with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get among the results.
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    with contextlib.suppress(EOFError):
        while True:
            task = pickle.load(sys.stdin.buffer)
            outcome: int | Exception
            try:
                outcome = cut(task)
            except (Fault, NothingLeft) as exc:
                outcome = exc
            except Exception as exc:
                # A defect of ours: the server logs it, and the next task is not its fault.
                outcome = RuntimeError(f"{type(exc).__name__}: {exc} in {task.source.name}")
            pickle.dump(outcome, results)
            results.flush()


if __name__ == "__main__":
    main()

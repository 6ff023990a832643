"""Processes that cut, so that a server goes on answering: ``python3 -m iact.events.workers``."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from iact.errors import WANT_OF_ROOM
from iact.events.faults import Fault, NothingLeft, unavailable
from iact.events.task import Task
from iact.taskprocess import NoOutcome, TaskProcess, serve

#: Workers of a server; a cut keeps one core busy.
WORKERS = 2
#: Seconds after which a cut is given up.
PATIENCE = 120.0
_NICENESS = 5


class Worker:
    """Has cuts made in a process, one after the other.

    Parameters
    ----------
    patience
        Seconds that a cut may take.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._process = TaskProcess(__name__, patience)

    def cut(self, task: Task) -> int:
        """Do a task; returns and raises as `iact.events.cut.cut`.

        Raises
        ------
        Fault
            Also if the cut takes too long, the process has died of it, or the disk is full.
        """
        try:
            return int(self._process.do(task))
        except NoOutcome as exc:
            task.target.unlink(missing_ok=True)
            raise unavailable("The cut took too long or too much memory; ask for less.") from exc

    def stop(self) -> None:
        """End the process, if there is one."""
        self._process.stop()


def main() -> None:
    """Do the tasks that come through standard input."""
    # Astropy and numpy come with it, which the server's end does not need.
    from iact.events.cut import cut

    warnings.simplefilter("ignore")
    serve(lambda task: _with_room(cut, task), (Fault, NothingLeft), _NICENESS)


def _with_room(cut: Callable[[Task], int], task: Task) -> int:
    try:
        return cut(task)
    except OSError as exc:
        if exc.errno in WANT_OF_ROOM:
            raise unavailable("There is no room on the disk for the cut; ask again later.") from exc
        raise


if __name__ == "__main__":
    main()

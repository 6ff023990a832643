"""What a process of the tests does: a task names one of these, and has its arguments."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from iact.taskprocess import serve

IDLE, NICENESS = 1.0, 5


class Expected(Exception):
    """What a task may end with."""


def pid() -> int:
    """Tell which process this is."""
    return os.getpid()


def niceness() -> int:
    """Tell how much it gives way."""
    return os.nice(0)


def echo(value: object) -> object:
    """Return what was given."""
    return value


def chatter() -> str:
    """Print, as libraries do."""
    print("Hello!", flush=True)
    sys.stdout.write("How are you?")
    return "well"


def refuse() -> None:
    """End with what is expected."""
    raise Expected("not this")


def blunder() -> None:
    """End with what is not."""
    raise KeyError("a defect")


def die() -> None:
    """End the process as the system does where memory is out."""
    os.kill(os.getpid(), signal.SIGKILL)


def dawdle() -> None:
    """Take long."""
    time.sleep(600)


def leave_after(path: str) -> None:
    """End the process well before the task is done, once."""
    if not Path(path).exists():
        Path(path).touch()
        os._exit(0)


def limits_of_memory() -> tuple[int, int]:
    """Return how many bytes of data the process may have, and might have if it wished."""
    return resource.getrlimit(resource.RLIMIT_DATA)


def do(task: tuple[str, tuple[Any, ...]]) -> object:
    """Do one of these."""
    name, arguments = task
    return globals()[name](*arguments)


if __name__ == "__main__":
    # Its exceptions are pickled as this module's, by which the tests know them.
    from unit import chores

    serve(chores.do, (chores.Expected,), NICENESS, IDLE)

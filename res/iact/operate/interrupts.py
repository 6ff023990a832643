"""Ctrl-C and SIGTERM end a command wherever they find it."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_AGAIN_SECONDS = 0.01


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does: what it started ends with it."""


def heed() -> None:
    """Have SIGTERM end this process as Ctrl-C does, and neither of them be lost.

    Python drops an exception that is raised while it takes an object away (in a
    ``__del__``), and goes on as if nobody had pressed Ctrl-C; starting worker processes is
    full of such moments. So the signal is sent once more.
    """
    signal.signal(signal.SIGTERM, _terminate)
    sys.unraisablehook = _raise_again


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    error = lost.exc_value

    def again(number: int, frame: FrameType | None) -> None:
        raise error

    # Not here: this too is called from the place that drops exceptions.
    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

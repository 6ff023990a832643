"""Having previews drawn in another process: ``python3 -m iact.preview.drawer``.

Drawing takes a second of a core, and memory that a server would never give back.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from iact.errors import CtaError, DL3Error
from iact.preview.stored import Source, make
from iact.taskprocess import NoOutcome, TaskProcess, serve

#: Seconds that the previews of one file may take.
TIMEOUT = 120.0
#: Seconds for which what could not be drawn is not tried again: many may ask for it, and each
#: attempt keeps all others waiting. What could not be stored is no fault of its file.
REMEMBERED, REMEMBERED_AS_NOT_STORED = 300.0, 10.0
_MOST_REMEMBERED = 1000
#: Seconds without a request after which the process ends.
_IDLE = 60.0
#: Answers are given priority over pictures.
_NICENESS = 10


class Drawer:
    """Has previews drawn, and remembers what could not be.

    Its methods must not be called by two threads at once.

    Parameters
    ----------
    folder
        Of all previews.
    timeout
        Seconds after which drawing is given up.
    clock
        Seconds.
    """

    def __init__(
        self,
        folder: Path,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._clock = folder, clock
        self._process = TaskProcess(__name__, timeout)
        #: When and why sources could not be drawn, by their keys; the latest is last.
        self._failures: OrderedDict[str, tuple[float, CtaError | OSError]] = OrderedDict()

    def draw(self, source: Source) -> None:
        """Have all previews of a source made.

        Raises
        ------
        CtaError
            The file cannot be drawn, now or some minutes ago.
        OSError
            The previews cannot be stored, likewise.
        """
        now = self._clock()
        when, failure = self._failures.get(source.key, (now - REMEMBERED, None))
        stays = REMEMBERED_AS_NOT_STORED if isinstance(failure, OSError) else REMEMBERED
        if failure is None or now - when >= stays:
            failure = self._failure(source)
            self._remember(source.key, failure)
        if failure is not None:
            raise failure.with_traceback(None)

    def close(self) -> None:
        """End the process."""
        self._process.stop()

    def _remember(self, key: str, failure: CtaError | OSError | None) -> None:
        self._failures.pop(key, None)
        if failure is not None:
            self._failures[key] = self._clock(), failure
        if len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)

    def _failure(self, source: Source) -> CtaError | OSError | None:
        """Have the previews made; return why they could not be."""
        try:
            self._process.do((self._folder, source))
        except (DL3Error, OSError) as failure:
            return failure
        except NoOutcome as reason:
            return CtaError(f"{source.path}: drawing its previews {reason}")
        return None


def _make(task: tuple[Path, Source]) -> None:
    make(*task)


if __name__ == "__main__":
    serve(_make, (DL3Error, OSError), _NICENESS, _IDLE)

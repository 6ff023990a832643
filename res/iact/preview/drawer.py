"""Having previews drawn in another process."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from iact.errors import CtaError
from iact.preview.stored import Source
from iact.preview.worker import request_of

#: Seconds that the previews of one file may take.
TIMEOUT = 120.0

#: Seconds for which what could not be drawn is not tried again: many may ask for it, and each
#: attempt keeps all others waiting.
REMEMBERED = 300.0

_MOST_REMEMBERED = 1000

_COMMAND = (sys.executable, "-P", "-s", "-m", "iact.preview.worker")


class Drawer:
    """Starts the process when there is something to draw, and anew where it has ended.

    Its methods must not be called by two threads at once.

    Parameters
    ----------
    folder
        Of all previews.
    command, timeout
        The process; seconds after which it is ended.
    clock
        Seconds.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str] = _COMMAND,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._command, self._timeout = folder, command, timeout
        self._clock = clock
        self._process: subprocess.Popen[str] | None = None
        #: When and why sources could not be drawn, by their keys; the latest is last.
        self._failures: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def draw(self, source: Source) -> None:
        """Have all previews of a source made.

        Raises
        ------
        CtaError
            They could not be made, now or some minutes ago.
        """
        now = self._clock()
        when, reason = self._failures.get(source.key, (now - REMEMBERED, ""))
        if now - when >= REMEMBERED:
            reason = self._reason_of_failure(source)
            if reason:
                self._remember(source.key, reason)
        if reason:
            raise CtaError(reason)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _remember(self, key: str, reason: str) -> None:
        self._failures[key] = self._clock(), reason
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)

    def _reason_of_failure(self, source: Source) -> str:
        """Have the previews made; return why they could not be, else nothing."""
        line = request_of(self._folder, source) + "\n"
        answer = self._ask(line)
        if answer is None:
            # It may have gone for want of work in this moment.
            answer = self._ask(line)
        if answer is None:
            return f"{source.path}: the process that draws previews ended; was memory out?"
        return answer

    def _ask(self, line: str) -> str | None:
        """Return the answer to a request; None where the process has ended without one."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except BrokenPipeError:
            self.close()
            return None
        if not select.select([process.stdout], [], [], self._timeout)[0]:
            self.close()
            return f"drawing took more than {self._timeout:g} s and was ended"
        said = process.stdout.readline()
        if not said:
            self.close()
            return None
        return str(json.loads(said))

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self._process

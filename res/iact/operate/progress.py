"""Progress of an ingestion: files, rate and time left."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from iact.archive.ingest import Progress

#: Seconds between two lines where the output is no terminal.
_LINE_EVERY = 10.0
_REDRAW_EVERY = 0.1


def tell_waiting(holder: str) -> None:
    """Say on standard error who works on the archive, and that this command waits."""
    print(
        f"Another command works on the archive ({holder}); this one begins when it has ended.",
        file=sys.stderr,
        flush=True,
    )


class ShownProgress(Progress):
    """Shows the progress on a stream: one line that is redrawn, or lines now and then.

    Parameters
    ----------
    stream
        Where to; a terminal gets the line that is redrawn.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraw = stream.isatty()
        self._every = _REDRAW_EVERY if self._redraw else _LINE_EVERY
        self._reset("", 0, 0)

    def _reset(self, data_root: str, files: int, size: int) -> None:
        self._data_root, self._files, self._size = data_root, files, size
        self._done_files = self._done_size = 0
        self._started = self._shown = time.monotonic()

    def begin(self, data_root: str, files: int, size: int) -> None:
        """Say how much there is to read."""
        self._reset(data_root, files, size)
        if files:
            print(f"{data_root}: {files} files to read, {size / 1e6:.1f} MB",
                  file=self._stream, flush=True)  # fmt: skip

    def advance(self, size: int) -> None:
        """Count one more file."""
        self._done_files += 1
        self._done_size += size
        now = time.monotonic()
        if now - self._shown >= self._every and self._done_files < self._files:
            self._shown = now
            self._show(now)

    def end(self) -> None:
        """Show how long it took."""
        if self._files:
            self._show(time.monotonic())
            if self._redraw:
                print(file=self._stream, flush=True)

    def _show(self, now: float) -> None:
        elapsed = max(now - self._started, 1e-3)
        rate = self._done_files / elapsed
        shown = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
        line = f"{self._data_root}: {self._done_files}/{self._files} files, {shown} files/s"
        if self._done_files < self._files:
            # Bytes foretell the time better than files: these differ a thousandfold in size.
            share = self._done_size / self._size if self._size else 1.0
            left = elapsed * (1 - share) / share if share else 0.0
            line += f", {_clock(left)} left"
        else:
            line += f", took {_clock(elapsed)}"
        if self._redraw:
            print(f"\r\033[K{line}", end="", file=self._stream, flush=True)
        else:
            print(line, file=self._stream, flush=True)


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"

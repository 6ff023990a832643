"""What memory a server takes while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Between two looks; a peak that is shorter comes with the next request of its kind.
_SECONDS = 0.05


@contextmanager
def watched(look: Callable[[], float]) -> Iterator[list[float]]:
    """Look at something again and again; the list has what was seen.

    Parameters
    ----------
    look
        Such as a call of `bench.machine.memory_mib`.
    """
    seen: list[float] = [look()]
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(_SECONDS):
            seen.append(look())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()

"""A reader that looks for a file all the time, as a server does while it is set up anew."""

from __future__ import annotations

import threading
from pathlib import Path


class Watch:
    """Look for a file in a thread of its own until the end of a ``with``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looked = 0
        self.missed = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            self.looked += 1
            self.missed += not self._path.exists()

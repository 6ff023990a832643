"""The data centre that is measured: its commands, its database, its server."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CODE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Archive:
    """A running data centre.

    Parameters
    ----------
    url, var
        Of its server, and where its state is.
    work
        A folder for files that are made.
    """

    url: str
    var: Path
    work: Path

    def cta(self, command: str, *words: object, good: tuple[int, ...] = (0,)) -> float:
        """Run a command of the operator's; return its seconds, start-up included."""
        line = [str(CODE / "bin" / "cta"), command, "--var", str(self.var), *map(str, words)]
        start = time.monotonic()
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - start
        if done.returncode not in good:
            raise RuntimeError(f"{' '.join(line)}:\n{done.stdout}{done.stderr}")
        return seconds

    def module(self, name: str, *words: object) -> dict[str, float]:
        """Run one of the modules here in a process of its own; return what it measured."""
        line = [sys.executable, "-P", "-s", "-m", f"bench.{name}", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(line)}:\n{done.stdout}{done.stderr}")
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
        return found

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the owner of the tables, each committed; return the last's rows."""
        from iact.operate.database import connect
        from iact.operate.layout import Layout

        with connect(Layout(self.var)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def query(self, adql: str) -> str:
        """Return TAP's answer to a synchronous query, CSV."""
        words = urllib.parse.urlencode({"LANG": "ADQL", "FORMAT": "csv", "QUERY": adql})
        with urllib.request.urlopen(f"{self.url}/tap/sync", words.encode(), timeout=300) as answer:
            text: str = answer.read().decode()
        if text.startswith("<"):
            raise RuntimeError(text)
        return text


def median(measure: Callable[[], float], rounds: int) -> float:
    """Return the median of some measurements."""
    return statistics.median(measure() for _ in range(rounds))


@contextmanager
def visitors(archive: Archive, adql: str) -> Iterator[list[float]]:
    """Have a user ask the same over and over; gives the seconds of each answer."""
    seconds: list[float] = []
    failures: list[Exception] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            start = time.monotonic()
            try:
                archive.query(adql)
            except Exception as error:
                failures.append(error)
                return
            seconds.append(time.monotonic() - start)
            time.sleep(0.02)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seconds
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]

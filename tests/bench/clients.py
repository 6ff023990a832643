"""Users that ask at the same time, and what their waiting was."""

from __future__ import annotations

import csv
import http.client
import io
import itertools
import statistics
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.share import part, part_of_seconds

#: How many ask at the same time.
CROWDS = tuple(dict.fromkeys((1, part(8, 2), part(32, 2))))
#: As long do they go on, in seconds.
CELL_S = part_of_seconds(1.5)
#: DaCHS ends synchronous queries after a minute.
TIMEOUT_S = 120


@dataclass(frozen=True)
class Cell:
    """What one crowd met.

    Parameters
    ----------
    seconds
        Of each answer.
    elapsed
        Of all together.
    """

    seconds: tuple[float, ...]
    elapsed: float

    @property
    def median(self) -> float:
        """Seconds that half of the answers took at most."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """Seconds that 95 % of the answers took at most."""
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1) + 0.5)]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.elapsed


def ask(url: str, adql: str) -> list[list[str]]:
    """Return the rows of a synchronous query."""
    words = urllib.parse.urlencode({"LANG": "ADQL", "FORMAT": "csv", "QUERY": adql}).encode()
    with urllib.request.urlopen(f"{url}/tap/sync", words, timeout=TIMEOUT_S) as answer:
        text = answer.read().decode()
    if text.startswith("<"):
        raise RuntimeError(f"{url} does not answer {adql}:\n{text}")
    return list(csv.reader(io.StringIO(text)))[1:]


def crowd(url: str, queries: Sequence[str], clients: int, seconds: float = CELL_S) -> Cell:
    """Have some clients ask one query after the other, each with another one to begin with."""
    answers: list[float] = []
    failures: list[Exception] = []
    start = time.monotonic()

    def client(number: int) -> None:
        for adql in itertools.islice(itertools.cycle(queries), number, None):
            begun = time.monotonic()
            if failures or (begun - start > seconds and answers):
                return
            try:
                ask(url, adql)
            except Exception as error:
                failures.append(error)
                return
            answers.append(time.monotonic() - begun)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Cell(tuple(answers), time.monotonic() - start)


class Asker:
    """A client that keeps its connection.

    Parameters
    ----------
    url
        Of a server.
    """

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)

    def __call__(self, address: str, form: bytes | None = None) -> bytes:
        """Return what is at a path, or what a form that is sent there gives."""
        return self._ask(address, form, 200)[1]

    def redirection(self, address: str, form: bytes) -> str:
        """Return the path to which a form leads."""
        target, _ = self._ask(address, form, 303)
        return urllib.parse.urlsplit(target).path

    def _ask(self, address: str, form: bytes | None, wanted: int) -> tuple[str, bytes]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self._connection.request("POST" if form else "GET", address, form, kind)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != wanted:
            raise RuntimeError(f"{answer.status} for {address}: {body[:200]!r}")
        return answer.getheader("Location", ""), body


def seconds_of(act: Callable[..., object], *arguments: object) -> float:
    """Return the seconds that a call takes."""
    start = time.monotonic()
    act(*arguments)
    return time.monotonic() - start


def in_turns(
    ours: Sequence[Callable[[], object]],
    rivals: Sequence[Callable[[], object]],
    number: int,
    turn: int = 1,
) -> tuple[float, float]:
    """Return the median seconds of two kinds of calls, each of which is made so many times.

    So many calls as ``turn`` says follow each other before it is the other kind's turn.
    """
    mine, others = [], []
    for begin in range(0, number, turn):
        indices = range(begin, min(begin + turn, number))
        mine += [seconds_of(ours[index % len(ours)]) for index in indices]
        others += [seconds_of(rivals[index % len(rivals)]) for index in indices]
    return statistics.median(mine), statistics.median(others)


def form_of(dids: Sequence[str]) -> bytes:
    """Return a form that asks for datasets by their identifiers."""
    # Stock DaCHS ends after a hundred links otherwise.
    most = ("MAXREC", "1000000")
    return urllib.parse.urlencode([most, *(("ID", did) for did in dids)]).encode()

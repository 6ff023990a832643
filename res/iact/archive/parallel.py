"""Running a function over many items on all cores, results in order, memory bounded."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items that one worker takes at a time: enough to make passing them cheap, few
#: enough that progress is seen.
CHUNK = 4


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in the order of the items.

    Parameters
    ----------
    function
        Picklable.
    items
        Taken lazily: no more than a few chunks a worker are ahead of the results.
    jobs
        Number of worker processes; with 1 everything runs in this process.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        If a worker is killed.
    """
    source = iter(items)
    if jobs <= 1:
        yield from map(function, source)
        return
    first = list(islice(source, CHUNK))
    if len(first) < CHUNK:
        # Too little to be worth the start of processes.
        yield from map(function, first)
        return
    # fork, for the workers need what is loaded already and never touch what must not be
    # shared (the database connection belongs to the parent alone).
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting: deque[Future[list[Result]]] = deque()
        chunk = first
        try:
            while chunk or waiting:
                while chunk and len(waiting) < 4 * jobs:
                    waiting.append(pool.submit(_run_chunk, function, chunk))
                    chunk = list(islice(source, CHUNK))
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _run_chunk(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]

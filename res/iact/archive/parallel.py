"""Running a function over many items on all cores, results in order, memory bounded."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items that one worker takes at a time: enough to make passing them cheap, few
#: enough that progress is seen.
CHUNK = 4

# fork, for the workers need what is loaded already and never touch what must not be
# shared (the database connection belongs to the parent alone).
_CONTEXT = multiprocessing.get_context("fork")

#: What ends this process, and with it its workers.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    jobs: int,
    killed: Callable[[Item], Result],
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
    killed
        Gives the result of an item whose worker was killed (out of memory, for example);
        the other items are not affected.
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
    source = chain(first, source)
    while True:
        waiting: deque[tuple[list[Item], Future[list[Result]]]] = deque()
        try:
            yield from _in_pool(function, source, jobs, waiting)
            return
        except BrokenProcessPool:
            # One of those that were under way killed its worker; each gets one of its own.
            for chunk, _ in waiting:
                for item in chunk:
                    yield _alone(function, item, killed)


def _in_pool(
    function: Callable[[Item], Result],
    source: Iterator[Item],
    jobs: int,
    waiting: deque[tuple[list[Item], Future[list[Result]]]],
) -> Iterator[Result]:
    """Run in one pool; where that breaks, `waiting` holds what has no result yet."""
    with _workers(jobs) as pool:
        chunk = list(islice(source, CHUNK))
        try:
            while chunk or waiting:
                while chunk and len(waiting) < 4 * jobs:
                    with _born_deaf():
                        waiting.append((chunk, pool.submit(_run_chunk, function, chunk)))
                    chunk = list(islice(source, CHUNK))
                results = waiting[0][1].result()
                waiting.popleft()
                yield from results
        except BrokenProcessPool:
            if chunk and (not waiting or waiting[-1][0] is not chunk):
                # Taken from the source, but not submitted, or refused.
                waiting.append((chunk, Future()))
            raise


@contextmanager
def _workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes end with this one, however it ends, and on any error.

    A pool's own workers hold both ends of its queue: of a parent that is killed they
    never learn, and keep what they inherited of it, the database connection among it.
    """
    lifeline, held = os.pipe()
    try:
        with ProcessPoolExecutor(
            jobs, mp_context=_CONTEXT, initializer=_begin_worker, initargs=(lifeline, held)
        ) as pool:
            try:
                yield pool
            except BaseException:
                # Nobody waits for what they are doing now.
                os.close(held)
                held = -1
                raise
    finally:
        os.close(lifeline)
        if held >= 0:
            os.close(held)


@contextmanager
def _born_deaf() -> Iterator[None]:
    """Hold signals back while workers are made.

    A child that Ctrl-C reaches before `_begin_worker` would end with a traceback.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker(lifeline: int, held: int) -> None:
    """Make a worker that is the parent's to end: Ctrl-C reaches all at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    os.close(held)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: int) -> None:
    # Nothing is ever written: the read returns when the other end is closed.
    os.read(lifeline, 1)
    os._exit(1)


def _alone(
    function: Callable[[Item], Result], item: Item, killed: Callable[[Item], Result]
) -> Result:
    try:
        with _workers(1) as pool:
            with _born_deaf():
                alone = pool.submit(function, item)
            return alone.result()
    except BrokenProcessPool:
        return killed(item)


def _run_chunk(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]

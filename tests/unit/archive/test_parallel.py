"""Many items on several processes: in order, lazily, and loud when a worker dies."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from iact.archive.parallel import ordered_map


def double(number):
    return 2 * number


def die_at_ten(number):
    if number == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 100])
def test_results_come_in_the_order_of_the_items(jobs, count):
    assert list(ordered_map(double, range(count), jobs)) == [2 * n for n in range(count)]


def test_items_are_taken_as_they_are_needed():
    taken = []

    def source():
        for number in range(10_000):
            taken.append(number)
            yield number

    results = ordered_map(double, source(), 2)
    next(results)
    results.close()
    assert len(taken) < 100


def test_a_killed_worker_is_an_error_not_a_wait_for_ever():
    with pytest.raises(BrokenProcessPool):
        list(ordered_map(die_at_ten, range(40), 2))

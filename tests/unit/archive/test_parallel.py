"""Many items on several processes: in order, lazily, and loud when a worker dies."""

import os
import signal

import pytest

from iact.archive.parallel import ordered_map


def double(number):
    return 2 * number


def die_at_some(number):
    if number in (10, 11, 57):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def killed(number):
    return -number


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 100])
def test_results_come_in_the_order_of_the_items(jobs, count):
    assert list(ordered_map(double, range(count), jobs, killed)) == [2 * n for n in range(count)]


def test_items_are_taken_as_they_are_needed():
    taken = []

    def source():
        for number in range(10_000):
            taken.append(number)
            yield number

    results = ordered_map(double, source(), 2, killed)
    next(results)
    results.close()
    assert len(taken) < 100


@pytest.mark.parametrize("jobs", [2, 3])
def test_a_killed_worker_costs_its_own_item_and_no_other(jobs):
    results = list(ordered_map(die_at_some, range(100), jobs, killed))
    assert results == [-n if n in (10, 11, 57) else n for n in range(100)]


def fail_at_ten(number):
    if number == 10:
        raise LookupError("ten")
    return number


def test_an_error_of_the_function_is_raised():
    with pytest.raises(LookupError, match="ten"):
        list(ordered_map(fail_at_ten, range(40), 2, killed))

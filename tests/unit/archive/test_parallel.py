"""Many items on several processes: in order, lazily, and loud when a worker dies."""

import os
import signal
import subprocess
import sys
import time

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


def sleep_after_the_first(number):
    if number >= 4:
        time.sleep(60)
    return number


def test_workers_end_when_nobody_wants_their_results():
    results = ordered_map(sleep_after_the_first, range(40), 2, killed)
    assert next(results) == 0
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 20


ORPHANS = """
import os, time
from iact.archive.parallel import ordered_map

def work(number):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(60 * (number % 2))

list(ordered_map(work, range(40), 2, print))
"""


def test_workers_end_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE) as parent:
        workers = set()
        while len(workers) < 2:
            workers.add(int(parent.stdout.readline()))
        parent.kill()
        # The end of what they write to comes when the last of them has ended.
        start = time.monotonic()
        parent.stdout.read()
        assert time.monotonic() - start < 20


def test_ctrl_c_is_for_the_parent_alone():
    handlers = set(ordered_map(signal_handlers, range(8), 2, killed))
    assert handlers == {(signal.SIG_IGN, signal.SIG_DFL)}


def signal_handlers(_):
    return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)


NEWBORN = """
import os, signal
from iact.archive.parallel import ordered_map

os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.{}))
print(list(ordered_map(abs, range(12), 2, print)))
"""


def newborn(name):
    return subprocess.run(
        [sys.executable, "-c", NEWBORN.format(name)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_ctrl_c_while_workers_are_made_is_for_the_parent_alone():
    done = newborn("SIGINT")
    assert (done.stdout, done.stderr) == (f"{list(range(12))}\n", "")


def test_a_worker_that_is_ended_while_it_is_made_ends_without_a_word():
    # What `print` makes of the items are their numbers, and None.
    done = newborn("SIGTERM")
    assert done.stderr == ""
    assert done.stdout.endswith(f"{[None] * 12}\n")

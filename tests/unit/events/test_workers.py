"""Processes that cut."""

import threading

import pytest

from iact.events.faults import Fault, NothingLeft
from iact.events.workers import Worker
from unit.dl3 import fitsfiles as ff
from unit.events.cuts import task


@pytest.fixture
def run(tmp_path):
    return tmp_path / ff.write(tmp_path, "run.fits.gz", ff.events(), ff.gti())


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.stop()


def test_a_worker_does_one_cut_after_the_other(run, worker):
    target = run.with_name("cut.fits")
    for energy in ("0.5 1", "1 2"):
        assert worker.cut(task(run, target, energy=energy)) == target.stat().st_size


def test_what_is_wrong_comes_back(run, worker):
    target = run.with_name("cut.fits")
    with pytest.raises(NothingLeft):
        worker.cut(task(run, target, energy="1e4 1e5"))
    with pytest.raises(Fault, match="backwards"):
        worker.cut(task(run, target, energy="2 1"))
    with pytest.raises(RuntimeError, match=r"NotADirectoryError.*run\.fits\.gz"):
        worker.cut(task(run, run / "below-a-file"))
    assert worker.cut(task(run, target)) > 0


def test_a_cut_that_takes_too_long_is_given_up(run):
    hurried = Worker(patience=0.01)
    target = run.with_name("cut.fits")
    target.touch()
    try:
        with pytest.raises(Fault, match=r"ServiceUnavailable.*too long"):
            hurried.cut(task(run, target))
        assert not target.exists()
    finally:
        hurried.stop()


def test_two_workers_cut_at_the_same_time(run):
    workers, sizes = [Worker(), Worker()], []

    def several(worker, name):
        for _ in range(5):
            sizes.append(worker.cut(task(run, run.with_name(name))))

    threads = [
        threading.Thread(target=several, args=(worker, f"{number}.fits"))
        for number, worker in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for worker in workers:
        worker.stop()
    assert len(sizes) == 10 and len(set(sizes)) == 1


def test_a_disk_without_room_is_said_to_be_one(run, worker):
    # Writing to this device fails as on a disk that is full.
    target = run.with_name("full.fits")
    target.symlink_to("/dev/full")
    with pytest.raises(Fault, match=r"ServiceUnavailable.*no room"):
        worker.cut(task(run, target))

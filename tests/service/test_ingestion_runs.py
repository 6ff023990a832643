"""Several data roots, batches of files, and several ingestions at once."""

import pytest

from iact.archive import load
from iact.archive.ingest import Progress
from iact.errors import CtaError
from service.simulatedruns import simulated, write_bytes


def test_another_data_root_does_not_take_what_is_in(ingestion):
    ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    second = ingestion.add_root("second")
    write_bytes(second / "0.fits.gz", simulated(900001).content)
    assert ingestion.run(only={"test-second"}).counts == {"duplicate": 1}
    assert ingestion.owners() == {"900001": "a.fits.gz"}
    ingestion.write("b.fits.gz", 900002)
    (ingestion.root / "a.fits.gz").unlink()
    assert ingestion.run(only={"test-first"}, prune=True).removed == 1
    assert ingestion.run(only={"test-second"}).counts == {"observation": 1}
    assert ingestion.owners() == {"900001": "0.fits.gz", "900002": "b.fits.gz"}


def test_what_a_data_root_had_can_be_taken_over_once_it_is_forgotten(ingestion):
    ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    second = ingestion.add_root("second")
    write_bytes(second / "b.fits.gz", simulated(900001).content)
    del ingestion.roots["test-first"]
    assert ingestion.run().counts == {"duplicate": 1}
    with ingestion.connection.cursor() as cursor:
        assert load.forget_data_root(cursor, "test-first") == 1
    assert ingestion.run().counts == {"observation": 1}
    assert ingestion.owners() == {"900001": "b.fits.gz"}


def test_a_data_root_that_is_away_is_named_and_does_not_keep_others_out(ingestion):
    second = ingestion.add_root("second")
    ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    write_bytes(second / "b.fits.gz", simulated(900001).content)
    write_bytes(second / "c.fits.gz", simulated(900002).content)
    ingestion.root.rename(ingestion.root.with_name("away"))
    with pytest.raises(CtaError, match=r"first: the data root cannot be read: No such.*forget"):
        ingestion.run(prune=True)
    # Its disk may come back: what it had stays, and nobody takes it over.
    assert ingestion.owners() == {"900001": "a.fits.gz", "900002": "c.fits.gz"}


def test_more_files_than_one_batch_go_in(ingestion, monkeypatch):
    monkeypatch.setattr("iact.archive.writer.BATCH", 2)
    for number in range(5):
        ingestion.write(f"{number}.fits.gz", 900001 + number)
    assert ingestion.run().counts == {"observation": 5}
    assert len(ingestion.owners()) == 5
    # Of the names, of the new times, and of 2 + 2 + 1 files.
    assert ingestion.commits == 5


class Told(Progress):
    """Remembers what it was told."""

    def __init__(self):
        self.told = []

    def begin(self, data_root, files, size):
        self.told.append(("begin", data_root, files, size))

    def advance(self, size):
        self.told.append(("advance", size))

    def end(self):
        self.told.append("end")


def test_progress_is_told_sizes_that_add_up(ingestion):
    sizes = [
        ingestion.write(f"{number}.fits.gz", 900001 + number).stat().st_size for number in range(2)
    ]
    progress = Told()
    ingestion.run(progress)
    assert progress.told == [
        ("begin", "test-first", 2, sum(sizes)),
        *(("advance", size) for size in sizes),
        "end",
    ]

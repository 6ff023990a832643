"""Only what the archive read goes out."""

import os
import time

import pytest

from iact.access.checked import Checked
from iact.access.content import Changed, Contents, of_text
from iact.errors import DL3Error
from unit.access.extracts import parts, source
from unit.dl3 import fitsfiles as ff


@pytest.fixture
def contents(tmp_path):
    return Contents(tmp_path / "cache", 10**9, Checked())


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    ff.write(folder, "run.fits.gz", ff.events(), ff.gti(), ff.aeff())
    return folder


def settle(path):
    """Make a file look as if it had not been changed in the last second."""
    while time.time_ns() - path.stat().st_ctime_ns <= 1_000_000_000:
        time.sleep(0.1)


def read(content):
    with content.stream:
        return b"".join(content.chunks([(b"", 0, content.size)]))


@pytest.mark.parametrize("change", ["longer", "shorter", "other"])
def test_a_changed_file_is_refused_and_named(root, contents, change):
    path, wanted = root / "run.fits.gz", source(root, "run.fits.gz")
    content = path.read_bytes()
    path.write_bytes(
        {"longer": content + b"x", "shorter": content[:-1], "other": content[:-1] + b"x"}[change]
    )
    with pytest.raises(Changed, match=r"run\.fits\.gz has changed"):
        contents.whole(wanted)


def test_a_change_that_hides_behind_size_and_time_is_refused(root, contents):
    path, wanted = root / "run.fits.gz", source(root, "run.fits.gz")
    settle(path)
    assert read(contents.whole(wanted)) == path.read_bytes()
    assert contents.whole(wanted, quick=True) is not None
    before = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert contents.whole(wanted, quick=True) is None
    with pytest.raises(Changed):
        contents.whole(wanted)


def test_a_file_with_another_time_and_the_same_bytes_goes_out(root, contents):
    path, wanted = root / "run.fits.gz", source(root, "run.fits.gz")
    os.utime(path, (1e9, 1e9))
    found = contents.whole(wanted)
    assert found.modified == 1e9
    assert read(found) == path.read_bytes()


def test_what_was_not_read_yet_is_not_there_at_once(root, contents):
    wanted = source(root, "run.fits.gz")
    settle(root / "run.fits.gz")
    assert contents.whole(wanted, quick=True) is None
    contents.whole(wanted).stream.close()
    assert read(contents.whole(wanted, quick=True))
    extract = parts(root, "run.fits.gz", 3)
    assert contents.extracted(extract, quick=True) is None
    made = read(contents.extracted(extract))
    assert read(contents.extracted(extract, quick=True)) == made


def test_an_extract_of_a_file_that_changed_since_is_refused(root, contents):
    wanted = parts(root, "run.fits.gz", 3)
    contents.extracted(wanted).stream.close()
    ff.write(root, "run.fits.gz", ff.events(), ff.gti(), ff.edisp())
    with pytest.raises(Changed):
        contents.extracted(wanted)


def test_an_extract_whose_file_is_gone_is_refused(root, contents):
    wanted = parts(root, "run.fits.gz", 3)
    contents.extracted(wanted).stream.close()
    (root / "run.fits.gz").unlink()
    with pytest.raises(FileNotFoundError):
        contents.extracted(wanted)


def test_an_extract_that_is_not_what_the_tables_say_is_refused(root, contents):
    (wanted,) = parts(root, "run.fits.gz", 3)
    (events,) = parts(root, "run.fits.gz", 1)
    wrong = type(wanted)(wanted.source, wanted.number, events.sha256)
    for _ in range(2):
        with pytest.raises(DL3Error, match=r"run\.fits\.gz\[HDU 3\]"):
            contents.extracted([wrong])


def test_a_pipe_in_a_files_place_holds_nobody_up(root, contents):
    wanted = source(root, "run.fits.gz")
    (root / "run.fits.gz").unlink()
    os.mkfifo(root / "run.fits.gz")
    with pytest.raises(Changed):
        contents.whole(wanted)


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_a_file_that_is_changed_while_it_is_sent_ends_with_an_error(tmp_path, contents, size):
    path = tmp_path / "big.fits"
    path.write_bytes(bytes(1_000_000))
    found = contents.whole(source(tmp_path, "big.fits"))
    chunks = found.chunks([(b"", 0, found.size)])
    assert 0 < len(next(chunks)) < found.size
    time.sleep(0.02)
    with path.open("r+b") as stream:
        stream.write(b"x")
        stream.truncate(size)
    with pytest.raises(Changed):
        b"".join(chunks)


def test_a_file_that_is_removed_while_it_is_sent_comes_whole(tmp_path, contents):
    path = tmp_path / "big.fits"
    path.write_bytes(bytes(1_000_000))
    found = contents.whole(source(tmp_path, "big.fits"))
    chunks = found.chunks([(b"", 0, found.size)])
    first = next(chunks)
    path.unlink()
    assert first + b"".join(chunks) == bytes(1_000_000)


def test_pieces_come_with_what_stands_before_them():
    found = of_text("0123456789")
    assert b"".join(found.chunks([(b"<", 2, 3), (b"|", 8, 2), (b">", 0, 0)])) == b"<234|89>"


def test_files_are_forgotten_when_there_are_too_many(tmp_path):
    checked = Checked(capacity=2)
    for number in range(3):
        (tmp_path / str(number)).write_bytes(b"x")
    settle(tmp_path / "2")
    streams = [(tmp_path / str(number)).open("rb") for number in range(3)]
    for stream in streams:
        checked.sha256(stream)
    assert [checked.known(stream) is None for stream in streams] == [True, False, False]
    for stream in streams:
        stream.close()

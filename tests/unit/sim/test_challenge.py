import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import iact.sim
from iact.errors import CtaError
from iact.sim.__main__ import main
from iact.sim.challenge import write_challenge

A_LONG_TIME_AGO_NS = 10**18


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def copy(challenge, tmp_path):
    """A copy of the challenge that a test may change; its files look old."""
    for name, content in contents(challenge).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(A_LONG_TIME_AGO_NS, A_LONG_TIME_AGO_NS))
    return tmp_path


def old_files(folder: Path) -> set[str]:
    return {
        path.name
        for path in folder.rglob("*.fits.gz")
        if path.stat().st_mtime_ns == A_LONG_TIME_AGO_NS
    }


def test_the_set_is_small_and_lies_where_the_indexes_say(challenge):
    files = contents(challenge)
    assert len(files) == 26
    assert sum(map(len, files.values())) < 8e6
    assert sum(name.startswith("north/") for name in files) == 8
    assert sum(name.startswith("south/") for name in files) == 16


def test_another_process_writes_the_same_bytes_and_leaves_old_files_alone(challenge, copy):
    missing = copy / "north" / "sim_101001.fits.gz"
    wrong = copy / "south" / "sim_201016.fits.gz"
    missing.unlink()
    wrong.write_bytes(wrong.read_bytes()[:1000])
    package_folder = str(Path(iact.sim.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "iact.sim", str(copy)],
        env={**os.environ, "PYTHONPATH": package_folder},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("26 files, ")
    assert contents(copy) == contents(challenge)
    assert len(old_files(copy)) == 24
    assert not {missing.name, wrong.name} & old_files(copy)


def test_another_seed_gives_other_events(challenge, tmp_path):
    paths = write_challenge(tmp_path / "new" / "folder", seed=7)
    assert all(path.is_file() for path in paths)
    name = "north/sim_101001.fits.gz"
    other = (tmp_path / "new" / "folder" / name).read_bytes()
    assert other != (challenge / name).read_bytes()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    in_the_way = tmp_path / "north"
    in_the_way.write_text("a file")
    with pytest.raises(CtaError, match=r"sim_101001\.fits\.gz: cannot be written"):
        write_challenge(tmp_path)


def test_no_unfinished_file_stays_when_writing_fails(tmp_path):
    # A folder in the place of a file lets the last step fail, the renaming.
    (tmp_path / "north" / "sim_101001.fits.gz").mkdir(parents=True)
    with pytest.raises(CtaError, match=r"sim_101001\.fits\.gz"):
        write_challenge(tmp_path)
    assert contents(tmp_path) == {}


def test_a_negative_seed_is_refused(tmp_path):
    with pytest.raises(CtaError, match="seed -1"):
        write_challenge(tmp_path, seed=-1)


def test_the_command_says_what_went_wrong_and_fails(tmp_path, capsys):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    assert main([str(in_the_way)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_command_tells_how_much_it_has_written(copy, capsys):
    assert main([str(copy)]) == 0
    assert re.fullmatch(r"26 files, \d\.\d MB in .*\n", capsys.readouterr().out)
    assert len(old_files(copy)) == 26

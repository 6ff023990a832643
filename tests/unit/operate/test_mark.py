import os

import pytest

from iact.operate import mark


def test_a_mark_is_read_without_blanks_around_it(tmp_path):
    path = tmp_path / "version"
    path.write_text(" 1\n")
    assert mark.read(path) == "1"


def test_no_mark_is_none(tmp_path):
    assert mark.read(tmp_path / "none") is None
    (tmp_path / "file").touch()
    assert mark.read(tmp_path / "file" / "version") is None


def test_of_a_long_file_only_the_beginning_is_read(tmp_path):
    (tmp_path / "version").write_text("x" * 10_000)
    assert len(mark.read(tmp_path / "version")) < 100


def pipe(path):
    os.mkfifo(path)


def link(path):
    path.symlink_to("/etc/hostname")


def folder(path):
    path.mkdir()


@pytest.mark.parametrize("make", [pipe, link, folder])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "version")
    with pytest.raises(OSError, match=r"is no plain file.*version"):
        mark.read(tmp_path / "version")

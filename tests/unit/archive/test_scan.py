"""Finding files: all that are named FITS, nothing that must not be opened."""

import os

import pytest

from iact.archive.scan import find_fits_files


def names(root):
    return {found.path: found.problem for found in find_fits_files(root)}


def test_fits_files_are_found_by_name_whatever_the_case_and_sorted(tmp_path):
    for name in ("b/x.FITS.gz", "a.fits", "b/y.fit", "notes.txt", "index.csv", "c.fts.gz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"12345")
    found = find_fits_files(tmp_path)
    assert [item.path for item in found] == ["a.fits", "b/x.FITS.gz", "b/y.fit", "c.fts.gz"]
    assert {item.size for item in found} == {5}
    assert all(item.mtime_ns > 0 for item in found)


def test_an_empty_folder_has_no_files(tmp_path):
    assert find_fits_files(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        find_fits_files(tmp_path / "absent")


def test_a_link_inside_the_root_is_a_file_one_that_leads_out_is_a_problem(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "real.fits").write_bytes(b"1")
    (tmp_path / "secret.fits").write_bytes(b"1")
    (root / "inside.fits").symlink_to(root / "real.fits")
    (root / "outside.fits").symlink_to(tmp_path / "secret.fits")
    found = names(root)
    assert found["inside.fits"] == ""
    assert "leads out" in found["outside.fits"]


def test_a_loop_of_links_is_survived(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.fits").symlink_to(tmp_path / "self.fits")
    assert list(names(tmp_path)) == ["self.fits"]
    assert names(tmp_path)["self.fits"]


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.fits")
    assert names(tmp_path) == {"pipe.fits": "not a plain file"}


def test_odd_names_keep_their_characters_and_broken_ones_are_shown(tmp_path):
    (tmp_path / "Zen [0, 30] + ü\n.fits").write_bytes(b"1")
    broken = os.fsencode(tmp_path) + b"/bad\xff.fits"
    with open(broken, "wb") as stream:  # noqa: PTH123 - a name that is not text
        stream.write(b"1")
    found = names(tmp_path)
    assert found["Zen [0, 30] + ü\n.fits"] == ""
    assert "UTF-8" in found["bad\\xff.fits"]

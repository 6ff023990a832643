"""Finding files: all that are named FITS, nothing that must not be opened."""

import os
import subprocess

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


def test_a_link_to_a_folder_outside_is_a_problem_one_inside_is_not_followed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "real").mkdir(parents=True)
    outside.mkdir()
    (root / "real" / "a.fits").write_bytes(b"1")
    (outside / "b.fits").write_bytes(b"1")
    (root / "again").symlink_to(root / "real")
    (root / "away").symlink_to(outside)
    found = names(root)
    assert set(found) == {"real/a.fits", "away"}
    assert "ingest that folder itself" in found["away"]


@pytest.fixture
def deep(tmp_path):
    """A folder with 1,500 others, one in the other; taken apart from below in the end."""
    folders = [os.open(tmp_path, os.O_RDONLY)]
    for _ in range(1500):
        os.mkdir("d", dir_fd=folders[-1])
        folders.append(os.open("d", os.O_RDONLY, dir_fd=folders[-1]))
        if len(folders) > 100:
            os.close(folders.pop(0))
    for folder in folders:
        os.close(folder)
    yield tmp_path
    # rmtree follows the depth with its own stack; find does not.
    subprocess.run(["find", str(tmp_path / "d"), "-depth", "-delete"], check=True)


def test_folders_nested_deeper_than_the_stack_are_survived(deep):
    (deep / "a.fits").write_bytes(b"1")
    assert "a.fits" in names(deep)


def test_a_path_that_is_too_long_for_a_key_is_a_problem_with_a_shorter_one(tmp_path):
    folder = tmp_path
    for _ in range(6):
        folder = folder / ("x" * 200)
    folder.mkdir(parents=True)
    (folder / "a.fits").write_bytes(b"1")
    ((path, problem),) = names(tmp_path).items()
    assert len(path) <= 1000
    assert "at most 1000" in problem


def test_a_closed_folder_is_a_problem_and_known_as_a_folder(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "closed").mkdir(mode=0)
    (found,) = find_fits_files(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert found.is_folder
    assert "cannot be read" in found.problem


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

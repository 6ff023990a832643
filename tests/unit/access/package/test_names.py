"""Names in packages are safe and different, whatever files are called."""

from pathlib import PurePosixPath

import pytest

from iact.access.dataset import StoredFile
from iact.access.package.names import data_name, terms_name

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")


def name(path, root="root"):
    return data_name(StoredFile(root, path, 1, 2, ""))


def test_usual_names_stay_as_they_are():
    path = "rad_max/data/20131004_05029747_DL3_CrabNebula-W0.40+035.fits"
    assert name(path, "magic") == f"data/magic/{path}"


def test_two_roots_may_have_the_same_path():
    assert name("a/b.fits", "one") != name("a/b.fits", "two")


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "a//b", ".", "..", "a/./b", "...", ""]
)
def test_no_part_leads_out_of_the_folder(path):
    parts = PurePosixPath(name(path)).parts
    assert parts[:2] == ("data", "root")
    assert not {".", "..", "/"} & set(parts)
    assert len(parts) == 2 + len(path.split("/"))


PATHS = st.text(min_size=1, max_size=200)


@hypothesis.given(PATHS, PATHS)
def test_names_are_plain_ascii_and_differ_where_files_do(one, other):
    for path in (one, other):
        made = name(path)
        assert made.isascii() and made.isprintable()
        assert not set(made) & set(" \\:*?\"'<>|#[]()$`&;")
        assert all(0 < len(part) <= 255 for part in made.split("/"))
    assert (name(one) == name(other)) == (one == other)


def test_long_names_of_other_scripts_fit_into_file_systems():
    one, other = "\u6c34" * 84, "\u6c34" * 83 + "\u706b"
    assert len(name(one).split("/")[-1]) <= 255
    assert name(one) != name(other)


def test_terms_have_the_name_of_their_collection():
    assert terms_name("HESS-DL3-DR1") == "terms/HESS-DL3-DR1.txt"
    assert terms_name("../x") == "terms/..%2Fx.txt"

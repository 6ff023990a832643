"""Where a product's file is, in URLs and on disk."""

from dataclasses import replace

import pytest

from iact.access.dataset import Dataset, StoredFile, StoredProduct
from iact.access.decision import Rights
from iact.access.ondisk import file_below


def dataset(collection="C", obs_id="7", path="a/b.fits", event_type=""):
    file = StoredFile("root", path, 1, 2, "aa")
    package = StoredProduct("ivo://x", "package", "", 0, "", 1, "aa", "application/fits", file)
    return Dataset(
        "ivo://x", "package", collection, obs_id, event_type, "title",
        Rights("public", None, ""), {"package": package},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "url"),
    [
        (dataset(), "/dl3/C/7/b.fits"),
        (dataset(obs_id="chunks 1 - 2"), "/dl3/C/chunks%201%20-%202/b.fits"),
        (dataset("A/B", "7", "x#+?%.fits"), "/dl3/A%2FB/7/x%23%2B%3F%25.fits"),
        (dataset(event_type="8"), "/dl3/C/7/8/b.fits"),
    ],
)
def test_every_part_of_a_url_is_percent_encoded(made, url):
    assert made.url_path(made.file_name("package")) == url


def test_what_is_made_has_never_the_name_of_the_file():
    assert dataset().file_name("aeff") == "aeff.fits.gz"
    assert dataset(path="x/aeff.fits.gz").file_name("aeff") == "made-aeff.fits.gz"


def test_a_package_is_changed_where_ingestion_has_met_other_content():
    package = dataset().package
    assert package.unchanged
    assert not replace(package, sha256="bb").unchanged


def test_a_file_of_the_data_root_is_found(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.fits").write_bytes(b"x")
    assert file_below(tmp_path, "a/b.fits") == tmp_path.resolve() / "a" / "b.fits"


def test_a_link_inside_the_data_root_is_followed(tmp_path):
    (tmp_path / "b.fits").write_bytes(b"x")
    (tmp_path / "link.fits").symlink_to("b.fits")
    assert file_below(tmp_path, "link.fits") == tmp_path.resolve() / "b.fits"


def test_what_lies_outside_is_not_a_file_of_the_data_root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.fits").write_bytes(b"x")
    (tmp_path / "root-too").mkdir()
    (tmp_path / "root-too" / "b.fits").write_bytes(b"x")
    (root / "link.fits").symlink_to(tmp_path / "secret.fits")
    (root / "folder").symlink_to(tmp_path / "root-too")
    for path in ("link.fits", "folder/b.fits", "../secret.fits", str(tmp_path / "secret.fits")):
        assert file_below(root, path) is None, path


def test_what_is_no_plain_file_is_not_found(tmp_path):
    (tmp_path / "folder.fits").mkdir()
    (tmp_path / "loop.fits").symlink_to("loop.fits")
    for path in ("folder.fits", "loop.fits", "none.fits", "none/none.fits", "", ".", "a\0b"):
        assert file_below(tmp_path, path) is None, path


def test_a_data_root_that_is_not_registered_has_no_files():
    assert file_below(None, "a.fits") is None

"""Where a product's file is, in URLs and on disk."""

import pytest

from iact.access.decision import Rights
from iact.access.lookup import StoredProduct, file_below


def product(collection="C", obs_id="7", path="a/b.fits"):
    return StoredProduct(
        "ivo://x", collection, obs_id, "", "title", "root", path, 1, 2, True,
        "application/fits", True, Rights("public", None, ""),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "url"),
    [
        (product(), "/dl3/C/7/b.fits"),
        (product(obs_id="chunks 1 - 2"), "/dl3/C/chunks%201%20-%202/b.fits"),
        (product("A/B", "7", "x#+?%.fits"), "/dl3/A%2FB/7/x%23%2B%3F%25.fits"),
    ],
)
def test_every_part_of_a_url_is_percent_encoded(made, url):
    assert made.url_path == url


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
    for path in ("folder.fits", "loop.fits", "none.fits", "none/none.fits"):
        assert file_below(tmp_path, path) is None, path


def test_a_data_root_that_is_not_registered_has_no_files():
    assert file_below(None, "a.fits") is None

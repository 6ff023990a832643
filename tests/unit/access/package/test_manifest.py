"""Manifests fix every byte of a package, and are kept as long as they are used."""

import io
import os
import tarfile
import time
from dataclasses import replace

import pytest

from iact.access.checked import Checked
from iact.access.dataset import StoredFile
from iact.access.package import store
from iact.access.package.manifest import Manifest

FILE = StoredFile("root", "a.fits", 0, 1_600_000_000_123_456_789, "aa")
MADE = Manifest(("ivo://x/1",), (("README.txt", b"\x00\xff"),), (("data/root/a.fits", FILE),))


def test_a_manifest_comes_back_as_it_was():
    assert Manifest.from_bytes(MADE.to_bytes()) == MADE


def test_one_of_another_version_is_none(monkeypatch):
    content = MADE.to_bytes()
    monkeypatch.setattr("iact.access.package.manifest._VERSION", 0)
    assert Manifest.from_bytes(content) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, dids=("ivo://x/2",)),
        replace(MADE, documents=(("README.txt", b""),)),
        replace(MADE, documents=(("README", b"\x00\xff"),)),
        replace(MADE, files=(("data/root/b.fits", FILE),)),
        replace(MADE, files=(("data/root/a.fits", replace(FILE, sha256="bb")),)),
        replace(MADE, files=(("data/root/a.fits", replace(FILE, mtime_ns=1)),)),
    ],
)
def test_another_content_has_another_address(other):
    assert other.package_id != MADE.package_id
    assert replace(MADE).package_id == MADE.package_id


def test_all_unpacks_into_one_folder():
    tar = MADE.tar()
    plain = b"".join(tar.chunks(0, tar.size, lambda file: io.BytesIO(), Checked()))
    with tarfile.open(fileobj=io.BytesIO(plain)) as found:
        names = found.getnames()
        assert names == [f"{MADE.folder}/README.txt", f"{MADE.folder}/data/root/a.fits"]
        assert {info.mtime for info in found} == {1_600_000_000}
    assert MADE.file_name == f"{MADE.folder}.tar"
    assert MADE.folder.startswith("dl3-") and MADE.folder.endswith(MADE.package_id[:8])


def test_a_manifest_is_found_by_its_identifier(tmp_path):
    store.save(tmp_path / "packages", MADE)
    assert store.load(tmp_path / "packages", MADE.package_id) == MADE
    assert [path.suffix for path in (tmp_path / "packages").iterdir()] == [".gz"]


@pytest.mark.parametrize("wrong", ["0" * 32, "", "..", "../x", "x" * 32, "\0", "0" * 31 + "/"])
def test_other_identifiers_lead_nowhere(tmp_path, wrong):
    store.save(tmp_path, MADE)
    assert store.load(tmp_path, wrong) is None


def test_nothing_is_found_before_there_is_anything(tmp_path):
    assert store.load(tmp_path / "none", MADE.package_id) is None


def age(folder, manifest, days):
    path = folder / f"{manifest.package_id}.json.gz"
    os.utime(path, (time.time() - days * 86400,) * 2)


def test_what_nobody_has_used_for_long_goes(tmp_path):
    other = replace(MADE, dids=("ivo://x/2",))
    for manifest in (MADE, other):
        store.save(tmp_path, manifest)
        age(tmp_path, manifest, store.DAYS - 1)
    store.load(tmp_path, MADE.package_id)
    for manifest in (MADE, other):
        assert store.load(tmp_path, manifest.package_id)
    age(tmp_path, other, store.DAYS + 1)
    store.save(tmp_path, replace(MADE, dids=("ivo://x/3",)))
    assert store.load(tmp_path, MADE.package_id)
    assert store.load(tmp_path, other.package_id) is None


def test_what_was_not_used_for_longest_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "ROOM", 2 * len(MADE.to_bytes()) + 50)
    made = [replace(MADE, dids=(f"ivo://x/{number}",)) for number in range(3)]
    for number, manifest in enumerate(made):
        store.save(tmp_path, manifest)
        age(tmp_path, manifest, 3 - number)
    store.save(tmp_path, made[2])
    there = [store.load(tmp_path, manifest.package_id) is not None for manifest in made]
    assert there == [False, True, True]

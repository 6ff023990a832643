"""What is to be read, and what is not, when a folder is looked at again."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.decide import Decider
from iact.archive.ledger import KnownFile, Owner
from iact.archive.plan import Contexts, checksum, look_again, make_plan, total_size
from iact.dl3.index import IndexHint, IndexTables
from iact.dl3.observation import FileReport, Observation

COLLECTIONS = CollectionSet.load(INSTRUMENTS)


@pytest.fixture
def folder(tmp_path):
    for name in ("a.fits", "b.fits", "c.fits"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def plan(folder, known=None, verify=False, collections=COLLECTIONS):
    return make_plan("root", folder, known or {}, collections, verify)


def seen(folder, kind="observation", collection="VERITAS", collections=COLLECTIONS):
    """What is known after an ingestion of the folder."""
    found = plan(folder).found
    contexts = Contexts(collections, IndexTables(), found)
    return {
        path: KnownFile(
            "root", path, kind, item.size, item.mtime_ns, checksum(folder / path),
            contexts.of(path, kind, collection, ()), collection, path.removesuffix(".fits"),
        )
        for path, item in found.items()
    }  # fmt: skip


def to_read(made):
    return [item.path for item in made.to_read]


def test_everything_new_is_read_in_the_order_of_paths(folder):
    made = plan(folder)
    assert to_read(made) == ["a.fits", "b.fits", "c.fits"]
    assert (made.unchanged, made.gone, made.touched) == (0, [], [])


def test_nothing_is_read_twice(folder):
    made = plan(folder, seen(folder))
    assert (to_read(made), made.unchanged) == ([], 3)


def test_a_file_of_another_size_is_read_again(folder):
    known = seen(folder)
    (folder / "b.fits").write_bytes(b"longer than before")
    made = plan(folder, known)
    assert (to_read(made), made.unchanged) == (["b.fits"], 2)


def test_a_file_with_a_new_time_is_read_only_if_its_bytes_differ(folder):
    known = seen(folder)
    os.utime(folder / "a.fits", ns=(1, 1))
    (folder / "b.fits").write_bytes(b"B.fits")
    os.utime(folder / "b.fits", ns=(1, 1))
    made = plan(folder, known)
    assert to_read(made) == ["b.fits"]
    assert made.touched == [replace(known["a.fits"], mtime_ns=1)]
    assert made.unchanged == 2


def test_verify_finds_other_bytes_of_the_same_size_and_time(folder):
    known = seen(folder)
    (folder / "b.fits").write_bytes(b"B.fits")
    os.utime(folder / "b.fits", ns=(known["b.fits"].mtime_ns,) * 2)
    assert to_read(plan(folder, known)) == []
    assert to_read(plan(folder, known, verify=True)) == ["b.fits"]


def test_what_is_gone_is_listed(folder):
    known = seen(folder)
    (folder / "b.fits").unlink()
    made = plan(folder, known)
    assert (made.gone, to_read(made), made.unchanged) == (["b.fits"], [], 2)


def test_a_file_that_could_not_be_read_is_tried_every_time(folder):
    known = seen(folder)
    known["a.fits"] = replace(known["a.fits"], kind="quarantined", sha256="")
    assert to_read(plan(folder, known)) == ["a.fits"]


def test_a_file_that_must_not_be_opened_is_quarantined_once(folder, tmp_path):
    os.mkfifo(folder / "pipe.fits")
    first = plan(folder)
    assert "pipe.fits" in to_read(first)
    known = seen_with_pipe(folder, first)
    assert to_read(plan(folder, known)) == []


def seen_with_pipe(folder, made):
    (folder / "pipe.fits").unlink()
    known = seen(folder)
    os.mkfifo(folder / "pipe.fits")
    item = made.found["pipe.fits"]
    known["pipe.fits"] = KnownFile(
        "root", item.path, "quarantined", item.size, item.mtime_ns, "", "", "", ""
    )
    return known


def test_a_new_version_of_this_package_reads_all_again(folder, monkeypatch):
    known = seen(folder)
    monkeypatch.setattr("iact.archive.plan.__version__", "99")
    assert len(to_read(plan(folder, known))) == 3


def test_a_changed_collection_has_only_its_own_files_read_again(folder):
    known = seen(folder)
    known["c.fits"] = seen(folder, collection="MAGIC-RADMAX")["c.fits"]
    changed = [
        replace(item, sub_array_name="other") if item.name == "MAGIC-RADMAX" else item
        for item in COLLECTIONS.collections
    ]
    collections = replace(COLLECTIONS, collections=tuple(changed))
    assert to_read(plan(folder, known, collections=collections)) == ["c.fits"]


def test_any_change_of_the_configuration_may_find_a_collection_for_an_unknown_instrument(folder):
    known = seen(folder, collection="NEW-ARRAY")
    collections = replace(COLLECTIONS, collections=COLLECTIONS.collections[1:])
    assert len(to_read(plan(folder, known, collections=collections))) == 3


def test_a_collection_that_might_be_chosen_instead_is_noticed(folder):
    known = seen(folder)
    new = replace(COLLECTIONS.by_name("VERITAS"), name="MINE")
    collections = replace(COLLECTIONS, collections=(new, *COLLECTIONS.collections))
    assert len(to_read(plan(folder, known, collections=collections))) == 3


@pytest.mark.parametrize("kind", ["response", "index", "other"])
def test_files_that_take_nothing_from_the_configuration_are_not_read_for_it(folder, kind):
    known = seen(folder, kind, "")
    collections = replace(COLLECTIONS, collections=COLLECTIONS.collections[1:])
    assert to_read(plan(folder, known, collections=collections)) == []


def test_everything_can_be_read_again(folder):
    made = make_plan("root", folder, seen(folder), COLLECTIONS, reread=True)
    assert len(to_read(made)) == 3


def test_an_empty_folder_that_was_full_is_a_disk_that_is_away(folder):
    known = seen(folder)
    for path in folder.glob("*.fits"):
        path.unlink()
    with pytest.raises(OSError, match="3 files were read from it; mount its disk"):
        plan(folder, known)


def test_what_is_below_a_closed_folder_has_not_left(folder):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (folder / "deep").mkdir()
    (folder / "deep" / "d.fits").write_bytes(b"d")
    known = seen(folder)
    (folder / "deep").chmod(0)
    (folder / "c.fits").unlink()
    made = plan(folder, known)
    (folder / "deep").chmod(0o700)
    assert made.gone == ["c.fits"]


@pytest.mark.parametrize("verify", [False, True])
def test_a_file_that_cannot_be_opened_any_more_is_left_to_the_reader(folder, monkeypatch, verify):
    known = seen(folder)
    os.utime(folder / "b.fits", ns=(1, 1))
    real = Path.open

    def refuse(self, *options):
        if self.name == "b.fits":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *options)

    monkeypatch.setattr(Path, "open", refuse)
    assert to_read(make_plan("root", folder, known, COLLECTIONS, verify=verify)) == ["b.fits"]


class OneHint(IndexTables):
    """Indexes that say one thing of one file."""

    def __init__(self, path, hint):
        super().__init__()
        self._said = {path: hint}

    def hint(self, path):
        return self._said.get(path)


def test_an_index_entry_and_a_shared_response_are_part_of_the_context(folder):
    found = plan(folder).found
    links = {"events": ("a.fits", "EVENTS"), "psf": ("b.fits", "PSF")}

    def context(digest="x", files=found, used=()):
        hint = IndexHint("hdu-index.fits", "1", {}, links, digest)
        contexts = Contexts(COLLECTIONS, OneHint("a.fits", hint), files)
        return contexts.of("a.fits", "observation", "VERITAS", used)

    assert context() == context()
    assert context(digest="y") != context()
    newer = replace(found["b.fits"], mtime_ns=1)
    assert context(files={**found, "b.fits": newer}) != context()
    assert context(files={"a.fits": found["a.fits"]}) != context()
    # A response that no index names, found by the header's CALDB keywords.
    assert context(used=["c.fits"]) != context()
    other = {**found, "c.fits": replace(found["c.fits"], mtime_ns=1)}
    assert context(used=["c.fits"], files=other) != context(used=["c.fits"])
    # The file's own bytes are looked at otherwise.
    assert context(files={**found, "a.fits": replace(found["a.fits"], size=9)}) == context()


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        plan(tmp_path / "none")


def test_the_checksum_is_that_of_the_whole_file(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "x").write_bytes(content)
    assert checksum(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_sizes_add_up(folder):
    assert total_size(plan(folder).found.values()) == 18


# Which files that stood back are looked at again.

OWNER = {("VERITAS", "a", ""): Owner("root", "a.fits", "sha")}


def again(folder, known, owners, roots=None):
    made = plan(folder, known)
    decider = Decider("root", dict(owners), roots or {"root": folder}, set(made.gone))
    own = {owner.path for owner in owners.values() if owner.data_root == "root"}
    waiting = [path for path, old in known.items() if old.collection and path not in own]
    look_again(made, known, waiting, decider)
    return to_read(made)


def copies(folder):
    """a.fits has the observation, b.fits is a copy of it, c.fits differs."""
    known = seen(folder)
    known["b.fits"] = replace(known["b.fits"], kind="duplicate", obs_id="a")
    known["c.fits"] = replace(known["c.fits"], kind="quarantined", obs_id="a")
    return known


def test_copies_are_left_alone_while_their_owner_is_there(folder):
    assert again(folder, copies(folder), OWNER) == []


def test_copies_are_looked_at_when_their_owner_goes(folder):
    known = copies(folder)
    (folder / "a.fits").unlink()
    assert again(folder, known, OWNER) == ["b.fits", "c.fits"]


def test_copies_are_looked_at_when_their_owner_changes(folder):
    known = copies(folder)
    (folder / "a.fits").write_bytes(b"something else")
    assert again(folder, known, OWNER) == ["a.fits", "b.fits", "c.fits"]


def test_copies_are_looked_at_when_nobody_has_the_observation(folder):
    known = copies(folder)
    del known["a.fits"]
    (folder / "a.fits").unlink()
    assert again(folder, known, {}) == ["b.fits", "c.fits"]


def test_a_file_that_lost_its_observation_is_looked_at(folder):
    assert again(folder, seen(folder), OWNER) == ["b.fits", "c.fits"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("there", []),
        ("file gone", ["b.fits", "c.fits"]),
        ("root gone", []),
        ("root empty", []),
        ("unknown", []),
    ],
)
def test_an_owner_in_another_data_root_counts_while_its_file_may_come_back(
    folder, tmp_path, state, expected
):
    known = copies(folder)
    del known["a.fits"]
    (folder / "a.fits").unlink()
    other = tmp_path / "elsewhere"
    if state != "root gone":
        other.mkdir()
    if state in ("there", "unknown"):
        (other / "x.dat").write_bytes(b"x")
    if state == "file gone":
        (other / "y.dat").write_bytes(b"x")
    roots = {"root": folder} if state == "unknown" else {"root": folder, "other": other}
    owners = {("VERITAS", "a", ""): Owner("other", "x.dat", "sha")}
    assert again(folder, known, owners, roots) == expected


def test_files_without_an_observation_are_not_looked_at(folder):
    known = {
        path: replace(item, kind="quarantined", collection="", context=item.context)
        for path, item in seen(folder, collection="").items()
    }
    assert again(folder, known, {}) == []


def test_an_owner_that_cannot_be_read_keeps_its_observation(folder, tmp_path):
    root = tmp_path / "closed"
    root.mkdir()
    (root / "x.fits").mkdir()
    owners = {("VERITAS", "a", ""): Owner("other", "x.fits", "other")}
    judge = Decider("root", owners, {"root": folder, "other": root}, set())
    report = FileReport("a.fits", "observation", 1, 1, "sha", "VERITAS", Observation("a"), "a")
    verdict = judge.decide(report)
    assert verdict.report.kind == "quarantined"
    assert "already in" in verdict.report.reason

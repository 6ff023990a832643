"""Folders that hold odd things, or change under the reader's hands."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from iact.archive.ingest import Progress
from iact.dl3 import storage
from service.badfiles import bomb, good, packed
from service.ingestion import assert_settled, contents, reasons
from service.simulatedruns import simulated, write_bytes
from unit.dl3.fitsbytes import put_together

NAMES = [
    "two words.fits", "Zen [0, 30] {x} (1).fits", "a+b.fits", "a#b.fits", "100%41.fits",
    "-rf.fits", "--help.fits", "it's \"so\".fits", "caf\u00e9.fits", "cafe\u0301.fits",
    "line\nbreak.fits", "a\ttab.fits", r"back\slash \N.fits", "$(id);x.fits", "<b>x</b>.fits",
    "*?.fits", "%s.fits", ".hidden.fits", "\u661f\U0001f52d.fits", "x" * 240 + ".fits",
]  # fmt: skip


def checksums(ingestion):
    """Checksum of each file that became an observation, as ledger and products have it."""
    return dict(
        ingestion.sql(
            "SELECT f.path, f.sha256 FROM cta.source_file AS f JOIN cta.product AS p"
            " USING (data_root, path) WHERE f.sha256 = p.sha256 AND p.kind = 'package'"
            " AND f.data_root = 'test-first'"
        )
    )


def test_files_of_any_name_go_in_under_that_name(ingestion):
    for number, name in enumerate(NAMES):
        ingestion.write(f"odd {number}/{name}", 900001 + number)
    assert ingestion.run().counts == {"observation": len(NAMES)}
    owners = ingestion.owners()
    expected = {str(900001 + n): f"odd {n}/{name}" for n, name in enumerate(NAMES)}
    assert owners == expected
    assert_settled(ingestion)


def test_names_that_are_not_text_are_shown_and_refused(ingestion):
    ingestion.write("a.fits.gz", 900001)
    broken = os.fsencode(ingestion.root) + b"/caf\xe9\xff.fits"
    with open(broken, "wb") as stream:  # noqa: PTH123 - a name that is not text
        stream.write(packed())
    ingestion.write("z.fits.gz", 900003)
    assert ingestion.run().counts == {"observation": 2, "quarantined": 1}
    assert reasons(ingestion) == {r"caf\xe9\xff.fits": "the file's name is not valid UTF-8"}
    assert_settled(ingestion)


def test_what_is_no_plain_file_of_the_folder_is_refused_and_stops_nothing(ingestion, tmp_path):
    root = ingestion.root
    ingestion.write("a.fits.gz", 900001)
    ingestion.write("z.fits.gz", 900003)
    (tmp_path / "out").mkdir()
    write_bytes(tmp_path / "out" / "secret.fits", packed())
    os.mkfifo(root / "pipe.fits")
    with socket.socket(socket.AF_UNIX) as listening:
        # From inside, for a socket's path must be short.
        here = Path.cwd()
        os.chdir(root)
        listening.bind("socket.fits")
        os.chdir(here)
    for name, target in {
        "zeros.fits": "/dev/zero", "out.fits": tmp_path / "out" / "secret.fits",
        "self.fits": root / "self.fits", "gone.fits": root / "absent.fits",
        "folder.fits": tmp_path / "out", "round": root,
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    write_bytes(root / "closed.fits", packed()).chmod(0)
    write_bytes(root / "shut" / "inside.fits", simulated(900004).content)
    (root / "shut").chmod(0)
    try:
        summary = ingestion.run()
        assert summary.counts == {"observation": 2, "quarantined": 9}
        found = reasons(ingestion)
        expected = {
            "pipe.fits": "not a plain file", "socket.fits": "not a plain file",
            "zeros.fits": "leads out of the data root", "out.fits": "leads out of the data root",
            "self.fits": "leads to itself", "gone.fits": "No such file or directory",
            "folder.fits": "a link to a folder outside", "closed.fits": "Permission denied",
            "shut": "the folder cannot be read: Permission denied",
        }  # fmt: skip
        assert set(found) == set(expected)
        for path, reason in expected.items():
            assert reason in found[path], path
        # A closed file is tried each time, for it may have been opened: it is still closed.
        assert ingestion.run().counts == {"quarantined": 1}
        assert reasons(ingestion) == found
    finally:
        (root / "shut").chmod(0o700)


@pytest.mark.parametrize("how", ["touched", "verified"])
def test_a_file_that_was_closed_does_not_keep_its_neighbours_out(ingestion, how):
    path = ingestion.write("m.fits", 900002)
    ingestion.run()
    before = contents(ingestion)["observation"]
    path.chmod(0)
    if how == "touched":
        os.utime(path, ns=(10**18, 10**18))
    ingestion.write("z.fits.gz", 900003)
    summary = ingestion.run(verify=how == "verified")
    assert summary.counts == {"observation": 1, "quarantined": 1}
    assert "Permission denied" in reasons(ingestion)["m.fits"]
    assert set(before) <= set(contents(ingestion)["observation"])


class Between(Progress):
    """Does something to a folder after it was looked at and before it is read."""

    def __init__(self, action):
        self.begin = lambda *told: action()


@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_vanishes_before_it_is_read_stops_nothing(ingestion, known):
    ingestion.write("a.fits.gz", 900001)
    path = ingestion.write("m.fits", 900002)
    if known:
        ingestion.run()
    ingestion.write("z.fits.gz", 900003)
    ingestion.run(Between(lambda: path.unlink(missing_ok=True)), reread=known)
    assert "No such file" in reasons(ingestion)["m.fits"]
    assert set(ingestion.owners()) == {"900001", "900003", *(["900002"] if known else [])}
    assert ingestion.run().missing == 1
    assert ingestion.run(prune=True).removed == 1
    assert set(ingestion.kinds()) == {"a.fits.gz", "z.fits.gz"}


def test_a_file_that_another_replaces_before_it_is_read_is_that_other(ingestion):
    path = ingestion.write("m.fits", 900002)
    other = simulated(900005, seed=3).content
    ingestion.run(Between(lambda: write_bytes(path, other)))
    assert ingestion.owners() == {"900005": "m.fits"}
    assert ingestion.sql("SELECT content_length FROM cta.source_file WHERE path = 'm.fits'") == [
        (len(other),)
    ]
    assert set(checksums(ingestion)) == {"m.fits"}
    assert_settled(ingestion)


def change_while_reading(monkeypatch, path, times, change):
    """Have a file change as often as it is looked at after it was opened, at most so often."""
    real, left = os.fstat, [times]

    def fstat(number):
        status = real(number)
        if left[0] and os.path.samestat(status, path.stat()):
            left[0] -= 1
            change(path)
        return status

    monkeypatch.setattr(storage.os, "fstat", fstat)


def append(path):
    with path.open("ab") as stream:
        stream.write(bytes(2880))


def put_in_place(path):
    write_bytes(path, path.read_bytes() + bytes(2880))


def touch(path):
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))


@pytest.mark.parametrize("change", [append, put_in_place, touch])
def test_a_file_that_keeps_changing_while_it_is_read_is_quarantined(ingestion, monkeypatch, change):
    ingestion.write("a.fits.gz", 900001)
    path = write_bytes(ingestion.root / "m.fits", put_together(good()))
    ingestion.write("z.fits.gz", 900003)
    with monkeypatch.context() as patch:
        change_while_reading(patch, path, 100, change)
        assert ingestion.run().counts == {"observation": 2, "quarantined": 1}
    assert "changed while it was read; ingest again" in reasons(ingestion)["m.fits"]
    # At rest it goes in, without anything said or done.
    assert ingestion.run().counts == {"observation": 1}
    assert set(checksums(ingestion)) == {"a.fits.gz", "m.fits", "z.fits.gz"}


@pytest.mark.parametrize("change", [append, put_in_place, touch])
def test_a_file_that_changes_once_while_it_is_read_is_read_again(ingestion, monkeypatch, change):
    path = write_bytes(ingestion.root / "m.fits", put_together(good()))
    with monkeypatch.context() as patch:
        change_while_reading(patch, path, 1, change)
        assert ingestion.run().counts == {"observation": 1}
    assert ingestion.sql("SELECT content_length FROM cta.source_file WHERE path = 'm.fits'") == [
        (path.stat().st_size,)
    ]
    assert set(checksums(ingestion)) == {"m.fits"}
    assert_settled(ingestion)


@pytest.mark.parametrize("limit", [20_000, 50_000])
def test_a_file_beyond_the_limit_is_refused_packed_or_not(ingestion, monkeypatch, limit):
    write_bytes(ingestion.root / "m.fits", packed())
    monkeypatch.setattr(storage, "MAX_BYTES", limit)
    assert ingestion.run().counts == {"quarantined": 1}
    assert re.search(f"is larger than (the )?{limit} bytes", reasons(ingestion)["m.fits"])


def test_a_bomb_of_5_gib_is_refused_without_their_memory(tmp_path):
    write_bytes(tmp_path / "bomb.fits.gz", bomb())
    assert (tmp_path / "bomb.fits.gz").stat().st_size < 10_000_000
    # With the limit of a machine of 2 GB: that of this one may be half of the bomb.
    code = f"""
import pathlib, resource
from iact.dl3 import read, storage
storage.MAX_BYTES = 2**28
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = read.read_file(pathlib.Path({str(tmp_path)!r}), "bomb.fits.gz", None)
print(report.kind, report.reason)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - own) * 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, used = done.stdout.splitlines()
    assert said == "quarantined is larger than 268435456 bytes when decompressed"
    # A buffer that grows needs some room beside what it holds.
    assert int(used) < 1.3 * 2**28

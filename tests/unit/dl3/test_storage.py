"""Files that change under the reader's hands, and what follows a gzip stream."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from iact.dl3 import storage
from iact.dl3.storage import StoredFile, read_stored, uncompressed
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff


def test_what_changes_a_file_while_it_is_read_is_noticed_twice_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ff.write(tmp_path, "run.fits", ff.events(), ff.gti())
    real, looks = os.fstat, []

    def fstat(number: int) -> os.stat_result:
        looks.append(number)
        os.utime(path, ns=(0, len(looks)))
        return real(number)

    monkeypatch.setattr(storage.os, "fstat", fstat)
    with pytest.raises(DL3Error, match="changed while it was read; ingest again"):
        read_stored(tmp_path, "run.fits")
    assert len(looks) == 4


def test_pipe_that_comes_in_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ff.write_bytes(tmp_path, "run.fits", b"x")
    real = Path.stat

    def stat(self: Path, **options: bool) -> os.stat_result:
        found = real(self, **options)
        if self == path:
            path.unlink()
            os.mkfifo(path)
        return found

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(DL3Error, match="not an ordinary file"):
        read_stored(tmp_path, "run.fits")


def test_gzip_followed_by_anything_but_zeros_is_refused() -> None:
    with pytest.raises(DL3Error, match="followed by 5 bytes that are not gzip"):
        raw = gzip.compress(b"one") + b"\0words"
        uncompressed(StoredFile("run.fits", len(raw), 0, "", raw))

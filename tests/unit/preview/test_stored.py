"""Previews as files: made once for each content, all or none."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from iact.errors import DL3Error
from iact.preview import stored
from iact.preview.subject import Subject
from unit.dl3 import fitsfiles as ff
from unit.preview.pictures import size


def source_in(folder: Path, path: str = "run.fits") -> stored.Source:
    ff.write(folder, path, ff.events(), ff.gti())
    digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
    return stored.Source(folder, path, digest, Subject("SIM", "7", "", "Crab", (83.6, 22.0)))


def test_nothing_is_stored_of_a_file_that_has_changed(tmp_path: Path) -> None:
    source = replace(source_in(tmp_path), sha256="0" * 64)
    with pytest.raises(DL3Error, match="changed"):
        stored.make(tmp_path / "cache", source)
    assert not (tmp_path / "cache").exists()


def test_all_three_are_made_at_once(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    assert not stored.are_made(tmp_path / "cache", source)
    stored.make(tmp_path / "cache", source)
    assert stored.are_made(tmp_path / "cache", source)
    names = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert sorted(name.partition("-")[2] for name in names) == sorted(stored.NAMES)
    picture = stored.place(tmp_path / "cache", source, "thumbnail.png").read_bytes()
    assert size(picture) == (160, 160)


def test_one_that_is_missing_means_all_are_made_again(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    stored.make(tmp_path / "cache", source)
    stored.place(tmp_path / "cache", source, "spectrum.png").unlink()
    assert not stored.are_made(tmp_path / "cache", source)


def test_the_key_changes_with_all_that_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    source = stored.Source(Path("/a"), "b", "00", Subject("C", "1", "", "", (1.0, 2.0)))
    keys = {source.key, replace(source, sha256="01").key}
    for change in ({"target": "T"}, {"obs_id": "2"}, {"event_type": "3"}, {"pointing": None}):
        keys.add(replace(source, subject=replace(source.subject, **change)).key)
    monkeypatch.setattr(stored, "VERSION", stored.VERSION + 1)
    keys.add(source.key)
    assert len(keys) == 7


def test_the_key_does_not_change_with_the_place_of_the_file() -> None:
    source = stored.Source(Path("/a"), "b", "00", Subject("C", "1"))
    assert replace(source, root=Path("/c"), path="d").key == source.key


def test_what_nothing_has_any_more_is_removed(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    stored.make(tmp_path / "cache", source)
    (tmp_path / "cache" / source.key[:2] / ".unfinished").write_bytes(b"")
    (tmp_path / "cache" / "other").mkdir()
    assert stored.sweep(tmp_path / "cache", {source.key}) == 1
    assert stored.are_made(tmp_path / "cache", source)
    assert stored.sweep(tmp_path / "cache", set()) == 3
    assert stored.sweep(tmp_path / "nowhere", set()) == 0


def test_who_only_looks_does_not_load_what_draws() -> None:
    code = "import sys, iact.preview.drawer; print('matplotlib' in sys.modules)"
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=path)
    assert done.stdout == "False\n"

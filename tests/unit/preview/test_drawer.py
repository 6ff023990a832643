"""Drawing in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iact.errors import CtaError
from iact.preview import stored
from iact.preview.drawer import REMEMBERED, REMEMBERED_AS_NOT_STORED, Drawer
from unit.preview.test_stored import source_in

Make = Callable[..., Drawer]


@pytest.fixture
def drawer(tmp_path: Path) -> Iterator[Make]:
    made: list[Drawer] = []

    def make(**options: Any) -> Drawer:
        made.append(Drawer(tmp_path / "cache", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_what_is_wrong_with_a_file_comes_back_and_the_next_is_drawn(
    tmp_path: Path, drawer: Make
) -> None:
    source, artist = source_in(tmp_path), drawer()
    with pytest.raises(CtaError, match="changed since it was ingested"):
        artist.draw(replace(source, sha256="0" * 64))
    artist.draw(source)
    assert stored.are_made(tmp_path / "cache", source)


def test_what_could_not_be_drawn_keeps_others_waiting_once_in_some_minutes(
    tmp_path: Path, drawer: Make
) -> None:
    now = [0.0]
    artist, source = drawer(clock=lambda: now[0]), source_in(tmp_path)
    path, aside = tmp_path / source.path, tmp_path / "aside"
    path.rename(aside)
    with pytest.raises(CtaError) as first:
        artist.draw(source)
    aside.rename(path)
    now[0] = REMEMBERED - 1
    with pytest.raises(CtaError) as again:
        artist.draw(source)
    assert str(again.value) == str(first.value)
    # Another subject makes other pictures of the same file.
    artist.draw(replace(source, subject=replace(source.subject, target="Other")))
    now[0] = REMEMBERED
    artist.draw(source)
    assert stored.are_made(tmp_path / "cache", source)


def test_drawing_that_takes_too_long_is_given_up(tmp_path: Path, drawer: Make) -> None:
    source, artist = source_in(tmp_path), drawer(timeout=0.01)
    with pytest.raises(CtaError, match=rf"^{source.path}: drawing .* more than 0\.01 s"):
        artist.draw(source)


def test_a_disk_that_cannot_be_written_is_an_error_of_the_system(
    tmp_path: Path, drawer: Make
) -> None:
    # Whose message names folders, which is not for those who look at previews.
    source, artist = source_in(tmp_path), drawer()
    (tmp_path / "cache").write_text("in the way")
    for _ in range(2):
        with pytest.raises(OSError, match="cache"):
            artist.draw(source)


def test_what_could_not_be_stored_is_tried_again_soon(tmp_path: Path, drawer: Make) -> None:
    now = [0.0]
    artist, source = drawer(clock=lambda: now[0]), source_in(tmp_path)
    cache = tmp_path / "cache"
    cache.write_bytes(b"no folder")
    with pytest.raises(OSError, match="directory"):
        artist.draw(source)
    cache.unlink()
    now[0] = REMEMBERED_AS_NOT_STORED
    artist.draw(source)
    assert stored.are_made(cache, source)

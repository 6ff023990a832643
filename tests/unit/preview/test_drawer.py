"""Drawing in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.preview import stored
from iact.preview.drawer import REMEMBERED, Drawer
from unit.preview.test_stored import source_in

WORKER = (sys.executable, "-m", "iact.preview.worker")
#: Refuses all, and says how often it was asked.
COUNTING = (
    sys.executable,
    "-c",
    "import json\n"
    "for number, _ in enumerate(open(0), 1): print(json.dumps(f'asked {number}'), flush=True)",
)
Make = Callable[..., Drawer]


@pytest.fixture
def drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    made: list[Drawer] = []

    def make(command: tuple[str, ...] = WORKER, timeout: float = 60.0) -> Drawer:
        made.append(Drawer(tmp_path / "cache", command, timeout))
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
    tmp_path: Path,
) -> None:
    now = [0.0]
    artist = Drawer(tmp_path / "cache", COUNTING, clock=lambda: now[0])
    source = source_in(tmp_path)
    try:
        for moment, asked in ((0.0, 1), (REMEMBERED - 1, 1), (REMEMBERED, 2)):
            now[0] = moment
            with pytest.raises(CtaError, match=f"^asked {asked}$"):
                artist.draw(source)
        # Another content of the file is something else.
        with pytest.raises(CtaError, match=r"^asked 3$"):
            artist.draw(replace(source, sha256="0" * 64))
    finally:
        artist.close()


def test_a_process_that_was_killed_is_started_anew(tmp_path: Path, drawer: Make) -> None:
    source, artist = source_in(tmp_path), drawer()
    artist.draw(source)
    first = artist._running()
    os.kill(first.pid, signal.SIGKILL)
    stored.sweep(tmp_path / "cache", set())
    artist.draw(source)
    assert artist._running().pid != first.pid
    assert stored.are_made(tmp_path / "cache", source)


def test_a_process_that_ends_without_an_answer_is_an_error(tmp_path: Path, drawer: Make) -> None:
    with pytest.raises(CtaError, match="the process that draws previews ended"):
        drawer((sys.executable, "-c", "import sys; sys.stdin.readline()")).draw(source_in(tmp_path))


def test_drawing_that_takes_too_long_is_ended(tmp_path: Path, drawer: Make) -> None:
    artist = drawer((sys.executable, "-c", "import time; time.sleep(60)"), 0.5)
    with pytest.raises(CtaError, match=r"more than 0\.5 s"):
        artist.draw(source_in(tmp_path))


def test_a_disk_that_cannot_be_written_is_an_error(tmp_path: Path, drawer: Make) -> None:
    source = source_in(tmp_path)
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(CtaError, match="cache"):
        drawer().draw(source)

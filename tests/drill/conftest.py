"""A data centre for drills, and the moments at which things die."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drill.exercise import Exercise
from service.livearchive import LiveArchive

HERE = Path(__file__).parent
#: How often each thing dies, and what the moments follow from.
KILLS = int(os.environ.get("DRILL_KILLS", "2"))
SEED = os.environ.get("DRILL_SEED") or str(random.SystemRandom().randrange(10**6))
_PHASES = pytest.StashKey[Exercise]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what kills servers where no data centre is there for it."""
    reason = "no data centre for it: `make drill` makes one and sets CTA_DRILL_URL, CTA_DRILL_VAR"
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.drill)
            if not os.environ.get("CTA_DRILL_VAR"):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread the moments over the whole duration: one at random in each equal part of it.

    A test that asks for a `share` is run `KILLS` times, one that asks for a `rare_share`
    half as often.
    """
    for name, kills in (("share", KILLS), ("rare_share", -(-KILLS // 2))):
        if name in metafunc.fixturenames:
            chance = random.Random(f"{SEED} {metafunc.function.__name__}")
            shares = [(number + chance.random()) / kills for number in range(kills)]
            metafunc.parametrize(name, shares, ids=[f"at {share:.3f}" for share in shares])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how to repeat the drill, and how far ingestions had come when they were disturbed."""
    exercise = config.stash.get(_PHASES, None)
    if exercise is None:
        return
    terminalreporter.write_line(f"DRILL_SEED={SEED} DRILL_KILLS={KILLS} repeats these moments.")
    for words, seconds in exercise.duration.items():
        terminalreporter.write_line(f"Undisturbed, `{' '.join(words)}` takes {seconds:.1f} s.")
    for (kind, phase), number in sorted(exercise.phases.items()):
        terminalreporter.write_line(f"{kind}: {number} {phase}")


@pytest.fixture(scope="session")
def drilled() -> LiveArchive:
    """The data centre, started."""
    archive = LiveArchive(
        os.environ["CTA_DRILL_URL"].rstrip("/"), Path(os.environ["CTA_DRILL_VAR"])
    )
    archive.publish_simulations()
    done = archive.cta("start")
    assert done.returncode == 0, done.stderr
    return archive


@pytest.fixture(scope="session")
def prepared(drilled: LiveArchive, request: pytest.FixtureRequest) -> Iterator[Exercise]:
    """Data roots with all kinds of changes, and what becomes of them undisturbed."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        exercise = Exercise(drilled, Path(folder))
        exercise.prepare()
        request.config.stash[_PHASES] = exercise
        yield exercise
        exercise.clear()


@pytest.fixture
def exercise(prepared: Exercise) -> Exercise:
    """The same, with the changes still to be ingested and everything running."""
    if not prepared.is_running():
        prepared.recover()
    prepared.put_back()
    return prepared

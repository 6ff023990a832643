"""The pictures: there is one of every list, and the same one each time."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import matplotlib
import numpy as np
import pytest

from iact.preview import figures
from iact.preview.eventlist import EventList
from iact.preview.subject import Subject
from unit.preview.pictures import chunks, size

CRAB = Subject("SIM", "7", "", "Crab Nebula", (83.6, 22.0))
DRAWN = (figures.counts_map, figures.energy_spectrum, figures.thumbnail)
Drawing = Callable[[EventList, Subject], bytes]


def events(number: int, width: float = 1.0) -> EventList:
    rng = np.random.default_rng(3)
    ra, dec = 83.6 + rng.normal(0, width, number), 22.0 + rng.normal(0, width, number)
    return EventList(ra, dec, 10 ** rng.normal(0, 0.5, number), number)


def sky() -> EventList:
    rng = np.random.default_rng(4)
    dec = np.degrees(np.arcsin(rng.uniform(-0.5, 0.9, 2000)))
    return EventList(rng.uniform(0, 360, 2000), dec, 10 ** rng.normal(0, 0.5, 2000), 2000)


@pytest.fixture(autouse=True)
def no_warnings() -> object:
    """A picture that matplotlib complains about is not good."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize(
    ("found", "subject"),
    [
        (events(1), CRAB),
        (events(3000), CRAB),
        (sky(), Subject("SKY", "drift")),
        (sky(), Subject("SKY", "drift", "", "", (359.9, -89.0))),
        (events(300), Subject("P", "north", "2", "Pole", (0.0, 90.0))),
        (events(10), Subject("A$B", r"$\frac{1", "^_{}", "x" * 300, (83.6, 22.0))),
    ],
    ids=["one event", "a field", "the sky", "the sky, pointed", "a pole", "no formulae"],
)
def test_every_list_has_its_picture(draw: Drawing, found: EventList, subject: Subject) -> None:
    width, height = size(draw(found, subject))
    expected = [(160, 160)] if draw is figures.thumbnail else [(800, 700), (800, 600), (960, 560)]
    assert (width, height) in expected


def test_a_list_without_energies_has_a_spectrum_that_says_so() -> None:
    found = EventList(np.array([83.6]), np.array([22.0]), np.array([]), 1)
    empty = figures.energy_spectrum(found, CRAB)
    assert size(empty) == (800, 600)
    assert empty != figures.energy_spectrum(events(1), CRAB)


@pytest.mark.parametrize("draw", DRAWN)
def test_the_bytes_depend_on_events_and_subject_only(draw: Drawing) -> None:
    first = draw(events(500), CRAB)
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "image.cmap": "jet"}):
        assert draw(events(500), CRAB) == first
    assert draw(events(501), CRAB) != first


@pytest.mark.parametrize("draw", DRAWN)
def test_no_time_and_no_program_is_written(draw: Drawing) -> None:
    kinds = {kind for kind, _ in chunks(draw(events(50), CRAB))}
    assert kinds <= {"IHDR", "pHYs", "PLTE", "IDAT", "IEND"}


def test_target_and_pointing_are_in_the_picture() -> None:
    drawn = figures.counts_map(events(500), CRAB)
    named = Subject("SIM", "7", "", "Another", CRAB.pointing)
    assert figures.counts_map(events(500), named) != drawn
    assert figures.thumbnail(events(500), named) == figures.thumbnail(events(500), CRAB)

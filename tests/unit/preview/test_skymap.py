"""Which part of the sky a map shows, and in which pixel an event is counted."""

from __future__ import annotations

import numpy as np
import pytest

from iact.preview import skymap
from iact.preview.eventlist import EventList

CRAB = (83.63, 22.01)


def events(ra: object, dec: object) -> EventList:
    directions = np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
    return EventList(*directions, np.ones(len(directions[0])), len(directions[0]))


def field(centre: tuple[float, float], number: int = 2000, width: float = 1.0) -> EventList:
    rng = np.random.default_rng(1)
    dec = centre[1] + rng.normal(0, width, number)
    ra = centre[0] + rng.normal(0, width, number) / np.cos(np.radians(centre[1]))
    return events(ra % 360, dec)


@pytest.mark.parametrize("centre", [CRAB, (0.0, 0.0), (359.99, -60.0), (10.0, 90.0), (10.0, -89.9)])
def test_an_event_is_counted_in_the_pixel_of_its_direction(centre: tuple[float, float]) -> None:
    found = skymap.sky_map(events(*centre), centre)
    ((row, column),) = np.argwhere(found.counts)
    ra, dec = found.wcs.wcs_pix2world(column, row, 0)
    away = np.hypot((ra - centre[0]) * np.cos(np.radians(centre[1])), dec - centre[1])
    assert found.counts.sum() == 1
    assert away < found.width


def test_the_pointing_is_the_centre_of_the_map() -> None:
    found = skymap.sky_map(field((84.5, 22.0)), CRAB)
    rows, columns = found.counts.shape
    centre = found.wcs.wcs_pix2world((columns - 1) / 2, (rows - 1) / 2, 0)
    assert centre == pytest.approx(CRAB)


def test_without_a_pointing_the_map_lies_amid_the_events() -> None:
    found = skymap.sky_map(field((359.9, 30.0)), None)
    away = abs((found.wcs.wcs.crval[0] - 359.9 + 180) % 360 - 180)
    assert not found.whole_sky
    assert away < 0.1


def test_right_ascension_grows_to_the_left() -> None:
    found = skymap.sky_map(events([84.0, 83.0], [22.0, 22.0]), (83.5, 22.0))
    columns = np.argwhere(found.counts)[:, 1]
    left = found.wcs.wcs_pix2world(columns.min(), found.counts.shape[0] // 2, 0)
    assert left[0] == pytest.approx(84.0, abs=found.width)


def test_stray_events_do_not_make_the_field_small() -> None:
    good = field(CRAB, 2000, 0.5)
    strays = events(np.append(good.ra, [200.0, 300.0]), np.append(good.dec, [-20.0, -40.0]))
    whole, tidy = skymap.sky_map(strays, CRAB), skymap.sky_map(good, CRAB)
    assert whole.counts.shape == tidy.counts.shape
    assert whole.counts.sum() == tidy.counts.sum()


def test_events_all_around_make_a_map_of_the_whole_sky_that_has_them_all() -> None:
    rng = np.random.default_rng(2)
    everywhere = events(rng.uniform(0, 360, 5000), np.degrees(np.arcsin(rng.uniform(-1, 1, 5000))))
    found = skymap.sky_map(everywhere, None)
    assert found.whole_sky
    assert found.counts.sum() == 5000


def test_a_band_of_declination_is_of_the_whole_sky() -> None:
    found = skymap.sky_map(events(np.arange(0.0, 360.0), np.full(360, 80.0)), None)
    assert found.counts.sum() == 360


def test_the_size_of_pieces_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = skymap.sky_map(field(CRAB), CRAB).counts
    monkeypatch.setattr(skymap, "_CHUNK", 7)
    assert np.array_equal(skymap.sky_map(field(CRAB), CRAB).counts, whole)


def test_pixels_are_fewer_for_fewer_events() -> None:
    sizes = [skymap.sky_map(field(CRAB, number), CRAB).counts.size for number in (100, 10_000)]
    assert sizes[0] < sizes[1]


def test_a_single_event_at_the_centre_has_a_map() -> None:
    found = skymap.sky_map(events(*CRAB), CRAB)
    assert found.counts.sum() == 1
    assert found.counts[found.counts.shape[0] // 2, found.counts.shape[1] // 2] == 1

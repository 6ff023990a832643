"""Regions on the sphere, compared with astropy's separations and with plain geometry."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from iact.dl3.frames import unit_vectors
from iact.events.region import Circle, Polygon, Range


def sky(number=20_000):
    """Directions all over the sky, deg."""
    random = np.random.default_rng(5)
    return random.uniform(0, 360, number), np.degrees(np.arcsin(random.uniform(-1, 1, number)))


def holds(region, ra, dec):
    return region.holds(unit_vectors(np.atleast_1d(ra).astype(float), np.atleast_1d(dec)))


@pytest.mark.parametrize(
    ("ra", "dec", "radius"),
    [
        (83.6, 22.0, 5),
        (0.5, -1.0, 3),
        (10, 90, 4),
        (10.0, -89.5, 4),
        (200, 0, 179),
        (1, 2, 180),
    ],
)
def test_a_circle_has_what_is_within_its_radius(ra, dec, radius):
    points = sky()
    distance = SkyCoord(ra, dec, unit="deg").separation(SkyCoord(*points, unit="deg")).deg
    found = holds(Circle(ra, dec, radius), *points)
    assert found.any()
    np.testing.assert_array_equal(found, distance <= radius)


def test_the_edge_of_a_small_circle_belongs_to_it():
    centre = SkyCoord(83.6, 22.0, unit="deg")
    for radius in (1e-6, 0.1, 3.0):
        for angle in range(0, 360, 30):
            on = centre.directional_offset_by(angle * u.deg, radius * u.deg)
            out = centre.directional_offset_by(angle * u.deg, (radius + 1e-7) * u.deg)
            assert holds(Circle(83.6, 22.0, radius), on.ra.deg, on.dec.deg).all()
            assert not holds(Circle(83.6, 22.0, radius), out.ra.deg, out.dec.deg).any()


@pytest.mark.parametrize("ra", [0.0, 83.6, 359.9, -10.0])
def test_a_range_goes_across_right_ascension_0(ra):
    region = Range((ra - 2, ra + 2), (-1, 1))
    inside = np.array([ra - 2, ra, ra + 2]) % 360
    assert holds(region, inside, np.array([-1.0, 0.0, 1.0])).all()
    assert not holds(region, np.array([ra - 2.1, ra + 2.1]) % 360, np.zeros(2)).any()


def test_a_range_from_350_to_10_is_20_deg_wide():
    points = np.array([349.9, 350.0, 355, 0, 10, 10.1, 180])
    found = holds(Range((350, 10), (-90, 90)), points, np.zeros(7))
    np.testing.assert_array_equal(found, [False, True, True, True, True, False, False])


def test_a_range_without_ends_is_the_whole_sky():
    assert holds(Range((-np.inf, np.inf), (-np.inf, np.inf)), *sky(100)).all()
    assert holds(Range((0, 360), (-90, 90)), *sky(100)).all()


@pytest.mark.parametrize(("ra", "dec"), [(83.6, 22.0), (0.0, 0.0), (0, 90), (77, -90), (359.5, 60)])
@pytest.mark.parametrize("turn", [1, -1])
def test_a_polygon_of_many_vertices_is_nearly_a_circle(ra, dec, turn):
    centre = SkyCoord(ra, dec, unit="deg")
    around = [
        centre.directional_offset_by(turn * angle * u.deg, 5 * u.deg) for angle in range(0, 360, 3)
    ]
    region = Polygon(tuple((point.ra.deg, point.dec.deg) for point in around))
    random = np.random.default_rng(1)
    points = centre.directional_offset_by(
        random.uniform(0, 360, 3000) * u.deg, random.uniform(0, 10, 3000) * u.deg
    )
    distance = centre.separation(points).deg
    clear = (distance < 4.99) | (distance > 5.01)
    found = holds(region, points.ra.deg, points.dec.deg)
    np.testing.assert_array_equal(found[clear], distance[clear] < 5)


def test_sides_of_a_polygon_are_great_circles():
    # From one meridian to another at declination 60, the great circle goes further north.
    region = Polygon(((0, 60), (60, 60), (30, 30)))
    top = np.degrees(np.arctan(np.tan(np.radians(60)) / np.cos(np.radians(30))))
    assert holds(region, 30, np.array([top - 0.01])).all()
    assert not holds(region, 30, np.array([top + 0.01])).any()


def test_a_polygon_around_the_pole_has_the_pole():
    region = Polygon(((0, 80), (120, 80), (240, 80)))
    assert holds(region, np.array([0.0, 77.0]), np.array([90.0, 89.0])).all()
    assert not holds(region, 0, np.array([79.0])).any()


def test_what_is_behind_is_not_in_a_polygon():
    region = Polygon(((10, -5), (20, -5), (15, 5)))
    assert not holds(region, 195, np.array([0.0])).any()


def test_a_concave_polygon_lacks_its_bay():
    region = Polygon(((0, 0), (4, 0), (4, 4), (2, 1), (0, 4)))
    found = holds(region, np.array([2.0, 0.5, 3.5, 2.0]), np.array([3.0, 2.0, 2.0, 0.5]))
    np.testing.assert_array_equal(found, [False, True, True, True])


@pytest.mark.parametrize(
    "vertices",
    [
        ((0, 0), (1, 0), (2, 0)),
        ((0, 0), (0, 0), (0, 0)),
        ((0, 0), (1, 1), (0, 0)),
        ((0, 0), (120, 0), (240, 0)),
        ((0, -89), (100, 0), (200, 40), (0, 89)),
        ((0, 0), (180, 0), (90, 90)),
    ],
)
def test_a_polygon_that_is_a_line_or_has_no_smaller_part_is_refused(vertices):
    with pytest.raises(ValueError, match=r"area|middle"):
        Polygon(vertices)


@pytest.mark.parametrize(
    "region", [Circle(1, 2, 180), Range((0, 360), (-90, 90)), Polygon(((0, 0), (9, 0), (0, 9)))]
)
def test_what_has_no_direction_is_in_no_region(region):
    assert not holds(region, np.array([np.nan, np.inf, 1.0]), np.array([1.0, 1.0, np.nan])).any()

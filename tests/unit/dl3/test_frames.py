"""Frames and polygons."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import FK5, SkyCoord

from iact.dl3.frames import circumscribed_polygon, to_icrs


@pytest.mark.parametrize(
    "position", [(83.63, 22.01), (266.4, -29.0), (0.0, 90.0), (-98.05, -70.0), (446.0, 1.0)]
)
@pytest.mark.parametrize("equinox", [2000.0, 1975.5])
def test_fk5_becomes_icrs_as_astropy_does_it(position: tuple[float, float], equinox: float) -> None:
    ra, dec = to_icrs(*position, frame="fk5", equinox=equinox)
    expected = SkyCoord(*position, unit="deg", frame=FK5(equinox=f"J{equinox}")).icrs
    apart = SkyCoord(ra, dec, unit="deg").separation(expected)
    assert apart.deg < 1e-9
    assert 0 <= ra < 360


@pytest.mark.parametrize(
    ("ra", "expected"), [(-98.0, 262.0), (446.0, 86.0), (360.0, 0.0), (-1e-17, 0.0)]
)
def test_right_ascension_lies_between_0_and_360(ra: float, expected: float) -> None:
    assert to_icrs(ra, 10.0) == (expected, 10.0)


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 90.1), (0.0, float("nan")), (float("inf"), 0.0)])
def test_impossible_positions_are_refused(ra: float, dec: float) -> None:
    with pytest.raises(ValueError, match="no position"):
        to_icrs(ra, dec)


def test_unknown_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="'FK4' is not known"):
        to_icrs(0.0, 0.0, frame="FK4")


def test_vertices_go_from_north_to_east() -> None:
    polygon = circumscribed_polygon(10.0, 20.0, 2.5, vertices=12)
    centre = SkyCoord(10 * u.deg, 20 * u.deg)
    corners = SkyCoord(polygon, unit="deg")
    angles = centre.position_angle(corners).deg
    assert np.allclose((angles - np.arange(12) * 30 + 180) % 360 - 180, 0, atol=1e-9)


@pytest.mark.parametrize("radius", [0.0, -1.0, 90.0, 120.0, float("nan")])
def test_radius_out_of_range_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="less than 90 deg"):
        circumscribed_polygon(0.0, 0.0, radius, vertices=12)


def test_polygon_needs_three_vertices() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        circumscribed_polygon(0.0, 0.0, 1.0, vertices=2)

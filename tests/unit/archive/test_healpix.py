"""Cells of HEALPix are where others have them."""

from __future__ import annotations

import numpy as np
import pytest

from iact.archive.healpix import cell_centres, largest_radius


def angles(vectors):
    longitude = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 360
    return longitude, np.degrees(np.arcsin(np.clip(vectors[:, 2], -1, 1)))


def test_the_twelve_faces_are_those_of_the_definition():
    longitude, latitude = angles(cell_centres(np.arange(12), 0))
    # Gorski et al. 2005, figure 4: rings of four at z = 2/3, 0 and -2/3.
    assert longitude == pytest.approx([45, 135, 225, 315, 0, 90, 180, 270, 45, 135, 225, 315])
    ring = np.degrees(np.arcsin(2 / 3))
    assert latitude == pytest.approx([ring] * 4 + [0] * 4 + [-ring] * 4)


@pytest.mark.parametrize("order", range(7))
def test_centres_are_on_the_sphere_and_in_balance(order):
    vectors = cell_centres(np.arange(12 * 4**order), order)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-14)
    # Cells have equal areas, so the middle of all is that of the sphere.
    assert vectors.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2, 5, 9])
def test_mocpy_finds_each_centre_in_its_cell(order):
    mocpy = pytest.importorskip("mocpy")
    from astropy import units

    rng = np.random.default_rng(order)
    cells = np.unique(rng.integers(0, 12 * 4**order, 300))
    longitude, latitude = (values * units.deg for values in angles(cell_centres(cells, order)))
    for place, cell in enumerate(cells):
        own = mocpy.MOC.from_healpix_cells(
            np.array([cell], dtype=np.uint64), np.array([order], dtype=np.uint8), max_depth=order
        )
        assert own.contains_lonlat(longitude, latitude).nonzero()[0].tolist() == [place]


@pytest.mark.parametrize("order", range(5))
def test_no_point_of_a_cell_is_farther_than_the_largest_radius(order):
    mocpy = pytest.importorskip("mocpy")
    from astropy import units

    rng = np.random.default_rng(order)
    # Just beyond the radius, all around the centre, there is nothing of the cell; just within
    # there is, for one cell at least.
    reached = []
    for cell in range(min(12 * 4**order, 200)):
        cells = np.array([cell], dtype=np.uint64)
        own = mocpy.MOC.from_healpix_cells(
            cells, np.array([order], dtype=np.uint8), max_depth=order
        )
        centre = cell_centres(cells.astype(np.int64), order)[0]
        aside = np.cross(centre, rng.normal(size=(2000, 3)))
        aside /= np.linalg.norm(aside, axis=1)[:, np.newaxis]
        for factor, inside in ((1.0001, False), (0.97, True)):
            angle = factor * largest_radius(order)
            longitude, latitude = angles(np.cos(angle) * centre + np.sin(angle) * aside)
            found = own.contains_lonlat(longitude * units.deg, latitude * units.deg)
            if inside:
                reached.append(bool(found.any()))
            else:
                assert not found.any()
    assert any(reached)

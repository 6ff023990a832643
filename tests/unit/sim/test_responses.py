import dataclasses

import numpy as np
import pytest

from iact.sim.plan import NORTH, RUNS, SOUTH
from iact.sim.responses import (
    ENERGY_EDGES,
    MIGRA_EDGES,
    RADIUS_68,
    centres,
    containment,
    response,
)

ENERGY = centres(ENERGY_EDGES, log=True)
ONE_TEV = int(np.argmin(np.abs(np.log(ENERGY))))


def run_of(site, index=0):
    return [run for run in RUNS if run.site == site][index]


@pytest.mark.parametrize(("site", "area"), [(NORTH, 3e5), (SOUTH, 1e6)])
def test_area_rises_to_that_of_the_site(site, area):
    seen = response(run_of(site))
    assert seen.area[0, -1] == pytest.approx(area, rel=0.15)
    assert np.all(np.diff(seen.area[0]) > 0)
    assert np.all(np.diff(seen.area, axis=0) < 0)


def test_low_elevation_raises_the_threshold_and_the_area():
    by_altitude = sorted((run for run in RUNS if run.site == NORTH), key=lambda run: run.alt_az[0])
    low, high = response(by_altitude[0]), response(by_altitude[-1])
    assert low.energy_min > 1.5 * high.energy_min
    assert low.area[0, -1] > high.area[0, -1]


@pytest.mark.parametrize("site", [NORTH, SOUTH])
def test_68_percent_radius_is_0_08_degrees_at_1_tev_and_falls(site):
    radius = response(run_of(site)).psf_sigma[0] * RADIUS_68
    assert radius[ONE_TEV] == pytest.approx(0.08, rel=0.05)
    assert np.all(np.diff(radius) < 0)


def test_containment_is_0_in_the_middle_and_1_far_out():
    shares = containment(np.array([0.0, RADIUS_68 * 0.1, 5.0]), np.array(0.1))
    np.testing.assert_allclose(shares, [0, 0.68, 1], atol=1e-4)


def test_energy_dispersion_is_normalised_and_10_to_15_percent_wide_at_1_tev():
    migration = response(run_of(SOUTH)).migration
    share = migration * np.diff(MIGRA_EDGES)[:, np.newaxis]
    np.testing.assert_allclose(share.sum(axis=0), 1)
    mean = np.sum(share * centres(MIGRA_EDGES)[:, np.newaxis], axis=0)
    square = np.sum(share * (centres(MIGRA_EDGES)[:, np.newaxis] - mean) ** 2, axis=0)
    assert 0.10 < np.sqrt(square[ONE_TEV]) < 0.15


def test_background_falls_with_the_index_of_cosmic_rays_above_the_threshold():
    rate = response(run_of(NORTH)).background
    slope = np.log(rate[-1] / rate[-9]) / np.log(ENERGY[-1] / ENERGY[-9])
    assert slope == pytest.approx(-2.7, abs=0.01)


def test_area_at_bin_centres_is_that_of_the_table():
    seen = response(run_of(SOUTH))
    theta = centres(seen.theta_edges)
    grid_theta, grid_energy = np.meshgrid(theta, ENERGY, indexing="ij")
    np.testing.assert_allclose(seen.area_at(grid_energy, grid_theta), seen.area)
    np.testing.assert_allclose(seen.psf_sigma_at(grid_energy, grid_theta), seen.psf_sigma)
    np.testing.assert_allclose(seen.background_at(ENERGY), seen.background)


def test_area_is_0_beyond_the_axes_and_never_negative():
    seen = response(run_of(NORTH))
    energy = np.array([0.001, 1.0, 1000.0, ENERGY_EDGES[0]])
    theta = np.array([0.1, 5.0, 0.1, 0.0])
    area = seen.area_at(energy, theta)
    np.testing.assert_array_equal(area[:3], 0)
    assert area[3] >= 0


def test_responses_depend_on_site_and_zenith_angle_only():
    run = run_of(NORTH)
    other = dataclasses.replace(run, obs_id=1, proposal="X", object_name="Y")
    np.testing.assert_array_equal(response(run).area, response(other).area)

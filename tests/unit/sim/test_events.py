import dataclasses

import numpy as np
import pytest

from iact.sim import sky, truth
from iact.sim.events import draw
from iact.sim.plan import NORTH, RUNS, SOUTH
from iact.sim.responses import RADIUS_68, response

BY_ID = {run.obs_id: run for run in RUNS}
CRAB_RUN, OFF_RUN, PKS_RUN = BY_ID[101002], BY_ID[101007], BY_ID[201001]


def drawn(run, seed=1):
    return draw(run, response(run), seed)


def test_the_same_seed_draws_the_same_events_and_another_one_others():
    first, again, other = drawn(CRAB_RUN), drawn(CRAB_RUN), drawn(CRAB_RUN, seed=2)
    np.testing.assert_array_equal(first.ra, again.ra)
    assert len(first.ra) != len(other.ra) or not np.array_equal(first.ra, other.ra)


def test_events_come_in_the_order_of_their_times_and_within_good_times():
    events = drawn(CRAB_RUN)
    assert len(CRAB_RUN.good_times) == 2
    assert np.all(np.diff(events.time) >= 0)
    within = [(events.time >= start) & (events.time <= stop) for start, stop in CRAB_RUN.good_times]
    assert np.all(np.any(within, axis=0))
    # The rate is steady: each interval has its share.
    shares = [part.mean() for part in within]
    lengths = np.array([stop - start for start, stop in CRAB_RUN.good_times])
    np.testing.assert_allclose(shares, lengths / lengths.sum(), atol=0.03)


def test_gamma_rays_are_spread_over_the_run_like_all_events():
    events = drawn(CRAB_RUN)
    half = len(events.time) // 2
    assert events.is_gamma[:half].sum() == pytest.approx(events.is_gamma[half:].sum(), rel=0.15)


def test_gamma_rays_scatter_about_the_source_by_the_point_spread_function():
    distances = []
    for seed in range(5):
        events = drawn(CRAB_RUN, seed)
        near_1_tev = events.is_gamma & (events.energy > 0.8) & (events.energy < 1.25)
        ra, dec = events.ra[near_1_tev], events.dec[near_1_tev]
        distances.append(sky.separation(*sky.sky_to_field(ra, dec, truth.CRAB.ra, truth.CRAB.dec)))
    radius = np.quantile(np.concatenate(distances), 0.68)
    sigma = response(CRAB_RUN).psf_sigma_at(np.array([1.0]), np.array([0.5]))
    assert radius == pytest.approx(float(sigma[0]) * RADIUS_68, rel=0.15)


def test_an_extended_source_is_wider_than_a_point_source():
    run = BY_ID[201007]
    events = drawn(run)
    source = truth.HESS_J1825
    bright = events.is_gamma & (events.energy > 1)
    lon, lat = sky.sky_to_field(events.ra[bright], events.dec[bright], source.ra, source.dec)
    assert np.quantile(sky.separation(lon, lat), 0.68) > 1.4 * source.sigma


def test_the_empty_field_has_only_background():
    assert not drawn(OFF_RUN).is_gamma.any()


def test_number_of_gamma_rays_is_flux_times_area_times_livetime():
    seen = response(PKS_RUN)
    energy = np.geomspace(0.018, 99, 20000)
    rate = truth.PKS_2155.flux(energy) * seen.area_at(energy, np.full_like(energy, 0.5)) * 1e4
    expected = float(np.sum(rate * np.gradient(energy))) * PKS_RUN.livetime
    counts = [draw(PKS_RUN, seen, seed).is_gamma.sum() for seed in range(10)]
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / 10))


@pytest.mark.parametrize("site", [NORTH, SOUTH])
def test_background_rate_is_that_of_the_site(site):
    run = next(run for run in RUNS if run.site == site)
    cos_zenith = np.sin(np.radians(run.alt_az[0]))
    expected = site.background_rate * cos_zenith * run.ontime
    counts = [np.sum(~draw(run, response(run), seed).is_gamma) for seed in range(5)]
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / 5))


def test_a_source_outside_the_field_is_not_seen():
    away = dataclasses.replace(CRAB_RUN, pointing=(truth.CRAB.ra, truth.CRAB.dec + 10))
    assert not drawn(away).is_gamma.any()


@pytest.mark.parametrize("run", RUNS[::4], ids=lambda run: str(run.obs_id))
def test_all_numbers_are_within_their_limits(run):
    events = drawn(run)
    assert 2000 <= len(events.energy) <= 10000
    assert np.all(sky.separation(events.lon, events.lat) <= run.site.fov_radius)
    assert np.all((events.energy > 0.003) & (events.energy < 500))
    assert np.all((events.gammaness >= 0.6) & (events.gammaness <= 1))
    assert np.all((events.multiplicity >= 2) & (events.multiplicity <= len(run.telescopes)))
    assert np.all((events.ra >= 0) & (events.ra < 360))

import collections
import itertools

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun
from astropy.time import Time
from astropy.utils import iers

from iact.sim import plan, truth
from iact.sim.plan import RUNS

each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: str(run.obs_id))


def test_there_are_24_runs_with_different_numbers():
    assert len({run.obs_id for run in RUNS}) == len(RUNS) == 24


def test_both_sites_and_all_modes_are_there():
    assert {run.site.name for run in RUNS} == {"north", "south"}
    assert {run.mode for run in RUNS} == {"wobble", "scan", "off"}


def test_three_targets_a_survey_and_an_empty_field_are_observed():
    assert collections.Counter(run.object_name for run in RUNS) == {
        "Crab Nebula": 6,
        "PKS 2155-304": 6,
        "HESS J1825-137": 4,
        "survey": 6,
        "off observation": 2,
    }


def test_three_proposals_hold_about_half_of_the_runs():
    counts = collections.Counter(run.proposal for run in RUNS)
    assert counts == {"": 14, "SIM-P001": 2, "SIM-P002": 4, "SIM-P003": 4}


def test_a_proposal_has_runs_of_one_target_only():
    objects = collections.defaultdict(set)
    for run in RUNS:
        objects[run.proposal].add(run.object_name)
    assert objects["SIM-P001"] == {"Crab Nebula"}
    assert objects["SIM-P002"] == {"PKS 2155-304"}
    assert objects["SIM-P003"] == {"survey"}


def test_wobble_runs_point_half_a_degree_from_the_target_in_four_directions():
    for name in ("Crab Nebula", "PKS 2155-304", "HESS J1825-137"):
        angles = set()
        for run in (run for run in RUNS if run.object_name == name):
            target = SkyCoord(*run.target, unit="deg")
            pointing = SkyCoord(*run.pointing, unit="deg")
            assert target.separation(pointing).deg == pytest.approx(0.5, abs=1e-6)
            angles.add(round(target.position_angle(pointing).deg) % 360)
        assert angles == {0, 90, 180, 270}


def test_scan_runs_follow_the_galactic_plane():
    scan = [run for run in RUNS if run.mode == "scan"]
    strip = SkyCoord([run.pointing for run in scan], unit="deg").galactic
    np.testing.assert_allclose(strip.l.deg, [15, 16, 17, 18, 19, 20], atol=1e-6)
    np.testing.assert_allclose(strip.b.deg, -0.3, atol=1e-6)


def test_nothing_shines_in_the_empty_field():
    field = SkyCoord(*truth.EMPTY_FIELD, unit="deg")
    for source in truth.SOURCES:
        assert field.separation(SkyCoord(source.ra, source.dec, unit="deg")).deg > 20


@pytest.mark.filterwarnings("ignore")
@each_run
def test_runs_take_place_at_night_and_above_40_degrees(run):
    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
        # The tables of a stable Debian are old; their predictions are good to a second.
        iers.conf.set_temp("auto_max_age", None),
    ):
        times = Time(run.start_utc, scale="utc") + [0, run.duration] * u.s
        site = EarthLocation.from_geodetic(run.site.lon, run.site.lat, run.site.height)
        sun = get_sun(times).transform_to(AltAz(obstime=times, location=site))
    assert np.all(sun.alt.deg < -18)
    assert run.alt_az[0] > 40


@each_run
def test_runs_last_20_to_28_minutes_and_their_times_add_up(run):
    assert 20 * 60 <= run.duration <= 28 * 60
    good = np.array(run.good_times)
    assert good[0, 0] == run.tstart
    assert good[-1, 1] == run.tstop
    assert np.all(np.diff(good.ravel()) > 0)
    assert np.sum(good[:, 1] - good[:, 0]) == pytest.approx(run.ontime)
    assert run.livetime == pytest.approx(run.ontime * run.site.deadc)


def test_runs_of_a_site_do_not_overlap():
    for site in (plan.NORTH, plan.SOUTH):
        spans = sorted((run.tstart, run.tstop) for run in RUNS if run.site == site)
        assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(spans))


def test_some_runs_have_two_and_some_three_good_time_intervals():
    assert {len(run.good_times) for run in RUNS} == {1, 2, 3}


def test_start_is_the_utc_time_in_tt():
    run = RUNS[0]
    start = Time(plan.MJDREF, format="mjd", scale="tt") + run.tstart * u.s
    assert start.utc.isot == run.start_utc + ".000"
    assert plan.iso_tt(run.tstart) == start.isot


def test_a_telescope_that_did_not_take_part_is_not_listed():
    run = next(run for run in RUNS if run.missing_tels)
    assert run.missing_tels[0] not in run.telescopes
    assert len(run.telescopes) == run.site.n_tels - 1

"""gammapy opens a cut, and finds in it what it finds in the whole run."""

import numpy as np
import pytest

pytest.importorskip("gammapy")

import astropy.units as u
from astropy.coordinates import SkyCoord
from gammapy.data import Observation
from gammapy.datasets import SpectrumDataset
from gammapy.makers import ReflectedRegionsBackgroundMaker, SpectrumDatasetMaker
from gammapy.maps import MapAxis, RegionGeom
from regions import CircleSkyRegion

from iact.dl3.utc import utc_of_tt
from iact.events.cut import cut
from iact.sim.truth import CRAB
from service.simulatedruns import simulated
from unit.dl3.test_real_files import DATA
from unit.events.cuts import task

pytestmark = pytest.mark.filterwarnings("ignore")

HESS = DATA / "hess-dl3-dr1/data/hess_dl3_dr1_obs_id_023523.fits.gz"
ENERGY = MapAxis.from_energy_bounds(1, 10, 6, unit="TeV")
TRUE_ENERGY = MapAxis.from_energy_bounds(0.3, 50, 20, unit="TeV", name="energy_true")


def spectrum(path, source):
    """On and off counts, exposure and energy dispersion of a source in one run."""
    region = CircleSkyRegion(SkyCoord(*source, unit="deg"), radius=0.11 * u.deg)
    empty = SpectrumDataset.create(RegionGeom.create(region, axes=[ENERGY]), TRUE_ENERGY)
    maker = SpectrumDatasetMaker(containment_correction=True)
    observation = Observation.read(path)
    dataset = maker.run(empty.copy(name="run"), observation)
    return ReflectedRegionsBackgroundMaker().run(dataset, observation), observation


def same(found, expected):
    for name in ("counts", "counts_off", "acceptance_off", "exposure"):
        np.testing.assert_allclose(
            getattr(found, name).data, getattr(expected, name).data, rtol=1e-6, err_msg=name
        )
    np.testing.assert_array_equal(found.edisp.edisp_map.data, expected.edisp.edisp_map.data)
    assert found.gti.time_sum.to_value("s") == pytest.approx(expected.gti.time_sum.to_value("s"))


@pytest.fixture(params=["simulated", "hess"])
def run(request, tmp_path):
    """A run on the Crab Nebula, and where the nebula is."""
    path = tmp_path / "run.fits.gz"
    if request.param == "hess":
        if not DATA.is_dir():
            pytest.skip("the real DL3 files are not here")
        path.write_bytes(HESS.read_bytes())
    else:
        path.write_bytes(simulated(1).content)
    return path, (CRAB.ra, CRAB.dec)


def test_a_spectrum_of_a_cut_is_that_of_the_whole_run(run, tmp_path):
    path, source = run
    whole, observation = spectrum(path, source)
    target = tmp_path / "cut.fits"
    pointing = observation.get_pointing_icrs(observation.tmid)
    text = f"{pointing.ra.deg:.8f} {pointing.dec.deg:.8f} 1.5"
    cut(task(path, target, circle=text, energy="1 10"))
    found, cut_observation = spectrum(target, source)
    assert whole.counts.data.sum() >= 3
    same(found, whole)
    assert len(cut_observation.events.table) < len(observation.events.table)
    assert cut_observation.available_irfs == observation.available_irfs


def test_halves_of_a_run_add_up_to_it(run, tmp_path):
    path, source = run
    whole, observation = spectrum(path, source)
    middle = utc_of_tt(float(observation.tmid.tt.mjd))
    halves = []
    for number, text in enumerate((f"-Inf {middle!r}", f"{middle!r} +Inf")):
        target = tmp_path / f"{number}.fits"
        cut(task(path, target, time=text))
        halves.append(spectrum(target, source))
    for name in ("counts", "counts_off"):
        total = sum(getattr(dataset, name).data for dataset, _ in halves)
        np.testing.assert_array_equal(total, getattr(whole, name).data)
    exposure = sum(dataset.exposure.data for dataset, _ in halves)
    np.testing.assert_allclose(exposure, whole.exposure.data, rtol=1e-5)
    livetimes = [half.observation_live_time_duration.to_value("s") for _, half in halves]
    assert sum(livetimes) == pytest.approx(
        observation.observation_live_time_duration.to_value("s"), rel=1e-5
    )

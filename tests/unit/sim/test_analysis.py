"""An independent analysis gets back what was put in."""

import warnings

import numpy as np
import pytest

pytest.importorskip("gammapy")

import astropy.units as u
from astropy.coordinates import SkyCoord
from gammapy.data import DataStore
from gammapy.datasets import Datasets, MapDataset, SpectrumDataset
from gammapy.makers import (
    MapDatasetMaker,
    ReflectedRegionsBackgroundMaker,
    SafeMaskMaker,
    SpectrumDatasetMaker,
)
from gammapy.maps import MapAxis, RegionGeom, WcsGeom
from gammapy.modeling import Fit
from gammapy.modeling.models import PowerLawSpectralModel, SkyModel
from regions import CircleSkyRegion

from iact.sim.plan import RUNS
from iact.sim.truth import CRAB, PKS_2155

pytestmark = pytest.mark.filterwarnings("ignore")

ENERGY = MapAxis.from_energy_bounds(0.1, 40, 20, unit="TeV")
TRUE_ENERGY = MapAxis.from_energy_bounds(0.03, 100, 50, unit="TeV", name="energy_true")


@pytest.fixture(scope="module")
def store(challenge):
    return DataStore.from_dir(challenge)


def spectrum(store, source):
    """Power-law fit of on and off counts in all runs on a source."""
    region = CircleSkyRegion(SkyCoord(source.ra, source.dec, unit="deg"), radius=0.12 * u.deg)
    empty = SpectrumDataset.create(RegionGeom.create(region, axes=[ENERGY]), TRUE_ENERGY)
    counts = SpectrumDatasetMaker(
        containment_correction=True, selection=["counts", "exposure", "edisp"]
    )
    background = ReflectedRegionsBackgroundMaker()
    safe = SafeMaskMaker(methods=["aeff-default"])
    datasets = Datasets()
    for run in (run for run in RUNS if run.object_name == source.name):
        observation = store.obs(run.obs_id)
        dataset = counts.run(empty.copy(name=str(run.obs_id)), observation)
        dataset = background.run(dataset, observation)
        datasets.append(safe.run(dataset, observation))
    model = PowerLawSpectralModel(
        amplitude=1e-11 * u.Unit("cm-2 s-1 TeV-1"), index=2.0, reference=1 * u.TeV
    )
    datasets.models = [SkyModel(model)]
    assert Fit().run(datasets).success
    return model


def test_gammapy_opens_all_runs_with_all_their_responses(store):
    observations = store.get_observations(required_irf="full-enclosure")
    assert len(observations) == len(RUNS)
    for observation, run in zip(observations, RUNS, strict=True):
        assert observation.observation_live_time_duration.to_value("s") == pytest.approx(
            run.livetime
        )
        assert observation.gti.time_sum.to_value("s") == pytest.approx(run.ontime)


@pytest.mark.parametrize("source", [CRAB, PKS_2155], ids=lambda source: source.name)
def test_a_spectral_analysis_recovers_the_true_spectrum(store, source):
    model = spectrum(store, source)
    flux, index = model.amplitude, model.index
    assert flux.error / flux.value < 0.15
    assert abs(flux.value - source.amplitude) < 3 * flux.error
    assert abs(index.value - source.index) < 3 * index.error


@pytest.mark.parametrize("obs_id", [101007, 201001])
def test_background_model_and_events_agree(store, obs_id):
    observation = store.obs(obs_id)
    pointing = observation.get_pointing_icrs(observation.tmid)
    geom = WcsGeom.create(skydir=pointing, binsz=0.1, width=4, axes=[ENERGY])
    maker = MapDatasetMaker(selection=["counts", "background"])
    with warnings.catch_warnings():
        # "Ambiguous axes order" would mean that readers have to guess.
        warnings.simplefilter("error")
        background = observation.bkg
    assert background is not None
    dataset = maker.run(MapDataset.create(geom, energy_axis_true=TRUE_ENERGY), observation)
    source = SkyCoord(PKS_2155.ra, PKS_2155.dec, unit="deg")
    where = (geom.separation(pointing) < 1.8 * u.deg) & (geom.separation(source) > 0.6 * u.deg)
    counts = np.sum(dataset.counts.data * where)
    expected = np.sum(dataset.background.data * where)
    assert counts == pytest.approx(expected, abs=3 * np.sqrt(expected) + 0.02 * expected)


@pytest.mark.parametrize("obs_id", [101002, 201001])
def test_gammapy_reads_the_point_spread_function_as_it_was_meant(store, obs_id):
    psf = store.obs(obs_id).psf
    radius = psf.containment_radius(0.68, energy_true=1 * u.TeV, offset=0.5 * u.deg)
    assert radius.to_value("deg") == pytest.approx(0.08, rel=0.05)
    energy = [0.1, 1, 10] * u.TeV
    total = psf.containment(rad=2 * u.deg, energy_true=energy, offset=0.5 * u.deg)
    np.testing.assert_allclose(total, 1, atol=0.005)

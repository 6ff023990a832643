"""Counts of the Crab Nebula's spectrum, as the reference values have them."""

from __future__ import annotations

from typing import Any

import astropy.units as u
from astropy.coordinates import SkyCoord
from gammapy.data import DataStore
from gammapy.datasets import SpectrumDataset
from gammapy.makers import ReflectedRegionsBackgroundMaker, SpectrumDatasetMaker
from gammapy.maps import MapAxis, RegionGeom, WcsGeom
from regions import CircleSkyRegion

Counts = dict[str, tuple[float, float]]


def expected_counts(crab: dict[str, Any]) -> Counts:
    """Return the counts on and off the source by observation, of ``crab_1d`` in reference.json."""
    return {
        run: (found["all_bins"]["n_on"], found["all_bins"]["n_off"])
        for run, found in crab["per_obs"].items()
    }


def spectrum_counts(store: DataStore, crab: dict[str, Any]) -> Counts:
    """Count events in the region of the Crab Nebula and in reflected regions, by observation."""
    region = CircleSkyRegion(
        SkyCoord(*crab["target_deg"], unit="deg"), crab["on_radius_deg"] * u.deg
    )
    low, high = crab["energy_reco_TeV"]
    axis = MapAxis.from_energy_bounds(
        low, high, nbin=crab["bins_per_decade"], per_decade=True, unit="TeV", name="energy"
    )
    # What crab["exclusion"] says in words.
    other = SkyCoord(183.604, -8.708, unit="deg", frame="galactic")
    around = WcsGeom.create(npix=150, binsz=0.05, skydir=other, proj="TAN", frame="icrs")
    mask = ~around.region_mask([CircleSkyRegion(other, 0.5 * u.deg)])
    empty = SpectrumDataset.create(RegionGeom.create(region, axes=[axis]))
    counts = {}
    for observation in store.get_observations([int(run) for run in crab["per_obs"]]):
        dataset = SpectrumDatasetMaker(selection=["counts"]).run(empty, observation)
        dataset = ReflectedRegionsBackgroundMaker(exclusion_mask=mask).run(dataset, observation)
        counts[str(observation.obs_id)] = (
            float(dataset.counts.data.sum()), float(dataset.counts_off.data.sum())
        )  # fmt: skip
    return counts

"""Counts in bins of energy, and their errors."""

from __future__ import annotations

import numpy as np
import pytest

from iact.preview.spectrum import poisson_interval, spectrum


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    # Gehrels (1986, ApJ 303, 336), tables 1 and 2, for one sigma.
    [
        (0, 0.0, 1.841),
        (1, 0.173, 3.300),
        (3, 1.367, 5.918),
        (10, 6.891, 14.267),
        (100, 90.02, 111.0),
    ],
)
def test_errors_are_those_of_few_counts(counts: int, low: float, high: float) -> None:
    found = poisson_interval(np.array([counts]))
    assert (found[0][0], found[1][0]) == pytest.approx((low, high), abs=0.05)


def test_every_event_is_counted_once() -> None:
    energies = 10 ** np.random.default_rng(1).normal(0, 1, 5000)
    found = spectrum(energies)
    assert found.counts.sum() == 5000
    assert np.array_equal(found.counts, np.histogram(energies, found.edges)[0])


def test_bins_are_equal_steps_of_the_logarithm() -> None:
    found = spectrum(np.geomspace(0.1, 10.0, 2000))
    assert np.diff(np.log10(found.edges)) == pytest.approx(0.1)


def test_short_lists_have_wider_bins() -> None:
    found = spectrum(np.geomspace(0.1, 10.0, 20))
    assert np.diff(np.log10(found.edges)) == pytest.approx(0.2)


@pytest.mark.parametrize("energy", [1e-6, 1.0, 10.0, 0.3, 1e5])
def test_one_event_has_one_bin_around_it(energy: float) -> None:
    found = spectrum(np.array([energy]))
    assert found.counts.tolist() == [1]
    assert found.edges[0] * (1 - 1e-9) <= energy < found.edges[1]


def test_bars_reach_from_the_count_to_the_ends_of_its_interval() -> None:
    found = spectrum(np.full(10, 2.0))
    assert found.errors[:, 0] == pytest.approx([10 - 6.891, 14.267 - 10], abs=0.02)

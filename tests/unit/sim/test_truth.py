import numpy as np
import pytest

from iact.sim.truth import CRAB, Source


def test_flux_at_the_reference_energy_is_the_amplitude():
    assert CRAB.flux(np.array([1.0])) == pytest.approx(CRAB.amplitude)


def test_a_source_without_curvature_is_a_power_law():
    low, high = CRAB.flux(np.array([0.1, 10.0]))
    assert np.log10(low / high) == pytest.approx(2 * CRAB.index)


def test_curvature_makes_the_spectrum_fall_on_both_sides():
    straight = Source("straight", 0, 0, 1e-11, 2.0)
    curved = Source("curved", 0, 0, 1e-11, 2.0, beta=0.1)
    energy = np.array([0.1, 10.0])
    ratio = curved.flux(energy) / straight.flux(energy)
    np.testing.assert_allclose(ratio, np.exp(-0.1 * np.log(10) ** 2))

"""Counts in bins of energy, with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Bins in a decade of energy: fewer for short lists, or most bins would hold one event.
_BINS, _BINS_OF_SHORT_LISTS, _SHORT = 10, 5, 1000


@dataclass(frozen=True)
class Spectrum:
    """Counts between `edges`, TeV, which are equal steps of the logarithm."""

    edges: Array
    counts: npt.NDArray[np.int64]

    @property
    def centres(self) -> Array:
        """Geometric means of the edges, TeV."""
        return np.asarray(np.sqrt(self.edges[:-1] * self.edges[1:]))

    @property
    def errors(self) -> Array:
        """Lengths of the error bars downward and upward, shape (2, bins)."""
        low, high = poisson_interval(self.counts)
        return np.stack([self.counts - low, high - self.counts])


def spectrum(energy: Array) -> Spectrum:
    """Return the counts per bin of some energies, TeV; at least one."""
    logarithm = np.log10(energy)
    bins = _BINS if len(energy) >= _SHORT else _BINS_OF_SHORT_LISTS
    first, last = np.floor(logarithm.min() * bins), np.floor(logarithm.max() * bins)
    number = int(last - first) + 1
    at = np.floor(logarithm * bins) - first
    counts = np.bincount(at.astype(np.int64), minlength=number)
    return Spectrum(10 ** ((first + np.arange(number + 1)) / bins), counts)


def poisson_interval(counts: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the central 68.3 % interval of the mean of a Poisson distribution.

    That of Garwood (1936, Biometrika 28, 437), with the quantiles of chi-squared as Wilson
    and Hilferty (1931, PNAS 17, 684) approximate them: within 0.02 counts.

    Parameters
    ----------
    counts
        Observed numbers.
    """
    low, high = np.maximum(counts, 1).astype(float), counts + 1.0
    below = low * (1 - 1 / (9 * low) - 1 / (3 * np.sqrt(low))) ** 3
    above = high * (1 - 1 / (9 * high) + 1 / (3 * np.sqrt(high))) ** 3
    return np.where(counts > 0, below, 0.0), above

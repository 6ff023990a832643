"""What shines in the simulated sky: the numbers an analysis has to give back.

Positions are those of the real sources; all fluxes are inventions, chosen so that
a few runs suffice to measure them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Source:
    """A steady gamma-ray source.

    The differential flux is
    ``amplitude * (E / reference) ** -(index + beta * ln(E / reference))``.

    Parameters
    ----------
    name
        As astronomers write it.
    ra, dec
        Centre, ICRS, deg.
    amplitude
        Differential flux at `reference`, in cm-2 s-1 TeV-1.
    index
        Spectral index at `reference`, positive for falling spectra.
    beta
        Curvature (natural logarithm); 0 is a power law.
    reference
        Reference energy in TeV.
    sigma
        Standard deviation of the Gaussian shape in deg; 0 is a point source.
    """

    name: str
    ra: float
    dec: float
    amplitude: float
    index: float
    beta: float = 0.0
    reference: float = 1.0
    sigma: float = 0.0

    def flux(self, energy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Differential flux.

        Parameters
        ----------
        energy
            True energies in TeV, any shape.

        Returns
        -------
        numpy.ndarray
            Flux in cm-2 s-1 TeV-1, in the shape of `energy`.
        """
        log = np.log(np.asarray(energy) / self.reference)
        return np.asarray(self.amplitude * np.exp(-(self.index + self.beta * log) * log))


CRAB = Source("Crab Nebula", 83.63308, 22.01450, amplitude=3.5e-11, index=2.6)
#: Brighter than it mostly is, to be measured in six runs.
PKS_2155 = Source("PKS 2155-304", 329.71694, -30.22559, amplitude=4.0e-12, index=3.1)
HESS_J1825 = Source(
    "HESS J1825-137", 276.4500, -13.7800, amplitude=2.0e-11, index=2.3, beta=0.08, sigma=0.15
)

SOURCES = (CRAB, PKS_2155, HESS_J1825)

#: Centre of the field without any source, ICRS, deg.
EMPTY_FIELD = (150.0, 30.0)

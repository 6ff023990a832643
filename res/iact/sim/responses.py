"""How well the simulated arrays see: smooth invented responses, on the grids of the files.

The events are drawn from the same tables that go into the files, read as analysis
software reads them: interpolated between the bin centres. Only the energy dispersion,
which changes slowly, is taken as constant within a bin of true energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from iact.sim.plan import Run, Site
from iact.sim.sky import Floats

#: Edges in TeV of the axes of true and of reconstructed energy: eight bins a decade.
ENERGY_EDGES: Floats = np.logspace(-1.75, 2.0, 31)
#: The same range in steps over which rates are added up.
FINE_EDGES: Floats = np.geomspace(ENERGY_EDGES[0], ENERGY_EDGES[-1], 1501)
#: Edges of the axis of reconstructed over true energy.
MIGRA_EDGES: Floats = np.geomspace(0.2, 5.0, 97)
#: Edges in deg of the distance from the source in tabulated point spread functions.
RAD_EDGES: Floats = 2.0 * np.linspace(0, 1, 81) ** 1.8

#: Point spread function: relative widths and amplitudes of its three Gaussians.
PSF_WIDTHS: Floats = np.array([1.0, 2.0, 3.5])
PSF_AMPLITUDES: Floats = np.array([1.0, 0.12, 0.005])
#: Share of the events in each of the three.
PSF_SHARES: Floats = PSF_AMPLITUDES * PSF_WIDTHS**2 / np.sum(PSF_AMPLITUDES * PSF_WIDTHS**2)

#: Background rates are per MeV, energies in TeV.
MEV_PER_TEV = 1e6
#: Spectral index of the residual cosmic rays.
BACKGROUND_INDEX = 2.7


def containment(radius: Floats, sigma: Floats) -> Floats:
    """Share of the events of a point source within a radius.

    Parameters
    ----------
    radius
        Distance from the source.
    sigma
        Width of the narrowest Gaussian, in the unit of `radius`; the two broadcast.

    Returns
    -------
    numpy.ndarray
        Shares from 0 to 1.
    """
    scaled = np.asarray(radius / sigma)[..., np.newaxis] / PSF_WIDTHS
    return np.asarray(np.sum(PSF_SHARES * -np.expm1(-(scaled**2) / 2), axis=-1))


def _radius_68() -> float:
    grid = np.linspace(0.5, 4.0, 3501)
    return float(np.interp(0.68, containment(grid, np.ones(1)), grid))


#: 68 % containment radius in units of the width of the narrowest Gaussian.
RADIUS_68 = _radius_68()


def centres(edges: Floats, log: bool = False) -> Floats:
    """Centres of the bins between the edges, arithmetic or geometric.

    Parameters
    ----------
    edges
        ``n + 1`` edges.
    log
        Whether to take geometric means.

    Returns
    -------
    numpy.ndarray
        ``n`` centres.
    """
    if log:
        return np.asarray(np.sqrt(edges[1:] * edges[:-1]))
    return np.asarray((edges[1:] + edges[:-1]) / 2)


@dataclass(frozen=True)
class Response:
    """The responses of one run on their grids.

    Parameters
    ----------
    theta_edges
        Edges of the distance from the pointing in deg, for gamma rays.
    area
        Effective area in m2, shape (theta, energy).
    migration
        Probability density of reconstructed over true energy, shape (migra, energy);
        the same in the whole field.
    psf_sigma
        Width of the narrowest Gaussian in deg, shape (theta, energy).
    background
        Rate of residual cosmic rays in the middle of the field in s-1 MeV-1 sr-1,
        shape (energy,).
    background_sigma
        Standard deviation of its Gaussian distribution in the field, in deg.
    energy_min, energy_max
        Safe energy range in TeV.
    """

    theta_edges: Floats
    area: Floats
    migration: Floats
    psf_sigma: Floats
    background: Floats
    background_sigma: float
    energy_min: float
    energy_max: float

    def area_at(self, energy: Floats, theta: Floats) -> Floats:
        """Effective area, interpolated linearly in ln(energy) and theta.

        Within the outermost half bins it is extrapolated, beyond the edges it is 0.

        Parameters
        ----------
        energy
            True energies in TeV.
        theta
            Distances from the pointing in deg, in the shape of `energy`.

        Returns
        -------
        numpy.ndarray
            Areas in m2.
        """
        inside = (
            (energy >= ENERGY_EDGES[0])
            & (energy <= ENERGY_EDGES[-1])
            & (theta <= self.theta_edges[-1])
        )
        return np.where(inside, np.clip(self._at(self.area, energy, theta), 0, None), 0.0)

    def psf_sigma_at(self, energy: Floats, theta: Floats) -> Floats:
        """Width of the narrowest Gaussian, interpolated linearly in ln(energy) and theta.

        Parameters
        ----------
        energy
            True energies in TeV.
        theta
            Distances from the pointing in deg, in the shape of `energy`.

        Returns
        -------
        numpy.ndarray
            Widths in deg.
        """
        return self._at(self.psf_sigma, energy, theta)

    def background_at(self, energy: Floats) -> Floats:
        """Rate of residual cosmic rays in the middle of the field, log-log interpolated.

        Parameters
        ----------
        energy
            Reconstructed energies in TeV.

        Returns
        -------
        numpy.ndarray
            Rates in s-1 MeV-1 sr-1.
        """
        return _interpolated_rate(self.background, energy)

    def _at(self, table: Floats, energy: Floats, theta: Floats) -> Floats:
        i, x = _cell(np.log(energy), np.log(centres(ENERGY_EDGES, log=True)))
        j, y = _cell(theta, centres(self.theta_edges))
        low = table[j, i] * (1 - x) + table[j, i + 1] * x
        high = table[j + 1, i] * (1 - x) + table[j + 1, i + 1] * x
        return np.asarray(low * (1 - y) + high * y)


def _cell(values: Floats, nodes: Floats) -> tuple[np.ndarray, Floats]:
    index = np.clip(np.searchsorted(nodes, values) - 1, 0, len(nodes) - 2)
    return index, (values - nodes[index]) / (nodes[index + 1] - nodes[index])


def _interpolated_rate(table: Floats, energy: Floats) -> Floats:
    i, x = _cell(np.log(energy), np.log(centres(ENERGY_EDGES, log=True)))
    return np.asarray(table[i] ** (1 - x) * table[i + 1] ** x)


def response(run: Run) -> Response:
    """Responses for the site and the zenith angle of a run.

    Parameters
    ----------
    run
        The run; its altitude sets energy threshold, area and background rate.

    Returns
    -------
    Response
        What goes into the file, and what the events are drawn from.
    """
    site = run.site
    cos_zenith = float(np.sin(np.radians(run.alt_az[0])))
    energy = centres(ENERGY_EDGES, log=True)
    theta_edges = np.arange(0.0, site.fov_radius + 0.25, 0.5)
    theta = centres(theta_edges)[:, np.newaxis]
    rise = _rise(energy, site, cos_zenith)
    vignetting = np.exp(-((theta / (0.8 * site.fov_radius)) ** 2) / 2)
    area = site.max_area / cos_zenith * vignetting * rise
    # Where one gamma ray in ten of those that could be seen at best is seen.
    energy_min = float(np.interp(0.1, rise, energy))
    radius_68 = np.hypot(0.035, 0.072 * energy**-0.35) * (1 + 0.04 * theta**2)
    return Response(
        theta_edges=theta_edges,
        area=area,
        migration=_migration(energy),
        psf_sigma=radius_68 / RADIUS_68,
        background=_background(energy, rise, site, cos_zenith),
        background_sigma=site.background_sigma,
        energy_min=round(energy_min, 4),
        energy_max=site.max_energy,
    )


def _rise(energy: Floats, site: Site, cos_zenith: float) -> Floats:
    # Showers far from the zenith are farther away: light is thinner, its pool wider.
    half = site.half_energy * cos_zenith**-2.5
    return np.asarray((1 + (half / energy) ** 2) ** -1.5)


def _migration(energy: Floats) -> Floats:
    spread = np.hypot(0.09, 0.06 * energy**-0.4)
    scaled = np.log(MIGRA_EDGES)[:, np.newaxis] / (spread * sqrt(2))
    cumulative = (1 + np.vectorize(erf)(scaled)) / 2
    share = np.diff(cumulative, axis=0) / (cumulative[-1] - cumulative[0])
    return np.asarray(share / np.diff(MIGRA_EDGES)[:, np.newaxis])


def _background(energy: Floats, rise: Floats, site: Site, cos_zenith: float) -> Floats:
    shape = energy**-BACKGROUND_INDEX * rise
    fine = centres(FINE_EDGES, log=True)
    per_solid_angle = np.sum(_interpolated_rate(shape, fine) * np.diff(FINE_EDGES) * MEV_PER_TEV)
    solid_angle = field_solid_angle(site.background_sigma, site.fov_radius)
    rate = site.background_rate * cos_zenith
    return np.asarray(shape * rate / per_solid_angle / solid_angle)


def field_solid_angle(sigma: float, edge: float) -> float:
    """Solid angle that has as much background in the middle as there is in the whole field.

    Parameters
    ----------
    sigma
        Standard deviation of the background in the field, in deg.
    edge
        Radius of the field in deg.

    Returns
    -------
    float
        Solid angle in sr.
    """
    return float(-2 * np.pi * np.radians(sigma) ** 2 * np.expm1(-((edge / sigma) ** 2) / 2))

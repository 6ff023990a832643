"""Drawing the events of a run: gamma rays through its responses, and residual cosmic rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iact.sim import sky
from iact.sim.plan import Run
from iact.sim.responses import (
    ENERGY_EDGES,
    FINE_EDGES,
    MEV_PER_TEV,
    MIGRA_EDGES,
    PSF_SHARES,
    PSF_WIDTHS,
    Response,
    centres,
    field_solid_angle,
)
from iact.sim.sky import Floats
from iact.sim.truth import SOURCES, Source

#: m2 -> cm2: fluxes are in cm-2, areas in m2.
_CM2_PER_M2 = 1e4


@dataclass(frozen=True)
class Events:
    """The events of one run in the order of their times.

    Parameters
    ----------
    time
        In s after the plan's reference time, TT.
    ra, dec
        Reconstructed direction, ICRS, deg.
    energy
        Reconstructed energy in TeV.
    lon, lat
        Reconstructed direction about the pointing, aligned with right ascension and
        declination, in deg; longitude grows with right ascension.
    gammaness
        From 0 to 1; high for what looks like a gamma ray.
    multiplicity
        Number of telescopes that saw the event.
    is_gamma
        The truth, which no file tells.
    """

    time: Floats
    ra: Floats
    dec: Floats
    energy: Floats
    lon: Floats
    lat: Floats
    gammaness: Floats
    multiplicity: np.ndarray
    is_gamma: np.ndarray


def draw(run: Run, response: Response, seed: int) -> Events:
    """Draw the events of a run.

    Parameters
    ----------
    run
        The run.
    response
        Its responses.
    seed
        Together with the number of the run it decides everything.

    Returns
    -------
    Events
        The events, all within the good time intervals and the field of view.
    """
    rng = np.random.default_rng([seed, run.obs_id])
    parts = [_gamma_rays(rng, run, response, source) for source in SOURCES]
    n_gamma = sum(len(part[0]) for part in parts)
    parts.append(_cosmic_rays(rng, run, response))
    lon, lat, energy = (np.concatenate(column) for column in zip(*parts, strict=True))
    # Bring what is drawn source by source into a random order before it gets times.
    order = rng.permutation(len(energy))
    lon, lat, energy = lon[order], lat[order], energy[order]
    is_gamma = order < n_gamma
    ra, dec = sky.field_to_sky(lon, lat, *run.pointing)
    n_tels = len(run.telescopes)
    share = 0.25 + 0.5 * np.clip(np.log10(energy) + 1.5, 0, 2.5) / 2.5
    return Events(
        time=_times(rng, run, len(energy)),
        ra=ra,
        dec=dec,
        energy=energy,
        lon=lon,
        lat=lat,
        # A cut at 0.6 has been applied, as reconstruction does before events are published.
        gammaness=0.6 + 0.4 * rng.beta(np.where(is_gamma, 3.0, 1.2), 1.5),
        multiplicity=2 + rng.binomial(n_tels - 2, share),
        is_gamma=is_gamma,
    )


def _times(rng: np.random.Generator, run: Run, count: int) -> Floats:
    good = np.array(run.good_times)
    elapsed = np.concatenate([[0.0], np.cumsum(good[:, 1] - good[:, 0])])
    within = np.sort(rng.uniform(0, elapsed[-1], count))
    interval = np.clip(np.searchsorted(elapsed, within, side="right") - 1, 0, len(good) - 1)
    return np.asarray(good[interval, 0] + within - elapsed[interval])


def _gamma_rays(
    rng: np.random.Generator, run: Run, response: Response, source: Source
) -> tuple[Floats, Floats, Floats]:
    """Reconstructed longitudes, latitudes and energies of what is seen of one source."""
    lon, lat = sky.sky_to_field(source.ra, source.dec, *run.pointing)
    if sky.separation(lon, lat) > response.theta_edges[-1] + 5 * source.sigma + 1.0:
        return np.empty(0), np.empty(0), np.empty(0)
    energy = _true_energies(rng, run, response, source)
    ra, dec = _smear(
        rng, np.full(len(energy), source.ra), np.full(len(energy), source.dec),
        np.full(len(energy), source.sigma),
    )  # fmt: skip
    theta = sky.separation(*sky.sky_to_field(ra, dec, *run.pointing))
    # Energies were drawn for the best place in the field; keep what is seen here.
    best = _best_area(response, energy)
    seen = rng.uniform(0, 1, len(energy)) * best < response.area_at(energy, theta)
    energy, theta, ra, dec = energy[seen], theta[seen], ra[seen], dec[seen]
    ra, dec = _smear(rng, ra, dec, _psf_widths(rng, response, energy, theta))
    lon, lat = sky.sky_to_field(ra, dec, *run.pointing)
    energy = energy * _migrations(rng, response, energy)
    inside = sky.separation(lon, lat) <= response.theta_edges[-1]
    return lon[inside], lat[inside], energy[inside]


def _best_area(response: Response, energy: Floats) -> Floats:
    # The area falls from the middle of the field outwards.
    return response.area_at(energy, np.zeros_like(energy))


def _true_energies(
    rng: np.random.Generator, run: Run, response: Response, source: Source
) -> Floats:
    middle = centres(FINE_EDGES, log=True)
    rate = source.flux(middle) * _best_area(response, middle) * _CM2_PER_M2
    return _energies(rng, rate * np.diff(FINE_EDGES) * run.livetime)


def _energies(rng: np.random.Generator, expected: Floats) -> Floats:
    """Energies of as many events as expected in the bins between `FINE_EDGES`."""
    cumulative = np.concatenate([[0.0], np.cumsum(expected)])
    drawn = rng.uniform(0, cumulative[-1], rng.poisson(cumulative[-1]))
    return np.asarray(np.exp(np.interp(drawn, cumulative, np.log(FINE_EDGES))))


def _smear(
    rng: np.random.Generator, ra: Floats, dec: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    """Move positions by Gaussian distances: each is the centre of its own small field."""
    distance = sigma * np.sqrt(-2 * np.log1p(-rng.uniform(0, 1, len(sigma))))
    lon, lat = sky.polar_to_field(distance, rng.uniform(0, 360, len(sigma)))
    return sky.field_to_sky(lon, lat, ra, dec)


def _psf_widths(
    rng: np.random.Generator, response: Response, energy: Floats, theta: Floats
) -> Floats:
    gaussian = rng.choice(len(PSF_WIDTHS), size=len(energy), p=PSF_SHARES)
    return response.psf_sigma_at(energy, theta) * PSF_WIDTHS[gaussian]


def _migrations(rng: np.random.Generator, response: Response, energy: Floats) -> Floats:
    shares = response.migration * np.diff(MIGRA_EDGES)[:, np.newaxis]
    column = np.clip(np.searchsorted(ENERGY_EDGES, energy) - 1, 0, len(ENERGY_EDGES) - 2)
    cumulative = np.cumsum(shares, axis=0)[:, column]
    drawn = rng.uniform(0, 1, len(energy)) * cumulative[-1]
    cell = np.sum(cumulative < drawn, axis=0)
    place = rng.uniform(0, 1, len(energy))
    return np.asarray(MIGRA_EDGES[cell] * (1 - place) + MIGRA_EDGES[cell + 1] * place)


def _cosmic_rays(
    rng: np.random.Generator, run: Run, response: Response
) -> tuple[Floats, Floats, Floats]:
    """Longitudes, latitudes and energies of the residual background.

    Its rate is per ontime, not livetime (GADF 0.3, "Background format", notes).
    """
    edge, sigma = float(response.theta_edges[-1]), response.background_sigma
    rate = response.background_at(centres(FINE_EDGES, log=True)) * np.diff(FINE_EDGES)
    solid_angle = field_solid_angle(sigma, edge)
    energy = _energies(rng, rate * MEV_PER_TEV * solid_angle * run.ontime)
    within = -np.expm1(-((edge / sigma) ** 2) / 2)
    theta = sigma * np.sqrt(-2 * np.log1p(-within * rng.uniform(0, 1, len(energy))))
    lon, lat = sky.polar_to_field(theta, rng.uniform(0, 360, len(energy)))
    return lon, lat, energy

"""The responses as FITS tables: one row, arrays in its cells (GADF 0.3, "IRFs")."""

from __future__ import annotations

import numpy as np
from astropy.io import fits

from iact.sim import keywords
from iact.sim.keywords import HduClass
from iact.sim.plan import NORTH, Run
from iact.sim.responses import (
    ENERGY_EDGES,
    MIGRA_EDGES,
    PSF_AMPLITUDES,
    PSF_WIDTHS,
    RAD_EDGES,
    Response,
    centres,
    containment,
)
from iact.sim.sky import Floats

#: Width in deg of the bins of the background tables.
_BACKGROUND_BIN = {"theta": 0.125, "det": 0.25}

Columns = dict[str, tuple[Floats, str]]

_RESPONSE = "RESPONSE"
_FULL = "FULL-ENCLOSURE"
AEFF = HduClass((_RESPONSE, "EFF_AREA", _FULL, "AEFF_2D"), "aeff", "aeff_2d")
EDISP = HduClass((_RESPONSE, "EDISP", _FULL, "EDISP_2D"), "edisp", "edisp_2d")
PSF_3GAUSS = HduClass((_RESPONSE, "RPSF", _FULL, "PSF_3GAUSS"), "psf", "psf_3gauss")
PSF_TABLE = HduClass((_RESPONSE, "RPSF", _FULL, "PSF_TABLE"), "psf", "psf_table")
BKG_2D = HduClass((_RESPONSE, "BKG", _FULL, "BKG_2D"), "bkg", "bkg_2d")
BKG_3D = HduClass((_RESPONSE, "BKG", _FULL, "BKG_3D"), "bkg", "bkg_3d")


def irf_hdus(run: Run, response: Response) -> list[tuple[HduClass, fits.BinTableHDU]]:
    """The four response HDUs of a run.

    The North has its point spread function as three Gaussians and a radial background,
    the South both as tables, so that readers meet either form.

    Parameters
    ----------
    run
        The run.
    response
        Its responses.

    Returns
    -------
    list
        Class and HDU of AEFF, EDISP, PSF and BKG.
    """
    north = run.site == NORTH
    psf, bkg = (PSF_3GAUSS, BKG_2D) if north else (PSF_TABLE, BKG_3D)
    safe: tuple[keywords.Card, ...] = (
        ("LO_THRES", response.energy_min, "[TeV] lower edge of the safe range"),
        ("HI_THRES", response.energy_max, "[TeV] upper edge of the safe range"),
    )
    align: tuple[keywords.Card, ...] = (("FOVALIGN", "RADEC", "alignment of DETX, DETY"),)
    return [
        (AEFF, _hdu(run, "AEFF", AEFF, _area(response), safe)),
        (EDISP, _hdu(run, "EDISP", EDISP, _dispersion(response))),
        (psf, _hdu(run, "PSF", psf, (_psf_gauss if north else _psf_table)(response))),
        (
            bkg,
            _hdu(run, "BKG", bkg, (_background_2d if north else _background_3d)(response), align),
        ),
    ]


def _hdu(
    run: Run,
    name: str,
    hdu_class: HduClass,
    columns: Columns,
    extra: tuple[keywords.Card, ...] = (),
) -> fits.BinTableHDU:
    fits_columns = [
        fits.Column(
            column,
            f"{values.size}E",
            unit=unit or None,
            # FITS counts axes from the fastest: the reverse of numpy.
            dim=str(values.shape[::-1]).replace(" ", "") if values.ndim > 1 else None,
            array=values.astype(np.float32)[np.newaxis],
        )
        for column, (values, unit) in columns.items()
    ]
    header = keywords.header(hdu_class.cards(), keywords.instrument(run), list(extra))
    return fits.BinTableHDU.from_columns(fits_columns, header=header, name=name)


def _axis(name: str, edges: Floats, unit: str) -> Columns:
    return {f"{name}_LO": (edges[:-1], unit), f"{name}_HI": (edges[1:], unit)}


def _energy_theta(response: Response) -> Columns:
    return _axis("ENERG", ENERGY_EDGES, "TeV") | _axis("THETA", response.theta_edges, "deg")


def _area(response: Response) -> Columns:
    return _energy_theta(response) | {"EFFAREA": (response.area, "m2")}


def _dispersion(response: Response) -> Columns:
    # The same all over the field; two bins, because not all readers can interpolate in one.
    theta = np.linspace(0, response.theta_edges[-1], 3)
    matrix = np.repeat(response.migration[np.newaxis], 2, axis=0)
    return (
        _axis("ENERG", ENERGY_EDGES, "TeV")
        | _axis("MIGRA", MIGRA_EDGES, "")
        | _axis("THETA", theta, "deg")
        | {"MATRIX": (matrix, "")}
    )


def _psf_gauss(response: Response) -> Columns:
    """Three Gaussians; SCALE / pi is the first one's peak (GADF 0.3, "PSF_3GAUSS")."""
    sigma = response.psf_sigma
    norm = np.sum(PSF_AMPLITUDES * PSF_WIDTHS**2) * np.radians(sigma) ** 2
    columns = _energy_theta(response) | {
        "SCALE": (0.5 / norm, "sr-1"),
        "SIGMA_1": (sigma * PSF_WIDTHS[0], "deg"),
    }
    for number in (2, 3):
        amplitude = np.full_like(sigma, PSF_AMPLITUDES[number - 1])
        columns[f"AMPL_{number}"] = (amplitude, "")
        columns[f"SIGMA_{number}"] = (sigma * PSF_WIDTHS[number - 1], "deg")
    return columns


def _psf_table(response: Response) -> Columns:
    shape = (len(RAD_EDGES), *response.psf_sigma.shape)
    radius = np.broadcast_to(RAD_EDGES[:, np.newaxis, np.newaxis], shape)
    shares = np.diff(containment(radius, response.psf_sigma), axis=0)
    ring = np.pi * np.diff(np.radians(RAD_EDGES) ** 2)
    density = shares / ring[:, np.newaxis, np.newaxis]
    columns = _energy_theta(response) | _axis("RAD", RAD_EDGES, "deg")
    return columns | {"RPSF": (density, "sr-1")}


def _background_2d(response: Response) -> Columns:
    theta_edges = np.arange(0, response.theta_edges[-1] + 0.01, _BACKGROUND_BIN["theta"])
    field = np.exp(-((centres(theta_edges) / response.background_sigma) ** 2) / 2)
    return (
        _axis("ENERG", ENERGY_EDGES, "TeV")
        | _axis("THETA", theta_edges, "deg")
        | {"BKG": (field[:, np.newaxis] * response.background, "s-1 MeV-1 sr-1")}
    )


def _background_3d(response: Response) -> Columns:
    edge = float(response.theta_edges[-1])
    det_edges = np.linspace(-edge, edge, round(2 * edge / _BACKGROUND_BIN["det"]) + 1)
    theta = np.hypot(*np.meshgrid(centres(det_edges), centres(det_edges)))
    field = np.where(theta <= edge, np.exp(-((theta / response.background_sigma) ** 2) / 2), 0)
    rate = field[:, :, np.newaxis] * response.background
    return (
        _axis("DETX", det_edges, "deg")
        | _axis("DETY", det_edges, "deg")
        | _axis("ENERG", ENERGY_EDGES, "TeV")
        | {"BKG": (rate, "s-1 MeV-1 sr-1")}
    )

"""Angular and energy resolution, field of view, from responses with known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iact.dl3.observation import FileReport, Observation, ReadingRules
from unit.dl3 import fitsfiles as ff

FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))
SINGLE = ([0.4], [0.4])


def run(tmp_path: Path, *responses: Any, rules: ReadingRules | None = None) -> FileReport:
    path = ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), *responses)
    return ff.read(tmp_path, path, rules)


def observed(report: FileReport) -> Observation:
    assert report.observation is not None, report.reason
    return report.observation


def test_width_of_a_gaussian_energy_dispersion(tmp_path: Path) -> None:
    found = observed(run(tmp_path, ff.edisp(sigma=0.12)))
    assert found.em_res_power == pytest.approx(1 / 0.12, rel=0.005)
    assert (found.ref_energy, found.ref_offset) == (1e12, 0.5)


@pytest.mark.parametrize(
    "psf",
    [
        ff.psf_table(0.05),
        ff.psf_gauss(0.05),
        ff.psf_gauss(0.05, AMPL_2=0.0, SIGMA_2=0.3),
        ff.psf_gauss(0.05, AMPL_2=1.0, SIGMA_2=0.05),
    ],
    ids=["table", "gauss", "component without height", "two equal components"],
)
def test_fwhm_of_a_gaussian_point_spread(tmp_path: Path, psf: Any) -> None:
    found = observed(run(tmp_path, psf))
    assert found.s_resolution == pytest.approx(0.05 * FWHM_PER_SIGMA * 3600, rel=0.005)


def test_fwhm_of_a_king_profile(tmp_path: Path) -> None:
    psf = ff.psf_parameters("GADF RPSF FULL-ENCLOSURE PSF_KING", SIGMA=0.05, GAMMA=2.0)
    expected = 2 * 0.05 * np.sqrt(4 * (np.sqrt(2) - 1)) * 3600
    assert observed(run(tmp_path, psf)).s_resolution == pytest.approx(expected, rel=1e-4)


def test_components_that_are_used_at_some_energies_only_do_not_narrow_the_others(
    tmp_path: Path,
) -> None:
    psf = ff.psf_gauss(0.05)
    # 1 TeV lies between two bins of energy: in the lower one there is no width.
    low = np.searchsorted(ff.ENERGIES, 1.0) - 1
    widths = psf.data["SIGMA_1"]
    widths[0, :, :low] = 0.0
    assert observed(run(tmp_path, psf)).s_resolution == pytest.approx(423.9, rel=0.01)


@pytest.mark.parametrize(
    "psf",
    [
        ff.psf_gauss(0.0),
        ff.psf_table(fall=False),
        ff.psf_parameters("GADF RPSF FULL-ENCLOSURE PSF_KING", SIGMA=0.0, GAMMA=2.0),
    ],
)
def test_point_spread_without_width_is_noted(tmp_path: Path, psf: Any) -> None:
    report = run(tmp_path, psf)
    assert observed(report).s_resolution is None
    assert observed(report).ref_energy is None
    assert ff.notes(report, "resolution") == ["PSF has no width at 1 TeV and 0.5 deg"]


def test_point_spread_of_unknown_format_is_a_product_and_no_more(tmp_path: Path) -> None:
    psf = ff.psf_parameters("GADF RPSF FULL-ENCLOSURE GPSF", WIDTH=0.1)
    found = observed(run(tmp_path, psf))
    assert found.s_resolution is None
    assert [product.hdu_class for product in found.products][-1] == "psf_gpsf"


def test_empty_energy_dispersion_is_noted(tmp_path: Path) -> None:
    report = run(tmp_path, ff.edisp(sigma=0.0))
    assert observed(report).em_res_power is None
    assert ff.notes(report, "resolution") == ["energy dispersion is empty at 1 TeV and 0.5 deg"]


def test_energies_that_do_not_reach_1_tev_give_no_resolution(tmp_path: Path) -> None:
    found = observed(run(tmp_path, ff.edisp(energies=np.geomspace(0.01, 0.5, 11))))
    assert (found.em_res_power, found.ref_energy) == (None, None)


def test_offset_beyond_the_responses_gives_no_resolution(tmp_path: Path) -> None:
    rules = ReadingRules(ref_offset_deg=4.0)
    report = run(tmp_path, ff.edisp(), ff.psf_table(), rules=rules)
    assert observed(report).em_res_power is None
    assert len(ff.notes(report, "resolution")) == 2


def test_offset_between_edge_and_first_node_takes_the_first_node(tmp_path: Path) -> None:
    found = observed(run(tmp_path, ff.edisp(sigma=0.12), rules=ReadingRules(ref_offset_deg=0.1)))
    assert found.em_res_power == pytest.approx(1 / 0.12, rel=0.005)


def test_responses_at_one_offset_only_set_the_offset(tmp_path: Path) -> None:
    report = run(tmp_path, ff.edisp(thetas=SINGLE, containment="POINT-LIKE"))
    assert observed(report).ref_offset == 0.4
    assert "responses are given at 0.4 deg only" in ff.notes(report, "resolution")[0]


def test_point_like_responses_have_no_angular_resolution(tmp_path: Path) -> None:
    point_like = {"thetas": SINGLE, "containment": "POINT-LIKE"}
    found = observed(run(tmp_path, ff.aeff(**point_like), ff.edisp(**point_like), ff.rad_max()))
    assert found.s_resolution is None
    assert found.em_res_power is not None
    assert [product.kind for product in found.products[3:]] == ["aeff", "edisp", "rad_max"]


def test_field_of_view_is_the_largest_edge(tmp_path: Path) -> None:
    found = observed(run(tmp_path, ff.aeff(), ff.bkg(edge=3.5)))
    assert (found.fov_radius, found.fov_source) == (3.5, "irf edge")


def test_circle_of_the_event_selection_comes_first(tmp_path: Path) -> None:
    cards = {"DSTYP1": "TIME", "DSVAL1": "TABLE", "DSTYP2": "POS(RA,DEC)",
             "DSVAL2": "CIRCLE(83.6,21.5,2.25)"}  # fmt: skip
    path = ff.write(tmp_path, "run.fits", ff.events(cards), ff.gti(), ff.aeff())
    found = observed(ff.read(tmp_path, path))
    assert (found.fov_radius, found.fov_source) == (2.25, "DSVAL2")


@pytest.mark.parametrize("value", ["BOX(1,2,3,4)", "CIRCLE(1,2,wide)", "CIRCLE(1,2,-5)"])
def test_selection_that_is_no_circle_is_noted(tmp_path: Path, value: str) -> None:
    cards = {"DSTYP1": "POS(RA,DEC)", "DSVAL1": value}
    report = ff.read(
        tmp_path, ff.write(tmp_path, "run.fits", ff.events(cards), ff.gti(), ff.aeff())
    )
    assert observed(report).fov_source == "irf edge"
    assert ff.notes(report, "field_of_view", "DSVAL1")


def test_configuration_gives_the_field_of_view_of_point_like_responses(tmp_path: Path) -> None:
    point_like = ff.aeff(thetas=SINGLE, containment="POINT-LIKE")
    found = observed(run(tmp_path, point_like, rules=ReadingRules(fov_radius_deg=1.75)))
    assert (found.fov_radius, found.fov_source) == (1.75, "configuration")
    without = run(tmp_path, point_like)
    assert observed(without).fov_radius is None
    assert ff.notes(without, "field_of_view")


def test_point_like_responses_at_several_offsets_are_the_last_resort(tmp_path: Path) -> None:
    point_like = ff.aeff(containment="POINT-LIKE")
    report = run(tmp_path, point_like)
    assert (observed(report).fov_radius, observed(report).fov_source) == (3.0, "irf edge")
    assert ff.notes(report, "field_of_view") == ["edge of point-like responses taken"]


@pytest.mark.parametrize(
    ("change", "keyword"),
    [
        (("ENERG_LO", "ENERGY_LO", ""), "ENERG_LO"),
        (("ENERG_LO", "", "pc"), "ENERG_LO"),
        (("THETA_LO", "", "pc"), "THETA_LO"),
        (("MATRIX", "MATRIXX", ""), "MATRIX"),
        (("THETA_HI", "OTHER", ""), "THETA_HI"),
    ],
)
def test_broken_response_puts_the_file_into_quarantine(
    tmp_path: Path, change: tuple[str, str, str], keyword: str
) -> None:
    report = run(tmp_path, ff.altered(ff.edisp(), *change))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EDISP", keyword)


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        ([0.0, 1.0], [1.0, np.nan], "not finite"),
        ([1.0, 0.0], [2.0, 1.0], "does not ascend"),
        ([0.0, 3.0], [1.0, 2.0], "runs backwards"),
    ],
)
def test_axis_that_is_none_is_refused(
    tmp_path: Path, low: list[float], high: list[float], reason: str
) -> None:
    report = run(tmp_path, ff.edisp(thetas=(low, high)))
    assert (report.hdu, report.keyword) == ("EDISP", "THETA_LO")
    assert reason in report.reason


def test_matrix_that_does_not_fit_its_axes_is_refused(tmp_path: Path) -> None:
    hdu = ff.response(
        "EDISP",
        "GADF EDISP FULL-ENCLOSURE EDISP_2D",
        {"ENERG": ff.ENERGIES, "MIGRA": np.linspace(0, 3, 5), "THETA": ff.THETAS},
        {"MATRIX": np.ones((3, 4, 7))},
    )
    report = run(tmp_path, hdu)
    assert report.reason == "has 84 values, its axes need (3, 4, 40)"


def test_axis_ends_of_different_number_are_refused(tmp_path: Path) -> None:
    report = run(tmp_path, ff.aeff(thetas=([0.0, 1.0], [1.0])))
    assert report.reason == "2 lower and 1 upper ends"


def test_response_without_rows_puts_the_file_into_quarantine(tmp_path: Path) -> None:
    empty = ff.aeff()
    empty.data = empty.data[:0]
    report = run(tmp_path, empty)
    assert (report.kind, report.hdu, report.reason) == ("quarantined", "AEFF", "has no rows")


def test_energies_in_gev_and_angles_in_rad_are_read(tmp_path: Path) -> None:
    gev = ff.aeff(thetas=np.radians(ff.THETAS))
    ff.altered(gev, "ENERG_LO", unit="GeV")
    ff.altered(gev, "THETA_LO", unit="rad")
    found = observed(run(tmp_path, gev))
    assert found.energy_max == pytest.approx(1e11, rel=1e-6)
    assert found.fov_radius == pytest.approx(3.0, abs=1e-5)


@pytest.mark.parametrize("edge", [181.0, 1e30])
def test_offsets_beyond_the_sky_are_refused(tmp_path: Path, edge: float) -> None:
    hdu = ff.aeff(thetas=np.array([0.0, 1.0, edge]))
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), hdu))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "AEFF", "THETA_HI")

"""The energy range and where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iact.dl3.index import IndexHint
from iact.dl3.observation import FileReport, Observation, ReadingRules
from unit.dl3 import fitsfiles as ff


def run(
    tmp_path: Path,
    events: Any = None,
    aeff: Any = None,
    rules: ReadingRules | None = None,
    row: dict[str, Any] | None = None,
) -> FileReport:
    hdus = [events or ff.events(), ff.gti(), *([aeff] if aeff else [])]
    hint = IndexHint("obs-index.fits", "4711", row, {}, "") if row else None
    return ff.read(tmp_path, ff.write(tmp_path, "run.fits", *hdus), rules, hint=hint)


def range_of(report: FileReport) -> tuple[Any, Any, str]:
    found: Observation | None = report.observation
    assert found is not None, report.reason
    return found.energy_min, found.energy_max, found.energy_source


def test_thresholds_of_the_effective_area_come_first(tmp_path: Path) -> None:
    area = ff.aeff({"LO_THRES": 0.87, "HI_THRES": 50.0})
    report = run(tmp_path, aeff=area, rules=ReadingRules(energy_min_eV=1.0, energy_max_eV=2.0))
    assert range_of(report) == (0.87e12, 50e12, "safe range (AEFF LO_THRES, HI_THRES)")
    assert not ff.notes(report, "energy_range")


def test_missing_upper_threshold_is_the_top_of_the_axis(tmp_path: Path) -> None:
    report = run(tmp_path, aeff=ff.aeff({"LO_THRES": 0.2}))
    low, high, source = range_of(report)
    assert (low, high) == (pytest.approx(0.2e12), pytest.approx(100e12, rel=1e-6))
    assert source == "safe range (AEFF LO_THRES, top of its axis)"
    assert ff.notes(report, "energy_range") == ["no HI_THRES in AEFF; top of its axis taken"]


def test_missing_lower_threshold_is_the_bottom_of_the_axis(tmp_path: Path) -> None:
    report = run(tmp_path, aeff=ff.aeff({"HI_THRES": 50.0}))
    assert range_of(report)[0] == pytest.approx(0.01e12, rel=1e-6)
    assert ff.notes(report, "energy_range") == ["no LO_THRES in AEFF; bottom of its axis taken"]


@pytest.mark.parametrize(
    ("low", "high"), [(0.01, 10000.0), (0.01, 100.0), (5.0, 1.0), (200.0, 300.0)]
)
def test_thresholds_that_mean_nothing_are_noted(tmp_path: Path, low: float, high: float) -> None:
    report = run(tmp_path, aeff=ff.aeff({"LO_THRES": low, "HI_THRES": high}))
    assert range_of(report)[2] == "irf axis (AEFF)"
    assert "exclude nothing or everything" in ff.notes(report, "energy_range")[0]


def test_thresholds_beyond_the_axis_are_cut_to_it(tmp_path: Path) -> None:
    report = run(tmp_path, aeff=ff.aeff({"LO_THRES": 0.5, "HI_THRES": 10000.0}))
    assert range_of(report)[:2] == (0.5e12, pytest.approx(100e12, rel=1e-6))
    assert "go beyond its energy axis" in ff.notes(report, "energy_range")[0]


def test_threshold_that_is_no_number_is_noted(tmp_path: Path) -> None:
    report = run(tmp_path, aeff=ff.aeff({"LO_THRES": "low"}))
    assert range_of(report)[2] == "irf axis (AEFF)"
    assert ff.notes(report, "energy_range", "LO_THRES") == ["'low' is not a finite number; ignored"]


def test_thresholds_of_the_point_spread_do_not_count(tmp_path: Path) -> None:
    psf = ff.with_cards(ff.psf_table(), {"LO_THRES": 0.5, "HI_THRES": 5.0})
    path = ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), ff.aeff(), psf)
    assert range_of(ff.read(tmp_path, path))[2] == "irf axis (AEFF)"


def test_selection_of_the_events_is_the_safe_range(tmp_path: Path) -> None:
    cards = {"DSTYP1": "TIME", "DSTYP2": "ENERGY", "DSUNI2": "GeV", "DSVAL2": "30:160000"}
    report = run(tmp_path, ff.events(cards), ff.aeff())
    assert range_of(report) == (30e9, 160e12, "safe range (EVENTS DSVAL2)")


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("0.03:", 0.03e12, 100e12), (":5", 0.01e12, 5e12), ("1:2,4:8", 1e12, 8e12)],
)
def test_open_ends_of_a_selection_are_those_of_the_axis(
    tmp_path: Path, value: str, low: float, high: float
) -> None:
    report = run(tmp_path, ff.events({"DSTYP1": "ENERGY", "DSVAL1": value}), ff.aeff())
    assert range_of(report)[:2] == (pytest.approx(low, rel=1e-6), pytest.approx(high, rel=1e-6))


@pytest.mark.parametrize("value", ["all", "5:1", ":", "0.03:"])
def test_selection_that_is_no_range_is_noted(tmp_path: Path, value: str) -> None:
    report = run(tmp_path, ff.events({"DSTYP1": "ENERGY", "DSVAL1": value}))
    assert range_of(report)[2] == "events (EVENTS ENERGY)"
    assert ff.notes(report, "energy_range", "DSVAL1")


def test_obs_index_has_the_safe_range_where_the_file_does_not(tmp_path: Path) -> None:
    row = {"SAFE_ENERGY_LO": 0.3, "SAFE_ENERGY_HI": 80.0}
    expected = (0.3e12, 80e12, "safe range (obs-index SAFE_ENERGY_LO, HI)")
    assert range_of(run(tmp_path, aeff=ff.aeff(), row=row)) == expected
    assert range_of(run(tmp_path, row=row)) == expected


@pytest.mark.parametrize(("low", "high"), [(0.001, 1000.0), (5.0, 1.0), (None, 5.0)])
def test_safe_range_of_the_index_that_means_nothing_is_passed_over(
    tmp_path: Path, low: float | None, high: float
) -> None:
    report = run(tmp_path, aeff=ff.aeff(), row={"SAFE_ENERGY_LO": low, "SAFE_ENERGY_HI": high})
    assert range_of(report)[2] == "irf axis (AEFF)"


def test_axis_named_etrue_is_one_of_energy(tmp_path: Path) -> None:
    low, high, source = range_of(run(tmp_path, aeff=ff.aeff(energy="ETRUE")))
    assert (low, high) == (pytest.approx(1e10, rel=1e-6), pytest.approx(1e14, rel=1e-6))
    assert source == "irf axis (AEFF)"


def test_configuration_comes_before_the_events(tmp_path: Path) -> None:
    rules = ReadingRules(energy_min_eV=5e10, energy_max_eV=3e13)
    assert range_of(run(tmp_path, rules=rules)) == (5e10, 3e13, "configuration")


def test_events_are_the_last_resort(tmp_path: Path) -> None:
    energies = np.geomspace(0.1, 10.0, 40)
    energies[0], energies[1] = np.nan, -1.0
    report = run(tmp_path, ff.events(ENERGY=energies))
    low, high, source = range_of(report)
    assert (low, high) == (
        pytest.approx(energies[2] * 1e12, rel=1e-6),
        pytest.approx(1e13, rel=1e-6),
    )
    assert source == "events (EVENTS ENERGY)"


def test_events_without_energies_give_no_range(tmp_path: Path) -> None:
    report = run(tmp_path, ff.events(ENERGY=np.zeros(40)))
    assert range_of(report) == (None, None, "")
    assert "no event has an energy" in ff.notes(report, "energy_range", "ENERGY")


def test_unit_that_is_none_of_energy_is_refused(tmp_path: Path) -> None:
    report = run(tmp_path, ff.altered(ff.events(), "ENERGY", unit="deg"))
    assert (report.kind, report.keyword) == ("quarantined", "ENERGY")


@pytest.mark.parametrize("edges", [(-1.0, 1.0, 10.0), (1e-40, 1e-30), (1.0, 1e30)])
def test_axis_of_no_energies_is_refused(tmp_path: Path, edges: tuple[float, ...]) -> None:
    axes = {"ENERG": np.array(edges), "THETA": ff.THETAS}
    area = np.ones((len(ff.THETAS) - 1, len(edges) - 1))
    hdu = ff.response("AEFF", "GADF EFF_AREA FULL-ENCLOSURE AEFF_2D", axes, {"EFFAREA": area})
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), hdu))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "AEFF", "ENERG_LO")
    assert "is none of gamma rays" in report.reason


def test_selection_of_impossible_energies_is_ignored(tmp_path: Path) -> None:
    cards = {"DSTYP1": "ENERGY", "DSUNI1": "TeV", "DSVAL1": "1e-300:1e300"}
    report = ff.read_cards(tmp_path, cards)
    assert "is no range of energies; ignored" in ff.notes(report, "energy_range", "DSVAL1")[0]

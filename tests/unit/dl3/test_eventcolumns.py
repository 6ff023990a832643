"""Directions and energies of events, which no row has but every user needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.observation import FileReport
from unit.dl3 import fitsfiles as ff

ROWS = 4


def run(tmp_path: Path, hdu: Any = None, **columns: Any) -> FileReport:
    found = hdu if hdu is not None else ff.events(rows=ROWS, **columns)
    return ff.read(tmp_path, ff.write(tmp_path, "run.fits", found, ff.gti()))


@pytest.mark.parametrize("unit", ["deg", "degree", "Degrees", "DEG"])
def test_degrees_in_any_spelling_are_taken_without_a_word(tmp_path: Path, unit: str) -> None:
    report = run(tmp_path, ff.altered(ff.events(rows=ROWS), "RA", unit=unit))
    assert not ff.notes(report, "frame")


def test_directions_in_other_angles_are_noted(tmp_path: Path) -> None:
    hdu = ff.altered(ff.events(rows=ROWS, DEC=np.full(ROWS, 0.4)), "DEC", unit="rad")
    told = ff.notes(run(tmp_path, hdu), "frame", "DEC")
    assert told == ["column is in 'rad'; deg was expected. Nothing in the tables depends on it"]


def test_degrees_that_are_called_radians_are_no_directions(tmp_path: Path) -> None:
    report = run(tmp_path, ff.altered(ff.events(rows=ROWS), "DEC", unit="rad"))
    assert (report.kind, report.keyword) == ("quarantined", "DEC")
    assert report.reason == "no event has a direction: 4 of 4 values are none"


@pytest.mark.parametrize("column", ["RA", "DEC"])
@pytest.mark.parametrize("unit", ["TeV", "s", "m"])
def test_directions_in_what_is_no_angle_are_refused(tmp_path: Path, column: str, unit: str) -> None:
    report = run(tmp_path, ff.altered(ff.events(rows=ROWS), column, unit=unit))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", column)
    assert report.reason == f"unit {unit!r} is not one of angle; deg was expected"


def test_energies_in_what_is_none_are_refused_whatever_the_range_comes_from(
    tmp_path: Path,
) -> None:
    hdu = ff.altered(ff.events(rows=ROWS), "ENERGY", unit="s")
    path = ff.write(tmp_path, "run.fits", hdu, ff.gti(), ff.aeff())
    report = ff.read(tmp_path, path)
    assert (report.kind, report.keyword) == ("quarantined", "ENERGY")


@pytest.mark.parametrize(
    ("column", "values", "bad"),
    [
        ("RA", [-20, 440, np.nan, 83], 1),
        ("RA", [83, np.inf, -1e9, 83], 2),
        ("DEC", [90, -90, 90.1, np.nan], 2),
    ],
)
def test_directions_that_are_none_are_counted(
    tmp_path: Path, column: str, values: list[float], bad: int
) -> None:
    told = ff.notes(run(tmp_path, **{column: np.array(values)}), "frame", column)
    assert told == [f"{bad} of 4 values are no angles of a direction"]


def test_energies_that_are_none_are_counted_and_left_out_of_the_range(tmp_path: Path) -> None:
    report = run(tmp_path, ENERGY=np.array([np.nan, 0.5, -1.0, 3e38]))
    assert ff.notes(report, "energy_range", "ENERGY") == ["3 of 4 values are no energies"]
    found = ff.observed(report)
    assert (found.energy_min, found.energy_max) == (5e11, 5e11)


@pytest.mark.parametrize("name", ["TIME", "RA", "DEC", "ENERGY"])
def test_several_numbers_in_a_row_are_refused(tmp_path: Path, name: str) -> None:
    hdu = ff.events(rows=ROWS)
    columns = [
        fits.Column(name, "2E", array=np.ones((ROWS, 2))) if column.name == name else column
        for column in hdu.columns
    ]
    report = run(tmp_path, ff.table("EVENTS", columns, ff.EVENTS_CARDS))
    assert (report.kind, report.keyword) == ("quarantined", name)
    assert report.reason == "has 2 numbers in a row; one was expected"

"""Place, times, dates and pointing against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.check import producer
from unit.check.producer import only, spoilt
from unit.dl3 import fitsfiles as ff

NO_ALTITUDE: ff.Cards = {"ALT_PNT": ff.ABSENT, "AZ_PNT": ff.ABSENT}


def with_events(root: Path, cards: ff.Cards) -> set[producer.Said]:
    return spoilt(root, producer.events(cards), producer.gti(), *producer.responses())


def test_a_longitude_of_the_wrong_sign_is_told_by_the_altitude(tmp_path: Path) -> None:
    found = producer.findings_of(
        tmp_path, producer.events({"GEOLON": -150.0}), producer.gti(), *producer.responses()
    )
    told = only(found, "site.longitude")
    assert (told.severity, told.hdu, told.keyword) == ("warning", "EVENTS", "GEOLON")
    assert told.expected == "east positive; 150 deg would fit"


def test_it_is_told_without_altitude_where_the_pointing_is_below_the_horizon(
    tmp_path: Path,
) -> None:
    found = with_events(tmp_path, {**NO_ALTITUDE, "GEOLON": 75.0})
    assert found == {("warning", "site.longitude", "EVENTS", "GEOLON")}


def test_a_pointing_below_the_horizon_at_either_sign_is_told_as_such(tmp_path: Path) -> None:
    found = with_events(tmp_path, {**NO_ALTITUDE, "GEOLON": -17.89, "GEOLAT": -80.0})
    assert found == {("warning", "site.altitude", "EVENTS", "GEOLON")}


def test_an_altitude_that_does_not_fit_is_a_warning(tmp_path: Path) -> None:
    found = with_events(tmp_path, {"ALT_PNT": 34.0})
    assert found == {("warning", "site.altitude", "EVENTS", "ALT_PNT")}


@pytest.mark.parametrize("altitude", [52.0, 56.0, 60.0])
def test_altitudes_of_any_moment_of_the_run_fit(tmp_path: Path, altitude: float) -> None:
    assert with_events(tmp_path, {"ALT_PNT": altitude}) == set()


def test_nothing_is_told_without_a_place(tmp_path: Path) -> None:
    found = with_events(tmp_path, {"GEOLON": 0.0, "GEOLAT": 0.0})
    assert found == {("warning", "ingestion.site", "EVENTS", "GEOLON")}


@pytest.mark.parametrize("name", ["DATE-OBS", "DATE_OBS"])
def test_a_date_in_utc_is_told_where_times_are_in_tt(tmp_path: Path, name: str) -> None:
    # 1000 s after MJD 59000 (TT) is 00:15:30.816 UTC.
    events = producer.events({name: "2020-05-31T00:15:31"})
    found = only(producer.findings_of(tmp_path, events, producer.gti()), "keyword.contradiction")
    assert (found.severity, found.keyword) == ("warning", name)
    assert found.found.endswith("s before TSTART: it is in UTC")


def test_a_date_that_is_not_the_start_is_a_warning_one_that_is_not(tmp_path: Path) -> None:
    right = {"DATE-OBS": "2020-05-31T00:16:40", "DATE-END": "2020-05-31T00:46:40.000"}
    assert with_events(tmp_path, right) == set()
    found = with_events(tmp_path, {"DATE-END": "2020-05-31T00:45:40"})
    assert found == {("warning", "keyword.contradiction", "EVENTS", "DATE-END")}


def test_date_and_time_of_day_apart_are_read_together(tmp_path: Path) -> None:
    found = with_events(tmp_path, {"DATE-OBS": "2020-05-31", "TIME-OBS": "00:16:40"})
    assert found == {("note", "keyword.date", "EVENTS", "DATE-OBS")}
    late = with_events(tmp_path, {"DATE-OBS": "2020-05-31", "TIME-OBS": "01:16:40"})
    assert ("warning", "keyword.contradiction", "EVENTS", "DATE-OBS") in late


def test_a_date_that_is_none_is_a_warning(tmp_path: Path) -> None:
    found = with_events(tmp_path, {"DATE-OBS": "2020-13-41T00:16:40"})
    assert found == {("warning", "keyword.date", "EVENTS", "DATE-OBS")}

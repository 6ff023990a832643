"""Zero points, units and intervals that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iact.dl3.observation import FileReport
from unit.dl3 import fitsfiles as ff


def run(tmp_path: Path, events: ff.Cards | None = None, gti: Any = None) -> FileReport:
    hdus = [ff.events(events)]
    if gti is not ff.ABSENT:
        hdus.append(gti or ff.gti())
    return ff.read(tmp_path, ff.write(tmp_path, "run.fits", *hdus))


@pytest.mark.parametrize("unit", ["0 s", "-1 s", "1e400 s", "mag(s)"])
def test_unit_of_no_length_is_none(tmp_path: Path, unit: str) -> None:
    report = run(tmp_path, gti=ff.gti(cards={"TIMEUNIT": unit}))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "GTI", "TIMEUNIT")
    assert "is not one of time" in report.reason


@pytest.mark.parametrize("scale", ["TT", "UTC", "TAI", "TDB"])
@pytest.mark.parametrize("day", [-10_000_000, 10_000_000, 10**15])
def test_zero_point_of_no_calendar_is_refused(tmp_path: Path, scale: str, day: int) -> None:
    cards = {"MJDREFI": day, "TIMESYS": scale}
    report = run(tmp_path, cards, gti=ff.gti(cards=cards))
    assert (report.kind, report.keyword) == ("quarantined", "MJDREFI")
    assert "is in no year from 3 to 9998" in report.reason


@pytest.mark.parametrize("keyword", ["TSTART", "TSTOP"])
def test_header_time_of_no_calendar_is_refused(tmp_path: Path, keyword: str) -> None:
    for gti in (ff.gti(), ff.ABSENT):
        report = run(tmp_path, {"TSTART": -1e300, "TSTOP": 1e300}, gti=gti)
        assert (report.kind, report.keyword) == ("quarantined", "TSTART")
    report = run(tmp_path, {keyword: 1e300 if keyword == "TSTOP" else -1e300})
    assert (report.kind, report.keyword) == ("quarantined", keyword)


def test_intervals_shorter_than_their_rounding_are_none(tmp_path: Path) -> None:
    report = run(tmp_path, gti=ff.gti([(1000, 1000 + 1e-7), (1500, 1500)]))
    assert (report.kind, report.reason) == ("quarantined", "all intervals are empty")
    report = run(tmp_path, {"TSTOP": ff.START + 1e-7}, gti=ff.ABSENT)
    assert (report.kind, report.keyword) == ("quarantined", "TSTOP")


def test_events_that_do_not_say_their_zero_point_are_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"MJDREFI": ff.ABSENT})
    assert ff.notes(report, "times", "MJDREFI") == ["missing or not known here; as in the GTIs"]
    report = run(tmp_path, {"TIMESYS": "LOCAL"})
    assert ff.notes(report, "times", "TIMESYS") == ["missing or not known here; as in the GTIs"]

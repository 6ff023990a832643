"""Time references, scales and good time intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time

from iact.dl3.observation import FileReport, Observation, ReadingRules
from unit.dl3 import fitsfiles as ff

MS = 1e-3 / 86400


def run(
    tmp_path: Path,
    events: ff.Cards | None = None,
    gti: Any = None,
    rules: ReadingRules | None = None,
) -> FileReport:
    hdus = [ff.events(events)]
    if gti is not ff.ABSENT:
        hdus.append(ff.gti() if gti is None else gti)
    return ff.read(tmp_path, ff.write(tmp_path, "run.fits", *hdus), rules)


def observed(report: FileReport) -> Observation:
    assert report.observation is not None, report.reason
    return report.observation


def test_tt_is_kept(tmp_path: Path) -> None:
    found = observed(run(tmp_path))
    assert found.t_start == pytest.approx(59000 + ff.START / 86400, abs=MS)
    assert found.t_stop == pytest.approx(59000 + ff.STOP / 86400, abs=MS)


@pytest.mark.parametrize(
    ("scale", "late_s"), [("UTC", 69.184), ("utc", 69.184), ("TAI", 32.184), ("TDT", 0.0)]
)
def test_scale_of_the_file_becomes_tt(tmp_path: Path, scale: str, late_s: float) -> None:
    found = observed(run(tmp_path, gti=ff.gti(cards={"TIMESYS": scale}), events={"TIMESYS": scale}))
    assert (found.t_start - 59000) * 86400 == pytest.approx(ff.START + late_s, abs=1e-3)


def test_tdb_is_within_two_milliseconds_of_tt(tmp_path: Path) -> None:
    found = observed(run(tmp_path, gti=ff.gti(cards={"TIMESYS": "TDB"})))
    assert (found.t_start - 59000) * 86400 == pytest.approx(ff.START, abs=2e-3)


def test_seconds_of_utc_files_are_counted_across_leap_seconds(tmp_path: Path) -> None:
    # Three leap seconds lie between the reference of 2003 and October 2013.
    start = 333_778_852.435217
    cards = {"MJDREFI": 52706, "TIMESYS": "UTC", "TSTART": start, "TSTOP": start + 1200}
    gti = ff.gti([(start, start + 1200)], cards)
    found = observed(run(tmp_path, cards, gti))
    assert found.t_start == pytest.approx(56569.181905315, abs=MS)
    assert Time(found.t_start, format="mjd", scale="tt").utc.isot == "2013-10-04T04:20:49.435"


def test_collections_time_rule_overrides_the_file(tmp_path: Path) -> None:
    rules = ReadingRules(time_scale="tai", time_offset_s=19.0)
    report = run(tmp_path, rules=rules)
    late = (observed(report).t_start - 59000) * 86400 - ff.START
    assert late == pytest.approx(32.184 + 19.0, abs=1e-3)
    assert any(
        "tai taken by the collection's rule" in note for note in ff.notes(report, "time_scale")
    )
    assert ff.notes(report, "times") == ["the collection's rule adds 19 s to every time"]


def test_rule_that_agrees_with_the_file_is_not_noted(tmp_path: Path) -> None:
    assert not ff.notes(run(tmp_path, rules=ReadingRules(time_scale="tt")), "time_scale")


def test_times_in_days_are_read(tmp_path: Path) -> None:
    cards = {"TIMEUNIT": "d", "TSTART": 0.25, "TSTOP": 0.5}
    gti = ff.gti([(0.25, 0.5)], {"TIMEUNIT": "d"})
    gti = ff.altered(ff.altered(gti, "START", unit="d"), "STOP", unit="d")
    found = observed(run(tmp_path, {**cards, "ONTIME": 21600.0}, gti))
    assert (found.t_start, found.t_stop) == (59000.25, 59000.5)


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("s", 1), ("sec", 1), ("S", 1), ("ms", 1e-3), ("min", 60), ("h", 3600), ("d", 86400)],
)
def test_every_unit_of_time_is_read(tmp_path: Path, unit: str, seconds: float) -> None:
    cards = {"TIMEUNIT": unit, "TSTART": ff.START / seconds, "TSTOP": ff.STOP / seconds}
    found = observed(run(tmp_path, cards, ff.ABSENT))
    assert (found.t_start - 59000) * 86400 == pytest.approx(ff.START, abs=1e-3)
    assert (found.t_stop - 59000) * 86400 == pytest.approx(ff.STOP, abs=1e-3)


def gti_in(unit: str, seconds: float, cards: ff.Cards | None = None) -> Any:
    """GTIs of the built-in run in another unit."""
    hdu = ff.gti([(ff.START / seconds, ff.STOP / seconds)], cards)
    return ff.altered(ff.altered(hdu, "START", unit=unit), "STOP", unit=unit)


@pytest.mark.parametrize(("unit", "seconds"), [("min", 60), ("h", 3600), ("d", 86400)])
def test_unit_of_a_gti_column_comes_before_that_of_the_header(
    tmp_path: Path, unit: str, seconds: float
) -> None:
    report = run(tmp_path, gti=gti_in(unit, seconds))
    found = observed(report)
    assert (found.t_start - 59000) * 86400 == pytest.approx(ff.START, abs=1e-3)
    assert (found.t_stop - 59000) * 86400 == pytest.approx(ff.STOP, abs=1e-3)
    assert found.ontime == ff.STOP - ff.START
    assert not ff.notes(report, "gti")
    assert (
        ff.notes(report, "times")
        == [f"column is in {unit!r}, TIMEUNIT says 's'; the column's unit taken"] * 2
    )


def test_gti_column_without_a_unit_has_that_of_the_header(tmp_path: Path) -> None:
    columns = [
        fits.Column("START", "D", array=np.array([ff.START / 60])),
        fits.Column("STOP", "D", array=np.array([ff.STOP / 60])),
    ]
    bare = ff.with_cards(ff.table("GTI", columns), dict(ff.gti().header), {"TIMEUNIT": "min"})
    report = run(tmp_path, gti=ff.with_cards(bare, {"TUNIT1": ff.ABSENT, "TUNIT2": ff.ABSENT}))
    assert observed(report).t_stop == pytest.approx(59000 + ff.STOP / 86400, abs=MS)
    assert not ff.notes(report, "times")


def test_unit_of_a_gti_column_contradicts_nothing_where_the_header_has_none(
    tmp_path: Path,
) -> None:
    report = run(tmp_path, gti=gti_in("h", 3600, {"TIMEUNIT": ff.ABSENT}))
    assert observed(report).t_start == pytest.approx(59000 + ff.START / 86400, abs=MS)
    assert not ff.notes(report, "times")


def test_two_names_of_one_unit_are_no_contradiction(tmp_path: Path) -> None:
    assert not ff.notes(run(tmp_path, gti=gti_in("second", 1)), "times")


def test_gti_columns_may_have_units_of_their_own(tmp_path: Path) -> None:
    hdu = ff.altered(ff.gti([(ff.START, ff.STOP / 60)]), "STOP", unit="min")
    report = run(tmp_path, gti=hdu)
    assert (observed(report).t_stop - 59000) * 86400 == pytest.approx(ff.STOP, abs=1e-3)
    assert len(ff.notes(report, "times", "STOP")) == 1


@pytest.mark.parametrize("column", ["START", "STOP"])
@pytest.mark.parametrize("unit", ["fortnights", "TeV"])
def test_gti_column_in_a_unit_that_is_none_of_time_is_refused(
    tmp_path: Path, column: str, unit: str
) -> None:
    raw = ff.content(ff.events(), ff.altered(ff.gti(), column, unit="UNITOFTIME"))
    raw = raw.replace(b"UNITOFTIME", unit.ljust(10).encode())
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", raw))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "GTI", column)
    assert report.reason == f"unit {unit!r} is not one of time; s, min, h or d was expected"


def with_events(tmp_path: Path, hdu: Any) -> FileReport:
    return ff.read(tmp_path, ff.write(tmp_path, "run.fits", hdu, ff.gti()))


def test_events_in_minutes_are_compared_with_the_gtis_as_times(tmp_path: Path) -> None:
    times = np.linspace(ff.START + 1, ff.STOP - 1, 40) / 60
    report = with_events(tmp_path, ff.altered(ff.events(TIME=times), "TIME", unit="min"))
    assert not ff.notes(report, "gti")
    assert ff.notes(report, "times", "TIME") == [
        "column is in 'min', TIMEUNIT says 's'; the column's unit taken"
    ]
    report = with_events(tmp_path, ff.altered(ff.events(TIME=times * 60), "TIME", unit="min"))
    assert ff.notes(report, "gti", "TIME") == [
        "40 of 40 events are before the first or after the last GTI"
    ]


def test_events_in_a_unit_that_is_none_of_time_are_refused(tmp_path: Path) -> None:
    report = with_events(tmp_path, ff.altered(ff.events(), "TIME", unit="m"))
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", "TIME")
    assert report.reason == "unit 'm' is not one of time; s, min, h or d was expected"


def test_headers_in_another_unit_than_the_gtis_are_no_other_reference(tmp_path: Path) -> None:
    cards = {"TIMEUNIT": "d", "TSTART": ff.START / 86400, "TSTOP": ff.STOP / 86400}
    report = run(tmp_path, cards)
    # The column of the events is in s.
    assert [note for note in ff.notes(report, "times") if "column is in" not in note] == []


@pytest.mark.parametrize("keyword", ["TSTART", "TSTOP"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_header_more_than_a_day_from_the_gtis_is_refused(
    tmp_path: Path, keyword: str, sign: int
) -> None:
    inside = ff.EVENTS_CARDS[keyword] + sign * 86_000.0
    assert run(tmp_path, {keyword: inside}).kind == "observation"
    value = ff.EVENTS_CARDS[keyword] + sign * 2 * 86_400.0
    report = run(tmp_path, {keyword: value})
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", keyword)
    assert report.reason.startswith(f"header gives {value:g} (MJD 5")
    assert "the GTIs give MJD 59000.0" in report.reason
    assert "more than a day apart" in report.reason


def test_header_with_a_reference_of_its_own_more_than_a_day_away_is_refused(
    tmp_path: Path,
) -> None:
    report = run(tmp_path, {"MJDREFI": 51910})
    assert (report.kind, report.keyword) == ("quarantined", "TSTART")
    assert "MJD 51910.0" in report.reason


def test_single_mjdref_is_read(tmp_path: Path) -> None:
    gone = {"MJDREFI": ff.ABSENT, "MJDREFF": ff.ABSENT, "MJDREF": 59000.5}
    found = observed(run(tmp_path, gone, ff.gti(cards=gone)))
    assert found.t_start == pytest.approx(59000.5 + ff.START / 86400, abs=MS)


def test_missing_fraction_of_the_zero_point_is_0(tmp_path: Path) -> None:
    report = run(tmp_path, {"MJDREFF": ff.ABSENT}, ff.gti(cards={"MJDREFF": ff.ABSENT}))
    assert "keyword is missing; 0 taken" in ff.notes(report, "times", "MJDREFF")


def test_gti_without_reference_uses_that_of_the_events(tmp_path: Path) -> None:
    gone = {"MJDREFI": ff.ABSENT, "MJDREFF": ff.ABSENT, "TIMESYS": ff.ABSENT}
    report = run(tmp_path, gti=ff.gti(cards=gone))
    assert observed(report).t_start == pytest.approx(59000 + ff.START / 86400, abs=MS)
    assert ff.notes(report, "time_scale") == ["not stated here; TT of EVENTS taken"]
    assert ff.notes(report, "times") == ["no zero point here; that of EVENTS taken"]


def test_events_without_reference_do_not_matter_beside_a_gti_that_has_one(tmp_path: Path) -> None:
    report = run(tmp_path, {"MJDREFI": ff.ABSENT, "TIMESYS": ff.ABSENT})
    assert report.kind == "observation"


def test_different_references_are_noted_and_compared_as_times(tmp_path: Path) -> None:
    cards = {"MJDREFI": 58999, "TSTART": ff.START + 86400, "TSTOP": ff.STOP + 86400}
    report = run(tmp_path, cards)
    assert len(ff.notes(report, "times")) == 1
    assert "different time references" in ff.notes(report, "times")[0]


def test_header_that_contradicts_the_gti_is_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"TSTOP": ff.STOP - 8.0})
    assert observed(report).t_stop == pytest.approx(59000 + ff.STOP / 86400, abs=MS)
    assert ff.notes(report, "times", "TSTOP") == [
        "header is 8.0 s earlier than the GTIs; GTIs taken"
    ]


def test_header_that_differs_by_less_than_a_second_is_not(tmp_path: Path) -> None:
    assert not ff.notes(run(tmp_path, {"TSTART": ff.START + 0.8}), "times")


def test_without_gti_header_times_are_one_interval(tmp_path: Path) -> None:
    report = run(tmp_path, gti=ff.ABSENT)
    assert observed(report).gti.shape == (1, 2)
    assert ff.notes(report, "gti") == ["file has no GTI; TSTART to TSTOP taken as one interval"]


def test_intervals_are_sorted_and_empty_ones_left_out(tmp_path: Path) -> None:
    report = run(tmp_path, gti=ff.gti([(2000, 2800), (1500, 1500), (1000, 1900)]))
    found = observed(report)
    assert np.allclose((found.gti - 59000) * 86400, [[1000, 1900], [2000, 2800]], atol=1e-3)
    told = ff.notes(report, "gti")
    assert "intervals are not in order of time; sorted" in told
    assert "1 intervals of no length left out" in told


def test_overlapping_intervals_are_kept_and_noted(tmp_path: Path) -> None:
    report = run(tmp_path, gti=ff.gti([(1000, 2500), (2000, 2800)]))
    assert len(observed(report).gti) == 2
    said = "1 of 2 intervals overlap with earlier ones; kept, what they share is counted once"
    assert said in ff.notes(report, "gti")


def test_ontime_counts_what_intervals_share_once(tmp_path: Path) -> None:
    overlapping = ff.gti([(1000, 2500), (1200, 1300), (2000, 2800), (2800, 2900)])
    report = run(tmp_path, {"ONTIME": ff.ABSENT, "DEADC": ff.ABSENT}, gti=overlapping)
    assert observed(report).ontime == pytest.approx(1900.0)
    assert "2 of 4 intervals overlap" in ff.notes(report, "gti")[0]


def test_long_first_interval_gives_the_stop(tmp_path: Path) -> None:
    found = observed(run(tmp_path, gti=ff.gti([(1000, 2800), (1100, 1200)])))
    assert (found.t_stop - 59000) * 86400 == pytest.approx(2800, abs=1e-3)


def test_events_outside_all_intervals_are_counted(tmp_path: Path) -> None:
    report = run(tmp_path, gti=ff.gti([(1500, 2800)]))
    assert any(
        "events are before the first or after the last GTI" in note
        for note in ff.notes(report, "gti")
    )


@pytest.mark.parametrize(
    ("cards", "gti", "keyword"),
    [
        ({"TIMESYS": "MARS"}, ff.ABSENT, "TIMESYS"),
        ({"TIMESYS": ff.ABSENT}, ff.ABSENT, "TIMESYS"),
        ({"TIMEUNIT": "moon"}, ff.ABSENT, "TIMEUNIT"),
        ({"TIMEUNIT": "km"}, ff.ABSENT, "TIMEUNIT"),
        ({"MJDREFI": ff.ABSENT}, ff.ABSENT, "MJDREFI"),
        ({"MJDREFI": "soon"}, ff.ABSENT, "MJDREFI"),
        ({"TSTART": ff.ABSENT}, ff.ABSENT, "TSTART"),
        ({"TSTOP": ff.ABSENT}, ff.ABSENT, "TSTOP"),
        ({"TSTART": "NaN"}, ff.ABSENT, "TSTART"),
        ({"TSTOP": ff.START}, ff.ABSENT, "TSTOP"),
        ({}, [(np.nan, ff.STOP)], "START"),
        ({}, [(ff.START, np.inf)], "STOP"),
        ({}, [(ff.STOP, ff.START)], "STOP"),
        ({}, [(ff.START, ff.START)], "STOP"),
        ({}, [], "NAXIS2"),
    ],
)
def test_times_that_mean_nothing_are_refused(
    tmp_path: Path, cards: ff.Cards, gti: Any, keyword: str
) -> None:
    report = run(tmp_path, cards, gti if gti is ff.ABSENT else ff.gti(gti))
    assert (report.kind, report.keyword) == ("quarantined", keyword)
    assert report.hdu == ("EVENTS" if gti is ff.ABSENT else "GTI")


@pytest.mark.parametrize("day", [0, 100_000])
def test_times_of_another_century_are_noted(tmp_path: Path, day: int) -> None:
    cards = {"MJDREFI": day, "TIMESYS": "UTC"}
    report = run(tmp_path, cards, ff.gti(cards=cards))
    assert "is not from 1970 to 2100; kept" in ff.notes(report, "times", "MJDREFI")[0]


def test_missing_scale_says_how_to_mend_it(tmp_path: Path) -> None:
    report = run(tmp_path, {"TIMESYS": ff.ABSENT}, ff.ABSENT)
    assert "time rule" in report.reason
    mended = run(tmp_path, {"TIMESYS": ff.ABSENT}, ff.ABSENT, ReadingRules(time_scale="utc"))
    assert mended.kind == "observation"


def test_event_times_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    times = np.linspace(ff.START, ff.STOP, 40)
    times[3] = np.nan
    path = ff.write(tmp_path, "run.fits", ff.events(TIME=times), ff.gti())
    report = ff.read(tmp_path, path)
    assert (report.hdu, report.keyword) == ("EVENTS", "TIME")
    assert report.reason == "1 of 40 times are not finite"

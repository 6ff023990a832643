"""UTC and MJD in TT, with leap seconds."""

import pytest
from astropy.time import Time

from iact.dl3 import utc

#: TT is ahead of UTC by 32.184 s and the leap seconds: 37 since 2017, 36 before.
SINCE_2017, BEFORE_2017 = 69.184 / 86400, 68.184 / 86400


@pytest.mark.parametrize(
    ("written", "mjd_utc"),
    [
        ("2025-11-20", 60999.0),
        (" 2025-11-20 01:30 ", 60999.0625),
        ("2025-11-20T01:30:00", 60999.0625),
        ("2025-11-20T01:30:00.5Z", 60999.0625 + 0.5 / 86400),
        ("2025-11-20 01:30 UTC", 60999.0625),
    ],
)
def test_what_people_write_becomes_tt(written, mjd_utc):
    assert utc.mjd_tt(written) == pytest.approx(mjd_utc + SINCE_2017, abs=1e-10)


def test_leap_seconds_count():
    assert utc.mjd_tt("2016-12-31") == pytest.approx(57753 + BEFORE_2017, abs=1e-10)
    leap, after = utc.mjd_tt("2016-12-31 23:59:60"), utc.mjd_tt("2017-01-01")
    assert (after - leap) * 86400 == pytest.approx(1.0, abs=1e-4)
    assert utc.as_text(leap) == "2016-12-31 23:59:60"


def test_a_day_ends_with_its_leap_second():
    begin, end = utc.mjd_tt("2016-12-31"), utc.mjd_tt("2016-12-31", end_of_day=True)
    assert (end - begin) * 86400 == pytest.approx(86401, abs=1e-3)
    assert end < utc.mjd_tt("2017-01-01")
    assert utc.mjd_tt("2016-12-31 12:00", end_of_day=True) == utc.mjd_tt("2016-12-31 12:00")


@pytest.mark.parametrize("moment", ["1999-12-31 23:59:59", "2025-11-20 00:40:00"])
def test_there_and_back_and_as_astropy_has_it(moment):
    assert utc.as_text(utc.mjd_tt(moment)) == moment
    assert utc.mjd_tt(moment) == pytest.approx(Time(moment, scale="utc").tt.mjd, abs=1e-10)


def test_seconds_are_rounded_into_the_next_day():
    assert utc.as_text(60999 + SINCE_2017 - 0.1 / 86400) == "2025-11-20 00:00:00"


def test_distant_years_are_taken_without_a_warning(recwarn):
    assert utc.as_text(utc.mjd_tt("2199-01-01")) == "2199-01-01 00:00:00"
    assert not recwarn.list


@pytest.mark.parametrize(
    "written", ["", "yesterday", "20.11.2025", "2025-11-20 1:30", "٢٠٢٥-11-20"]
)
def test_what_is_no_time_is_told_how_to_write_one(written):
    with pytest.raises(ValueError, match="write 2025-11-20"):
        utc.mjd_tt(written)


@pytest.mark.parametrize(
    "written",
    ["2025-02-29", "2025-13-01", "2025-11-20 24:01", "2025-11-20 23:59:60", "2025-11-20 12:60"],
)
def test_there_is_no_such_time(written):
    with pytest.raises(ValueError, match="no date or time of day"):
        utc.mjd_tt(written)

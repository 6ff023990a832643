"""What the headers of a cut say of times and selections, and what its records; and its name."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from iact.dl3.observation import ReadingRules
from iact.events.cut import cut, file_name
from unit.dl3 import fitsfiles as ff
from unit.events.cuts import (
    cut_of,
    days,
    events_of,
    native,
    provenance,
    source,
    task,
    value,
    write_run,
)


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path)


def test_regions_intersect_and_are_recorded(run):
    found = cut_of(run, circle="83.5 22 1", pos="RANGE 83 90 -90 90", polygon="80 20 87 20 83.5 30")
    assert (np.abs(native(events_of(found)["RA"]) - 83.5) < 1.1).all()
    assert native(events_of(found)["RA"]).min() >= 83
    recorded = [value(found, f"DSVAL{n}") for n in (1, 2, 3)]
    assert recorded == [
        "CIRCLE(83.5,22,1)", "POLYGON(80,20,87,20,83.5,30)", "RANGE(83,90,-90,90)",
    ]  # fmt: skip
    assert {value(found, f"DSTYP{n}") for n in (1, 2, 3)} == {"POS(RA,DEC)"}


def test_times_cut_events_good_times_and_what_follows(run):
    found = cut_of(run, time=days(1500, 2000))
    times = events_of(found)["TIME"]
    assert times.min() >= 1500 and times.max() <= 2000
    (interval,) = found["GTI"].data
    assert tuple(interval) == pytest.approx((1500, 2000), abs=2e-6)
    assert value(found, "TSTART") == pytest.approx(1500, abs=2e-6)
    assert value(found, "TSTOP") == pytest.approx(2000, abs=2e-6)
    assert value(found, "ONTIME") == pytest.approx(500, abs=2e-6)
    assert value(found, "DEADC") == 0.98
    assert value(found, "LIVETIME") == pytest.approx(0.98 * 500, abs=2e-6)
    assert [value(found, name) for name in ("DSTYP1", "DSVAL1", "DSREF1")] == [
        "TIME", "TABLE", ":GTI",
    ]  # fmt: skip


def test_open_ends_leave_their_side_as_it_was(run):
    found = cut_of(run, time=days(2000, np.inf))
    assert value(found, "TSTOP") == ff.STOP
    assert found["GTI"].data["STOP"][0] == ff.STOP


def test_of_several_good_times_those_in_the_range_are_left(tmp_path):
    pairs = ((1000, 1200), (1300, 1500), (1600, 2800))
    ff.write(tmp_path, "run.fits", ff.events(), ff.gti(pairs))
    found = cut_of(tmp_path / "run.fits", time=days(1200, 1700))
    np.testing.assert_allclose(
        np.column_stack([found["GTI"].data["START"], found["GTI"].data["STOP"]]),
        [(1300, 1500), (1600, 1700)],
        atol=2e-6,
    )
    assert value(found, "ONTIME") == pytest.approx(300, abs=2e-6)
    assert value(found, "TSTART") == pytest.approx(1300, abs=2e-6)


def test_a_file_without_good_times_is_cut_by_its_header(tmp_path):
    ff.write(tmp_path, "run.fits", ff.events())
    found = cut_of(tmp_path / "run.fits", time=days(900, 1500))
    assert value(found, "TSTART") == ff.START
    assert value(found, "ONTIME") == pytest.approx(500, abs=2e-6)
    assert "DSTYP1" not in found["EVENTS"].header


def test_dates_of_the_header_move_with_its_times(tmp_path):
    dates = {
        "DATE-OBS": "2020-05-31", "TIME-OBS": "23:59:50.000", "DATE-END": "2020-06-01T00:29:50",
    }  # fmt: skip
    ff.write(tmp_path, "run.fits", ff.events(dates), ff.gti())
    found = cut_of(tmp_path / "run.fits", time=days(1020, 2700.5))
    start = f"{value(found, 'DATE-OBS')}T{value(found, 'TIME-OBS')}"
    assert abs(np.datetime64(start) - np.datetime64("2020-06-01T00:00:10")).astype(float) < 2
    end = np.datetime64(value(found, "DATE-END")) - np.datetime64("2020-06-01T00:28:10.500")
    assert abs(end).astype("timedelta64[ms]").astype(int) <= 1


def test_times_of_another_scale_and_unit_are_cut_at_the_same_moment(tmp_path):
    hours = {"TIMEUNIT": "h", "TIMESYS": "UTC", "TSTART": START_H, "TSTOP": STOP_H}
    times = np.linspace(START_H, STOP_H, 40)
    events = ff.altered(ff.events(hours, TIME=times), "TIME", unit="h")
    good = ff.gti(((ff.START, ff.STOP),), {"TIMESYS": "UTC"})
    ff.write(tmp_path, "run.fits", events, good)
    found = cut_of(tmp_path / "run.fits", time=f"{59000 + 1500 / 86400!r} {59000 + 2000 / 86400!r}")
    assert found["GTI"].data["START"][0] == pytest.approx(1500, abs=2e-6)
    assert value(found, "TSTART") == pytest.approx(1500 / 3600, abs=1e-9)
    assert value(found, "ONTIME") == pytest.approx(500, abs=4e-6)
    assert events_of(found)["TIME"].min() >= 1500 / 3600


START_H, STOP_H = ff.START / 3600, ff.STOP / 3600


def test_the_rule_of_a_collection_is_applied_to_times(tmp_path):
    ff.write(tmp_path, "run.fits", ff.events(), ff.gti())
    rules = ReadingRules(time_offset_s=100.0)
    found = cut_of(tmp_path / "run.fits", rules=rules, time=days(1500, 2000))
    assert value(found, "TSTART") == pytest.approx(1400, abs=2e-6)


def test_the_range_of_energies_that_a_list_has_is_narrowed(tmp_path):
    own = {"DSTYP1": "TIME", "DSUNI1": "s", "DSVAL1": "TABLE", "DSREF1": ":GTI",
           "DSTYP2": "ENERGY", "DSUNI2": "GeV", "DSVAL2": "30:5000"}  # fmt: skip
    ff.write(tmp_path, "run.fits", ff.events(own), ff.gti())
    found = cut_of(tmp_path / "run.fits", energy="1 100", time=days(1000, 2000))
    assert value(found, "DSVAL2") == "1000:5000"
    assert "DSTYP3" not in found["EVENTS"].header


def test_how_it_came_about_is_in_the_result(run):
    found = cut_of(run, energy="1 2", circle="83.5 22 1")
    told = provenance(found)
    assert told["Used.Entity.id"] == "ivo://org.example/~?7"
    assert told["Used.Entity.sha256"] == source(run).sha256
    assert told["Parameter.ENERGY"] == "1 2"
    assert told["Used.Entity.events"] == "40"
    assert told["Generated.Entity.events"] == str(len(events_of(found)))
    history = " ".join(str(line) for line in value(found, "HISTORY"))
    assert "of 40 events of run.fits.gz" in history and "ENERGY=1 2" in history


def test_long_polygons_are_recorded_whole(run):
    around = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    text = " ".join(f"{83.5 + np.cos(a):.8f} {22 + np.sin(a):.8f}" for a in around)
    found = cut_of(run, polygon=text)
    assert len(value(found, "DSVAL1").split(",")) == 600
    rows = [row["VALUE"] for row in found["PROVENANCE"].data if row["NAME"] == "Parameter.POLYGON"]
    assert len(rows) > 10


@pytest.mark.parametrize(
    "card",
    [
        "BADCARD = 'without an end",
        "LIVETIME= 1,764.0",
        "OBSERVER= 'Jos\xe9'",
        "HIERARCH ESO INS = 'long keyword'",
        "lower   = 5",
        "no card at all",
        "OBS_ID  = 4712",
        "DSVAL1  = 7",
        "DSTYP1  = 'ENERGY'",
        "TSTART  = 'soon'",
        "DATE-OBS= 'some day'",
    ],
)
# astropy tells of what it mends.
@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
def test_cards_that_are_not_as_they_should_be_do_not_keep_a_list_from_being_cut(tmp_path, card):
    raw = ff.content(ff.events({"FILLER": 1}), ff.gti())
    at = raw.index(b"FILLER  =")
    bad = raw[:at] + card.encode("latin-1").ljust(80) + raw[at + 80 :]
    ff.write_bytes(tmp_path, "run.fits", bad)
    assert ff.observed(ff.read(tmp_path, "run.fits")).n_events == 40
    target = tmp_path / "cut.fits"
    cut(task(tmp_path / "run.fits", target, energy="1 2", time=days(1000, 2700)))
    found = ff.observed(ff.read(tmp_path, "cut.fits"))
    assert 0 < found.n_events < 40
    assert found.ontime == pytest.approx(1700, abs=1e-3)
    assert not [note for note in found.assumptions if note.keyword == "CHECKSUM"]


def test_a_cut_can_be_cut_again(run):
    first = run.with_name("first.fits")
    cut(replace(task(run, first, energy="0.5 5"), target=first))
    found = cut_of(first, energy="1 10", time=days(1000, 2000))
    assert native(events_of(found)["ENERGY"]).min() >= 1
    assert value(found, "DSVAL1") == "1:5"
    assert [hdu.name for hdu in found].count("PROVENANCE") == 2


@pytest.mark.parametrize(
    ("first", "second", "recorded"),
    [
        ("1 +Inf", "2 10", "2:10"),
        ("-Inf 8", "2 10", "2:8"),
        ("-Inf +Inf", "2 10", "2:10"),
        ("1 +Inf", "0.5 +Inf", "1:"),
        ("1 5", "2 +Inf", "2:5"),
    ],
)
def test_open_ranges_of_energies_are_narrowed_by_another_cut(run, first, second, recorded):
    made = run.with_name("first.fits")
    cut(task(run, made, energy=first))
    found = cut_of(made, energy=second)
    assert value(found, "DSVAL1") == recorded
    assert value(found, "NDSKEYS") == 1
    low = float(recorded.split(":")[0]) * 1e12
    assert ff.observed(ff.read(run.parent, "cut.fits")).energy_min == pytest.approx(low)


def test_results_of_different_selections_have_different_names(run):
    def name(**values):
        asked = task(run, run.with_name("cut.fits"), **values)
        return file_name("HESS_7_cut", asked.values)

    names = [name(), name(energy="1 2"), name(energy="2 3"), name(band="1 2"), name(hdu="gti")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"HESS_7_cut-[0-9a-f]{8}\.fits", found) for found in names)
    assert name(energy="1 2", hdu="gti") == name(hdu="gti", energy="1 2")

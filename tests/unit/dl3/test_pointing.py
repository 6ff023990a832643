"""Identifier, pointing, target and site as headers give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iact.dl3.header import as_number, identifier
from iact.dl3.index import IndexHint
from iact.dl3.observation import ReadingRules
from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsfiles import observed
from unit.dl3.fitsfiles import read_cards as run

A = ff.ABSENT


@pytest.mark.parametrize(
    ("value", "expected"),
    [(23523, "23523"), (23523.0, "23523"), (" 111630 ", "111630"), ("chunks 103 - 133",) * 2,
     ("023523", "23523"), ("000", "0"), ("0" * 300 + "7", "7"), ("9" * 5000,) * 2, ("\u06607",) * 2,
     ("run 007",) * 2, ("-07",) * 2, ("1e3",) * 2,
     (2**63 + 5, str(2**63 + 5)), (None, ""), (True, ""), (1.5, ""), (float("nan"), "")],
)  # fmt: skip
def test_identifiers_are_text(value: object, expected: str) -> None:
    assert identifier(value) == expected


@pytest.mark.parametrize("value", [23523, "023523", "23523", " 0023523"])
def test_number_and_text_of_digits_are_one_observation(tmp_path: Path, value: object) -> None:
    report = run(tmp_path, {"OBS_ID": value})
    assert (report.obs_id, observed(report).obs_id) == ("23523", "23523")


def test_dropped_zeros_of_an_identifier_are_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"OBS_ID": "023523"})
    assert ff.notes(report, "identifier", "OBS_ID") == [
        "'023523' is a number; written 23523, without leading zeros"
    ]
    assert not ff.notes(run(tmp_path, {"OBS_ID": "111630"}), "identifier")


def test_identifier_of_255_bytes_is_kept_and_a_longer_one_refused(tmp_path: Path) -> None:
    assert run(tmp_path, {"OBS_ID": "x" * 255}).obs_id == "x" * 255
    report = run(tmp_path, {"OBS_ID": "x" * 256})
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", "OBS_ID")
    assert report.reason == "has 256 bytes; at most 255 were expected"
    assert report.obs_id == ""


def test_identifier_of_an_index_that_is_too_long_is_refused(tmp_path: Path) -> None:
    # Counted in bytes, as the database does: each of these letters has two.
    path = ff.write(tmp_path, "run.fits", ff.events({"OBS_ID": A}), ff.gti())
    report = ff.read(tmp_path, path, hint=IndexHint("obs-index.fits", "é" * 128, {}, {}, ""))
    assert (report.kind, report.keyword) == ("quarantined", "OBS_ID")
    assert report.reason == "has 256 bytes; at most 255 were expected"


@pytest.mark.parametrize("value", [None, True, "", "x", float("inf"), [1]])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert as_number(value) is None


@pytest.mark.parametrize("value", [A, "", "   "])
def test_missing_identifier_is_refused(tmp_path: Path, value: object) -> None:
    report = run(tmp_path, {"OBS_ID": value})
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", "OBS_ID")


def test_missing_identifier_is_taken_from_the_index(tmp_path: Path) -> None:
    report = run(tmp_path, {"OBS_ID": A}, row={"OBS_ID": 4711})
    assert report.obs_id == "4711"
    assert ff.notes(report, "identifier") == ["not in the header; 4711 of obs-index.fits taken"]


@pytest.mark.parametrize("keyword", ["RA_PNT", "DEC_PNT"])
@pytest.mark.parametrize("value", [A, "north", "NaN"])
def test_pointing_must_be_there(tmp_path: Path, keyword: str, value: object) -> None:
    report = run(tmp_path, {keyword: value})
    assert (report.kind, report.keyword) == ("quarantined", keyword)


def test_declination_beyond_the_pole_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, {"DEC_PNT": 91.0}).keyword == "DEC_PNT"


def test_missing_pointing_is_taken_from_the_obs_index(tmp_path: Path) -> None:
    row = {"OBS_ID": 4711, "RA_PNT": 10.0, "DEC_PNT": -5.0}
    report = run(tmp_path, {"RA_PNT": A, "DEC_PNT": A}, row=row)
    assert (observed(report).ra_pnt, observed(report).dec_pnt) == (10.0, -5.0)
    assert ff.notes(report, "index", "RA_PNT")


def test_drift_scan_needs_no_pointing(tmp_path: Path) -> None:
    found = observed(run(tmp_path, {"RA_PNT": A, "DEC_PNT": A, "OBS_MODE": "DRIFT"}))
    assert (found.ra_pnt, found.dec_pnt, found.fov_radius) == (None, None, None)
    assert (found.tracking_mode, found.pointing_mode) == ("fixed-az-el-transit", "")
    assert found.target_ra == pytest.approx(83.6333)


def test_pointing_of_a_drift_scan_is_kept(tmp_path: Path) -> None:
    found = observed(run(tmp_path, {"OBS_MODE": "DRIFT"}))
    assert found.ra_pnt == pytest.approx(83.6333)
    assert found.tracking_mode == "fixed-az-el-transit"


def test_numbers_written_as_text_are_read_and_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"RA_PNT": "10.5", "RA_OBJ": "10.6"})
    assert observed(report).ra_pnt == 10.5
    assert ff.notes(report, "target", "RA_OBJ") == ["text '10.6' instead of a number; read as one"]


def test_fk5_is_turned_into_icrs(tmp_path: Path) -> None:
    cards = {"RADESYS": A, "RADECSYS": "FK5", "EQUINOX": 2000.0, "RA_PNT": 446.0}
    found = observed(run(tmp_path, cards))
    assert found.ra_pnt is not None
    assert 0 < abs(found.ra_pnt - 86.0) * 3600 < 0.05


@pytest.mark.parametrize(
    ("cards", "note"),
    [
        ({"RADESYS": A}, "RADESYS is missing; ICRS taken"),
        ({"RADESYS": A, "EQUINOX": 2000.0}, "RADESYS is missing; FK5 taken"),
        ({"RADESYS": "FK5", "EQUINOX": ""}, "'' is no equinox; 2000 taken"),
    ],
)
def test_assumed_frame_is_noted(tmp_path: Path, cards: ff.Cards, note: str) -> None:
    assert ff.notes(run(tmp_path, cards), "frame") == [note]


def test_unknown_frame_is_refused(tmp_path: Path) -> None:
    report = run(tmp_path, {"RADESYS": "GALACTIC"})
    assert (report.keyword, report.reason) == (
        "RADESYS",
        "'GALACTIC' is not known; ICRS or FK5 was expected",
    )


@pytest.mark.parametrize(("altitude", "azimuth"), [(90.0, 0.0), (0, 0), (95.0, 10.0)])
def test_placeholders_of_altitude_and_azimuth_are_dropped(
    tmp_path: Path, altitude: float, azimuth: float
) -> None:
    report = run(tmp_path, {"ALT_PNT": altitude, "AZ_PNT": azimuth})
    assert (observed(report).alt_pnt, observed(report).az_pnt) == (None, None)
    assert ff.notes(report, "site", "ALT_PNT")


def test_missing_altitude_is_taken_from_the_obs_index(tmp_path: Path) -> None:
    row = {"OBS_ID": 4711, "ALT_PNT": 70.0, "AZ_PNT": -10.0}
    found = observed(run(tmp_path, {"ALT_PNT": A, "AZ_PNT": A}, row=row))
    assert (found.alt_pnt, found.az_pnt) == (70.0, 350.0)


@pytest.mark.parametrize(
    ("depth", "mode"), [(A, "parallel"), (0, "parallel"), (1e5, "convergent"), (-1e5, "divergent")]
)
def test_depth_of_convergence_gives_the_pointing_mode(
    tmp_path: Path, depth: object, mode: str
) -> None:
    assert observed(run(tmp_path, {"CONV_DEP": depth})).pointing_mode == mode


def test_header_that_contradicts_the_obs_index_is_believed(tmp_path: Path) -> None:
    row = {"OBS_ID": 4711, "RA_PNT": 80.0, "DEC_PNT": 21.5145, "EVENT_COUNT": 7}
    report = run(tmp_path, {}, row=row)
    assert observed(report).ra_pnt == pytest.approx(83.6333)
    assert ff.notes(report, "index", "RA_PNT") == [
        "obs-index says 80 deg, header 83.6333 deg; header taken"
    ]
    assert ff.notes(report, "index", "NAXIS2") == ["obs-index says 7 events, there are 40"]
    assert not ff.notes(report, "index", "DEC_PNT")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Crab Nebula", "Crab Nebula"),
        ("CrabNebula", "Crab Nebula"),
        ("Crab_Nebula", "Crab Nebula"),
        ("PKS 2155-304", "PKS 2155-304"),
        ("PKS 2155-304 (flare)", "PKS 2155-304"),
        ("MSH 15-52", "MSH 15-52"),
        ("47 Tuc", "47 Tuc"),
        ("M 87", "M 87"),
        ("Galactic Plane Survey", "Galactic Plane Survey"),
        ("custom", ""),
        ("Off data", ""),
        ("00:29:18 -73:00:00", ""),
        ("00h29m18s -73d00m00s", ""),
        ("83.63", ""),
        ("string", ""),
        (A, ""),
    ],
)
def test_target_is_what_astronomers_write(tmp_path: Path, name: object, expected: str) -> None:
    assert observed(run(tmp_path, {"OBJECT": name})).target_name == expected


@pytest.mark.parametrize(
    ("row", "header", "expected"),
    [
        ({"TARGET_NAME": "MSH 15-52", "OBJECT": "custom"}, "custom", "MSH 15-52"),
        ({"TARGET_NAME": "RX J1713.7-3946"}, "RXJ 1713.7-3946", "RX J1713.7-3946"),
        ({"TARGET_NAME": "Crab", "OBJECT": "Crab Nebula"}, "Crab Nebula", "Crab Nebula"),
        ({"TARGET_NAME": "PKS 2155-304 (flare)", "OBJECT": "PKS 2155-304"}, A, "PKS 2155-304"),
        ({"TARGET_NAME": "Off data", "OBJECT": "3C 273"}, "3C 273", "3C 273"),
        ({"OBJECT": "Vela X"}, "custom", "Vela X"),
        ({"TARGET_NAME": None}, "Vela X", "Vela X"),
    ],
)
def test_obs_index_comes_before_the_header(
    tmp_path: Path, row: dict[str, Any], header: object, expected: str
) -> None:
    report = run(tmp_path, {"OBJECT": header}, row={"OBS_ID": 4711, **row})
    assert observed(report).target_name == expected


def test_configuration_names_the_target_last(tmp_path: Path) -> None:
    rules = ReadingRules(target_name="Vela X")
    assert observed(run(tmp_path, {"OBJECT": "custom"}, rules)).target_name == "Vela X"
    assert observed(run(tmp_path, {"OBJECT": A}, rules)).target_name == "Vela X"
    assert observed(run(tmp_path, {}, rules)).target_name == "Crab Nebula"


@pytest.mark.parametrize("cards", [{"RA_OBJ": 0, "DEC_OBJ": 0}, {"DEC_OBJ": 99.0}])
def test_position_of_the_target_that_is_none_is_dropped(tmp_path: Path, cards: ff.Cards) -> None:
    report = run(tmp_path, cards)
    assert (observed(report).target_ra, observed(report).target_dec) == (None, None)
    assert len(ff.notes(report, "target")) == 1


def test_site_is_read(tmp_path: Path) -> None:
    found = observed(run(tmp_path, {"GEOLON": 342.11}))
    assert (found.site_lon, found.site_lat, found.site_alt) == (
        pytest.approx(-17.89),
        28.76,
        2147.0,
    )


def test_site_written_as_text_is_read(tmp_path: Path) -> None:
    cards = {"GEOLON": "-67d40m35.4s", "GEOLAT": "-22d56m22.4s", "ALTITUDE": "4779.99 m"}
    report = run(tmp_path, cards)
    found = observed(report)
    assert (found.site_lon, found.site_lat) == (pytest.approx(-67.6765), pytest.approx(-22.939556))
    assert found.site_alt == 4779.99
    assert len(ff.notes(report, "site")) == 2


@pytest.mark.parametrize("altitude", [2.15, "2.15 km"])
def test_height_in_km_becomes_metres(tmp_path: Path, altitude: object) -> None:
    report = run(tmp_path, {"ALTITUDE": altitude})
    assert observed(report).site_alt == pytest.approx(2150.0)
    assert ff.notes(report, "site", "ALTITUDE")


def test_site_of_zeros_is_a_placeholder(tmp_path: Path) -> None:
    report = run(tmp_path, {"GEOLON": 0.0, "GEOLAT": 0.0, "ALTITUDE": 0.0})
    found = observed(report)
    assert (found.site_lon, found.site_lat, found.site_alt) == (None, None, None)
    assert ff.notes(report, "site", "GEOLON")


@pytest.mark.parametrize(
    ("keyword", "value"), [("GEOLAT", 95.0), ("GEOLAT", "south"), ("ALTITUDE", "high")]
)
def test_site_that_cannot_be_is_dropped(tmp_path: Path, keyword: str, value: object) -> None:
    report = run(tmp_path, {keyword: value})
    assert ff.notes(report, "site", keyword)
    found = observed(report)
    assert (found.site_lat if keyword == "GEOLAT" else found.site_alt) is None


@pytest.mark.parametrize("equinox", [0.0, 1.0, 20000.0])
def test_equinox_that_is_none_moves_no_position(tmp_path: Path, equinox: float) -> None:
    report = ff.read_cards(tmp_path, {"RADESYS": "FK5", "EQUINOX": equinox})
    found = ff.observed(report)
    assert found.ra_pnt == pytest.approx(83.6333, abs=1e-4)
    assert f"{equinox!r} is no equinox; 2000 taken" in ff.notes(report, "frame", "EQUINOX")

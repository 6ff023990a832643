"""Exposure, telescopes, modes and texts as headers give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from iact.dl3.observation import ReadingRules
from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsfiles import observed
from unit.dl3.fitsfiles import read_cards as run

A = ff.ABSENT


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ({}, (1800.0, 1764.0, 0.98)),
        ({"ONTIME": A}, (1800.0, 1764.0, 0.98)),
        ({"ONTIME": A, "DEADC": A}, (1800.0, 1764.0, 0.98)),
        ({"LIVETIME": A}, (1800.0, 1764.0, 0.98)),
        ({"LIVETIME": -5.0}, (1800.0, 1764.0, 0.98)),
        ({"DEADC": A}, (1800.0, 1764.0, 0.98)),
        ({"DEADC": 1.7}, (1800.0, 1764.0, 0.98)),
        ({"LIVETIME": A, "DEADC": A}, (1800.0, None, None)),
    ],
)
def test_what_is_missing_of_the_exposure_is_derived(
    tmp_path: Path, cards: ff.Cards, expected: tuple[float, float | None, float | None]
) -> None:
    report = run(tmp_path, cards)
    found = observed(report)
    assert found.ontime == pytest.approx(expected[0])
    assert found.livetime == (expected[1] if expected[1] is None else pytest.approx(expected[1]))
    assert found.deadc == (expected[2] if expected[2] is None else pytest.approx(expected[2]))
    assert bool(ff.notes(report, "livetime")) == bool(cards)


def test_ontime_that_differs_from_the_gtis_is_kept_and_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"ONTIME": 1790.0})
    assert observed(report).ontime == 1790.0
    assert ff.notes(report, "gti", "ONTIME") == ["1790.0 s, but the GTIs sum up to 1800.0 s; kept"]


def test_livetime_longer_than_the_ontime_is_not_believed(tmp_path: Path) -> None:
    report = run(tmp_path, {"LIVETIME": 1900.0})
    assert observed(report).livetime == pytest.approx(1764.0)
    told = ff.notes(report, "livetime", "LIVETIME")
    assert told[0] == "1900 is more than 1801 s of the ontime; ignored"


def test_ontime_longer_than_from_first_to_last_interval_is_not_believed(tmp_path: Path) -> None:
    report = run(tmp_path, {"ONTIME": 1e308, "LIVETIME": A, "DEADC": 0.5})
    assert (observed(report).ontime, observed(report).livetime) == (1800.0, 900.0)
    assert "1e+308 is more than 1801 s from first to last GTI; ignored" in ff.notes(report)


def test_a_tiny_dead_time_correction_makes_no_endless_ontime(tmp_path: Path) -> None:
    found = observed(run(tmp_path, {"ONTIME": A, "DEADC": 1e-308}))
    assert found.ontime == 1800.0


@pytest.mark.parametrize(
    ("cards", "names", "count"),
    [
        ({}, ("1", "2", "3", "4"), 4),
        ({"TELLIST": "T1, T2", "N_TELS": A}, ("T1", "T2"), 2),
        ({"TELLIST": "Baseline", "N_TELS": 0}, (), None),
        ({"TELLIST": A, "N_TELS": 4}, (), 4),
        ({"TELLIST": A, "N_TELS": A}, (), None),
        ({"TELLIST": "1,2", "N_TELS": 3}, ("1", "2"), 3),
    ],
)
def test_telescopes(
    tmp_path: Path, cards: ff.Cards, names: tuple[str, ...], count: int | None
) -> None:
    found = observed(run(tmp_path, cards))
    assert (found.telescopes, found.n_telescopes) == (names, count)


def test_telescopes_missing_in_the_header_are_taken_from_the_index(tmp_path: Path) -> None:
    row = {"OBS_ID": 4711, "TELLIST": "MAGIC-I,MAGIC-II", "N_TELS": 2}
    found = observed(run(tmp_path, {"TELLIST": A, "N_TELS": A}, row=row))
    assert (found.telescopes, found.n_telescopes) == (("MAGIC-I", "MAGIC-II"), 2)


def test_second_list_of_telescopes_is_noted(tmp_path: Path) -> None:
    hdu = ff.events({"N_TELS": A})
    hdu.header.append(("TELLIST", "2"))
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", hdu, ff.gti()))
    assert observed(report).n_telescopes == 4
    assert ff.notes(report, "telescopes") == ["card stands twice; the first was read"]


@pytest.mark.parametrize(
    ("header", "row", "rule", "expected"),
    [
        ("WOBBLE", "", "", "wobble"),
        ("POINTING", "DRIFT", "wobble", "pointing"),
        ("On-Off", "", "", "onoff"),
        ("Moon  Shadow", "", "", "moon-shadow"),
        (A, "SCAN", "wobble", "scan"),
        ("none", "", "wobble", "wobble"),
        (A, "", "", "unknown"),
    ],
)
def test_observing_mode(tmp_path: Path, header: object, row: str, rule: str, expected: str) -> None:
    report = run(
        tmp_path,
        # No target's position: an offset of its own would make it a wobble run.
        {"OBS_MODE": header, "RA_OBJ": A, "DEC_OBJ": A},
        ReadingRules(obs_mode=rule),
        {"OBS_ID": 4711, "OBS_MODE": row},
    )
    assert observed(report).obs_mode == expected


@pytest.mark.parametrize(
    ("header", "offset", "expected"),
    [
        ("POINTING", 0.0, "pointing"),
        ("POINTING", 0.05, "pointing"),
        ("POINTING", 0.5, "wobble"),
        ("POINTING", 1.5, "wobble"),
        ("POINTING", 5.0, "pointing"),
        ("SCAN", 0.5, "scan"),
        (A, 0.5, "unknown"),
    ],
)
def test_pointing_with_the_target_off_axis_is_wobble(
    tmp_path: Path, header: object, offset: float, expected: str
) -> None:
    cards = {"OBS_MODE": header, "RA_PNT": 83.0, "DEC_PNT": 22.0, "RA_OBJ": 83.0}
    found = observed(run(tmp_path, cards | {"DEC_OBJ": 22.0 + offset}, ReadingRules()))
    assert found.obs_mode == expected
    assert found.obs_mode_header == ("" if header is A else header)


def off_axis(offset: float) -> ff.Cards:
    return {"RA_PNT": 83.0, "DEC_PNT": 22.0, "RA_OBJ": 83.0, "DEC_OBJ": 22.0 + offset}


def test_wobble_that_the_header_does_not_state_is_noted(tmp_path: Path) -> None:
    report = run(tmp_path, off_axis(0.5) | {"OBS_MODE": "POINTING"})
    assert ff.notes(report, "obs_mode", "OBS_MODE") == [
        "POINTING, with the target 0.50 deg off axis; wobble taken"
    ]
    assert not ff.notes(run(tmp_path, off_axis(0.5) | {"OBS_MODE": "WOBBLE"}), "obs_mode")
    assert not ff.notes(run(tmp_path, off_axis(0.0) | {"OBS_MODE": "POINTING"}), "obs_mode")


def test_what_the_format_leaves_open_is_told_from_what_the_file_lacks(tmp_path: Path) -> None:
    report = run(tmp_path, off_axis(0.5) | {"OBS_MODE": "POINTING", "TELESCOP": A})
    told = {note.keyword: note.conforming for note in ff.observed(report).assumptions}
    assert (told["OBS_MODE"], told["TELESCOP"]) == (True, False)


@pytest.mark.parametrize(
    ("header", "note"),
    [
        (A, "not stated; sidereal tracking taken"),
        ("none", "not stated; sidereal tracking taken"),
        ("Moon shadow", "'moon-shadow' does not tell the tracking; sidereal tracking taken"),
    ],
)
def test_tracking_that_no_mode_tells_is_noted(tmp_path: Path, header: object, note: str) -> None:
    report = run(tmp_path, {"OBS_MODE": header})
    assert observed(report).tracking_mode == "sidereal"
    assert ff.notes(report, "obs_mode", "OBS_MODE") == [note]


@pytest.mark.parametrize("mode", ["WOBBLE", "POINTING", "ON", "OFF", "RASTER", "GRID", "DRIFT"])
def test_tracking_that_the_mode_tells_is_not_noted(tmp_path: Path, mode: str) -> None:
    assert not ff.notes(run(tmp_path, off_axis(0.0) | {"OBS_MODE": mode}), "obs_mode")


def test_proposal_that_is_too_long_for_a_key_is_ignored_and_noted(tmp_path: Path) -> None:
    rules = ReadingRules(proposal_keyword="PROP")
    assert observed(run(tmp_path, {"PROP": "p" * 255}, rules)).proposal_id == "p" * 255
    report = run(tmp_path, {"PROP": "p" * 256}, rules)
    assert observed(report).proposal_id == ""
    assert ff.notes(report, "identifier", "PROP") == [
        "has 256 bytes; at most 255 were expected; ignored"
    ]


def test_header_text_is_kept(tmp_path: Path) -> None:
    cards = {
        "ORIGIN": "CTAO", "OBSERVER": "string", "CREATOR": "x 1.0", "CREATED": A,
        "DATE": "2024-01-02", "EV_CLASS": "std", "DST_VER": "d1", "CAL_VER": 3,
        "ANA_VER": "a2", "PROP": "P-7", "OBS_MODE": "WOBBLE", "QUALITY": 2,
    }  # fmt: skip
    found = observed(run(tmp_path, cards, ReadingRules(proposal_keyword="PROP")))
    assert (found.origin, found.observer, found.creator) == ("CTAO", "", "x 1.0")
    assert (found.created, found.ev_class, found.event_type) == ("2024-01-02", "std", "")
    assert (found.dst_version, found.calib_version, found.analysis_version) == ("d1", "3", "a2")
    assert (found.proposal_id, found.quality, found.data_format) == ("P-7", 2, "GADF 0.3")
    assert (found.telescop, found.instrume) == ("CTAO", "North")


def test_numbered_event_class_is_the_event_type(tmp_path: Path) -> None:
    found = observed(run(tmp_path, {"EV_CLASS": 8}))
    assert (found.event_type, found.ev_class) == ("8", "8")


def test_quality_is_taken_from_the_obs_index(tmp_path: Path) -> None:
    assert observed(run(tmp_path, {}, row={"OBS_ID": 4711, "QUALITY": 0})).quality == 0
    assert observed(run(tmp_path, {"QUALITY": 0.5})).quality is None


def test_missing_telescope_is_noted(tmp_path: Path) -> None:
    report = run(tmp_path, {"TELESCOP": A})
    assert ff.notes(report, "identifier") == ["TELESCOP is missing: facility not known"]


def test_control_characters_are_blanks_and_noted(tmp_path: Path) -> None:
    raw = ff.content(ff.events({"OBJECT": "Vela@X"}), ff.gti()).replace(b"Vela@X", b"Vela\x00X")
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", raw))
    assert observed(report).target_name == "Vela X"
    assert ff.notes(report, "header", "OBJECT") == [
        "characters that FITS does not allow were replaced by blanks"
    ]


def test_card_that_cannot_be_parsed_is_noted(tmp_path: Path) -> None:
    raw = ff.content(ff.events({"ALT_PNT": 12345678, "OBS_ID": 87654321}), ff.gti())
    odd = raw.replace(b"            12345678", b"       12 34 five 78")
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", odd))
    assert observed(report).alt_pnt is None
    assert ff.notes(report, "header", "ALT_PNT") == ["card cannot be parsed; ignored"]
    assert ff.notes(report, "site", "ALT_PNT") == ["card cannot be parsed; ignored"]


def test_required_card_that_cannot_be_parsed_is_refused(tmp_path: Path) -> None:
    raw = ff.content(ff.events({"RA_PNT": 12345678}), ff.gti())
    odd = raw.replace(b"            12345678", b"       12 34 five 78")
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", odd))
    assert (report.keyword, report.reason) == (
        "RA_PNT",
        "card cannot be parsed; a finite number was expected",
    )


def test_logical_value_is_text(tmp_path: Path) -> None:
    assert observed(run(tmp_path, {"CREATOR": True})).creator == "T"
    assert observed(run(tmp_path, {"CREATOR": False})).creator == "F"


@pytest.mark.parametrize("name", [".", "..", " .. "])
def test_identifier_that_browsers_take_for_a_way_is_refused(tmp_path: Path, name: str) -> None:
    report = run(tmp_path, {"OBS_ID": name})
    assert (report.kind, report.keyword) == ("quarantined", "OBS_ID")
    assert "cannot be a part of an address" in report.reason


@pytest.mark.parametrize("number", [2**31, 1e300, -4])
def test_number_of_telescopes_that_no_array_has_is_none(tmp_path: Path, number: float) -> None:
    assert observed(run(tmp_path, {"N_TELS": number})).n_telescopes == 4

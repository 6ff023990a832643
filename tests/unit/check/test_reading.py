"""What ingestion assumes or refuses, with what was expected and by which document."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.check import producer
from unit.check.producer import all_of, only, spoilt
from unit.dl3 import fitsfiles as ff


def with_events(root: Path, cards: ff.Cards) -> set[producer.Said]:
    return spoilt(root, producer.events(cards), producer.gti(), *producer.responses())


def test_choices_that_the_format_leaves_are_no_findings(tmp_path: Path) -> None:
    # A wobble run, for which GADF has no word, and telescopes that do not point in parallel.
    assert with_events(tmp_path, {"DEC_OBJ": 22.0145, "CONV_DEP": 1.0}) == set()


def test_responses_that_an_index_names_are_no_finding(tmp_path: Path) -> None:
    ff.write(tmp_path, "data/run.fits", producer.events(), producer.gti())
    ff.write(tmp_path, "irf/irfs.fits", *producer.responses())
    rows = [producer.hdu_row()]
    for kind, class_ in (
        ("aeff", "aeff_2d"), ("edisp", "edisp_2d"), ("psf", "psf_table"), ("bkg", "bkg_3d")
    ):  # fmt: skip
        rows.append(
            producer.hdu_row(HDU_TYPE=kind, HDU_CLASS=class_, FILE_DIR="irf",
                             FILE_NAME="irfs.fits", HDU_NAME=kind.upper())
        )  # fmt: skip
    ff.write(tmp_path, "hdu-index.fits", producer.hdu_index(*rows))
    assert all_of(tmp_path) == []


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ({"ALT_PNT": 90.0, "AZ_PNT": 0.0}, ("warning", "ingestion.site", "EVENTS", "ALT_PNT")),
        ({"ALTITUDE": 2.15}, ("warning", "ingestion.site", "EVENTS", "ALTITUDE")),
        ({"RA_OBJ": 0.0, "DEC_OBJ": 0.0}, ("warning", "ingestion.target", "EVENTS", "RA_OBJ")),
        ({"OBJECT": "custom"}, ("warning", "ingestion.target", "EVENTS", "OBJECT")),
        ({"TELLIST": "string", "N_TELS": 0},
         ("warning", "ingestion.telescopes", "EVENTS", "TELLIST")),
        ({"TSTOP": ff.STOP - 8.0}, ("warning", "ingestion.times", "EVENTS", "TSTOP")),
    ],
)  # fmt: skip
def test_what_ingestion_puts_right_is_a_warning(
    tmp_path: Path, cards: ff.Cards, expected: producer.Said
) -> None:
    assert with_events(tmp_path, cards) == {expected}


def test_thresholds_that_mean_nothing_are_a_warning(tmp_path: Path) -> None:
    aeff, *others = producer.responses()
    ff.with_cards(aeff, {"LO_THRES": 0.01, "HI_THRES": 10000.0})
    found = spoilt(tmp_path, producer.events(), producer.gti(), aeff, *others)
    assert found == {("warning", "ingestion.energy_range", "", "LO_THRES")}


def test_a_threshold_that_is_text_is_told_in_a_file_of_responses_too(tmp_path: Path) -> None:
    aeff = ff.with_cards(producer.responses()[0], {"LO_THRES": "low"})
    assert spoilt(tmp_path, aeff, name="irf.fits") == {
        ("warning", "ingestion.energy_range", "AEFF", "LO_THRES")
    }


def test_a_list_without_responses_is_a_warning(tmp_path: Path) -> None:
    found = producer.findings_of(tmp_path, producer.events(), producer.gti())
    told = only(found, "ingestion.responses")
    assert (told.severity, told.hdu) == ("warning", "EVENTS")
    assert told.document == 'GADF 0.3, "Data storage"'


def test_a_field_of_view_that_nothing_tells_is_a_note(tmp_path: Path) -> None:
    found = producer.findings_of(tmp_path, producer.events(), producer.gti())
    assert only(found, "ingestion.field_of_view").severity == "note"


@pytest.mark.parametrize(
    ("cards", "keyword", "expected", "document"),
    [
        ({"OBS_ID": ff.ABSENT}, "OBS_ID", "a whole number", 'GADF 0.3, "EVENTS"'),
        ({"RADESYS": "FK4"}, "RADESYS", "one of ICRS, FK5", 'GADF 0.3, "EVENTS"'),
        ({"TSTART": 9e6}, "TSTART", "a number in s", 'GADF 0.3, "EVENTS"'),
    ],
)
def test_a_refusal_says_what_was_expected(
    tmp_path: Path, cards: ff.Cards, keyword: str, expected: str, document: str
) -> None:
    found = producer.findings_of(tmp_path, producer.events(cards), producer.gti())
    (told,) = [one for one in found if one.severity == "error"]
    assert (told.hdu, told.keyword) == ("EVENTS", keyword)
    assert (told.expected, told.document) == (expected, document)


def test_a_time_scale_that_is_none_is_refused_with_those_of_the_format(tmp_path: Path) -> None:
    found = producer.findings_of(tmp_path, producer.events({"TIMESYS": "XYZ"}))
    (told,) = [one for one in found if one.severity == "error"]
    assert (told.expected, told.document) == ("one of TT, UTC, TAI, UT1", 'GADF 0.3, "Time"')


def test_a_table_without_rows_names_its_section(tmp_path: Path) -> None:
    gti = producer.gti(intervals=())
    (told,) = [
        one
        for one in producer.findings_of(tmp_path, producer.events(), gti)
        if one.severity == "error"
    ]
    assert (told.hdu, told.keyword, told.document) == ("GTI", "NAXIS2", 'GADF 0.3, "GTI"')


def test_structural_keywords_are_those_of_fits(tmp_path: Path) -> None:
    raw = ff.content(*producer.good_file())
    start = raw.index(b"TFIELDS =")
    broken = raw[:start] + b"TFIELDS =                   99".ljust(80) + raw[start + 80 :]
    path = ff.write_bytes(tmp_path, "run.fits", broken)
    (told,) = [one for one in all_of(tmp_path / path) if one.severity == "error"]
    assert (told.keyword, told.document) == ("TFORM6", "FITS 4.0, sections 4.4.1 and 7.3.1")


def test_a_header_that_contradicts_is_measured_by_what_it_contradicts(tmp_path: Path) -> None:
    found = producer.findings_of(tmp_path, producer.events({"TSTOP": ff.STOP - 8}), producer.gti())
    told = only(found, "ingestion.times")
    assert told.expected == "times that agree with the intervals"

"""Header keywords: missing, of the wrong type or value, misspelt, twice, not readable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iact.check.run import check_file
from unit.check import producer
from unit.check.producer import DOCUMENTED, only, spoilt
from unit.dl3 import fitsfiles as ff


def with_events(root: Path, cards: ff.Cards) -> set[producer.Said]:
    return spoilt(root, producer.events(cards), producer.gti(), *producer.responses())


@pytest.mark.parametrize(
    "keyword",
    ["HDUDOC", "HDUVERS", "HDUCLAS1", "HDUCLASS", "ORIGIN", "INSTRUME", "CREATOR", "EQUINOX",
     "TIMEUNIT", "TIMEREF", "GEOLON", "GEOLAT", "ALTITUDE"],
)  # fmt: skip
def test_a_mandatory_keyword_that_the_reader_can_do_without_is_a_warning(
    tmp_path: Path, keyword: str
) -> None:
    found = with_events(tmp_path, {keyword: ff.ABSENT})
    assert ("warning", "keyword.missing", "EVENTS", keyword) in found


@pytest.mark.parametrize("keyword", ["TELESCOP", "OBS_MODE", "ONTIME", "MJDREFF"])
def test_what_ingestion_assumes_is_said_once_with_what_the_format_expects(
    tmp_path: Path, keyword: str
) -> None:
    findings = producer.findings_of(tmp_path, producer.events({keyword: ff.ABSENT}), producer.gti())
    (found,) = [one for one in findings if (one.hdu, one.keyword) == ("EVENTS", keyword)]
    assert found.severity == "warning"
    assert found.rule.startswith("ingestion.")
    assert found.document.startswith("GADF 0.3")


def test_hdudoc_of_a_gti_is_only_recommended(tmp_path: Path) -> None:
    found = spoilt(tmp_path, producer.events(), producer.gti({"HDUDOC": ff.ABSENT}),
                   *producer.responses())  # fmt: skip
    assert found == {("note", "keyword.missing", "GTI", "HDUDOC")}


def test_hdus_without_hduclass_are_warnings(tmp_path: Path) -> None:
    bare = {"HDUCLASS": ff.ABSENT, "HDUCLAS1": ff.ABSENT}
    found = spoilt(tmp_path, producer.events(bare), producer.gti(bare), *producer.responses())
    assert found == {
        ("warning", "keyword.missing", hdu, keyword)
        for hdu in ("EVENTS", "GTI")
        for keyword in bare
    }


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ({"OBS_ID": "4711"}, ("warning", "keyword.type", "EVENTS", "OBS_ID")),
        ({"GEOLON": "150d"}, ("warning", "ingestion.site", "EVENTS", "GEOLON")),
        ({"EQUINOX": "2000"}, ("warning", "keyword.type", "EVENTS", "EQUINOX")),
        ({"EV_CLASS": 5}, ("note", "keyword.type", "EVENTS", "EV_CLASS")),
        ({"DEADC": True}, ("warning", "ingestion.livetime", "EVENTS", "DEADC")),
        ({"ORIGIN": ""}, ("warning", "keyword.empty", "EVENTS", "ORIGIN")),
        ({"OBS_MODE": "WOBBLE"}, ("warning", "keyword.value", "EVENTS", "OBS_MODE")),
        ({"OBS_MODE": "Pointing"}, ("note", "keyword.case", "EVENTS", "OBS_MODE")),
        ({"TIMEREF": "somewhere"}, ("warning", "keyword.value", "EVENTS", "TIMEREF")),
        ({"HDUCLASS": "OGIP"}, ("note", "keyword.value", "EVENTS", "HDUCLASS")),
        ({"HDUVERS": "dev1bf"}, ("note", "keyword.value", "EVENTS", "HDUVERS")),
        ({"OBSERVER": "string"}, ("note", "keyword.placeholder", "EVENTS", "OBSERVER")),
        ({"DATE-OBS": "2020-05-31"}, ("note", "keyword.date", "EVENTS", "DATE-OBS")),
        ({"DATE_OBS": "2020-05-31"}, ("note", "keyword.name", "EVENTS", "DATE_OBS")),
        ({"TELAPSE": 0}, ("note", "keyword.contradiction", "EVENTS", "TELAPSE")),
    ],
)  # fmt: skip
def test_values_that_are_not_what_the_format_says(
    tmp_path: Path, cards: ff.Cards, expected: producer.Said
) -> None:
    assert with_events(tmp_path, cards) == {expected}


def test_a_time_scale_in_lower_case_is_a_note(tmp_path: Path) -> None:
    cards = {"TIMESYS": "tt"}
    found = spoilt(tmp_path, producer.events(cards), producer.gti(cards), *producer.responses())
    assert found == {("note", "keyword.case", hdu, "TIMESYS") for hdu in ("EVENTS", "GTI")}


def test_the_version_before_is_as_good(tmp_path: Path) -> None:
    assert with_events(tmp_path, {"HDUVERS": "0.2"}) == set()


def test_one_of_radecsys_and_radesys_is_a_note(tmp_path: Path) -> None:
    deprecated = with_events(tmp_path, {"RADESYS": ff.ABSENT})
    assert deprecated == {("note", "keyword.deprecated", "EVENTS", "RADECSYS")}
    missing = with_events(tmp_path, {"RADECSYS": ff.ABSENT})
    assert missing == {("note", "keyword.missing", "EVENTS", "RADECSYS")}


def test_a_drift_scan_needs_altitude_and_azimuth_but_no_right_ascension(tmp_path: Path) -> None:
    drift: ff.Cards = {"OBS_MODE": "DRIFT", "RA_PNT": ff.ABSENT, "DEC_PNT": ff.ABSENT}
    assert with_events(tmp_path, drift) == set()
    still = with_events(tmp_path, {**drift, "ALT_PNT": ff.ABSENT, "AZ_PNT": ff.ABSENT})
    assert still == {
        ("warning", "keyword.missing", "EVENTS", keyword) for keyword in ("ALT_PNT", "AZ_PNT")
    }


def test_other_observations_need_no_altitude(tmp_path: Path) -> None:
    found = with_events(tmp_path, {"ALT_PNT": ff.ABSENT, "AZ_PNT": ff.ABSENT})
    assert found == set()


def test_psf_for_rpsf_is_a_note_for_gadf_says_both(tmp_path: Path) -> None:
    psf = ff.with_cards(ff.altered(ff.psf_table(), "RPSF", unit="sr-1"), DOCUMENTED,
                        {"HDUCLAS2": "PSF"})  # fmt: skip
    assert spoilt(tmp_path, psf) == {("note", "keyword.value", "PSF", "HDUCLAS2")}


def with_cards_appended(*cards: str) -> bytes:
    """A file whose EVENTS header has cards as they stand here."""
    hdu = producer.events()
    for number in range(len(cards)):
        hdu.header.append((f"SPARE{number}", 1))
    raw = ff.content(hdu, producer.gti(), *producer.responses())
    for number, card in enumerate(cards):
        start = raw.index(f"SPARE{number}".ljust(8).encode())
        raw = raw[:start] + card.encode("latin-1").ljust(80) + raw[start + 80 :]
    return raw


def spoilt_card(root: Path, *cards: str) -> tuple[Any, ...]:
    path = ff.write_bytes(root, "run.fits", with_cards_appended(*cards))
    return check_file(root, path).findings


def test_a_keyword_that_stands_twice_with_two_values_is_a_warning(tmp_path: Path) -> None:
    found = only(spoilt_card(tmp_path, "INSTRUME= 'South   '"), "keyword.repeated")
    assert (found.severity, found.keyword) == ("warning", "INSTRUME")
    assert "'North', 'South'" in found.found
    assert found.document == "FITS 4.0, section 4.1.2.3"


def test_a_keyword_that_stands_twice_with_one_value_is_a_note(tmp_path: Path) -> None:
    found = only(spoilt_card(tmp_path, "INSTRUME= 'North   '"), "keyword.repeated")
    assert found.severity == "note"


def test_comments_may_stand_as_often_as_they_like(tmp_path: Path) -> None:
    assert spoilt_card(tmp_path, "COMMENT one", "COMMENT two", "HISTORY x", "HISTORY x") == ()


def test_cards_that_ingestion_does_not_read_are_found_too(tmp_path: Path) -> None:
    aeff = producer.responses()[0]
    aeff.header["SPARE0"] = 1
    raw = ff.content(producer.events(), producer.gti(), aeff)
    start = raw.index(b"SPARE0  ")
    broken = raw[:start] + b"BROKEN  = 'no end".ljust(80) + raw[start + 80 :]
    path = ff.write_bytes(tmp_path, "run.fits", broken)
    assert ("warning", "card.unreadable", "AEFF", "BROKEN") in producer.said(
        check_file(tmp_path, path).findings
    )
    umlaut = raw[:start] + "ODD     = 'M\xfcnchen'".encode("latin-1").ljust(80) + raw[start + 80 :]
    path = ff.write_bytes(tmp_path, "run.fits", umlaut)
    assert ("warning", "card.characters", "AEFF", "ODD") in producer.said(
        check_file(tmp_path, path).findings
    )

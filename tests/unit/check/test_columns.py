"""Columns: missing, of another type, in other units, of names that clash."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from unit.check import producer
from unit.check.producer import DOCUMENTED, only, spoilt
from unit.dl3 import fitsfiles as ff


def responses(effective_area: fits.BinTableHDU) -> list[fits.BinTableHDU]:
    return [ff.with_cards(effective_area, DOCUMENTED), *producer.responses()[1:]]


def with_area(root: Path, unit: str) -> set[producer.Said]:
    changed = ff.altered(ff.aeff(), "EFFAREA", unit=unit)
    return spoilt(root, producer.events(), producer.gti(), *responses(changed))


def test_a_mandatory_column_that_the_reader_can_do_without_is_a_warning(tmp_path: Path) -> None:
    found = spoilt(tmp_path, producer.events(EVENT_ID=ff.ABSENT), producer.gti(),
                   *producer.responses())  # fmt: skip
    assert found == {("warning", "column.missing", "EVENTS", "EVENT_ID")}


def test_a_column_that_ingestion_refuses_to_miss_is_an_error_said_once(tmp_path: Path) -> None:
    found = [
        one
        for one in producer.findings_of(tmp_path, producer.events(ENERGY=ff.ABSENT), producer.gti())
        if one.keyword == "ENERGY"
    ]
    assert [(one.severity, one.expected, one.document) for one in found] == [
        ("error", "numbers in TeV", 'GADF 0.3, "EVENTS"')
    ]


def test_an_old_name_is_told(tmp_path: Path) -> None:
    found = producer.findings_of(
        tmp_path, producer.events(), producer.gti(),
        *responses(ff.altered(ff.aeff(energy="ETRUE"), "EFFAREA", unit="m2")),
    )  # fmt: skip
    assert {(one.rule, one.keyword, one.found) for one in found} == {
        ("column.missing", "ENERG_LO", "is called ETRUE_LO"),
        ("column.missing", "ENERG_HI", "is called ETRUE_HI"),
    }


@pytest.mark.parametrize("unit", ["m2", "m^2"])
def test_units_of_the_format_are_taken_in_any_plain_spelling(tmp_path: Path, unit: str) -> None:
    assert with_area(tmp_path, unit) == set()


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("m**2", {("note", "unit.spelling")}),
        ("m^(2)", {("note", "unit.spelling")}),
        ("sq m", {("warning", "unit.spelling")}),
        ("1/s/MeV/sr", {("warning", "unit.spelling")}),
        ("TeV", {("warning", "unit.other")}),
        ("cm2", {("note", "unit.scale")}),
    ],
)
def test_units_that_are_not_those_of_the_format(
    tmp_path: Path, unit: str, expected: set[tuple[str, str]]
) -> None:
    assert {found[:2] for found in with_area(tmp_path, unit)} == expected


def test_a_column_without_unit_is_a_warning(tmp_path: Path) -> None:
    found = spoilt(tmp_path, producer.events(), producer.gti(), *responses(ff.aeff()))
    assert found == {("warning", "unit.missing", "AEFF", "EFFAREA")}


def test_events_must_have_the_very_unit(tmp_path: Path) -> None:
    changed = ff.altered(producer.events(), "ENERGY", unit="GeV")
    found = spoilt(tmp_path, changed, producer.gti(), *producer.responses())
    assert found == {("warning", "unit.scale", "EVENTS", "ENERGY")}


def event_table(**forms: str) -> fits.BinTableHDU:
    """Good events with other TFORMs."""
    good = producer.events()
    columns = [
        fits.Column(
            column.name, forms.get(column.name, column.format), unit=column.unit,
            array=good.data[column.name],
        )
        for column in good.columns
    ]  # fmt: skip
    cards = {
        keyword: value
        for keyword, value in {**ff.EVENTS_CARDS, **producer.EVENTS_CARDS}.items()
        if value is not ff.ABSENT
    }
    return ff.table("EVENTS", columns, cards)


def test_times_of_32_bits_are_a_warning(tmp_path: Path) -> None:
    found = spoilt(tmp_path, event_table(TIME="E"), producer.gti(), *producer.responses())
    assert found == {("warning", "column.type", "EVENTS", "TIME")}


def test_short_event_numbers_are_a_note(tmp_path: Path) -> None:
    found = spoilt(tmp_path, event_table(EVENT_ID="J"), producer.gti(), *producer.responses())
    assert found == {("note", "column.type", "EVENTS", "EVENT_ID")}


def test_directions_that_are_text_are_an_error(tmp_path: Path) -> None:
    changed = event_table(RA="8A")
    found = spoilt(tmp_path, changed, producer.gti(), *producer.responses())
    assert ("error", "ingestion", "EVENTS", "RA") in found


def test_two_columns_that_differ_by_case_only_are_a_warning(tmp_path: Path) -> None:
    changed = producer.events(ra=np.full(40, 1.4))
    found = only(
        producer.findings_of(tmp_path, changed, producer.gti(), *producer.responses()),
        "column.case",
    )
    assert (found.severity, found.hdu, found.keyword) == ("warning", "EVENTS", "ra")
    assert found.found == "RA and ra are one name"
    assert found.document == "FITS 4.0, section 7.3.2"


def test_responses_that_are_not_read_are_notes(tmp_path: Path) -> None:
    image = ff.with_cards(
        ff.image("BKG"),
        {"HDUCLASS": "GADF", "HDUCLAS1": "RESPONSE", "HDUCLAS2": "BKG"},
    )
    strange = ff.with_cards(ff.psf_table(), DOCUMENTED, {"HDUCLAS4": "PSF_GTPSF"})
    assert spoilt(tmp_path, image, strange) == {
        ("note", "response.format", "BKG", ""),
        ("note", "response.format", "PSF", "HDUCLAS4"),
    }


def test_a_broken_table_that_ingestion_need_not_read_is_a_warning(tmp_path: Path) -> None:
    extra = ff.table("MONITOR", [fits.Column("TEMP", "D", array=np.zeros(2))])
    raw = ff.content(*producer.good_file(), extra)
    start = raw.index(b"EXTNAME = 'MONITOR")
    form = raw.rindex(b"TFORM1", 0, start) if b"TFORM1" in raw[start - 2880 : start] else None
    at = form if form is not None else raw.index(b"TFORM1", start)
    broken = raw[:at] + b"TFORM1  = 'Z       '".ljust(80) + raw[at + 80 :]
    from iact.check.run import check_file

    checked = check_file(tmp_path, ff.write_bytes(tmp_path, "run.fits", broken))
    # Whether ingestion minds is ingestion's; the table is named in any case.
    assert any(one.hdu == "MONITOR" and one.keyword == "TFORM1" for one in checked.findings)


def test_responses_that_no_observation_could_use_are_a_warning(tmp_path: Path) -> None:
    backwards = ff.altered(ff.aeff(thetas=([2.0, 1.0], [3.0, 2.0])), "EFFAREA", unit="m2")
    found = producer.findings_of(tmp_path, ff.with_cards(backwards, DOCUMENTED), name="irf.fits")
    told = only(found, "response")
    assert (told.severity, told.hdu, told.keyword) == ("warning", "AEFF", "THETA_LO")
    assert told.document == 'GADF 0.3, "AEFF_2D"'


def test_point_like_responses_need_their_cut(tmp_path: Path) -> None:
    area = ff.altered(ff.aeff(containment="POINT-LIKE"), "EFFAREA", unit="m2")
    ff.with_cards(area, DOCUMENTED)
    assert spoilt(tmp_path, area) == {("warning", "response.cut", "AEFF", "RAD_MAX")}
    assert spoilt(tmp_path, ff.with_cards(area, {"RAD_MAX": 0.1})) == set()
    area.header.remove("RAD_MAX")
    cut = ff.with_cards(ff.altered(ff.rad_max(), "RAD_MAX", unit="deg"), DOCUMENTED)
    assert spoilt(tmp_path, area, cut) == set()

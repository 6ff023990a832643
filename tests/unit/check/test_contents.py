"""Events by themselves and against the intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unit.check import producer
from unit.check.producer import only, spoilt
from unit.dl3 import fitsfiles as ff


def with_columns(root: Path, **columns: object) -> set[producer.Said]:
    return spoilt(root, producer.events(**columns), producer.gti(), *producer.responses())


@pytest.mark.parametrize(
    ("column", "value", "severity", "rule"),
    [("DEC", 91.0, "error", "ingestion"),
     ("ENERGY", 0.0, "warning", "ingestion.energy_range"),
     ("ENERGY", -1.0, "warning", "ingestion.energy_range")],
)  # fmt: skip
def test_values_that_cannot_be(
    tmp_path: Path, column: str, value: float, severity: str, rule: str
) -> None:
    found = with_columns(tmp_path, **{column: np.full(40, value)})
    assert found == {(severity, rule, "EVENTS", column)}


@pytest.mark.parametrize("value", [-92.0, 443.7])
def test_right_ascensions_beyond_a_turn_are_a_note(tmp_path: Path, value: float) -> None:
    found = with_columns(tmp_path, RA=np.full(40, value))
    assert found == {("note", "events.range", "EVENTS", "RA")}


@pytest.mark.parametrize(
    ("column", "rule"), [("RA", "frame"), ("DEC", "frame"), ("ENERGY", "energy_range")]
)
def test_values_that_are_no_numbers(tmp_path: Path, column: str, rule: str) -> None:
    values = np.full(40, 10.0)
    values[3] = np.nan
    found = with_columns(tmp_path, **{column: values})
    assert found == {("warning", f"ingestion.{rule}", "EVENTS", column)}


def test_events_that_are_not_in_order_are_a_note(tmp_path: Path) -> None:
    times = np.linspace(ff.START + 1, ff.STOP - 1, 40)
    times[[4, 5]] = times[[5, 4]]
    assert with_columns(tmp_path, TIME=times) == {("note", "events.order", "EVENTS", "TIME")}


def test_event_numbers_that_stand_twice_are_counted(tmp_path: Path) -> None:
    # Beyond 2**53, where neighbours are one number in float64.
    numbers = np.arange(40) + 2**60
    assert with_columns(tmp_path, EVENT_ID=numbers) == set()
    numbers[1:3] = numbers[0]
    found = producer.findings_of(tmp_path, producer.events(EVENT_ID=numbers), producer.gti())
    assert only(found, "events.unique").found.startswith("2 of 40 events")


def test_events_between_intervals_are_a_warning(tmp_path: Path) -> None:
    gti = producer.gti(intervals=((ff.START, 1500.0), (2000.0, ff.STOP)))
    found = producer.findings_of(
        tmp_path, producer.events({"ONTIME": 1300.0, "LIVETIME": 1274.0}), gti
    )
    times = np.linspace(ff.START + 1, ff.STOP - 1, 40)
    lost = int(((times > 1500) & (times < 2000)).sum())
    assert (
        only(found, "events.gaps").found == f"{lost} of 40 events are between good time intervals"
    )


def test_intervals_that_overlap_or_are_not_sorted_have_no_gaps(tmp_path: Path) -> None:
    gti = producer.gti(intervals=((1200.0, 1300.0), (ff.START, 2500.0), (2400.0, ff.STOP)))
    found = producer.findings_of(tmp_path, producer.events(), gti)
    assert "events.gaps" not in {one.rule for one in found}


def test_events_before_the_first_interval_are_told_by_ingestion_alone(tmp_path: Path) -> None:
    gti = producer.gti(intervals=((1100.0, ff.STOP),))
    found = producer.findings_of(
        tmp_path, producer.events({"TSTART": 1100.0, "ONTIME": 1700.0, "LIVETIME": 1666.0}), gti
    )
    assert [one.rule for one in found if one.keyword == "TIME"] == ["ingestion.gti"]


def test_times_of_two_references_are_not_compared(tmp_path: Path) -> None:
    events = producer.events()
    ff.altered(events, "TIME", unit="d")
    gti = producer.gti(intervals=((ff.START, 1500.0), (2000.0, ff.STOP)))
    assert "events.gaps" not in {one[1] for one in spoilt(tmp_path, events, gti)}
    other = producer.gti({"MJDREFI": 58999}, ((ff.START + 86400, ff.STOP + 86400),))
    assert "events.gaps" not in {one[1] for one in spoilt(tmp_path, producer.events(), other)}

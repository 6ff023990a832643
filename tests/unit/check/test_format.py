"""The table of the format: complete, and one with what the archive reads and simulates."""

from __future__ import annotations

import pytest
from astropy import units

from iact.check.gadf import EVENTS, FORMATS, HDU_CLASSES, HDU_TYPES
from iact.check.reading import _TOPICS
from iact.check.specification import gadf
from iact.dl3.observation import Assumption


def test_every_class_of_an_hdu_index_has_its_format() -> None:
    assert {*HDU_CLASSES, "obs-index", "hdu-index"} == set(FORMATS)
    assert {name.split("_")[0] for name in HDU_CLASSES} <= {*HDU_TYPES, "rad"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_units_can_be_read_and_nothing_stands_twice(name: str) -> None:
    found = FORMATS[name]
    for item in (*found.keywords, *found.columns):
        units.Unit(item.unit.replace("deg C", "deg_C"))
        assert item.expected
    for items in (found.keywords, found.columns):
        names = [item.name for item in items]
        assert len(names) == len(set(names))


def test_expectations_are_words() -> None:
    expected = {
        name: keyword.expected for name in ("OBS_ID", "RA_PNT", "OBS_MODE", "ORIGIN", "HDUCLAS1")
        if (keyword := EVENTS.keyword(name))
    }  # fmt: skip
    assert expected == {
        "OBS_ID": "a whole number",
        "RA_PNT": "a number in deg",
        "OBS_MODE": "one of POINTING, RASTER, SLEW, SCAN, DRIFT",
        "ORIGIN": "text",
        "HDUCLAS1": "'EVENTS'",
    }
    time, event_id = EVENTS.column("TIME"), EVENTS.column("event_id")
    assert time is not None and time.expected == "64-bit numbers in s"
    assert event_id is not None and event_id.expected == "64-bit integers"


def test_keywords_name_the_section_that_defines_them() -> None:
    timesys, obs_id = EVENTS.keyword("TIMESYS"), EVENTS.keyword("OBS_ID")
    assert timesys is not None and EVENTS.document_of(timesys) == gadf("Time")
    assert obs_id is not None and EVENTS.document_of(obs_id) == gadf("EVENTS")


def test_every_topic_of_an_assumption_is_known() -> None:
    said = (Assumption.__doc__ or "").split("topic")[1].split("text")[0]
    assert {word for word in said.split("``") if word.replace("_", "").isalpha()} == set(_TOPICS)

"""Sky MOCs have every field, not much more, and a form that others read."""

from __future__ import annotations

import io
import json

import numpy as np
from astropy.io import fits

from iact.archive.moc import as_text
from iact.archive.smoc import EXCESS_DEG, ORDER, as_fits, as_json, covering

CRAB = (np.array([83.63]), np.array([22.01]), np.array([2.5]))
NOTHING = np.empty(0)


def test_no_field_gives_an_empty_moc():
    cells = covering(NOTHING, NOTHING, NOTHING)
    assert cells == {}
    assert json.loads(as_json(cells)) == {"9": []}
    with fits.open(io.BytesIO(as_fits(cells, "nothing"))) as hdus:
        assert len(hdus[1].data) == 0


def test_a_field_that_is_the_whole_sky_gives_the_twelve_faces():
    cells = covering(np.array([10.0]), np.array([-40.0]), np.array([180.0]))
    assert cells == {0: list(range(12))}
    assert json.loads(as_json(cells)) == {"0": list(range(12)), "9": []}
    assert as_text(cells, ORDER) == "0/0 1 2 3 4 5 6 7 8 9 10 11 9/"


def test_the_same_field_twice_changes_nothing():
    assert covering(*(np.repeat(values, 2) for values in CRAB)) == covering(*CRAB)


def test_many_fields_are_looked_at_in_parts(monkeypatch):
    rng = np.random.default_rng(1)
    fields = rng.uniform(0, 360, 50), rng.uniform(-80, 80, 50), rng.uniform(0.5, 3, 50)
    whole = covering(*fields)
    monkeypatch.setattr("iact.archive.smoc._FIRST_TOGETHER", 3)
    assert covering(*fields) == whole


def test_the_file_has_the_keywords_of_both_versions_of_the_standard():
    with fits.open(io.BytesIO(as_fits(covering(*CRAB), "Crab"))) as hdus:
        hdus.verify("exception")
        header = hdus[1].header
        assert [header[key] for key in ("MOCVERS", "MOCDIM", "ORDERING", "COORDSYS")] == [
            "2.0", "SPACE", "NUNIQ", "C",
        ]  # fmt: skip
        assert (header["MOCORD_S"], header["MOCORDER"], header["PIXTYPE"]) == (9, 9, "HEALPIX")
        unique = hdus[1].data["UNIQ"]
        assert (np.diff(unique) > 0).all()


def test_a_field_has_not_much_more_than_its_area():
    cells = covering(*CRAB)
    area = sum(len(found) / (12 * 4**order) for order, found in cells.items())
    circle = (1 - np.cos(np.radians(2.5))) / 2
    assert circle < area < 1.1 * circle
    assert EXCESS_DEG < 0.25

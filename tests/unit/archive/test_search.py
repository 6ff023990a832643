"""From the parameters of forms and cone searches to conditions; what is wrong is refused."""

import math

import pytest

from iact.archive import search
from iact.archive.searchinput import InputError, coordinates

CRAB = {"RA": 83.6331, "DEC": 22.0145, "SR": 0.5}


def no_names(name):
    raise AssertionError(f"{name} was looked up")


def form(**values):
    return search.form(values, no_names)


def refused(call, field):
    """Check that something is refused because of one parameter; return why."""
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field
    return caught.value.reason


@pytest.mark.parametrize(
    ("written", "ra", "dec"),
    [
        ("83.633 22.014", 83.633, 22.014),
        ("83.633, -22.014", 83.633, -22.014),
        ("0 -90", 0.0, -90.0),
        ("05 34 31.9 +22 00 52", 83.632917, 22.014444),
        ("05:34:31.9 -00:30:00", 83.632917, -0.5),
        ("05h34m31.9s +22d00m52s", 83.632917, 22.014444),
        ("05h 34m 31.9s, 22° 00' 52\"", 83.632917, 22.014444),
    ],
)
def test_coordinates_can_be_written_in_many_ways(written, ra, dec):
    assert coordinates(written, "position") == pytest.approx((ra, dec), abs=1e-6)


@pytest.mark.parametrize("written", ["Crab Nebula", "M 31", "3C 273", "PKS 2155-304", "1 2 3"])
def test_other_things_are_names(written):
    assert coordinates(written, "position") is None


@pytest.mark.parametrize(
    "written", ["361 0", "-1 0", "10 91", "10 -90.1", "25 00 00 +10 00 00", "05 60 00 +10 00 00"]
)
def test_positions_that_are_none_are_refused(written):
    refused(lambda: coordinates(written, "position"), "position")


def test_an_empty_form_asks_for_everything():
    selection = form(position=None, radius="", target="  ", public_only=False)
    assert selection.where == ""
    assert selection.values == {"ra": None, "dec": None}


def test_names_are_looked_up_but_coordinates_are_not():
    asked = []

    def look_up(name):
        asked.append(name)
        return 83.6331, 22.0145

    selection = search.form({"position": " Crab Nebula "}, look_up)
    assert asked == ["Crab Nebula"]
    assert (selection.values["ra"], selection.values["dec"]) == (83.6331, 22.0145)
    assert form(position="83.6331 22.0145").values == selection.values


def test_energies_are_in_tev_and_times_in_utc():
    values = form(
        energy_from="0.1",
        energy_to="10",
        time_from="2025-11-20",
        time_to="2025-11-20",
        exposure="5",
    ).values
    assert values["energy_from"] == pytest.approx(1e11)
    assert values["energy_to"] == pytest.approx(1e13)
    assert values["time_from"] == pytest.approx(60999 + 69.184 / 86400, abs=1e-9)
    assert values["time_to"] == pytest.approx(61000 + 69.184 / 86400, abs=1e-8)
    assert values["exposure"] == pytest.approx(300)


def test_what_people_write_is_never_part_of_the_sql():
    hostile = "x' OR 1=1; DROP TABLE cta.gti; -- %s %(ra)s"
    selection = form(target=hostile, site=hostile, collection=hostile, obs_mode=hostile)
    assert "DROP" not in selection.where
    assert selection.values["target"] == hostile
    selection.where % dict.fromkeys(selection.values, "?")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"radius": "1"}, "position"),
        ({"position": "1 1", "radius": "-1"}, "radius"),
        ({"position": "1 1", "radius": "181"}, "radius"),
        ({"position": "1 1", "radius": "a"}, "radius"),
        ({"position": "1 1", "match": "pointing"}, "radius"),
        ({"position": "x" * 201}, "position"),
        ({"position": "a\0b"}, "position"),
        ({"target": "a\x1bb"}, "target"),
        ({"energy_from": "nan"}, "energy_from"),
        ({"energy_from": "inf"}, "energy_from"),
        ({"energy_from": "-1"}, "energy_from"),
        ({"energy_from": "2", "energy_to": "1"}, "energy_to"),
        ({"time_from": "today"}, "time_from"),
        ({"time_from": "2025-11-20", "time_to": "2025-11-19"}, "time_to"),
        ({"exposure": "1e999"}, "exposure"),
        ({"exposure": "five"}, "exposure"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(values, field):
    assert refused(lambda: form(**values), field)


def test_one_day_may_be_first_and_last():
    assert "time_to" in form(time_from="2025-11-20", time_to="2025-11-20").values


def test_a_cone_without_radius_asks_for_no_rows():
    assert search.cone(CRAB | {"SR": 0.0}).where == "1 = 0"
    assert search.cone(CRAB).values == {"ra": 83.6331, "dec": 22.0145, "radius": 0.5}


@pytest.mark.parametrize("name", ["RA", "DEC", "SR"])
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -91.0, 400.0])
def test_wrong_cones_are_refused(name, value):
    assert refused(lambda: search.cone(CRAB | {name: value}), name)

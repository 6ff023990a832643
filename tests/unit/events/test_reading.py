"""Texts of parameters: what is read, and what is said about the rest."""

import math

import numpy as np
import pytest

from iact.dl3.frames import unit_vectors
from iact.events.faults import Fault
from iact.events.reading import circle, days, energies, polygon, position, wavelengths
from iact.events.region import Circle, Polygon, Range

WRONG = [
    (energies, "1", "has 1 numbers"),
    (energies, "1 2 3", "has 3 numbers"),
    (energies, "a b", "'a', which is not a number"),
    (energies, "1TeV 2TeV", "which is not a number; energies are in TeV"),
    (days, "2025-11-20T00:45:00 60999", "which is not a number; times are days of MJD in UTC"),
    (energies, "1,2", "'1,2', which is not a number"),
    (energies, "0x1 2", "not a number"),
    (energies, "1_0 2_0", "not a number"),
    (energies, "\N{ARABIC-INDIC DIGIT ONE} 2", "not a number"),
    (energies, "NaN 1", "NaN; for an open end"),
    (energies, "1 nan", "NaN; for an open end"),
    (energies, "10 1", "backwards: write ENERGY=1 10"),
    (energies, "+Inf +Inf", "is empty"),
    (energies, "-Inf -Inf", "is empty"),
    (energies, "+Inf -Inf", "backwards"),
    (energies, "-5 -1", "negative"),
    (energies, "5e11 1e13", "If you mean eV, .* write ENERGY=0.5 10"),
    (energies, "-Inf 1e13", "ENERGY=-inf 10"),
    (energies, "1 2" + " " * 50_000, "characters"),
    (wavelengths, "-2 -1", "negative"),
    (wavelengths, "1e-18", "has 1 numbers"),
    (days, "2453343.5 2453344.5", "Julian"),
    (days, "1.2e8 1.3e8", "seconds"),
    (days, "2004-12-04 2004-12-05", "not a number"),
    (lambda text: circle("CIRCLE", text), "1 2", "has 2 numbers"),
    (lambda text: circle("CIRCLE", text), "1 2 3 4", "has 4 numbers"),
    (lambda text: circle("CIRCLE", text), "1 2 -3", "radius -3"),
    (lambda text: circle("CIRCLE", text), "1 2 181", "radius 181"),
    (lambda text: circle("CIRCLE", text), "1 2 Inf", "radius inf"),
    (lambda text: circle("CIRCLE", text), "1 91 3", "declination 91"),
    (lambda text: circle("CIRCLE", text), "361 1 3", "right ascension 361"),
    (lambda text: circle("CIRCLE", text), "-Inf 1 3", "right ascension -inf"),
    (lambda text: circle("CIRCLE", text), "NaN 1 3", "NaN"),
    (lambda text: polygon("POLYGON", text), "1 2 3 4", "has 4 numbers"),
    (lambda text: polygon("POLYGON", text), "1 2 3 4 5 6 7", "has 7 numbers"),
    (lambda text: polygon("POLYGON", text), "1 2 3 4 5 96", "declination 96"),
    (lambda text: polygon("POLYGON", text), "1 0 2 0 3 0", "no area"),
    (lambda text: polygon("POLYGON", text), "0 0 120 0 240 0", "no middle"),
    (lambda text: polygon("POLYGON", text), "1 2 " * 1001, "characters|2002 numbers"),
    (position, "", "does not begin with"),
    (position, "BOX 1 2 3 4", "does not begin with"),
    (position, "CIRCLE 1 2", "has 2 numbers"),
    (position, "CIRCLE", "has 0 numbers"),
    (position, "RANGE 1 2 3", "has 3 numbers"),
    (position, "RANGE 1 2 4 3", "backwards"),
    (position, "RANGE 1 2 95 99", "declinations"),
    (position, "RANGE 0 400 1 2", "right ascensions"),
    (position, "RANGE +Inf 10 1 2", "is empty"),
    (position, "RANGE 10 -Inf 1 2", "is empty"),
    (position, "POLYGON 1 1 2 2", "has 4 numbers"),
]


@pytest.mark.parametrize(("read", "text", "said"), WRONG)
def test_what_is_wrong_is_said(read, text, said):
    with pytest.raises(Fault, match=said) as caught:
        read(text)
    fault = caught.value
    assert (fault.word, fault.status) == ("UsageError", 400)
    assert fault.text.startswith("UsageError: ")
    assert len(fault.text) < 400


def test_messages_show_no_control_characters():
    with pytest.raises(Fault) as caught:
        energies("1\x1b[31m 2\r\nX: y")
    assert caught.value.text.isprintable()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1 10", (1, 10)),
        ("  .5\t1e1 ", (0.5, 10)),
        ("1 1", (1, 1)),
        ("-Inf 10", (-math.inf, 10)),
        ("1 +Inf", (1, math.inf)),
        # A + in a URL becomes a blank.
        ("1  Inf", (1, math.inf)),
        ("-INF Infinity", (-math.inf, math.inf)),
        ("0 1e6", (0, 1e6)),
    ],
)
def test_energies_are_tev_and_may_be_open(text, ends):
    assert energies(text) == ends


def test_wavelengths_become_energies_in_the_reverse_order():
    low, high = wavelengths("1.239841984332e-19 1.239841984332e-18")
    assert (low, high) == pytest.approx((1.0, 10.0))
    assert wavelengths("-Inf 1.239841984332e-18") == pytest.approx((1.0, math.inf))
    assert wavelengths("0 +Inf") == (0.0, math.inf)


def test_days_of_utc_become_tt():
    low, high = days("53343 +Inf")
    assert (low - 53343) * 86400 == pytest.approx(64.184, abs=1e-5)
    assert high == math.inf


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("CIRCLE 1 2 3", Circle(1, 2, 3)),
        ("circle  1 2   3", Circle(1, 2, 3)),
        ("RANGE 350 10 -1 1", Range((350, 10), (-1, 1))),
        ("RANGE -Inf +Inf 80 +Inf", Range((0, 360), (80, math.inf))),
        ("RANGE 200 +Inf -1 1", Range((200, 360), (-1, 1))),
        ("RANGE -Inf 10 -1 1", Range((0, 10), (-1, 1))),
        ("POLYGON 0 0 1 0 0 1", Polygon(((0, 0), (1, 0), (0, 1)))),
    ],
)
def test_positions_have_three_shapes(text, region):
    assert position(text) == region


def test_an_open_right_ascension_ends_at_0_or_360():
    vectors = unit_vectors(np.array([0.0, 10.0, 199.0, 200.0, 359.0]), np.zeros(5))
    for text, inside in {
        "RANGE 200 +Inf -1 1": [True, False, False, True, True],
        "RANGE -Inf 10 -1 1": [True, True, False, False, False],
        "RANGE -Inf +Inf -1 1": [True] * 5,
    }.items():
        assert position(text).holds(vectors).tolist() == inside, text

"""Limits of a dataset's own parameters: what a descriptor says can be asked for."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

from iact.dl3.frames import unit_vectors
from iact.dl3.utc import tt_of_utc, utc_of_tt
from iact.events.limits import Limits, limits
from iact.events.parameters import PARAMETERS
from iact.events.selection import selection_of

ROW = {
    "s_ra": 359.5, "s_dec": -80.25, "s_fov": 5.0, "t_min": 53343.922340092816,
    "t_max": 53343.94185, "em_min": 1.239841984332e-20, "em_max": 2.5e-18,
    "energy_min": 4.959e11, "energy_max": 1e14, "event_type": "",
}  # fmt: skip
KINDS = ("package", "events", "gti", "aeff")


def test_limits_are_in_the_units_of_their_parameters():
    found = limits(ROW, KINDS)
    assert found["CIRCLE"] == Limits(maximum="359.5 -80.25 2.5")
    assert found["ENERGY"] == Limits("0.4959", "100")
    assert found["BAND"] == Limits("1.239841984332e-20", "2.5e-18")
    assert found["HDU"] == Limits(options=("events", "gti", "aeff"))
    assert found["TIME"] == Limits("53343.92159722", "53343.94110713")
    assert "EVENT_TYPE" not in found


@pytest.mark.parametrize("name", ["CIRCLE", "POLYGON"])
def test_who_asks_for_the_outline_gets_the_whole_field(name):
    (region,) = selection_of({name: [limits(ROW, KINDS)[name].maximum]}).regions
    edge = SkyCoord(359.5, -80.25, unit="deg").directional_offset_by(
        np.arange(0, 360, 5) * u.deg, 2.4999 * u.deg
    )
    assert region.holds(unit_vectors(edge.ra.deg, edge.dec.deg)).all()


def test_who_asks_for_limits_gets_the_whole_range():
    found = limits(ROW, KINDS)
    chosen = selection_of(
        {name: [f"{found[name].minimum} {found[name].maximum}"] for name in ("TIME", "ENERGY")}
    )
    assert chosen.time[0] <= ROW["t_min"] and chosen.time[1] >= ROW["t_max"]
    assert chosen.time == pytest.approx((ROW["t_min"], ROW["t_max"]), abs=2e-8)
    assert chosen.energy == pytest.approx((0.4959, 100))


def test_what_is_not_known_has_no_limits():
    assert limits(dict.fromkeys(ROW), ()) == {}
    assert set(limits(ROW | {"s_fov": 200.0}, ())) == {"CIRCLE", "TIME", "ENERGY", "BAND"}


def test_labels_of_lists_are_options():
    assert limits(ROW | {"event_type": "8"}, ())["EVENT_TYPE"] == Limits(options=("8",))


def test_all_limits_are_of_parameters():
    names = {parameter.name for parameter in PARAMETERS}
    assert set(limits(ROW | {"event_type": "8"}, KINDS)) <= names


@pytest.mark.parametrize("mjd", [41317.5, 53343.9, 57754.0 - 1e-6, 57754.0 + 1e-6, 60999.03])
def test_days_of_utc_are_those_of_astropy(mjd):
    expected = Time(mjd, format="mjd", scale="utc").tt.mjd
    assert tt_of_utc(mjd) == pytest.approx(expected, abs=2e-11)
    assert utc_of_tt(tt_of_utc(mjd)) == pytest.approx(mjd, abs=2e-11)

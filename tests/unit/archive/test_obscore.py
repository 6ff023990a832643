"""What an observation becomes in the flat ObsCore table."""

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from iact.archive.collection import Proposal
from iact.archive.collections import Collection, Processing
from iact.archive.obscore import SCAN_MODES, obscore_row, processing_row, region_literal
from iact.dl3.observation import OBS_MODES, Observation
from iact.dl3.units import HC_EV_M

DID = "ivo://x.test/~?cta/C/7/events"
OBS = Observation(
    obs_id="7",
    target_name="Crab Nebula",
    ra_pnt=83.6,
    dec_pnt=22.5,
    # 2004-12-04T22:08:10.184 to 22:36:17.184 TT: both whole seconds in UTC.
    t_start=53343.9223400926,
    t_stop=53343.9418655556,
    gti=np.array([[53343.9223400926, 53343.9418655556]]),
    ontime=1687.0,
    livetime=1581.7,
    n_events=7613,
    energy_min=1e11,
    energy_max=1e14,
    s_resolution=374.4,
    em_res_power=4.75,
    ref_energy=1e12,
    ref_offset=0.5,
    fov_radius=2.5,
    telescop="HESS",
    instrume="Phase I",
    obs_mode="wobble",
    tracking_mode="sidereal",
    pointing_mode="parallel",
    ev_class="std",
)
COLLECTION = Collection("C", "Title", data_rights="public")


def row(collection=COLLECTION, size=521_600, **changes):
    return obscore_row(size, replace(OBS, **changes), collection, DID)


def test_energies_become_wavelengths_the_other_way_round():
    made = row()
    assert made["em_min"] == pytest.approx(1.239841984332e-20, rel=1e-12)
    assert made["em_max"] == pytest.approx(1.239841984332e-17, rel=1e-12)
    assert (made["energy_min"], made["energy_max"]) == (1e11, 1e14)
    # Planck's constant in J s, the elementary charge in C, the speed of light in m/s.
    assert pytest.approx(6.62607015e-34 / 1.602176634e-19 * 299792458, rel=1e-12) == HC_EV_M


def test_times_and_exposure_are_those_of_the_good_time():
    made = row()
    assert (made["t_min"], made["t_max"]) == (OBS.t_start, OBS.t_stop)
    assert made["t_exptime"] == 1581.7


def test_the_field_of_view_is_a_diameter():
    assert row()["s_fov"] == 5.0


@pytest.mark.parametrize(
    ("unknown", "empty"),
    [
        ({"fov_radius": None}, {"s_fov", "s_region"}),
        ({"ra_pnt": None, "dec_pnt": None}, {"s_ra", "s_dec", "s_region"}),
        ({"energy_min": None}, {"energy_min", "em_max"}),
        ({"energy_max": None}, {"energy_max", "em_min"}),
        ({"livetime": None, "ontime": None}, {"t_exptime"}),
        ({"s_resolution": None}, {"s_resolution", "s_ref_energy", "s_ref_oaa"}),
        ({"em_res_power": None}, {"em_res_power", "em_ref_energy", "em_ref_oaa"}),
        ({"target_name": ""}, {"target_name"}),
        ({"tracking_mode": "", "pointing_mode": ""}, {"tracking_mode", "pointing_mode"}),
        ({"obs_mode": "unknown"}, {"scan_mode"}),
        ({"telescop": "", "instrume": ""}, {"facility_name", "instrument_name"}),
        ({"ev_class": ""}, {"analysis_mode"}),
        ({"gti": np.empty((0, 2))}, {"t_intervals"}),
    ],
)
def test_what_a_file_does_not_say_is_null_and_nothing_else_changes(unknown, empty):
    known, made = row(), row(**unknown)
    assert {name for name, value in made.items() if value is None and known[name] is not None} == (
        empty
    )
    assert made.keys() == known.keys()


def test_the_exposure_is_the_ontime_where_the_livetime_is_not_known():
    assert row(livetime=None, ontime=1700.0)["t_exptime"] == 1700.0
    assert row(livetime=1600.0, ontime=1700.0)["t_exptime"] == 1600.0


def test_the_observing_mode_is_never_null():
    assert row(obs_mode="unknown")["obs_mode"] == "unknown"


def test_every_mode_has_a_pattern_but_those_that_have_none():
    # Drift scans are a tracking_mode, fixed-az-el-transit.
    assert set(OBS_MODES) - set(SCAN_MODES) == {"drift", "unknown"}
    assert set(SCAN_MODES) <= set(OBS_MODES)


@pytest.mark.parametrize(("mode", "pattern"), SCAN_MODES.items())
def test_the_pattern_of_pointings_follows_the_mode(mode, pattern):
    assert row(obs_mode=mode)["scan_mode"] == pattern


@pytest.mark.parametrize(
    ("size", "estimate"), [(0, 1), (1, 1), (1499, 1), (1500, 2), (10**9, 10**6)]
)
def test_sizes_are_kilobytes_and_never_zero(size, estimate):
    assert row(size=size)["access_estsize"] == estimate


def test_names_of_the_collection_win_over_the_headers():
    named = Collection("C", "T", facility_name="H.E.S.S.", instrument_name="Array")
    assert (row()["facility_name"], row()["instrument_name"]) == ("HESS", "Phase I")
    assert (row(named)["facility_name"], row(named)["instrument_name"]) == ("H.E.S.S.", "Array")


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "HESS observation 7 of Crab Nebula"),
        ({"target_name": ""}, "HESS observation 7"),
        ({"telescop": ""}, "observation 7 of Crab Nebula"),
        ({"event_type": "8"}, "HESS observation 7 (event type 8) of Crab Nebula"),
    ],
)
def test_the_title_says_what_is_known(changes, title):
    assert row(**changes)["obs_title"] == title


def test_public_data_without_a_date_are_public_since_the_end_of_their_run():
    made = row()
    assert made["data_rights"] == "public"
    assert made["obs_release_date"] == datetime(2004, 12, 4, 22, 35, 13)


def test_public_data_of_simulated_times_to_come_are_public_and_keep_their_date():
    made = row(t_start=90000.0, t_stop=90000.1)
    assert made["data_rights"] == "public"
    # Whenever the file is read.
    assert made["obs_release_date"] == datetime(2000, 1, 1)


def test_proprietary_data_without_a_date_have_none():
    made = row(replace(COLLECTION, data_rights="proprietary", group="crab"))
    assert (made["data_rights"], made["obs_release_date"]) == ("proprietary", None)
    assert made["rights_group"] == "crab"


def test_a_proposal_brings_its_own_rights():
    release = datetime(2030, 1, 1)
    proposals = {"P1": Proposal("P1", group="g", data_rights="proprietary", release_date=release)}
    made = row(replace(COLLECTION, proposals=proposals), proposal_id="P1")
    assert made["proposal_id"] == "P1"
    assert (made["data_rights"], made["obs_release_date"]) == ("proprietary", release)
    assert made["rights_group"] == "g"


def corners(ra, dec, radius):
    literal = region_literal(ra, dec, radius)
    points = literal.strip("{}").replace("d", "").strip("()").split("),(")
    return [tuple(map(float, point.split(","))) for point in points]


def separation(one, other):
    (ra1, dec1), (ra2, dec2) = (tuple(map(math.radians, point)) for point in (one, other))
    cosine = math.sin(dec1) * math.sin(dec2) + math.cos(dec1) * math.cos(dec2) * math.cos(ra1 - ra2)
    return math.degrees(math.acos(min(1.0, cosine)))


@pytest.mark.parametrize(("ra", "dec"), [(83.6, 22.5), (0.1, 0.0), (359.9, -60.0), (10.0, 89.0)])
def test_the_region_lies_around_the_field_of_view(ra, dec):
    vertices = corners(ra, dec, 2.5)
    assert len(vertices) == 8
    # tan r = tan R cos(pi / n) for the polygon around a circle on the sphere.
    around = math.degrees(math.atan(math.tan(math.radians(2.5)) / math.cos(math.pi / 8)))
    for vertex in vertices:
        assert separation((ra, dec), vertex) == pytest.approx(around, rel=1e-6)
        assert 0 <= vertex[0] <= 360


def test_versions_of_the_file_win_over_those_of_the_collection():
    said = Processing("cal-1", "reco-1", "Hillas", "std", "PL", "good")
    collection = replace(COLLECTION, processing=said)
    made = processing_row(OBS, collection)
    del made["processing_id"]
    assert list(made.values()) == ["cal-1", "reco-1", "Hillas", "std", "PL", "good"]
    own = replace(OBS, calib_version="cal-2", analysis_version="reco-2", quality=0)
    made = processing_row(own, collection)
    assert (made["calib_version"], made["reco_version"]) == ("cal-2", "reco-2")
    assert made["data_quality"] == "0"


def test_the_same_processing_has_the_same_key_and_another_another():
    key = processing_row(OBS, COLLECTION)["processing_id"]
    assert processing_row(replace(OBS, obs_id="8"), COLLECTION)["processing_id"] == key
    assert processing_row(replace(OBS, quality=1), COLLECTION)["processing_id"] != key
    assert processing_row(OBS, replace(COLLECTION, name="D"))["processing_id"] == key


def test_the_analysis_mode_is_method_and_cuts_or_event_class():
    both = replace(COLLECTION, processing=Processing(reco_method="ImPACT", applied_cuts="loose"))
    method = replace(COLLECTION, processing=Processing(reco_method="ImPACT"))
    assert row(both)["analysis_mode"] == "ImPACT-loose"
    assert row(method)["analysis_mode"] == "ImPACT-std"
    assert row()["analysis_mode"] == "std"


@pytest.mark.parametrize(
    ("release", "until"),
    [
        (datetime(2099, 1, 1), datetime(2099, 1, 1)),
        # Its date has passed: it is stored where all others are.
        (datetime(2020, 1, 1), None),
    ],
)
def test_what_is_hidden_is_hidden_until_its_release(release, until):
    hides = replace(COLLECTION, release_date=release, hide_until_release=True)
    assert row(hides)["hidden_until"] == until
    assert row(replace(hides, hide_until_release=False))["hidden_until"] is None

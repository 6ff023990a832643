"""Real files: what became of each, and values that another program found in three of them."""

import csv
import json

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

pytestmark = pytest.mark.realdata

RUNS = {
    "hess_23523": ("HESS-DL3-DR1", "23523"),
    "cta_110380": ("CTA-1DC", "110380"),
    "magic_05029747": ("MAGIC-RADMAX", "5029747"),
}
MILLISECOND = 1e-3 / 86400


@pytest.fixture(scope="module")
def reference(real_data):
    return json.loads((real_data / "reference.json").read_text(encoding="utf-8"))["obscore"]


@pytest.fixture(scope="module", params=["sync", "async"])
def rows(request, archive, real_data):
    """The rows of the three observations, by the name that the reference has for them."""
    wanted = " OR ".join(
        f"(obs_collection = '{collection}' AND obs_id = '{obs_id}')"
        for collection, obs_id in RUNS.values()
    )
    query = f"SELECT * FROM cta.vo_obscore WHERE {wanted}"
    run = archive.tap.run_sync if request.param == "sync" else archive.tap.run_async
    found = {(row["obs_collection"], row["obs_id"]): row for row in run(query)}
    return {name: found[key] for name, key in RUNS.items()}


@pytest.fixture(params=list(RUNS))
def pair(request, rows, reference):
    """The row of one observation, and what the reference says about it."""
    return rows[request.param], reference[request.param]


def test_positions_agree(pair):
    row, expected = pair
    assert row["s_ra"] == pytest.approx(expected["s_ra_icrs"], abs=1e-6, rel=0)
    assert row["s_dec"] == pytest.approx(expected["s_dec_icrs"], abs=1e-6, rel=0)
    assert row["s_fov"] == pytest.approx(expected["s_fov_deg"], abs=1e-6, rel=0)


def test_regions_touch_the_reference_circle_from_outside(pair):
    """By astropy, as the reference's polygon has another number of vertices."""
    row, expected = pair
    frame, *numbers = row["s_region"].removeprefix("Polygon ").split()
    assert frame == "ICRS"
    centre = SkyCoord(expected["s_ra_icrs"], expected["s_dec_icrs"], unit="deg")
    ra, dec = np.array(numbers, float).reshape(-1, 2).T
    vertices = SkyCoord(ra, dec, unit="deg")
    assert len(vertices) == 8
    # From north to east, as those of the reference.
    angles = centre.position_angle(vertices).to_value("deg")
    assert (angles - np.arange(8) * 45.0 + 180) % 360 - 180 == pytest.approx(0, abs=1e-5)
    # The middle of each edge, a great circle, is where it touches the field of view.
    edges = vertices.cartesian + np.roll(vertices, -1).cartesian
    middles = SkyCoord(edges, representation_type="cartesian").represent_as("unitspherical")
    radii = centre.separation(SkyCoord(middles)).to_value("deg")
    assert radii == pytest.approx(expected["s_fov_deg"] / 2, abs=1e-6)


@pytest.mark.parametrize("column", ["t_min", "t_max"])
def test_times_are_mjd_in_tt(pair, column):
    row, expected = pair
    assert row[column] == pytest.approx(expected[column]["tt_mjd"], abs=MILLISECOND, rel=0)


def test_exposure_and_events_agree(pair):
    row, expected = pair
    # ObsCore's t_exptime is a single-precision number in DaCHS.
    assert row["t_exptime"] == pytest.approx(expected["t_exptime_livetime_s"], abs=1e-3)
    assert row["ev_xel"] == expected["ev_xel"]


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("energy_min", "energy_min_eV"),
        ("energy_max", "energy_max_eV"),
        ("em_min", "em_min_m"),
        ("em_max", "em_max_m"),
    ],
)
def test_energies_and_wavelengths_agree(pair, column, key):
    row, expected = pair
    assert row[column] == pytest.approx(expected["em_safe"][key], rel=1e-6, abs=0)


def test_resolutions_agree_at_the_reference_energy_and_offset(pair):
    row, expected = pair
    offset = expected["s_ref_oaa_deg"]
    (dispersion,) = [at for at in expected["edisp"] if at["offset_deg"] == offset]
    assert row["em_res_power"] == pytest.approx(dispersion["em_res_power_1_over_sigma68"], rel=0.02)
    assert row["em_ref_energy"] == pytest.approx(expected["s_ref_energy_eV"])
    assert row["em_ref_oaa"] == pytest.approx(offset)
    if expected["psf"] is None:
        assert np.isnan(row["s_resolution"])
        assert np.isnan(row["s_ref_oaa"])
        return
    (psf,) = [at for at in expected["psf"] if at["offset_deg"] == offset]
    assert row["s_resolution"] == pytest.approx(psf["fwhm_profile_arcsec"], rel=0.02)
    assert row["s_ref_energy"] == pytest.approx(expected["s_ref_energy_eV"])
    assert row["s_ref_oaa"] == pytest.approx(offset)


@pytest.fixture(scope="module")
def became(archive, real_data):
    """What is expected of each file, and what became of it."""
    with (real_data / "expected-ingest.csv").open(encoding="utf-8") as stream:
        expected = {line["path"]: line for line in csv.DictReader(stream)}
    return expected, archive.files(real_data)


def test_every_file_is_accounted_for(became):
    expected, found = became
    assert len(expected) == 112
    assert found.keys() == expected.keys()


@pytest.mark.parametrize("column", ["class", "obs_collection"])
def test_every_file_ends_as_it_must(became, column):
    expected, found = became
    different = {
        path: (line[column], found[path][column])
        for path, line in expected.items()
        if found[path][column] != line[column]
    }
    assert different == {}


def test_every_file_is_about_the_run_that_it_says(became):
    expected, found = became
    different = {
        path: (line["obs_id"], found[path]["obs_id"])
        for path, line in expected.items()
        if found[path]["obs_id"] != line["obs_id"]
    }
    assert different == {}


def test_every_quarantined_file_has_a_reason_and_a_place(became):
    _, found = became
    refused = [line for line in found.values() if line["class"] == "quarantined"]
    assert refused
    assert all(len(line["reason"]) > 10 and line["hdu"] for line in refused)


def test_targets_have_the_names_that_astronomers_write(archive, real_data):
    found = archive.rows(
        "SELECT DISTINCT target_name FROM cta.vo_obscore WHERE obs_collection = 'HESS-DL3-DR1'"
    )
    assert {row["target_name"] for row in found} >= {"Crab Nebula", "PKS 2155-304", "MSH 15-52"}


def test_what_was_assumed_about_a_file_can_be_asked(archive, real_data):
    topics = {
        (row["obs_collection"], row["topic"])
        for row in archive.rows(
            "SELECT DISTINCT obs_collection, topic FROM cta.assumption WHERE statement IS NOT NULL"
        )
    }
    collections = {collection for collection, _ in topics}
    assert {"HESS-DL3-DR1", "CTA-1DC", "MAGIC-RADMAX", "MAGIC-JOINT-CRAB"} <= collections
    assert {topic for collection, topic in topics if collection == "CTA-1DC"} >= {
        "site", "times", "telescopes",
    }  # fmt: skip


def test_responses_in_a_shared_file_are_products_of_each_run(archive, real_data):
    found = archive.rows(
        "SELECT obs_id, kind, path, sha256 FROM cta.product WHERE obs_collection = 'CTA-1DC'"
        " AND kind = 'psf'"
    )
    assert len(found) == 4
    assert {row["path"].rpartition("/")[2] for row in found} == {"irf_file.fits"}
    assert len({row["sha256"] for row in found}) == 1

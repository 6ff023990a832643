"""Real DL3 files against values that were computed by other means."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iact.dl3.frames import circumscribed_polygon
from iact.dl3.index import IndexTables, read_indexes
from iact.dl3.observation import FileReport, Observation, ReadingRules
from iact.dl3.read import read_file

DATA = Path(__file__).parents[4] / "shared" / "data"
MS_IN_DAYS = 1e-3 / 86400
MAGIC = ReadingRules(fov_radius_deg=1.75)
COLLECTIONS = (
    ("cta-1dc/", "CTA-1DC", ReadingRules()),
    ("hawc/", "HAWC-CRAB-PASS4", ReadingRules(time_offset_s=19.0)),
    ("hess-dl3-dr1/", "HESS-DL3-DR1", ReadingRules()),
    ("tests/", "HESS-DL3-DR1", ReadingRules()),
    ("joint-crab/", "MAGIC-JOINT-CRAB", MAGIC),
    ("magic/", "MAGIC-RADMAX", MAGIC),
)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real DL3 files are not here"),
]


def choose(path: str, cards: Mapping[str, object]) -> tuple[str, ReadingRules]:
    return next((name, rules) for start, name, rules in COLLECTIONS if path.startswith(start))


@pytest.fixture(scope="module")
def indexes() -> IndexTables:
    files = (path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file())
    return read_indexes(DATA, sorted(files))


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((DATA / "reference.json").read_text())
    return values


def read(path: str, indexes: IndexTables | None = None) -> FileReport:
    return read_file(DATA, path, choose, indexes.hint(path) if indexes else None)


def observed(report: FileReport) -> Observation:
    assert report.observation is not None, report.reason
    return report.observation


def expected_files() -> list[dict[str, str]]:
    if not DATA.is_dir():
        return []
    with (DATA / "expected-ingest.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("expected", expected_files(), ids=lambda row: row["path"])
def test_every_file_is_what_it_is(expected: dict[str, str], indexes: IndexTables) -> None:
    report = read(expected["path"], indexes)
    # Copies of other files are found when the archive is filled, not here.
    copy = expected["class"] == "duplicate" or "other bytes" in expected["note"]
    assert report.kind == ("observation" if copy else expected["class"]), report.reason
    if report.kind == "observation":
        found = (report.collection, report.obs_id)
        assert found == (expected["obs_collection"], expected["obs_id"])


HESS = "hess-dl3-dr1/data/hess_dl3_dr1_obs_id_023523.fits.gz"
CTA = "cta-1dc/data/baseline/gps/gps_baseline_110380.fits"
MAGIC_FILE = "magic/rad_max/data/20131004_05029747_DL3_CrabNebula-W0.40+035.fits"
REFERENCES = {"hess_23523": HESS, "cta_110380": CTA, "magic_05029747": MAGIC_FILE}


@pytest.mark.parametrize("indexed", [True, False], ids=["with indexes", "without"])
@pytest.mark.parametrize("name", REFERENCES)
def test_values_of_reference_observations(
    name: str, indexed: bool, indexes: IndexTables, reference: dict[str, Any]
) -> None:
    expected = reference["obscore"][name]
    found = observed(read(REFERENCES[name], indexes if indexed else None))
    assert found.ra_pnt == pytest.approx(expected["s_ra_icrs"], abs=1e-6)
    assert found.dec_pnt == pytest.approx(expected["s_dec_icrs"], abs=1e-6)
    assert found.t_start == pytest.approx(expected["t_min"]["tt_mjd"], abs=MS_IN_DAYS)
    assert found.t_stop == pytest.approx(expected["t_max"]["tt_mjd"], abs=MS_IN_DAYS)
    assert found.livetime == pytest.approx(expected["t_exptime_livetime_s"], abs=1e-6)
    assert found.ontime == pytest.approx(expected["ontime_s"], abs=1e-6)
    assert found.n_events == expected["ev_xel"]
    assert found.fov_radius == expected["s_fov_deg"] / 2
    safe = expected["em_safe"]
    assert found.energy_min == pytest.approx(safe["energy_min_eV"], rel=1e-6)
    assert found.energy_max == pytest.approx(safe["energy_max_eV"], rel=1e-6)
    assert found.energy_source.startswith("safe range")
    assert found.ref_offset == expected["s_ref_oaa_deg"]
    assert found.ref_energy == expected["s_ref_energy_eV"]
    at_offset = [row for row in expected["edisp"] if row["offset_deg"] == expected["s_ref_oaa_deg"]]
    power = at_offset[0]["em_res_power_1_over_sigma68"]
    assert found.em_res_power == pytest.approx(power, rel=0.02)
    if expected["psf"] is None:
        assert found.s_resolution is None
    else:
        widths = {row["offset_deg"]: row["fwhm_profile_arcsec"] for row in expected["psf"]}
        assert found.s_resolution == pytest.approx(widths[found.ref_offset], rel=0.02)


@pytest.mark.parametrize("name", REFERENCES)
def test_region_polygons(name: str, reference: dict[str, Any]) -> None:
    expected = reference["obscore"][name]
    corners = np.array(expected["s_region_polygon_dali"].split(), dtype=float).reshape(-1, 2)
    centre = expected["s_ra_icrs"], expected["s_dec_icrs"]
    polygon = circumscribed_polygon(*centre, expected["s_fov_deg"] / 2, vertices=len(corners))
    assert np.allclose(polygon, corners, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        *(("hess_23523", offset) for offset in (0.0, 0.5, 1.0)),
        *(("cta_110380", offset) for offset in (0.5, 1.0, 1.5)),
    ],
)
def test_resolutions_at_other_offsets(
    name: str, offset: float, indexes: IndexTables, reference: dict[str, Any]
) -> None:
    expected = reference["obscore"][name]
    widths = {row["offset_deg"]: row["fwhm_profile_arcsec"] for row in expected["psf"]}
    powers = {row["offset_deg"]: row["em_res_power_1_over_sigma68"] for row in expected["edisp"]}
    path = REFERENCES[name]
    rules = ReadingRules(ref_offset_deg=offset)
    report = read_file(DATA, path, lambda _path, _cards: ("X", rules), indexes.hint(path))
    assert observed(report).s_resolution == pytest.approx(widths[offset], rel=0.02)
    assert observed(report).em_res_power == pytest.approx(powers[offset], rel=0.02)


def test_every_event_file_has_the_times_of_the_inventory(indexes: IndexTables) -> None:
    with (DATA / "inventory.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["gti_start_tt_mjd"]]
    compared = 0
    for row in rows:
        if row["path"].startswith("hawc/"):
            continue
        report = read(row["path"], indexes)
        if report.observation is None:
            continue
        found = report.observation
        assert found.t_start == pytest.approx(float(row["gti_start_tt_mjd"]), abs=2e-9), row["path"]
        assert found.t_stop == pytest.approx(float(row["gti_stop_tt_mjd"]), abs=2e-9), row["path"]
        assert (found.n_events, len(found.gti)) == (int(row["n_events"]), int(row["n_gti"]))
        assert (report.size, report.sha256) == (int(row["bytes"]), row["sha256"])
        compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("020136", "MSH 15-52"),
        ("020151", "MSH 15-52"),
        ("020275", "3C 273"),
        ("020326", "RX J1713.7-3946"),
        ("023523", "Crab Nebula"),
        ("033787", "PKS 2155-304"),
        ("047802", "PKS 2155-304"),
    ],
)
def test_targets_of_hess_runs(run: str, name: str, indexes: IndexTables) -> None:
    path = f"hess-dl3-dr1/data/hess_dl3_dr1_obs_id_{run}.fits.gz"
    assert observed(read(path, indexes)).target_name == name


def test_cta_run_tells_what_was_assumed(indexes: IndexTables) -> None:
    report = read(CTA, indexes)
    found = observed(report)
    topics = {(note.topic, note.keyword) for note in found.assumptions}
    assert {
        ("times", "TSTOP"),
        ("site", "ALT_PNT"),
        ("site", "ALTITUDE"),
        ("target", "RA_OBJ"),
        ("telescopes", "TELLIST"),
        ("responses", ""),
    } <= topics
    assert found.site_alt == 2150.0
    assert {product.path for product in found.products if product.kind == "psf"} == {
        "cta-1dc/caldb/data/cta/1dc/bcf/South_z20_50h/irf_file.fits"
    }
    assert observed(read(CTA)).products == found.products


def test_hawc_lists_are_two_parts_of_one_drift_scan(indexes: IndexTables) -> None:
    folder = "hawc/crab_events_pass4/events/"
    found = [
        observed(read(f"{folder}EventList_Crab_fHitbin{part}GP.fits.gz", indexes)) for part in "89"
    ]
    assert [one.event_type for one in found] == ["8", "9"]
    assert {one.obs_id for one in found} == {"chunks 103 - 133"}
    for one in found:
        assert (one.obs_mode, one.tracking_mode) == ("drift", "fixed-az-el-transit")
        assert (one.ra_pnt, one.fov_radius, one.pointing_mode) == (None, None, "")
        assert len(one.gti) == 39250
        # 1118094970.450974 s of GPS after 1980-01-06 that is counted in TAI.
        assert one.t_start == pytest.approx(44244 + (1118094970.450974 + 51.184) / 86400, abs=1e-8)
        assert {product.kind for product in one.products} == {
            *("package", "events", "gti", "aeff", "edisp", "psf", "bkg")
        }


def test_joint_crab_run_has_what_its_odd_cards_say(indexes: IndexTables) -> None:
    found = observed(read("joint-crab/dl3/magic/run_05029748_DL3.fits", indexes))
    assert (found.telescopes, found.n_telescopes) == (("MAGIC-I", "MAGIC-II"), 2)
    assert (found.fov_radius, found.fov_source) == (1.75, "configuration")
    assert found.target_name == "Crab Nebula"
    assert found.obs_mode == "unknown"

"""Packages of many datasets: what is in them, and for whom."""

import json

import pytest
from gammapy.data import DataStore

from service.packagerequests import (
    DID,
    PROPRIETARY,
    PUBLIC,
    SIMULATED,
    address,
    left_out,
    runs_in,
    unpacked,
)
from service.spectra import expected_counts, spectrum_counts


def test_nobody_gets_the_public_runs_of_a_query(archive, challenge, tmp_path):
    made = unpacked(address(archive, QUERY=SIMULATED), tmp_path)
    assert runs_in(made) == list(PUBLIC)
    for path in (made / "data").rglob("sim_*"):
        assert path.read_bytes() == (challenge / "north" / path.name).read_bytes()
    assert left_out(made) == {DID.format(run): "The data are proprietary." for run in PROPRIETARY}
    assert "Licence\n    CC0 1.0" in (made / "terms" / "SIM-CTAO-N.txt").read_text()
    readme = (made / "README.txt").read_text()
    assert SIMULATED in readme and "4 observations in 4 files" in readme


def test_a_member_gets_more_than_a_stranger(archive, member, stranger, tmp_path):
    for user, runs in ((member.auth, PUBLIC + PROPRIETARY), (stranger.auth, PUBLIC)):
        folder = tmp_path / user[0]
        folder.mkdir()
        made = unpacked(address(archive, user, QUERY=SIMULATED), folder, user)
        assert runs_in(made) == list(runs)
        assert set(left_out(made)) == {DID.format(run) for run in {*PUBLIC, *PROPRIETARY} - {*runs}}


def test_a_package_does_not_tell_who_asked_for_it(archive, stranger, tmp_path):
    made = address(archive, stranger.auth, QUERY=SIMULATED)
    # Nor is it another one for that.
    assert made == address(archive, QUERY=SIMULATED)
    folder = unpacked(made, tmp_path)
    texts = [path.read_bytes() for path in folder.rglob("*.txt")]
    assert len(texts) == 3
    assert not any(stranger.name.encode() in text for text in texts)


def test_gammapy_opens_the_unpacked_folder(archive, member, tmp_path):
    made = unpacked(address(archive, member.auth, QUERY=SIMULATED), tmp_path, member.auth)
    store = DataStore.from_dir(made)
    observations = store.get_observations(required_irf="full-enclosure")
    assert [int(found.obs_id) for found in observations] == [*map(int, PUBLIC + PROPRIETARY)]
    rows = {
        row["obs_id"]: row
        for row in archive.rows(f"{SIMULATED.replace('obs_publisher_did', '*')} ORDER BY obs_id")
    }
    for found in observations:
        row = rows[str(found.obs_id)]
        assert len(found.events.table) == row["ev_xel"]
        assert found.gti.time_start[0].tt.mjd == pytest.approx(row["t_min"], abs=1e-9)
        assert found.pointing.fixed_icrs.ra.deg == pytest.approx(row["s_ra"])
        assert found.aeff.data.max() > 0
    table = store.obs_table
    assert table.time_start.tt.mjd == pytest.approx([row["t_min"] for row in rows.values()])
    assert list(table["OBS_COLLECTION"]) == ["SIM-CTAO-N"] * len(rows)


@pytest.mark.parametrize(
    "columns", ["obs_id, obs_collection", "event_type, obs_id, obs_collection"]
)
def test_keys_name_observations_too(archive, tmp_path, columns):
    made = unpacked(
        address(archive, QUERY=SIMULATED.replace("obs_publisher_did", columns)), tmp_path
    )
    assert runs_in(made) == list(PUBLIC)
    assert set(left_out(made)) == {DID.format(run) for run in PROPRIETARY}


def test_ivoa_obscore_can_be_asked_too(archive, tmp_path):
    query = SIMULATED.replace("cta.vo_obscore", "ivoa.obscore").replace("SELECT", "SELECT TOP 2")
    assert len(runs_in(unpacked(address(archive, QUERY=f"{query} ORDER BY obs_id"), tmp_path))) == 2


def test_ten_thousand_identifiers_are_answered(archive, tmp_path):
    dids = [DID.format(PUBLIC[0]), *(f"ivo://x/{number}" for number in range(9_999))]
    made = unpacked(address(archive, method="POST", ID=dids), tmp_path)
    assert runs_in(made) == [PUBLIC[0]]
    assert len(left_out(made)) == 9_999


@pytest.mark.realdata
def test_a_package_of_many_instruments_gives_the_spectrum_of_its_sources(
    archive, real_data, tmp_path
):
    """With responses in files of their own, and collections mixed."""
    query = (
        "SELECT obs_collection, obs_id FROM cta.vo_obscore WHERE"
        " obs_collection IN ('CTA-1DC', 'MAGIC-RADMAX')"
        " OR (obs_collection = 'HESS-DL3-DR1' AND target_name LIKE 'Crab%')"
    )
    made = unpacked(address(archive, QUERY=query), tmp_path)
    store = DataStore.from_dir(made)
    observations = store.get_observations(required_irf="all-optional")
    assert len(observations) == len(store.obs_table) == 10
    assert all(found.aeff is not None for found in observations)
    # One file of responses for four runs.
    assert len(list(made.rglob("irf_file.fits*"))) == 1
    reference = json.loads((real_data / "reference.json").read_text())
    crab = reference["hess"]["gammapy"]["crab_1d"]
    assert spectrum_counts(store, crab) == expected_counts(crab)

"""Collections that are ready-made: what they hold, and which files belong to them."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest

from iact.archive.collections import INSTRUMENTS, CollectionSet, Rights

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_the_ready_made_collections_load_with_their_sites():
    known = CollectionSet.load(INSTRUMENTS)
    assert set(known.names) == {
        "CTAO-NORTH", "CTAO-SOUTH", "CTA-1DC", "HESS-DL3-DR1", "MAGIC-RADMAX",
        "MAGIC-JOINT-CRAB", "VERITAS", "HAWC-CRAB-PASS4", "SIM-CTAO-N", "SIM-CTAO-S",
    }  # fmt: skip
    assert known.sites["CTAO-South"].longitude == pytest.approx(-70.316344)
    assert all(collection.site in known.sites for collection in known.collections)


def test_the_example_explains_every_key_there_is():
    import json

    from iact.archive.configfile import SCHEMAS

    schema = json.loads((SCHEMAS / "collection.json").read_text(encoding="utf-8"))
    text = (INSTRUMENTS / "example.yaml").read_text(encoding="utf-8")
    parts = schema["properties"]
    keys = [*parts, *parts["reading"]["properties"], *parts["processing"]["properties"],
            *parts["proposals"]["additionalProperties"]["properties"]]  # fmt: skip
    assert [key for key in keys if f"{key}:" not in text] == []


@pytest.mark.parametrize("array", ["N", "S"])
def test_simulated_data_have_public_kept_and_dated_runs(array):
    known = CollectionSet.load(INSTRUMENTS)
    chosen = known.choose("x.fits", {"TELESCOP": "CTAO-SIM", "INSTRUME": f"SIM-{array}"})
    assert (chosen.name, chosen.instrument_name) == (f"SIM-CTAO-{array}", f"CTAO-{array}")
    assert chosen.simulated
    assert chosen.rules.proposal_keyword == "PROP_ID"
    assert chosen.rights() == Rights("public")
    assert chosen.rights("SIM-P001") == Rights("proprietary", None, "sim-crab")
    assert chosen.rights("SIM-P002") == Rights("proprietary", None, "sim-pks")
    future = Rights("proprietary", datetime(2100, 1, 1), "sim-survey")
    assert chosen.rights("SIM-P003") == future


@pytest.mark.parametrize(
    ("telescop", "instrume", "name"),
    [
        ("CTAO", "CTAO-N", "CTAO-NORTH"),
        ("CTAO", "CTAO-S/alpha", "CTAO-SOUTH"),
        ("CTAO-S", None, "CTAO-SOUTH"),
        ("CTAO", "", "CTAO"),
        ("VERITAS", "VERITAS", "VERITAS"),
        ("HESS", "H.E.S.S. Phase I", "HESS"),
        ("MAGIC", "MAGIC stereo", "MAGIC"),
    ],
)
def test_data_of_an_observatory_are_not_taken_for_its_public_release(telescop, instrume, name):
    known = CollectionSet.load(INSTRUMENTS)
    chosen = known.choose("x.fits", {"TELESCOP": telescop, "INSTRUME": instrume})
    assert chosen.name == name
    assert chosen.data_rights == "proprietary"


@pytest.mark.realdata
@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data")
def test_real_files_belong_to_the_collections_that_are_expected():
    from astropy.io import fits

    known = CollectionSet.load(INSTRUMENTS)
    with (REAL / "expected-ingest.csv").open(encoding="utf-8") as stream:
        expected = {
            row["path"]: row["obs_collection"]
            for row in csv.DictReader(stream)
            if row["obs_collection"]
        }
    assert len(expected) > 40
    found = {
        path: known.choose(path, fits.getheader(REAL / path, "EVENTS")).name for path in expected
    }
    assert found == expected
    # Nor does it depend on where below the data root they are.
    moved = {
        path: known.choose("x.fits", dict(fits.getheader(REAL / path, "EVENTS")))
        for path in expected
    }
    assert {path: chosen.name for path, chosen in moved.items()} == expected
    assert {chosen.data_rights for chosen in moved.values()} == {"public"}

"""The rows that one observation makes in the normalised tables."""

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from iact.archive.collection import Proposal
from iact.archive.collections import Collection, Site
from iact.archive.load import COPY_ORDER, NAME_KEYS, copy_text
from iact.archive.rows import name_rows, observation_rows
from iact.archive.visibility import OF_OBSERVATIONS
from iact.dl3.observation import Assumption, FileReport, Observation, Product

OBS = Observation(
    obs_id="7",
    ra_pnt=83.6,
    dec_pnt=22.5,
    alt_pnt=60.0,
    az_pnt=180.0,
    t_start=53343.9,
    t_stop=53344.0,
    gti=np.array([[53343.9, 53343.95], [53343.96, 53344.0]]),
    ontime=1000.0,
    livetime=950.0,
    deadc=0.95,
    telescopes=("1", "2", "4"),
    n_telescopes=3,
    fov_radius=2.5,
    obs_mode="wobble",
    obs_mode_header="WOBBLE",
    products=(
        Product("package", "d/run.fits", "", 0, "", 5000, "aa"),
        Product("events", "d/run.fits", "EVENTS", 1, "events", 3000, "bb"),
        Product("psf", "irf.fits", "PSF", 3, "psf_table", 1000, "cc"),
    ),
    assumptions=(Assumption("times", "The GTI was taken.", "EVENTS", "TSTOP"),),
)
REPORT = FileReport("d/run.fits", "observation", 5000, 1, "aa", "C", OBS, "7")
COLLECTION = Collection("C", "Title", site="S", data_rights="public", run_type="science")


def rows(report=REPORT, collection=COLLECTION):
    return observation_rows(report, collection, "root", "x.test")


def with_observation(**changes):
    return replace(REPORT, observation=replace(OBS, **changes))


def test_a_report_without_an_observation_is_refused():
    with pytest.raises(ValueError, match="no observation in a report of kind response"):
        rows(FileReport("irf.fits", "response", 1, 1, ""))


def test_every_table_about_observations_gets_its_rows():
    assert {table: len(made) for table, made in rows().items()} == {
        "processing": 1, "observation": 1, "obs_config": 1, "gti": 2, "product": 3,
        "assumption": 1, "provenance": 1, "obscore_row": 1,
    }  # fmt: skip
    assert set(rows()) <= {*NAME_KEYS, *COPY_ORDER}


def test_all_rows_about_the_observation_carry_its_key():
    made = rows(with_observation(event_type="8"))
    del made["processing"]
    for table in made.values():
        for row in table:
            assert (row["obs_collection"], row["obs_id"], row["event_type"]) == ("C", "7", "8")


def test_good_time_intervals_are_numbered_and_plain_numbers():
    first, second = rows()["gti"]
    assert (first["interval_no"], first["t_start"], first["t_stop"]) == (1, 53343.9, 53343.95)
    assert (second["interval_no"], second["t_start"], second["t_stop"]) == (2, 53343.96, 53344.0)
    assert type(first["t_start"]) is float


def test_products_say_where_they_are_and_have_identifiers_of_their_own():
    package, events, psf = rows()["product"]
    assert (package["path"], package["hdu"], package["hdu_class"]) == ("d/run.fits", None, None)
    assert events["obs_publisher_did"] == "ivo://x.test/~?cta/C/7/events"
    assert package["content_type"] == psf["content_type"] == "application/fits"
    other = observation_rows(REPORT, COLLECTION, "root", "x.test", "application/x-fits-gadf")
    assert {row["content_type"] for row in other["product"]} == {"application/x-fits-gadf"}
    assert psf["obs_publisher_did"] == "ivo://x.test/~?cta/C/7/psf"
    assert (psf["path"], psf["hdu"], psf["hdu_number"], psf["sha256"]) == (
        "irf.fits",
        "PSF",
        3,
        "cc",
    )
    assert {row["data_root"] for row in (package, events, psf)} == {"root"}


def test_the_observation_points_to_its_file_and_its_processing():
    made = rows()
    (observation,), (processing,) = made["observation"], made["processing"]
    assert (observation["data_root"], observation["path"]) == ("root", "d/run.fits")
    assert observation["processing_id"] == processing["processing_id"]
    assert observation["obs_publisher_did"] == made["obscore_row"][0]["obs_publisher_did"]


def test_the_configuration_has_what_the_telescopes_did():
    (config,) = rows()["obs_config"]
    assert (config["telescopes"], config["n_telescopes"]) == ("1,2,4", 3)
    assert (config["fov"], config["zen_pnt"], config["site"]) == (5.0, 30.0, "S")
    assert (config["obs_mode"], config["obs_mode_header"]) == ("wobble", "WOBBLE")


def test_what_is_not_known_is_null_not_empty():
    bare = Observation("7", t_start=53343.9, t_stop=53344.0)
    made = rows(replace(REPORT, observation=bare), Collection("C", "T"))
    for table in ("observation", "obs_config"):
        (row,) = made[table]
        empty = {name for name, value in row.items() if value == ""}
        assert empty == {"event_type"}
    (config,) = made["obs_config"]
    assert (config["zen_pnt"], config["fov"], config["telescopes"]) == (None, None, None)
    assert made["gti"] == made["product"] == made["assumption"] == []


def test_assumptions_are_numbered_and_kept_as_they_were_said():
    (row,) = rows()["assumption"]
    assert (row["assumption_no"], row["topic"], row["statement"]) == (
        1, "times", "The GTI was taken.",
    )  # fmt: skip
    assert (row["hdu"], row["keyword"]) == ("EVENTS", "TSTOP")


def test_the_provenance_record_is_json_about_this_file():
    (row,) = rows()["provenance"]
    record = json.loads(row["prov_json"])
    assert record["entity"][row["obs_publisher_did"]]["prov:location"] == "d/run.fits[EVENTS]"


def test_all_rows_can_be_written_for_copy():
    for table, made in rows().items():
        assert copy_text(made).count("\n") == len(made), table


def test_sites_collections_and_proposals_have_their_rows():
    proposals = {"P1": Proposal("P1", title="A title"), "P2": Proposal("P2")}
    made = name_rows(
        [
            replace(COLLECTION, proposals=proposals, references=("a", "b"), licence="CC0 1.0"),
            replace(COLLECTION, name="D", open_previews=True),
        ],
        [Site("S", "The site", 16.5, -23.3, 1835.0)],
    )
    assert made["site"] == [
        {"site": "S", "site_title": "The site", "site_lon": 16.5, "site_lat": -23.3,
         "site_alt": 1835.0}
    ]  # fmt: skip
    collection, other = made["collection"]
    assert (collection["open_previews"], other["open_previews"]) == (False, True)
    assert (collection["bib_reference"], collection["licence"]) == ("a b", "CC0 1.0")
    assert (collection["creator"], collection["terms_of_use"]) == (None, None)
    assert [(row["proposal_id"], row["proposal_title"]) for row in made["proposal"]] == [
        ("P1", "A title"), ("P2", None),
    ]  # fmt: skip


def test_hidden_rows_go_where_no_user_sees_them():
    until = datetime(2099, 1, 1)
    hides = replace(
        COLLECTION, release_date=until, hide_until_release=True, proposals={"P1": Proposal("P1")}
    )
    made = rows(collection=hides)
    assert not {"obscore_row", "product"} & set(made)
    assert made["product_hidden"]
    for table in ("obscore_hidden", "product_hidden", *OF_OBSERVATIONS):
        # Each row says so itself: no policy has to look it up.
        assert {row["hidden_until"] for row in made.get(table, ())} <= {until}
    assert [row["hidden_until"] for row in made["obscore_hidden"]] == [until]
    seen = replace(hides, hide_until_release=False)
    for collection, hidden in ((hides, until), (seen, None)):
        # A proposal that is not hidden any more must lose its date in the table.
        (proposal,) = name_rows([collection], [])["proposal"]
        assert (proposal["proposal_id"], proposal["hidden_until"]) == ("P1", hidden)

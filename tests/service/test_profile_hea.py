"""What profile hea shows: lists, bundles and responses."""

import time
from collections import Counter

import pytest

from iact.archive.visibility import OUTDATED, UNPROTECTED
from service.test_profiles import kinds


@pytest.fixture(scope="module")
def hea(archive):
    """The archive in profile hea, with the seconds that it took; back in rec afterwards."""
    start = time.monotonic()
    done = archive.cta("profile", "hea")
    assert done.returncode == 0, done.stderr
    yield time.monotonic() - start
    done = archive.cta("profile", "rec")
    assert done.returncode == 0, done.stderr


def test_profile_hea_has_lists_bundles_and_responses_without_ingestion(archive, hea):
    assert hea < 20
    products = Counter(row["kind"] for row in archive.rows("SELECT kind FROM cta.product"))
    found = kinds(archive, "cta.vo_obscore")
    names = {"aeff": "aeff", "edisp": "edisp", "psf": "psf", "bkg": "bkgrate", "rad_max": "rad_max"}
    for kind, name in names.items():
        assert found.pop(("response-function", name), 0) == products[kind]
    assert found.pop(("hea-event-list", "event-list")) == products["events"]
    # Where the responses are in files of their own, the list's file is no bundle.
    assert 24 <= found.pop(("hea-event-bundle", "event-bundle")) <= products["package"]
    assert not found


def test_both_tables_show_the_same_profile(archive, hea):
    assert kinds(archive, "cta.vo_obscore") == kinds(archive, "ivoa.obscore")


def test_the_server_need_not_be_started_anew(archive, hea):
    assert "have changed since" not in archive.cta("start").stdout


def test_ingestion_makes_anew_what_hides_observations(archive, hea, folder):
    """Though the views of this profile are built on it."""
    archive.sql("DROP POLICY visible ON cta.product")
    archive.sql("COMMENT ON TABLE cta.obscore_hidden IS 'another version'")
    done = archive.cta("ingest", folder)
    assert done.returncode == 0, done.stderr
    assert archive.sql(UNPROTECTED) == archive.sql(OUTDATED) == []


def test_values_of_a_bundle_are_those_of_its_list_and_responses_have_no_events(archive, hea):
    row = "SELECT * FROM cta.vo_obscore WHERE obs_id = '101001' AND dataproduct_subtype = '{}'"
    (bundle,), (events,), (aeff,) = (
        archive.rows(row.format(kind)) for kind in ("event-bundle", "event-list", "aeff")
    )
    assert bundle["ev_xel"] == events["ev_xel"] > 0
    with_events = "SELECT DISTINCT dataproduct_type FROM cta.vo_obscore WHERE ev_xel IS NOT NULL"
    assert {row["dataproduct_type"] for row in archive.rows(with_events)} == {
        "hea-event-list",
        "hea-event-bundle",
    }
    assert bundle["o_ucd"] == events["o_ucd"] == "pos.eq#time#em.energy"
    for name in ("s_ra", "t_min", "energy_max", "obs_mode", "s_region"):
        assert bundle[name] == events[name] == aeff[name]


def test_a_response_has_no_exposure_nor_what_another_one_says(archive, hea):
    query = (
        "SELECT dataproduct_subtype, t_exptime IS NOT NULL, s_resolution IS NOT NULL,"
        " em_res_power IS NOT NULL, num_nonnulls(s_calib_status, t_calib_status, em_calib_status)"
        " FROM cta.vo_obscore WHERE obs_id = '101001'"
    )
    assert {kind: tuple(values) for kind, *values in archive.sql(query)} == {
        "event-list": (True, True, True, 3),
        "event-bundle": (True, True, True, 3),
        "aeff": (False, False, False, 0),
        "psf": (False, True, False, 0),
        "edisp": (False, False, True, 0),
        "bkgrate": (False, False, False, 0),
    }


@pytest.mark.parametrize("kind", ["event-list", "event-bundle", "aeff", "bkgrate"])
def test_every_row_of_profile_hea_leads_to_what_it_is_about(archive, hea, kind):
    (found,) = archive.tap.search(
        "SELECT obs_publisher_did, access_url, access_format FROM ivoa.obscore"
        f" WHERE obs_id = '101001' AND dataproduct_subtype = '{kind}'"
    )
    (link,) = [link for link in found.getdatalink() if link.semantics == "#this"]
    assert not link.error_message
    assert link["ID"] == found["obs_publisher_did"]
    assert link["content_qualifier"] == kind

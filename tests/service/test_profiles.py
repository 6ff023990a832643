"""The vocabulary of ObsCore rows, and where simulations are: settings that views follow."""

import collections
import time

import pytest

IMPORTED = "SELECT max(imported), count(*) FROM cta.source_file"
KINDS = "SELECT dataproduct_type, dataproduct_subtype, obs_publisher_did FROM {}"


@pytest.fixture
def hea(archive):
    """The archive in profile hea; back in rec afterwards."""
    start = time.monotonic()
    done = archive.cta("profile", "hea")
    assert done.returncode == 0, done.stderr
    yield time.monotonic() - start
    done = archive.cta("profile", "rec")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def settings(archive):
    """Writes a setting into cta.yaml and has it followed; puts the old file back in the end."""
    path = archive.var / "etc" / "cta.yaml"
    old = path.read_text(encoding="utf-8")

    def write(before, after):
        assert old.count(before) == 1
        path.write_text(old.replace(before, after), encoding="utf-8")
        done = archive.cta("setup")
        assert done.returncode == 0, done.stderr

    yield write
    path.write_text(old, encoding="utf-8")
    assert archive.cta("setup").returncode == 0


def kinds(archive, table):
    found = archive.rows(KINDS.format(table))
    identifiers = [row["obs_publisher_did"] for row in found]
    assert len(set(identifiers)) == len(identifiers)
    return collections.Counter(
        (row["dataproduct_type"], row["dataproduct_subtype"]) for row in found
    )


def test_profile_rec_has_the_event_lists_in_the_terms_of_obscore(archive):
    lists = archive.scalar("SELECT COUNT(*) FROM cta.observation")
    assert kinds(archive, "cta.vo_obscore") == {("event", "event-list"): lists}


def test_profile_hea_has_lists_bundles_and_responses_without_ingestion(archive, hea):
    assert hea < 20
    products = collections.Counter(
        row["kind"] for row in archive.rows("SELECT kind FROM cta.product")
    )
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


def test_switching_reads_no_file(archive):
    before = archive.sql(IMPORTED)
    for name in ("hea", "rec"):
        assert archive.cta("profile", name).returncode == 0
        assert archive.cta("profile").stdout == f"{name}\n"
    assert archive.sql(IMPORTED) == before


def test_the_server_need_not_be_started_anew(archive, hea):
    assert "have changed since" not in archive.cta("start").stdout


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


@pytest.mark.parametrize("kind", ["event-list", "event-bundle", "aeff", "bkgrate"])
def test_every_row_of_profile_hea_leads_to_a_file(archive, hea, kind):
    (found,) = archive.tap.search(
        "SELECT obs_publisher_did, access_url, access_format FROM ivoa.obscore"
        f" WHERE obs_id = '101001' AND dataproduct_subtype = '{kind}'"
    )
    (link,) = [link for link in found.getdatalink() if link.semantics == "#this"]
    assert not link.error_message
    assert link["ID"] == found["obs_publisher_did"]


def test_an_unknown_profile_is_wrong_usage(archive):
    done = archive.cta("profile", "best")
    assert done.returncode == 2
    assert "invalid choice: 'best'" in done.stderr


def test_simulations_can_stay_apart(archive, settings):
    simulated = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore WHERE simulated = 'True'")
    flat = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore")
    assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore") == flat
    settings('simulations: "published"', "simulations: apart")
    assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore") == flat - simulated
    assert archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore") == flat

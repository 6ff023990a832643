"""Rows of DataLink documents: what there is for a dataset, and what it is to it."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from iact.access.elsewhere import Elsewhere
from iact.access.links import links_elsewhere, links_of, not_found, not_looked_up
from unit.access.linkeddata import (
    DID,
    FILE,
    KINDS,
    SERVER,
    closed,
    dataset,
    for_member,
    linked,
    open_to_all,
    product,
    with_open_previews,
)  # fmt: skip

SERVICES = {"soda_sync_1": "Cuts", "soda_async_1": "Cuts later"}


def rows(of, access=open_to_all):
    return list(links_of(of, access(), SERVER, SERVICES))


def described(links):
    return [(link.semantics, link.content_qualifier) for link in links]


def test_an_event_list_has_all_its_links_in_the_order_of_their_use():
    assert described(rows(linked())) == [
        ("#this", "event-list"),
        ("#package", "event-bundle"),
        ("#calibration", "aeff"),
        ("#calibration", "edisp"),
        ("#calibration", "psf"),
        ("#calibration", "bkgrate"),
        ("#auxiliary", ""),
        ("#preview-image", ""),
        ("#preview-plot", ""),
        ("#thumbnail", ""),
        ("#cutout", "event-list"),
        ("#cutout", "event-list"),
        ("#documentation", ""),
        ("#documentation", ""),
        ("#documentation", ""),
        ("#coderived", ""),
        ("#counterpart", ""),
    ]


@pytest.mark.parametrize("kind", ["events", "package", "aeff", "bkg"])
@pytest.mark.parametrize("access", [open_to_all, closed, for_member])
def test_each_row_has_one_way_to_go_and_the_identifier_that_was_asked_for(kind, access):
    for link in rows(linked(kind), access):
        assert bool(link.access_url) + bool(link.service_def) + bool(link.error_message) == 1
        assert DID.format(kind) == link.ID
        assert link.semantics.startswith("#") and link.description
        assert link.link_auth in ("true", "false")


def test_what_gammapy_loads_has_urls_of_its_own_that_end_in_fits_gz():
    links = [link for link in rows(linked()) if link.semantics in ("#this", "#calibration")]
    paths = [urlsplit(link.access_url).path for link in links]
    assert len(set(paths)) == 5
    assert all(path.endswith(".fits.gz") for path in paths)
    assert not any("#" in link.access_url for link in links)


def test_the_file_has_its_length_and_what_is_made_of_it_has_none():
    lengths = {link.local_semantics: link.content_length for link in rows(linked())}
    assert lengths["package"] == 1234
    assert lengths["events"] is None


def test_the_package_is_a_bundle_only_with_responses_in_it():
    elsewhere = replace(FILE, path="irf/full.fits")
    products = {kind: product(kind) for kind in ("package", "events")}
    products["aeff"] = product("aeff", elsewhere)
    alone = linked(dataset=dataset(products=products))
    assert described(rows(alone))[:3] == [
        ("#this", "event-list"),
        ("#package", "event-list"),
        ("#calibration", "aeff"),
    ]


def test_a_bundle_is_this_and_the_list_is_derived_from_it():
    assert described(rows(linked("package")))[:2] == [
        ("#this", "event-bundle"),
        ("#derivation", "event-list"),
    ]


def test_a_response_leads_to_its_file_and_to_the_list_but_cannot_be_cut():
    links = rows(linked("bkg"))
    assert described(links)[:2] == [("#this", "bkgrate"), ("#package", "event-bundle")]
    assert not any(link.service_def for link in links)
    (other,) = (link for link in links if link.semantics == "#coderived")
    assert parse_qs(urlsplit(other.access_url).query)["ID"] == [DID.format("events")]


def test_a_response_in_a_file_of_its_own_is_in_no_package():
    products = {kind: product(kind) for kind in KINDS}
    products["psf"] = product("psf", replace(FILE, path="irf/full.fits"))
    links = rows(linked(dataset=dataset("psf", products=products)))
    assert described(links)[0] == ("#this", "psf")
    assert "#package" not in {link.semantics for link in links}


def test_everybody_may_read_documentation_of_protected_data():
    for link in rows(linked(), closed):
        is_text = link.semantics in ("#documentation", "#coderived", "#counterpart")
        assert (link.link_auth, link.link_authorized) == (
            ("false", True) if is_text else ("true", False)
        )


def test_members_get_addresses_that_open_and_are_told_that_others_must_sign_in():
    for link in rows(linked(), for_member):
        assert link.link_authorized is True
        if link.link_auth == "true" and link.access_url:
            assert "signature=" in link.access_url
    assert not any("signature=" in link.access_url for link in rows(linked(), closed))


def test_pictures_that_a_collection_opens_are_open_while_the_rest_is_closed():
    pictures = {"#preview-image", "#preview-plot", "#thumbnail"}
    told = {"#documentation", "#coderived", "#counterpart"}
    for link in rows(linked(), with_open_previews):
        is_open = link.semantics in pictures | told
        assert link.link_authorized == is_open
        assert link.link_auth == ("false" if is_open else "true")


def test_the_query_for_other_runs_quotes_names():
    (link,) = (link for link in rows(linked()) if link.semantics == "#counterpart")
    (query,) = parse_qs(urlsplit(link.access_url).query)["QUERY"]
    assert "target_name = 'O''Brien''s <star>'" in query
    assert f"obs_publisher_did != '{DID.format('events')}'" in query


def test_nothing_is_told_that_the_tables_do_not_know():
    bare = linked(
        row={"target_name": None}, collection_title="", has_terms=False, references=(),
        has_provenance=False, relatives=(),
    )  # fmt: skip
    told = {link.semantics for link in rows(bare)}
    assert not told & {"#documentation", "#coderived", "#counterpart", "#progenitor"}


def test_a_dataset_of_another_resource_has_what_its_table_says():
    found = Elsewhere("ivo://o", "http://o/x", "", "image/fits", True, "http://o/p")
    this, preview = links_elsewhere(found)
    assert (this.semantics, this.access_url, this.link_auth) == ("#this", "http://o/x", "true")
    assert (preview.semantics, preview.access_url) == ("#preview", "http://o/p")
    (unknown,) = links_elsewhere(replace(found, is_protected=None, preview=""))
    assert (unknown.link_auth, unknown.link_authorized) == ("", None)


def test_faults_begin_with_their_word_and_do_not_repeat_a_megabyte():
    fault = not_found("x" * 1_000_000)
    assert fault.error_message.startswith("NotFoundFault: ") and len(fault.error_message) < 400
    assert "(1000000 characters)" in fault.error_message
    assert not_looked_up("x").error_message.startswith("TransientFault: ")

"""Which addresses are open."""

import pytest

from iact.access.doors import DESCRIBING, OF_DACHS, is_open, knows_resource, knows_service


def test_a_resource_says_how_its_services_are_shown():
    assert is_open("cta/q", "cone", {"scs.xml"}, {"scs.xml"})
    assert not is_open("cta/q", "cone", {"form"}, {"scs.xml"})
    assert is_open("other/q", "s", {"soap"}, {"soap"})


def test_a_renderer_with_two_names_is_open_by_either():
    assert is_open("cta/dl", "package", {"async", "uws.xml"}, {"uws.xml"})


@pytest.mark.parametrize("name", sorted(DESCRIBING))
def test_what_describes_a_service_is_open_where_the_service_is(name):
    assert is_open("cta/q", "cone", {name}, set())
    assert is_open("__system__/tap", "run", {name}, set())
    assert not is_open("__system__/tests", "timeout", {name}, {name})


@pytest.mark.parametrize(
    "name",
    ["edition", "soap", "admin", "external", "tablenote", "tableinfo", "rdinfo", "qp", "static",
     "upload", "mupload", "", "nothing"],
)  # fmt: skip
def test_other_ways_are_closed_unless_the_resource_says_otherwise(name):
    assert not is_open("cta/q", "form", {name}, {"form"})


def test_of_dachs_s_own_services_only_the_listed_are_open_whatever_they_allow():
    assert is_open("__system__/tap", "run", {"sync"}, set())
    assert not is_open("__system__/services", "overview", {"admin"}, {"admin", "form"})
    assert not is_open("__system__/services", "cacheclear", {"form"}, {"form"})
    assert not is_open("__system__/users", "any", {"form"}, {"form"})


def test_resources_of_dachs_s_own_are_known_by_their_open_services():
    assert knows_resource("cta/q") and knows_resource("__system__/tap")
    assert not knows_resource("__system__/users") and not knows_resource("__system__/ta")
    assert knows_service("other/q", "s") and not knows_service("__system__/tests", "timeout")
    assert all(knows_resource(name.partition("#")[0]) for name in OF_DACHS)

"""What a registration in the Virtual Observatory needs, and what must not be registered."""

from dataclasses import replace
from pathlib import Path

import pytest

from iact.archive.site import DEMO_AUTHORITY, SiteConfig
from iact.errors import CtaError
from iact.operate import registry
from iact.operate.settings import ServerSettings

LOCAL = ServerSettings(port=8080, public=False, created="2026-11-24T12:00:00")
READY = SiteConfig(
    path=Path("cta.yaml"),
    authority="archive.uni-demo.de",
    name="demo",
    title="Gamma rays of the university",
    description="Runs of our telescopes.",
    contact_name="A. Astronomer",
    contact_email="archive@uni-demo.de",
    public_url="https://archive.uni-demo.de",
)


def gaps(**changes):
    return list(registry.gaps(replace(READY, **changes), LOCAL))


@pytest.fixture
def fresh(tmp_path):
    return SiteConfig.create(tmp_path / "cta.yaml")


def test_a_complete_configuration_has_no_gaps():
    assert gaps() == []


def test_a_new_configuration_lacks_all_that_only_the_operator_knows(fresh):
    text = "\n".join(registry.gaps(fresh, LOCAL))
    assert f"{DEMO_AUTHORITY} is the demonstration's and must never be registered" in text
    assert "title, description, contact name, contact email" in text
    assert "bin/cta setup --url" in text


def test_a_description_that_is_empty_is_a_gap():
    (gap,) = gaps(description="")
    assert "description" in gap


def test_an_address_without_encryption_is_a_gap():
    (gap,) = gaps(public_url="http://archive.uni-demo.de")
    assert "https" in gap


@pytest.mark.parametrize(
    "host", ["localhost", "archive", "archive.local", "archive.example.org", "10.0.0.7", "[::1]"]
)
def test_an_address_that_leads_nowhere_outside_is_a_gap(host):
    (gap,) = gaps(public_url=f"https://{host}")
    assert "nobody outside can reach" in gap


@pytest.mark.parametrize("host", ["archive.uni-demo.de", "archive.uni-demo.de.", "8.8.8.8"])
def test_public_hosts_are_taken_for_reachable(host):
    assert registry.is_reachable(host)


@pytest.mark.parametrize(
    ("url", "public"), [("https://archive.uni-demo.de", False), ("", True)]
)  # fmt: skip
def test_nobodys_authority_is_not_published_to_the_world(fresh, url, public):
    with pytest.raises(CtaError, match=r"bin/cta setup --var FOLDER --authority NAME"):
        registry.check_authority(replace(fresh, public_url=url), replace(LOCAL, public=public))


def test_nobodys_authority_may_be_tried_out_on_one_machine(fresh):
    registry.check_authority(fresh, LOCAL)


def test_an_own_authority_may_be_public():
    registry.check_authority(READY, replace(LOCAL, public=True))

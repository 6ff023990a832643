import configparser
from dataclasses import replace

import pytest

from iact.archive.site import SiteConfig
from iact.errors import CtaError
from iact.operate import gavo_root, installed_code
from iact.operate.settings import ServerSettings
from unit.operate.watch import Watch

SERVER = ServerSettings(8123, False, "2030-01-01T00:00:00")


@pytest.fixture
def site(layout):
    layout.etc.mkdir(parents=True)
    return SiteConfig.create(layout.site_config, name="100% CTA", authority="example.cta")


@pytest.fixture
def rc(layout, site):
    gavo_root.write(layout, site, SERVER)
    return read(layout)


def read(layout):
    parser = configparser.ConfigParser()
    parser.read(layout.gavo_rc)
    return parser


def test_dachs_serves_only_this_machine_at_the_chosen_port(rc):
    assert rc["web"]["bindAddress"] == "127.0.0.1"
    assert rc["web"]["serverPort"] == "8123"
    assert rc["web"]["serverURL"] == "http://localhost:8123"


def test_a_public_server_listens_everywhere(layout, site):
    gavo_root.write(layout, site, replace(SERVER, public=True))
    assert read(layout)["web"]["bindAddress"] == "0.0.0.0"


def test_the_address_of_the_site_goes_into_links(layout, site):
    there = replace(site, public_url="https://archive.example.org")
    gavo_root.write(layout, there, SERVER)
    assert read(layout)["web"]["serverURL"] == "https://archive.example.org"


def test_links_keep_the_protocol_of_the_address(rc):
    # DaCHS would take that of the connection, which a proxy with TLS makes without.
    assert rc["web"]["adaptprotocol"] == "False"


def test_the_home_page_is_ours_until_the_operator_has_one(layout, site):
    page = layout.gavo / gavo_root.HOME_PAGE
    gavo_root.write(layout, site, SERVER)
    ours = page.read_text()
    assert "/cta/q/form/form" in ours
    page.write_text(ours + "<!-- of an older version -->")
    gavo_root.write(layout, site, SERVER)
    assert page.read_text() == ours
    page.write_text("<html>of the institute</html>")
    gavo_root.write(layout, site, SERVER)
    assert page.read_text() == "<html>of the institute</html>"


def test_a_percent_sign_in_a_name_survives(rc):
    assert rc["web"]["sitename"] == "100% CTA"


def test_the_authority_is_the_sites(rc):
    assert rc["ivoa"]["authority"] == "example.cta"


def test_the_resource_is_linked_into_the_inputs(layout, rc):
    link = layout.gavo / "inputs" / "cta"
    assert link.readlink() == layout.code / "inputs" / "cta"


def test_a_link_to_another_checkout_is_replaced(layout, site, rc):
    link = layout.gavo / "inputs" / "cta"
    link.unlink()
    link.symlink_to("/elsewhere")
    gavo_root.write(layout, site, SERVER)
    assert link.readlink() == layout.code / "inputs" / "cta"


def test_who_reads_meanwhile_always_finds_the_resource(layout, site, rc, tmp_path):
    """As DaCHS does: it would remember one that is missing as broken."""
    link = layout.gavo / "inputs" / "cta"
    layouts = [replace(layout, code=tmp_path / name) for name in ("one", "other")]
    for each in layouts:
        installed_code.refresh(layout.code, each.code)
    gavo_root.write(layouts[1], site, SERVER)
    with Watch(link / "q.rd") as watch:
        for each in layouts * 100:
            gavo_root.write(each, site, SERVER)
    assert watch.looked > 1000
    assert not watch.missed


def test_an_operators_own_folder_in_its_place_is_not_touched(layout, site):
    (layout.gavo / "inputs" / "cta").mkdir(parents=True)
    with pytest.raises(CtaError, match="must be a link"):
        gavo_root.write(layout, site, SERVER)


def test_files_have_short_addresses_beside_those_of_the_operator(layout, site, rc):
    path = layout.gavo / "etc" / "vanitynames.txt"
    ours = "cta/dl/get/custom dl3\ncta/dl/coverage/custom coverage\n"
    assert path.read_text() == ours
    path.write_text("own/q/form own\n")
    for _ in range(2):
        gavo_root.write(layout, site, SERVER)
    assert path.read_text() == "own/q/form own\n" + ours


def test_default_metadata_are_one_line_each_and_start_no_macro(site):
    odd = replace(site, description="Two\nlines: a\\b", title="T")
    lines = gavo_root.default_meta(odd, SERVER).splitlines()
    assert "site.description: Two lines: a/b" in lines
    assert "publisher: T" in lines
    assert all(": " in line for line in lines)


def test_a_long_name_is_cut_for_the_registry(site):
    text = gavo_root.default_meta(replace(site, name="n" * 30), SERVER)
    assert f"authority.shortName: {'n' * 12}\n" in text


def test_a_system_without_dachs_leads_to_setup(monkeypatch, tmp_path):
    monkeypatch.setattr(gavo_root, "_SYSTEM_PACKAGES", str(tmp_path))
    with pytest.raises(CtaError, match="bin/cta setup"):
        gavo_root.dachs_version()

"""Where another Debian is made from: this machine's own configuration of apt and pip."""

from __future__ import annotations

from pathlib import Path

import pytest

import packagesources
from iact.errors import CtaError
from packagesources import Mirror

SOURCES = """\
Types: deb
# http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/other.gpg
"""
LIST = """\
# deb [signed-by=/none.gpg] http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/own.gpg] http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
"""
DUMP = """\
APT::Architecture "amd64";
Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::CaInfo "/etc/ssl/own.pem";
Acquire::https::Proxy "DIRECT";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::Languages:: "none";
Acquire::IndexTargets::deb::Packages::MetaKey "$(COMPONENT)";
"""


def targets(source: Path, address: str = "http://mirror.example/debian/") -> str:
    return (
        f"nodesource|nodesource|https://node.example/|{source}:1\n"
        f"Debian|Debian|{address}|{source}:1\n"
        f"Debian|Debian|http://second.example/debian/|{source}:1\n"
        f"Debian|Debian-Security|http://mirror.example/debian-security/|{source}:2\n"
    )


@pytest.fixture
def sources(tmp_path):
    path = tmp_path / "debian.sources"
    path.write_text(SOURCES.format(keyring="/usr/share/keyrings/debian-archive-keyring.gpg"))
    return path


def test_the_first_mirror_of_debian_and_its_security_updates_are_taken(sources):
    assert packagesources.mirror_of(targets(sources)) == Mirror(
        "http://mirror.example/debian", "http://mirror.example/debian-security", None
    )


def test_a_machine_without_security_updates_has_the_archive_alone(sources):
    lines = [line for line in targets(sources).splitlines() if "Security" not in line]
    assert packagesources.mirror_of("\n".join(lines)).security is None


def test_keys_that_are_not_debians_own_are_taken_with_the_mirror_they_sign(sources, tmp_path):
    sources.write_text(SOURCES.format(keyring="/usr/share/keyrings/own.gpg"))
    listed = tmp_path / "sources.list"
    listed.write_text(LIST)
    for place in (sources, listed):
        found = packagesources.mirror_of(targets(place))
        assert found.keyring == Path("/usr/share/keyrings/own.gpg")


def test_a_list_of_mirrors_stands_for_its_first_one(sources, tmp_path):
    (tmp_path / "mirrors").write_text("https://first.example/debian/\thttps://other.example/\n")
    address = f"mirror+file:{tmp_path}/mirrors/"
    found = packagesources.mirror_of(targets(sources, address))
    assert found.archive == "https://first.example/debian"


@pytest.mark.parametrize("answer", ["", "Ubuntu|Ubuntu|http://ubuntu.example/|/etc/apt/x.list:1\n"])
def test_a_machine_without_a_mirror_of_debian_is_refused(answer):
    with pytest.raises(CtaError, match="no mirror of Debian"):
        packagesources.mirror_of(answer)


def test_the_new_system_gets_its_release_of_archive_and_security():
    plain = Mirror("http://mirror.example/debian", "http://mirror.example/security")
    assert plain.sources("trixie") == (
        "deb http://mirror.example/debian trixie main\n"
        "deb http://mirror.example/security trixie-security main\n"
    )
    signed = Mirror("http://mirror.example/debian", None, Path("/k.gpg"))
    assert signed.sources("trixie") == (
        "deb [signed-by=/k.gpg] http://mirror.example/debian trixie main\n"
    )


def test_of_apts_settings_those_are_taken_that_say_how_to_reach_servers():
    assert packagesources.reach_settings(DUMP).splitlines() == [
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::http::Proxy::mirror.example "DIRECT";',
        'Acquire::https::CaInfo "/etc/ssl/own.pem";',
        'Acquire::https::Proxy "DIRECT";',
        'Acquire::Retries "3";',
        'Acquire::Check-Valid-Until "false";',
    ]


def test_debootstrap_hears_of_apts_proxy():
    assert packagesources.proxies(DUMP) == {"http_proxy": "http://proxy.example:3128"}


def test_values_of_apts_settings_are_found():
    assert "/etc/ssl/own.pem" in packagesources.words_of(packagesources.reach_settings(DUMP))


def test_variables_of_pip_proxies_and_certificates_are_passed_on_and_no_others():
    environment = {
        "PIP_INDEX_URL": "https://index.example/simple",
        "https_proxy": "http://proxy.example",
        "NO_PROXY": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "PATH": "/bin",
        "PYTHONPATH": "res",
        "HOME": "/root",
    }
    found = packagesources.passed_on(environment)
    assert set(environment) - set(found) == {"PATH", "PYTHONPATH", "HOME"}


def test_pips_files_keep_their_order_for_root_of_the_new_system(tmp_path):
    named = tmp_path / "named.conf"
    named.touch()
    environment = {"XDG_CONFIG_HOME": "/conf", "PIP_CONFIG_FILE": str(named)}
    found = packagesources.pip_files(environment, tmp_path)
    assert found[Path("/etc/pip.conf")] == Path("/etc/pip.conf")
    assert found[named] == named
    assert found[Path("/conf/pip/pip.conf")] == Path("/root/.config/pip/pip.conf")
    assert found[tmp_path / ".pip" / "pip.conf"] == Path("/root/.pip/pip.conf")


def test_no_configuration_is_no_file(tmp_path):
    found = packagesources.pip_files({"PIP_CONFIG_FILE": "/dev/null"}, tmp_path)
    assert Path("/dev/null") not in found


def test_files_and_folders_that_settings_name_are_found(tmp_path):
    for name in ("wheels", "index/simple"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "ca.pem").touch()
    content = (
        f"[global]\nfind-links = {tmp_path}/wheels\n  {tmp_path}/none\ncert = {tmp_path}/ca.pem\n"
        f"[install]\nextra-index-url = file://{tmp_path}/index/simple https://index.example/\n"
        "timeout = 60\nroot = /\n"
    )
    assert packagesources.local_paths(packagesources.values([content])) == [
        tmp_path / "ca.pem",
        # Not index/simple alone: the pages there lead to files beside it.
        tmp_path / "index",
        tmp_path / "wheels",
    ]

"""Clients that take a name and a password get a protected file, as docs/access.md says."""

import os
import shutil
import subprocess

import pytest
import pyvo
import requests

from service.test_links import PATH, PROPRIETARY

NAME = f"sim_{PROPRIETARY}.fits.gz"


@pytest.fixture
def content(challenge):
    return (challenge / "north" / NAME).read_bytes()


@pytest.fixture
def address(archive):
    return archive.url + PATH.format(PROPRIETARY)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, without a netrc."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    return tmp_path


def write_netrc(home, person, machine="localhost"):
    text = f"machine {machine} login {person.name} password {person.password}\n"
    os.close(os.open(home / ".netrc", os.O_WRONLY | os.O_CREAT, 0o600))
    (home / ".netrc").write_text(text)


def run(home, *command):
    """Run a client in the home folder; return its exit code."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, cwd=home, check=False, timeout=60).returncode


CURL, WGET = ("curl", "-sS", "-f"), ("wget", "-q")


@pytest.mark.parametrize(
    ("command", "refused"),
    [((*CURL, "-n", "-C", "-", "-O"), 22), ((*WGET, "-c"), 6)],
    ids=["curl", "wget"],
)
def test_curl_and_wget_read_netrc_and_go_on_with_a_part(
    address, content, member, home, command, refused
):
    # Newer curls end otherwise where there is none.
    write_netrc(home, member, machine="elsewhere")
    assert run(home, *command, address) == refused
    write_netrc(home, member)
    (home / NAME).write_bytes(content[:1000])
    assert run(home, *command, address) == 0
    assert (home / NAME).read_bytes() == content


def test_curl_and_wget_take_a_password(address, content, member, home):
    for command in (
        (*CURL, "-u", f"{member.name}:{member.password}", "-o", "got", address),
        (*WGET, f"--user={member.name}", f"--password={member.password}", "-O", "got", address),
    ):
        assert run(home, *command) == 0
        assert (home / "got").read_bytes() == content


def test_requests_reads_netrc(address, content, member, home):
    assert requests.get(address, timeout=30).status_code == 401
    write_netrc(home, member)
    assert requests.get(address, timeout=30).content == content


def test_pyvo_brings_the_password_to_links_and_files(archive, content, member, home):
    session = requests.Session()
    session.auth = member.auth
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    run = tap.search(f"SELECT * FROM cta.vo_obscore WHERE obs_id = '{PROPRIETARY}'")[0]
    # Rows of services have no address; where there are files of single products too, the whole
    # one is known by its name.
    addresses = [link.access_url for link in run.getdatalink() if link.access_url]
    (whole,) = (found for found in addresses if found.partition("?")[0].endswith(NAME))
    assert session.get(whole, timeout=30).content == content

"""Requests whose address or headers are too long: answered, and the connection closed."""

import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest
import requests

from service.test_links import PATH, PUBLIC

LINKS = "/cta/dl/links/dlmeta"
#: Seconds after which whoever does not stop sending is cut off, generously.
CUT_OFF = 60


@pytest.mark.parametrize("size", [132_000, 1_000_000, 20_000_000])
def test_who_asks_with_too_long_an_address_is_told_to_post(archive, size):
    host, port = urlsplit(archive.url).hostname, urlsplit(archive.url).port
    with socket.create_connection((host, port), timeout=CUT_OFF) as client:
        client.sendall(b"GET " + LINKS.encode() + b"?ID=" + b"x" * size + b" HTTP/1.1\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 414 ")
    assert body.decode() == (
        "The address has more than 128 kB: send its parameters by POST instead.\n"
    )
    assert requests.get(archive.url + PATH.format(PUBLIC), timeout=60).status_code == 200


def test_curl_shows_it(archive, tmp_path):
    query = tmp_path / "query"
    query.write_text("ID=" + "x" * 1_000_000)
    done = subprocess.run(
        ["curl", "-sSG", "-d", f"@{query}", "-w", "%{http_code}", archive.url + LINKS],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("by POST instead.\n414")


def test_too_long_a_header_is_said_to_be_one(archive):
    answer = requests.get(
        archive.url + PATH.format(PUBLIC), headers={"X-Long": "x" * 200_000}, timeout=60
    )
    assert (answer.status_code, answer.text) == (431, "A header is too long.\n")


def test_who_does_not_stop_sending_is_cut_off(archive):
    host, port = urlsplit(archive.url).hostname, urlsplit(archive.url).port
    begin = time.monotonic()
    with (
        socket.create_connection((host, port), timeout=CUT_OFF) as client,
        pytest.raises((BrokenPipeError, ConnectionResetError)),
    ):
        client.sendall(b"GET /" + b"x" * 140_000)
        while time.monotonic() < begin + CUT_OFF:
            client.sendall(b"x" * 1000)
            time.sleep(0.1)

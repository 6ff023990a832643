"""How requests begin, and what logs have of them."""

from __future__ import annotations

import secrets
import socket
from urllib.parse import quote, unquote_to_bytes, urlsplit

import pytest

from service.test_links import raw

VERSIONS = [
    (b"HTTP/0.9", 505), (b"HTTP/2.0", 505), (b"HTTP/9.9", 505), (b"HTTP/3", 505),
    (b"HTTP/1.2", 505), (b"http/1.1", 400), (b"HTTP/1.1x", 400), (b"FTP/1.1", 400),
    (b"HTTP", 400), (b"HTTP/-1.1", 400), (b"HTTP/1.1<b>", 400), (b"x" * 500, 400),
]  # fmt: skip


def answer_to(archive, content):
    """Return all that the server answers on one connection."""
    server = urlsplit(archive.url)
    with socket.create_connection((server.hostname, server.port), timeout=30) as client:
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.parametrize(("version", "status"), VERSIONS)
@pytest.mark.parametrize("path", [b"/", b"/tap/availability", b"/nothing", b"/static/js/gavo.js"])
def test_other_versions_of_http_are_refused_and_not_spoken(archive, version, status, path):
    answer = answer_to(archive, b"GET " + path + b" " + version + b"\r\nHost: x\r\n\r\n")
    # Twisted of Debian 13 refuses all of them itself.
    assert answer.startswith((b"HTTP/1.1 %d " % status, b"HTTP/1.1 400 "))
    body = answer.partition(b"\r\n\r\n")[2]
    assert version not in answer.replace(b"HTTP/1.1", b"") or version == b"HTTP"
    assert len(body) < 200


@pytest.mark.parametrize(
    "line",
    [b"GET /", b"GET", b"\xff\xfe / HTTP/1.1", b"GET / HTTP/1.1 x y", b"/ HTTP/1.1", b"\0\0\0\0"],
)
def test_what_is_no_request_is_refused(archive, line):
    answer = answer_to(archive, line + b"\r\nHost: x\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 505 "))
    assert b"Traceback" not in answer


def test_both_versions_that_are_spoken_are_answered(archive):
    for version in (b"HTTP/1.1", b"HTTP/1.0"):
        words = b"GET /robots.txt " + version + b"\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert answer_to(archive, words).startswith(version + b" 200 ")


SECRET = secrets.token_urlsafe(24)
PARAMETERS = [
    "code", "access_token", "id_token", "refresh_token", "token", "state", "password",
    "client_secret", "PASSWORD", "%63ode", "%2563ode", "x&code", "x;token", "user_password",
]  # fmt: skip
PAGES = [
    "/callback", "/login", "/nothing/here", "/cta/q/form/form", "/tap/sync", "/tap/async",
    "/cta/dl/links/dlmeta", "/cta/q/cone/scs.xml", "/getproduct/x", "/adql", "/browse",
    "/cta/dl/soda/dlget", "/cta/dl/package/custom", "/tableinfo/x", "/static/x",
]  # fmt: skip


def test_no_log_has_a_secret_of_sign_in(archive):
    for page in PAGES:
        for name in PARAMETERS:
            query = f"{name}={SECRET}"
            raw(archive, f"{page}?{query}")
        both = f"code={SECRET}&state={SECRET}"
        raw(archive, f"{page}?nextURL={quote(f'/callback?{both}', safe='')}")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}
        raw(archive, f"{page}?{both}", "POST", **headers)
        raw(archive, page, Referer=f"{archive.url}/callback?{both}")
    raw(archive, f"{archive.url.replace('//', f'//anna:{SECRET}@')}/nothing/there")
    logs = {path: path.read_bytes() for path in (archive.var / "log").iterdir() if path.is_file()}
    assert any(b"/nothing/here?code=-" in log for log in logs.values())
    for path, log in logs.items():
        assert SECRET.encode() not in unquote_to_bytes(log), path.name


def test_a_slash_too_many_behind_sync_is_forgiven(archive):
    query = "LANG=ADQL&FORMAT=csv&QUERY=SELECT+TOP+1+1%2B1+AS+n+FROM+tap_schema.tables"
    assert raw(archive, f"/tap/sync/?{query}")[:2] == raw(archive, f"/tap/sync?{query}")[:2]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "XXXX", "get"])
@pytest.mark.parametrize("path", ["/cta/q/form/form", "/tap/async"])
def test_methods_that_no_page_has_are_refused(archive, method, path):
    status, _, _ = raw(archive, path, method)
    assert status == 501

"""Requests as they are written, which libraries would put in order first."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit


def fetch(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (names in lower case) and body of the answer to a GET."""
    return send(url, f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("latin-1"))


def post(url: str, path: str, body: bytes, media_type: str) -> tuple[int, dict[str, str], bytes]:
    """Return the same of the answer to a POST."""
    head = (
        f"POST {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return send(url, head.encode("latin-1") + body)


def send(url: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes to a server; return what it answers, when it has ended the connection."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as client:
        client.sendall(data)
        with client.makefile("rb") as stream:
            answer = stream.read()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, body

"""Clients that send slowly, much, or not at all: they are told so, and keep nobody else out."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from service.test_links import PATH, PUBLIC

#: Seconds after which who does not come to an end is cut off, generously.
CUT_OFF = 150
HEAD = (
    b"POST /tap/sync HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)


@pytest.fixture
def connect(archive):
    """Makes connections to the server, which are closed in the end."""
    parts, made = urlsplit(archive.url), []

    def connected():
        made.append(socket.create_connection((parts.hostname, parts.port), timeout=CUT_OFF))
        return made[-1]

    yield connected
    for client in made:
        client.close()


def read(client):
    """Return all that is answered; what the server has not read may cost its end."""
    answer = b""
    try:
        while part := client.recv(65_536):
            answer += part
    except ConnectionResetError:
        assert answer
    return answer


def test_who_never_comes_to_an_end_is_left_while_others_are_served(archive, connect):
    beginnings = {
        "nothing but a line": b"GET /tap/sync HTTP/1.1\r\n",
        "headers, one by one": b"GET /tap/sync HTTP/1.1\r\nHost: here\r\n",
        "a part of a content": HEAD + b"Content-Length: 90000\r\n\r\nLANG=ADQL",
        "a part of a file's": HEAD + b"Content-Length: 400000\r\n\r\nLANG=ADQL" + b"x" * 9_000,
        "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    }
    clients = {what: connect() for what in beginnings for _ in range(20)}
    answers, ended = {}, threading.Event()

    def dribble():
        while not ended.wait(2):
            try:
                clients["headers, one by one"].sendall(b"X-More: x\r\n")
            except OSError:
                return

    for what, client in clients.items():
        client.sendall(beginnings[what])
    threading.Thread(target=dribble).start()
    try:
        until = time.monotonic() + CUT_OFF
        while len(answers) < len(clients) and time.monotonic() < until:
            assert requests.get(archive.url + PATH.format(PUBLIC), timeout=60).status_code == 200
            for what in clients.keys() - answers.keys():
                clients[what].setblocking(False)
                try:
                    answers[what] = clients[what].recv(65_536)
                except BlockingIOError:
                    continue
            time.sleep(1)
    finally:
        ended.set()
    assert answers.keys() == clients.keys()
    for what, answer in answers.items():
        assert answer.startswith(b"HTTP/1.1 408 "), what
        assert answer.endswith(b"send it again, over a faster connection.\n"), what


def test_what_is_too_large_is_refused_before_it_comes(connect):
    client = connect()
    client.sendall(HEAD + b"Content-Length: 99000000000\r\n\r\n")
    answer = read(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"more than 25 MB, which is the most: send less at a time.\n")


def test_what_does_not_say_how_large_it_is_is_refused_when_it_is_too_large(archive, connect):
    client = connect()
    client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for _ in range(26):
        client.sendall(chunk)
    assert read(client).startswith(b"HTTP/1.1 413 ")
    assert requests.get(archive.url + PATH.format(PUBLIC), timeout=60).status_code == 200


def test_a_request_that_follows_a_refused_one_is_not_answered(connect):
    client = connect()
    more = b"GET /tap/availability HTTP/1.1\r\nHost: here\r\n\r\n"
    client.sendall(HEAD + b"Content-Length: 99000000000\r\n\r\n" + more)
    assert read(client).count(b"HTTP/1.1") == 1

"""What the server has room for at a time: connections, contents of requests, queries that wait.

A second server has limits so small that a test reaches them. Its folder for jobs is not there yet.
"""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from service.livearchive import PYTHON, wait_until
from service.secondserver import serving
from service.test_tap_abuse import ENDLESS

MOST, COMING, ANSWERED = 20, 3_000_000, 600_000
#: Seconds for which a client may ask for nothing, and after which it makes room for another.
IDLE, GRACE = 60.0, 1.0
SMALL = f"""
import sys
from pathlib import Path
from gavo.base import config
from iact.dachs import jobqueue, jobroom, receiving, serve, slowqueries

receiving.MOST, receiving.IDLE, receiving._GRACE = {MOST}, {IDLE}, {GRACE}
receiving.COMING, receiving.ANSWERED = {COMING}, {ANSWERED}
slowqueries.PLACES, slowqueries.PATIENCE = 2, 600.0
slowqueries._pool.adjustPoolsize(1, 1)
config.set("uwsWD", sys.argv[1] + "/jobs")
folder, lacking = Path(sys.argv[1]), jobroom.lacking

def noted(*arguments):
    found = lacking(*arguments)
    (folder / "looked").touch()
    return found

jobroom.lacking = noted
# The folder with the jobs of others is not this server's.
jobqueue.start_next = lambda found: None
serve.main()
"""
REST = "HTTP/1.1\r\nHost: x\r\n\r\n"
FORM = b"POST /tap/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def url(archive, folder):
    command = (PYTHON, "-P", "-s", "-c", SMALL, str(folder))
    with serving(archive, folder, command=command) as address:
        yield address


@pytest.fixture
def connect(url):
    """Makes connections to the server, which are closed in the end."""
    parts = urlsplit(url)
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection((parts.hostname, parts.port), timeout=60)
        )


def status(url):
    with requests.get(f"{url}/robots.txt", timeout=60) as answer:
        return answer.status_code


def short(url, size=0, seconds=60.0):
    """Return the answer to a short query with a content of some size."""
    form = {"LANG": "ADQL", "QUERY": "SELECT 1 AS a FROM cta.site", "NOTE": "x" * size}
    try:
        return requests.post(f"{url}/tap/sync", form, timeout=seconds)
    except (requests.ConnectionError, requests.Timeout):
        # Cut while it was sent, or it waits for its turn.
        return requests.Response()


def new_job(url):
    """Return the answer to a new job that is not started."""
    return requests.post(
        f"{url}/tap/async", {"QUERY": "SELECT 1 AS a"}, allow_redirects=False, timeout=60
    )


def answered(ask, code):
    """Ask until the answer has some status; return it."""
    answers = []

    def is_so():
        answers.append(ask())
        return answers[-1].status_code == code

    wait_until(is_so, 90, f"an answer with status {code}")
    return answers[-1]


@contextlib.contextmanager
def sent(url, query, size=0):
    """Have a client ask a query, with a content of some size, that hangs up in the end."""
    content = urlencode({"LANG": "ADQL", "QUERY": query, "NOTE": "x" * size}).encode("ascii")
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as client:
        client.sendall(FORM + b"Content-Length: %d\r\n\r\n" % len(content) + content)
        yield client


def is_closed(client):
    """Tell whether the server has closed a connection on which it has sent nothing."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_jobs_are_watched_where_the_folder_for_them_is_not_there_yet(url, folder):
    wait_until((folder / "looked").exists, 60, "room for jobs looked at")
    assert "not watched" not in (folder / "server.log").read_text(encoding="utf-8")
    assert not (folder / "jobs").exists()


def test_a_client_that_asks_for_nothing_makes_room_for_another(url, connect):
    idle = [connect() for _ in range(MOST)]
    # Those that have just come need not.
    wait_until(lambda: status(url) == 200, 60, "one of them makes room")
    assert any(is_closed(client) for client in idle)
    assert not all(is_closed(client) for client in idle)


def test_where_all_clients_are_served_one_more_is_told_to_come_again(url, connect):
    made = answered(lambda: new_job(url), 303)
    # DaCHS leads to the other server.
    job = urlsplit(made.headers["location"]).path

    def is_deleted():
        answer = requests.delete(url + job, allow_redirects=False, timeout=60)
        return answer.status_code == 303

    try:
        for _ in range(MOST):
            # Each is served until the job goes on, which it does not.
            connect().sendall(f"GET {job}?WAIT=60 {REST}".encode("ascii"))
        wait_until(lambda: status(url) == 503, 60, "no room for one more")
    finally:
        wait_until(is_deleted, 60, "the job is deleted")


def test_contents_that_do_not_come_to_an_end_make_room_for_others(url, connect):
    for _ in range(4):
        with contextlib.suppress(ConnectionError):
            connect().sendall(FORM + b"Content-Length: 2000000\r\n\r\n" + b"x" * 1_000_000)
    # One of them is cut for it.
    answered(lambda: short(url, 300_000), 200)


def test_contents_that_are_being_answered_leave_so_much_room_and_no_more(url):
    with sent(url, ENDLESS, 400_000):
        answer = answered(lambda: short(url, 400_000, 5), 503)
        assert answer.headers["retry-after"] == "60"
        assert answer.text.startswith("Too much is sent to the server now")
        assert status(url) == 200
    answered(lambda: short(url, 400_000), 200)


def test_queries_wait_in_a_number_of_places_only(url):
    with contextlib.ExitStack() as stack:
        # One runs, two wait, the others are refused.
        for _ in range(6):
            stack.enter_context(sent(url, ENDLESS))
        answer = answered(lambda: short(url, seconds=5), 503)
        assert answer.headers["retry-after"] == "60"
        assert "Too many queries are waiting" in answer.text
    answered(lambda: short(url), 200)

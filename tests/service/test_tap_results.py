"""Results of synchronous queries, and clients that do not read them."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from service.livearchive import PYTHON, wait_until
from service.secondserver import serving
from service.test_tap_abuse import MB, Unwanted, a_moment, ask, error, usual  # noqa: F401

#: Some 20 MB, more than the kernel takes for a client, and 200.
LARGE = (
    "SELECT TOP 100000 a.description AS a, b.description AS b FROM tap_schema.columns AS a,"
    " tap_schema.columns AS b"
)
TOO_LARGE = (
    "SELECT TOP 1000000 a.description AS a, b.description AS b, c.description AS c"
    " FROM tap_schema.columns AS a, tap_schema.columns AS b, tap_schema.columns AS c"
)
#: Seconds; those who come first are waited for until the last have come.
PATIENCE = 10.0
HURRIED = f"""
import os, sys
from pathlib import Path
from iact.access import patience
from iact.dachs import serve, syncresults

patience.PATIENCE = {PATIENCE}
syncresults.ROOM = {300 * MB}
Path(sys.argv[1]).write_text(str(os.getpid()))
serve.main()
"""


@dataclass
class Hurried:
    """A server that waits for seconds only for those who read."""

    url: str
    pid: int

    @property
    def threads(self):
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    @property
    def results(self):
        """How many files without names it has open, in the folder for temporary files."""
        found = 0
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                name = str(link.readlink())
                found += name.endswith("(deleted)") and "/tmp/" in name
        return found


@pytest.fixture(scope="module")
def hurried(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hurried")
    command = (PYTHON, "-P", "-s", "-c", HURRIED, str(folder / "pid"))
    with serving(archive, folder, command=command) as url:
        yield Hurried(url, int((folder / "pid").read_text()))


@contextlib.contextmanager
def idle_clients(server, number):
    """Have clients ask for a large result of which they read the first bytes only."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Unwanted(server, LARGE, "100000")) for _ in range(number)]
        for client in made:
            client.connection.settimeout(60)
            assert client.connection.recv(10).startswith(b"HTTP/1.1")
        yield made


def test_clients_that_stop_reading(hurried, usual):  # noqa: F811
    # All threads that there are for queries have been started then.
    with idle_clients(hurried, 8):
        a_moment(hurried)
    wait_until(lambda: hurried.results == 0, 5, "files closed for who has hung up")
    threads = hurried.threads
    with idle_clients(hurried, 6) as clients:
        assert hurried.results > 2
        assert hurried.threads <= threads + 2
        assert a_moment(hurried) < usual
        wait_until(lambda: hurried.results == 0, 2 * PATIENCE, "files closed")
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                # What the kernel had taken for them already.
                while client.connection.recv(MB):
                    pass
    assert hurried.threads <= threads + 2


def test_who_reads_slowly_gets_all_of_it(hurried):
    form = {"LANG": "ADQL", "QUERY": LARGE, "FORMAT": "csv", "MAXREC": "100000"}
    with requests.post(
        f"{hurried.url}/tap/sync",
        form,
        headers={"Accept-Encoding": "identity"},
        stream=True,
        timeout=60,
    ) as answer:
        size, got = int(answer.headers["content-length"]), 0
        begun = time.monotonic()
        for chunk in answer.iter_content(size // 20):
            got += len(chunk)
            time.sleep(PATIENCE / 16)
    assert got == size > 5 * MB
    assert time.monotonic() - begun > PATIENCE


@pytest.mark.parametrize("form", ["csv", "votable", "votable/td", "json"])
def test_a_result_has_a_size_at_most(hurried, form):
    answer = ask(hurried, TOO_LARGE, MAXREC="1000000", FORMAT=form)
    assert re.search(r"more than 7\d,\d{3},\d{3} bytes", error(answer))
    assert "asynchronous job" in answer.text
    assert hurried.results == 0
    assert len(ask(hurried, LARGE, FORMAT="csv", MAXREC="100000").content) > 5 * MB


FULL = """
from gavo import base
from iact.dachs import syncresults

def tried(result):
    try:
        writer = result.writer()
        writer.write(b"x" * 3 * 2**20)
        writer.flush()
    except base.ValidationError as error:
        return "no room" in str(error)

syncresults.ROOM = 14 * 2**20
first, second, third = syncresults.Result(), syncresults.Result(), syncresults.Result()
print(tried(first), tried(second))
second.close()
print(tried(third))
first.close()
third = None
print(tried(syncresults.Result()))
syncresults.LEFT = 10**18
fourth = syncresults.Result()
fourth.write(b"little")
print(tried(fourth))
"""


def test_results_leave_room(archive):
    said = archive.gavo_python(FULL).split()
    # A quarter of the room is enough, one of what another one leaves is not.
    assert said == ["None", "True", "True", "None", "True"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answers_have_their_length_unless_compressed(archive, method, encoding):
    answer = requests.request(
        method,
        f"{archive.url}/tap/sync",
        params={"LANG": "ADQL", "QUERY": LARGE.replace("100000", "5000"), "FORMAT": "csv"},
        headers={"Accept-Encoding": encoding},
        timeout=60,
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv;header=present"
    rows = 0 if method == "HEAD" else 5001
    assert len(answer.text.splitlines()) == rows
    if encoding == "identity":
        assert int(answer.headers["content-length"]) > MB / 4
    else:
        assert answer.headers["content-encoding"] == "gzip"
        assert "content-length" not in answer.headers

"""The first requests after a start, or after settings are read anew: none harms those behind it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from lxml import etree

from service.cutrequests import PUBLIC
from service.livearchive import wait_until
from service.secondserver import launched, wait_for

#: Seconds after which clients hang up: DaCHS loads what it needs within two.
MOMENTS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.2)
#: Anonymous, 10 kB: to read it takes nearly as long as a query may.
LONG = " OR ".join([f"obs_id='{PUBLIC}'"] + ["obs_id='0'"] * 600)
_CLEARED = "Cleared caches"


@dataclass
class Server:
    """A server whose first requests a test sends."""

    url: str
    pid: int
    folder: Path

    def forget(self) -> None:
        """Have it read all its descriptors anew, with the next requests."""
        before = self._cleared()
        os.kill(self.pid, signal.SIGHUP)
        wait_until(lambda: self._cleared() > before, 20, "it has forgotten them")

    def _cleared(self) -> int:
        return (self.folder / "dcInfos").read_text(encoding="utf-8").count(_CLEARED)

    def ask(self, query: str, seconds: float = 90) -> str:
        """Return what a synchronous query is answered with, as CSV."""
        form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": query}
        return requests.post(f"{self.url}/tap/sync", form, timeout=seconds).text

    def give_up(self, query: str, seconds: float) -> None:
        """Send a query and hang up after a while."""
        # That it is answered before is none of the test's business.
        with contextlib.suppress(requests.ReadTimeout):
            self.ask(query, seconds)


@pytest.fixture(scope="module")
def server(archive, tmp_path_factory) -> Iterator[Server]:
    """A server that has been started just now."""
    folder = tmp_path_factory.mktemp("first")
    with launched(archive, folder) as (port, child):
        wait_for(child, lambda: _is_open(port), folder)
        yield Server(f"http://localhost:{port}", child.pid, folder)


def _is_open(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def all_is_well(server, archive):
    """See that every kind of request to the archive's tables is answered."""
    for table in ("cta.vo_obscore", "ivoa.obscore"):
        query = f"SELECT DISTINCT obs_id FROM {table} WHERE obs_id = '{PUBLIC}'"
        assert server.ask(query).split() == ["obs_id", PUBLIC]
    cone = {"RA": "83.6", "DEC": "22.0", "SR": "1"}
    for path, given, words in (
        ("cta/q/cone/scs.xml", cone, "TABLEDATA|BINARY"),
        ("cta/q/form/form", {"__nevow_form__": "genForm", "position": "83.6331 22.0145"}, PUBLIC),
        ("cta/dl/package/custom", {"QUERY": f"{PACKAGE} '{PUBLIC}'"}, "tar|did|links"),
        ("tap/examples", {}, "vo_obscore"),
    ):
        answer = requests.get(f"{server.url}/{path}", given, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        assert re.search(words, answer.text, re.IGNORECASE), path
    assert tables(server.url) == tables(archive.url)


PACKAGE = "SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id ="


def tables(url):
    document = etree.fromstring(requests.get(f"{url}/tap/tables", timeout=60).content)
    return {
        (name.text, len(name.getparent().findall("{*}column")))
        for name in document.iterfind(".//{*}table/{*}name")
    }


@pytest.mark.parametrize("table", ["cta.vo_obscore", "ivoa.obscore"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_first_client_that_hangs_up_leaves_no_table_dead(server, archive, table, moment):
    server.forget()
    server.give_up(f"SELECT TOP 1 obs_id FROM {table}", moment)
    all_is_well(server, archive)


def test_a_long_first_query_leaves_no_table_dead(server, archive):
    server.forget()
    # It may or may not be too long, as busy as the machine is.
    server.ask(f"SELECT TOP 1 obs_id FROM cta.vo_obscore WHERE {LONG}")
    all_is_well(server, archive)


def test_thirty_first_clients_at_once_are_all_answered(server, archive):
    server.forget()
    query = f"SELECT DISTINCT obs_id FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'"
    with ThreadPoolExecutor(30) as clients:
        said = list(clients.map(server.ask, [query] * 30))
    assert [text.split() for text in said] == [["obs_id", PUBLIC]] * 30
    all_is_well(server, archive)


def test_thirty_first_clients_that_hang_up_leave_no_table_dead(server, archive):
    server.forget()
    asked = [(f"SELECT TOP 1 obs_id FROM {table}", 0.1 * n) for n in range(1, 16) for table in TWO]
    with ThreadPoolExecutor(30) as clients:
        list(clients.map(lambda words: server.give_up(*words), asked))
    all_is_well(server, archive)


TWO = ("cta.vo_obscore", "ivoa.obscore")

#: A new process, as the server is before its port opens.
LOADED = """
from gavo import base
from iact.dachs import loading
assert loading.load_patiently()
loading.load_all()
cached = base.caches.getRD.cacheCopy
assert not any(isinstance(made, Exception) for made in cached.values())
print(*cached)
"""


def test_all_that_users_ask_for_is_loaded_before_they_can(archive):
    loaded = archive.gavo_python(LOADED).split()
    published = archive.sql("SELECT DISTINCT sourcerd FROM dc.tablemeta WHERE adql")
    assert {name for (name,) in published} <= set(loaded)
    assert {"cta/dl", "cta/search", "cta/registry", "__system__/adql"} <= set(loaded)


#: A descriptor fails for a reason; then that has gone.
PASSING = """
import sys, time
import psycopg2
from gavo import base, rscdesc
from iact.dachs import loading

assert loading.load_patiently()
error = {
    "database": psycopg2.OperationalError("The database is away."),
    "memory": MemoryError(),
    "depth": RecursionError("too deep"),
    "other": ValueError("Something is broken."),
}[sys.argv[1]]
name = sys.argv[2]
stock, fails = base.parseFromStream, [True]

def parse(*args, **kwargs):
    if fails[0]:
        raise error
    return stock(*args, **kwargs)

def get():
    try:
        return base.caches.getMTH(None).rd.sourceId if name == "tables" else base.caches.getRD(
            name).sourceId
    except Exception as raised:
        assert raised is error
        return "failed"

base.caches.clearCaches()
base.parseFromStream = parse
said = [get()]
fails[0] = False
said.append(get())
loading._KEPT = 0.0
said.append(get())
print(*said)
"""


@pytest.mark.parametrize("name", ["cta/q", "tables"])
@pytest.mark.parametrize("reason", ["database", "memory", "depth"])
def test_what_failed_for_a_passing_reason_is_loaded_by_the_next_request(archive, name, reason):
    first, *later = archive.gavo_python(PASSING, reason, name).split()
    assert first == "failed" and "failed" not in later


def test_what_is_broken_is_tried_again_after_a_while(archive):
    assert archive.gavo_python(PASSING, "other", "cta/q").split() == ["failed", "failed", "cta/q"]


#: Many names of descriptors that are not there, and what is kept of them.
UNKNOWN = """
from gavo import base
from iact.dachs import loading

assert loading.load_patiently()

def ask(name):
    try:
        base.caches.getRD(name)
    except base.RDNotFound:
        return

for number in range(50):
    ask(f"nowhere/n{number}")
kept = len(loading._failed)
loading._KEPT = 0.0
ask("nowhere/last")
cache = base.caches.getRD.cacheCopy
print(kept, len(loading._failed), sum(name.startswith("nowhere/") for name in cache))
"""


def test_names_of_nothing_are_not_kept(archive):
    assert archive.gavo_python(UNKNOWN).split() == ["50", "1", "1"]


#: A client's request for a descriptor that is not there, and what is left of the request.
REQUEST = """
import gc, weakref
from gavo import base
from iact.dachs import loading

class Request:
    pass

def ask(request):
    try:
        base.caches.getRD("nowhere/q")
    except base.RDNotFound as error:
        return str(error)

assert loading.load_patiently()
for _ in range(2):
    request = Request()
    left = weakref.ref(request)
    said = ask(request)
    del request
    gc.collect()
    print(left() is None, "nowhere/q" in said)
"""


def test_an_error_that_is_kept_keeps_no_request(archive):
    assert archive.gavo_python(REQUEST).split() == ["True"] * 4


#: Two threads load descriptors each of which needs the other one.
CROSSED = """
import threading
from gavo import base
from iact.dachs import loading

assert loading.load_patiently()
base.caches.clearCaches()
both, stock = threading.Barrier(2), base.parseFromStream
needs, inside = {"cta/dl": "cta/taplinks", "cta/taplinks": "cta/dl"}, threading.local()

def parse(rd, *args, **kwargs):
    if not getattr(inside, "is_first", False) and rd.sourceId in needs:
        inside.is_first = True
        try:
            # Not for ever: with one at a time, the other one never comes.
            both.wait(2)
        except threading.BrokenBarrierError:
            pass
        base.caches.getRD(needs[rd.sourceId])
    return stock(rd, *args, **kwargs)

base.parseFromStream = parse
threads = [threading.Thread(target=base.caches.getRD, args=[name], daemon=True) for name in needs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print(*(thread.is_alive() for thread in threads))
"""


def test_descriptors_that_need_each_other_are_loaded_by_two_threads(archive):
    assert archive.gavo_python(CROSSED).split() == ["False", "False"]

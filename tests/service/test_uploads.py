"""Tables that users send with a query: with the request only, never from an address."""

import contextlib
import io
import socket
import threading

import pytest
import pyvo
import requests
from astropy.table import Table

QUERY = "SELECT * FROM TAP_UPLOAD.mine"


@pytest.fixture
def mine():
    return Table({"obs_id": ["101001", "101002"]})


class Listener:
    """A port of this machine that counts who connects, and hangs up at once."""

    def __init__(self, server):
        self.address = f"http://127.0.0.1:{server.getsockname()[1]}/table.vot"
        self.calls = 0
        self._server = server

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                # Counted first: whoever calls goes on as soon as it is closed.
                self.calls += 1
                connection.close()


@pytest.fixture
def listener():
    server = socket.create_server(("127.0.0.1", 0))
    made = Listener(server)
    thread = threading.Thread(target=made.listen)
    thread.start()
    yield made
    # Wakes the thread, which closing alone would not.
    server.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.close()


def assert_refused(answer):
    """Check for an error document; its HTTP status is 200, as of all errors of jobs here."""
    assert '"QUERY_STATUS" value="ERROR"' in answer.text
    assert "fetches no tables" in answer.text


def as_votable(table):
    stream = io.BytesIO()
    table.write(stream, format="votable")
    return stream.getvalue()


def test_a_table_can_be_sent_with_a_query(archive, mine):
    found = archive.tap.run_sync(QUERY, uploads={"mine": mine})
    assert list(found["obs_id"]) == list(mine["obs_id"])
    found = archive.tap.run_async(QUERY, uploads={"mine": mine})
    assert list(found["obs_id"]) == list(mine["obs_id"])


def test_the_listener_notes_a_call(listener):
    with pytest.raises(requests.RequestException):
        requests.get(listener.address, timeout=5)
    assert listener.calls == 1


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_no_table_is_fetched_from_an_address(archive, listener, scheme):
    place = listener.address.replace("http", scheme, 1)
    with pytest.raises(pyvo.dal.DALQueryError, match="fetches no tables"):
        archive.tap.run_sync(QUERY, uploads={"mine": place})
    assert listener.calls == 0


def test_no_table_is_fetched_for_an_asynchronous_job(archive, listener):
    job = {"LANG": "ADQL", "QUERY": QUERY, "UPLOAD": f"mine,{listener.address}", "PHASE": "RUN"}
    answer = requests.post(f"{archive.url}/tap/async", data=job, timeout=30)
    assert_refused(answer)
    assert listener.calls == 0


def test_a_job_that_is_there_already_takes_no_address(archive, listener):
    job = archive.tap.submit_job(QUERY)
    try:
        answer = requests.post(
            f"{job.url}/parameters", data={"UPLOAD": f"mine,{listener.address}"}, timeout=30
        )
        assert_refused(answer)
        job.run().wait(phases=["COMPLETED", "ERROR"], timeout=60)
        assert job.phase == "ERROR"
        assert listener.calls == 0
    finally:
        job.delete()


def test_an_address_beside_a_table_is_refused_too(archive, listener, mine):
    answer = requests.post(
        f"{archive.url}/tap/sync",
        data={
            "LANG": "ADQL",
            "QUERY": QUERY,
            "UPLOAD": f"mine,param:one;other,{listener.address}",
        },
        files={"one": ("mine.vot", as_votable(mine))},
        timeout=30,
    )
    assert_refused(answer)
    assert listener.calls == 0


@pytest.mark.parametrize(
    "place", ["__system__/siap2/sitewide/siap2.xml", "__system__/tap/run/sync"]
)
def test_other_services_fetch_nothing_either(archive, listener, place):
    requests.get(
        f"{archive.url}/{place}",
        params={"LANG": "ADQL", "QUERY": QUERY, "UPLOAD": f"mine,{listener.address}"},
        timeout=30,
    )
    assert listener.calls == 0


def test_the_capabilities_announce_what_the_standard_demands(archive):
    methods = {method.ivo_id.partition("#")[2] for method in archive.tap.upload_methods}
    assert {"upload-inline", "upload-http"} <= methods

"""Cuts at once: what SODA 1.0 asks for, who gets them, and that others need not wait."""

from __future__ import annotations

import concurrent.futures
import hashlib
import http.client
import io
import re
import time
from urllib.parse import urlencode, urlsplit

import pytest
import pyvo
import requests
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from lxml import etree
from pyvo.dal.adhoc import SodaQuery

from service.cutrequests import PROPRIETARY, PUBLIC, ask, event_lists, opened, where_cuts_are
from service.livearchive import wait_until
from service.simulatedruns import simulated, write_bytes, write_run

#: Cuts that may wait at the same time.
MOST = 100


@pytest.fixture(scope="module")
def dids(archive):
    return event_lists(archive)


@pytest.fixture(scope="module")
def address(archive):
    return where_cuts_are(archive)


def test_a_cut_is_a_file_with_name_type_and_length(address, dids):
    answer = ask(address, dids[PUBLIC], CIRCLE="83.63 22.01 0.5", ENERGY="1 10")
    with opened(answer) as hdus:
        energies = hdus["EVENTS"].data["ENERGY"]
        assert len(energies) > 0 and energies.min() >= 1 and energies.max() <= 10
        assert {"GTI", "AEFF", "EDISP", "PSF", "BKG"} <= {hdu.name for hdu in hdus}
        told = {row["NAME"]: row["VALUE"] for row in hdus["PROVENANCE"].data}
        assert told["Used.Entity.id"] == dids[PUBLIC]
    headers = answer.headers
    assert "content-encoding" not in headers
    assert headers["content-type"] == "application/fits"
    assert re.fullmatch(
        rf'attachment; filename="SIM-CTAO-N_{PUBLIC}_cut-[0-9a-f]{{8}}\.fits"',
        headers["content-disposition"],
    )
    assert int(headers["content-length"]) == len(answer.content)


def test_post_and_other_cases_of_names_are_taken(address, dids):
    values = {"id": dids[PUBLIC], "energy": "1 10", "HDU": ["events", "aeff"]}
    answer = requests.post(address, data=values, timeout=60)
    with opened(answer) as hdus:
        assert [hdu.name for hdu in hdus][1:] == ["EVENTS", "GTI", "AEFF", "PROVENANCE"]


def test_head_says_what_get_sends(address, dids):
    params = {"ID": dids[PUBLIC], "ENERGY": "1 10"}
    answer = requests.head(address, params=params, timeout=60)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 10_000


@pytest.mark.parametrize(
    "values",
    [
        {"ENERGY": "5000 6000"},
        {"CIRCLE": "10 10 1"},
        {"TIME": "50000 50001"},
        {"BAND": "4e-7 8e-7"},
    ],
)
def test_nothing_left_is_204_without_a_body(address, dids, values):
    answer = ask(address, dids[PUBLIC], **values)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({}, 400, "UsageError: ID is missing"),
        ({"ID": "ivo://nowhere/~?x"}, 404, "UsageError: There is no dataset ivo://nowhere/~?x"),
        ({"ID": "x" * 1_000_000}, 404, "UsageError: There is no dataset xxx"),
        ({"ID": "a\0b"}, 400, "UsageError: ID holds a NUL"),
        ({"ID": "<b>\r\nX: y"}, 404, "UsageError: There is no dataset <b>??X: y"),
        ({"ID": ["a", "b"]}, 400, "MultiValuedParamNotSupported: ID has 2 values"),
        ({"ID": ["a"] * 10_000}, 400, "MultiValuedParamNotSupported: ID has 10000 values"),
        ({"ID": PUBLIC, "ENERGY": ["1 2", "3 4"]}, 400, "MultiValuedParamNotSupported: ENERGY"),
        ({"ID": PUBLIC, "CIRCLE": "1 2"}, 400, "UsageError: CIRCLE=1 2 has 2 numbers"),
        ({"ID": PUBLIC, "CIRCLE": "1 2 3 4 5"}, 400, "UsageError: CIRCLE="),
        ({"ID": PUBLIC, "POLYGON": "1 2 3 4 5"}, 400, "UsageError: POLYGON="),
        ({"ID": PUBLIC, "POS": "BOX 1 2 3 4"}, 400, "UsageError: POS=BOX"),
        ({"ID": PUBLIC, "ENERGY": "NaN NaN"}, 400, "UsageError: ENERGY=NaN NaN holds NaN"),
        ({"ID": PUBLIC, "ENERGY": "+Inf -Inf"}, 400, "UsageError: ENERGY=+Inf -Inf runs backwards"),
        ({"ID": PUBLIC, "TIME": "2 1"}, 400, "UsageError: TIME=2 1 runs backwards"),
        ({"ID": PUBLIC, "ENERGY": "1e12 1e13"}, 400, "UsageError: ENERGY=1e12 1e13 is in TeV"),
        ({"ID": PUBLIC, "HDU": "PRIMARY"}, 400, "UsageError: HDU=primary is not one of"),
        ({"ID": PUBLIC, "EVENT_TYPE": "1"}, 400, "UsageError: The dataset's events have no types"),
    ],
)
def test_errors_are_plain_text_as_soda_wants_them(address, dids, values, status, said):
    # Real identifiers are known only when the archive is there.
    named = values | ({"ID": dids[PUBLIC]} if values.get("ID") == PUBLIC else {})
    answer = requests.post(address, data=named, timeout=60)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith(said)
    assert len(answer.text) < 500


def test_only_lists_of_events_are_cut(archive, address):
    products = archive.sql(
        f"SELECT kind, obs_publisher_did FROM cta.product WHERE obs_id = '{PUBLIC}'"
    )
    for kind, did in products:
        answer = ask(address, did, HDU="gti")
        if kind in ("events", "package"):
            opened(answer).close()
        else:
            assert answer.status_code == 400
            assert answer.text.startswith("UsageError: ") and f"({kind})" in answer.text


def test_rights_are_those_of_the_file(address, dids, member, stranger):
    did = dids[PROPRIETARY]
    nobody = ask(address, did)
    assert nobody.status_code == 401
    assert nobody.text.startswith("AuthenticationError: The data are proprietary")
    assert nobody.headers["www-authenticate"].startswith("Basic ")
    refused = ask(address, did, stranger)
    assert refused.status_code == 403
    assert refused.text.startswith("AuthorizationError: ")
    for answer in (nobody, refused):
        assert b"SIMPLE" not in answer.content
    with opened(ask(address, did, member, HDU="gti")) as hdus:
        assert hdus[-1].name == "PROVENANCE"


def test_a_file_that_has_changed_is_not_cut(archive, address, folder):
    path = write_run(folder / "run.fits.gz", 930802)
    assert archive.cta("ingest", folder).returncode == 0
    did = archive.sql(
        "SELECT obs_publisher_did FROM cta.product WHERE obs_id = '930802' AND kind = 'events'"
    )[0][0]
    opened(ask(address, did, HDU="gti"))
    write_bytes(path, simulated(930802, seed=2).content)
    changed = ask(address, did, HDU="gti")
    assert changed.status_code == 503
    assert changed.text.startswith("ServiceUnavailable: run.fits.gz has changed")
    path.unlink()
    gone = ask(address, did, HDU="gti")
    assert (gone.status_code, gone.text.split(":")[0]) == (503, "ServiceUnavailable")


def test_what_the_operator_is_just_editing_keeps_nobody_from_cutting(archive, address, dids):
    settings = archive.var / "etc" / "cta.yaml"
    instruments = settings.with_name("instruments")
    lock, half = instruments / ".#soda.yaml", instruments / "soda.yaml"
    text = settings.read_text(encoding="utf-8")
    opened(ask(address, dids[PUBLIC], HDU="gti")).close()
    try:
        # Emacs writes such a link while a file is edited.
        lock.symlink_to("operator@host.4711")
        half.write_text("name: [", encoding="utf-8")
        settings.write_text(text + "name: [", encoding="utf-8")
        opened(ask(address, dids[PUBLIC], HDU="gti")).close()
        assert requests.head(f"{archive.url}/dl3/SIM-CTAO-N/{PUBLIC}/gti.fits.gz", timeout=30).ok
    finally:
        lock.unlink(missing_ok=True)
        half.unlink(missing_ok=True)
        settings.write_text(text, encoding="utf-8")
    opened(ask(address, dids[PUBLIC], HDU="gti")).close()


def test_many_clients_are_served_at_once_and_others_answered(archive, address, dids):
    def one(number):
        answer = ask(address, dids[PUBLIC], ENERGY=f"{0.1 + number / 100} +Inf")
        with opened(answer) as hdus:
            assert hdus["EVENTS"].data["ENERGY"].min() >= 0.1 + number / 100 - 1e-6
        return hashlib.sha256(answer.content).hexdigest()

    waits = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(one, number) for number in range(24)]
        while not all(future.done() for future in running):
            begun = time.monotonic()
            assert requests.get(f"{archive.url}/tap/availability", timeout=30).ok
            waits.append(time.monotonic() - begun)
        assert len({future.result() for future in running}) == 24
    assert sorted(waits)[len(waits) // 2] < 1.0


def test_clients_that_hang_up_or_stop_reading_hold_up_nobody(archive, address, dids):
    server = urlsplit(address)
    query = urlencode({"ID": dids[PUBLIC]})
    left = [http.client.HTTPConnection(server.hostname, server.port) for _ in range(12)]
    for connection in left:
        connection.request("GET", f"{server.path}?{query}")
    for connection in left[:6]:
        connection.close()
    assert ask(address, dids[PUBLIC], HDU="gti").status_code == 200
    for connection in left[6:]:
        connection.close()
    # More than may wait. Most are gone before the server looks at what they asked for.
    for _ in range(MOST + 20):
        connection = http.client.HTTPConnection(server.hostname, server.port)
        connection.request("GET", f"{server.path}?{query}")
        connection.close()
    wait_until(lambda: ask(address, dids[PUBLIC], HDU="gti").status_code == 200, 30, "a cut")
    scratch = archive.var / "gavo" / "tmp"
    wait_until(lambda: not list(scratch.glob("cut-*")), 20, "no unfinished cuts")


def test_capabilities_name_both_standards(archive):
    answer = requests.get(f"{archive.url}/cta/dl/soda/capabilities", timeout=30)
    found = {str(name).lower() for name in etree.fromstring(answer.content).xpath("//@standardID")}
    assert {"ivo://ivoa.net/std/soda#sync-1.0", "ivo://ivoa.net/std/soda#async-1.0"} <= found


@pytest.mark.parametrize(("obs_id", "person"), [(PUBLIC, "nobody"), (PROPRIETARY, "member")])
def test_pyvo_cuts_by_the_descriptor_of_the_links(archive, member, obs_id, person):
    """As astronomers do, who know the row of a query and no address."""
    session = requests.Session()
    if person == "member":
        session.headers.update(member.headers)
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    (row,) = tap.search(f"SELECT * FROM cta.vo_obscore WHERE obs_id = '{obs_id}'")
    (sync,) = (
        service
        for service in row.getdatalink().iter_adhocservices()
        if any(
            param.name == "standardID" and param.value == "ivo://ivoa.net/std/SODA#sync-1.0"
            for param in service.params
        )
    )
    centre = (row["s_ra"], row["s_dec"], 0.5) * units.deg
    query = SodaQuery.from_resource(row, sync, circle=centre, session=session, energy=(1, 10))
    with fits.open(io.BytesIO(query.execute_stream().read())) as hdus:
        events = hdus["EVENTS"].data
        apart = SkyCoord(events["RA"], events["DEC"], unit="deg").separation(SkyCoord(*centre[:2]))
        assert len(events) > 0 and apart.max() <= centre[2]
        assert hdus["EVENTS"].header["OBS_ID"] == int(obs_id)

"""Files and their products: what clients get, how, and what they never get."""

import base64
import concurrent.futures
import contextlib
import gzip
import hashlib
import http.client
import io
import itertools
import json
import os
import socket
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
import requests
from astropy.io import fits

from iact.archive.served import set_media_type
from service.livearchive import SUPERUSER, wait_until
from service.people import NOBODY, told
from service.simulatedruns import simulated, write_bytes, write_run
from service.test_links import raw

PUBLIC, PROPRIETARY = "101001", "101005"
RUN, CLOSED = (f"/dl3/SIM-CTAO-N/{obs_id}" for obs_id in (PUBLIC, PROPRIETARY))
PACKAGE = f"{RUN}/sim_{PUBLIC}.fits.gz"
KINDS = ("events", "gti", "aeff", "edisp", "psf", "bkg")
NAMES = tuple(f"{kind}.fits.gz" for kind in KINDS)
MEGABYTE = 1_000_000
#: A name that could end a header, or begin another.
HOSTILE = 'ä "x"; filename=evil.exe\t.fits.gz'
BIG = "/dl3/SIM-CTAO-N/950001/big.fits"


def run(*words, cwd):
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def write_big(path, obs_id, size):
    """Write a run's file that has, besides, an image of some size."""
    content = io.BytesIO(gzip.decompress(simulated(obs_id).content))
    plain = io.BytesIO()
    with fits.open(content) as hdus:
        noise = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
        hdus.append(fits.ImageHDU(noise, name="FILLER"))
        hdus.writeto(plain)
    return write_bytes(path, plain.getvalue())


@pytest.fixture(scope="module")
def own(archive, tmp_path_factory):
    """A folder of files that tests may change, each but one of them once."""
    folder = tmp_path_factory.mktemp("files")
    write_big(folder / "big.fits", 950001, 48 * MEGABYTE)
    for obs_id, name in (
        (950002, HOSTILE), (950003, "a.fits.gz"), (950004, "b.fits.gz"), (950005, "c.fits.gz")
    ):  # fmt: skip
        write_run(folder / name, obs_id)
    assert archive.cta("ingest", folder).returncode == 0
    yield folder
    assert archive.cta("forget", folder).returncode == 0


# Bad requests, and files that are not as they were


@pytest.mark.parametrize("name", [*NAMES, f"sim_{PROPRIETARY}.fits.gz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_product_of_a_proprietary_run_gives_a_byte(archive, name, method):
    tag = f'"{"0" * 32}"'
    for headers in ({}, {"Range": "bytes=0-99"}, {"If-None-Match": "*"}, {"If-Match": tag}):
        status, body, sent = raw(archive, f"{CLOSED}/{name}", method, **headers)
        assert status == 401
        assert body == (told(NOBODY) if method == "GET" else b"")
        assert int(sent["Content-Length"]) < 100
        assert not {"ETag", "Last-Modified", "Repr-Digest", "Content-Range"} & set(sent)


@pytest.mark.parametrize(
    "name",
    [
        "rad_max.fits.gz", "package", "package.fits.gz", "events", "events.fits", "EVENTS.fits.gz",
        "events.fits.gz/x", "events.fits.gz%00", "events.fits.gz%2f", "..%2fevents.fits.gz",
        "%2e%2e/events.fits.gz", ".fits.gz", "made-events.fits.gz", "provenance.json/",
        "counts.fits.gz", "events%2efits.gz%0d%0aX: y",
    ],
)  # fmt: skip
def test_a_name_that_there_is_not_gives_nothing(archive, name):
    assert raw(archive, f"{RUN}/{name.replace(' ', '%20')}")[0] in (400, 404)


RANGES = {
    "past the end": ("bytes=999999999-", 416),
    "no bytes": ("bytes=-0", 416),
    "all past the end": ("bytes=999999999-,999999998-", 416),
    "reversed": ("bytes=9-1", 200),
    "nonsense": ("bytes=a-b", 200),
    "other unit": ("lines=1-2", 200),
    "enormous": ("bytes=0-" + "9" * 4000, 206),
    "thousands": ("bytes=" + ",".join(["0-"] * 4000), 200),
    "thousands of single bytes": ("bytes=" + ",".join(f"{n}-{n}" for n in range(1500)), 200),
    "overlapping": ("bytes=" + ",".join(f"{n}-" for n in range(100)), 206),
}


@pytest.mark.parametrize(("ranges", "expected"), RANGES.values(), ids=RANGES)
def test_no_range_makes_more_of_a_file_than_it_is(archive, challenge, ranges, expected):
    content = (challenge / "north" / f"sim_{PUBLIC}.fits.gz").read_bytes()
    status, body, headers = raw(archive, PACKAGE, Range=ranges)
    assert status == expected
    if status == 416:
        assert headers["Content-Range"] == f"bytes */{len(content)}"
        assert len(body) < 100
    else:
        assert body == content


def test_a_name_cannot_get_out_of_its_header(archive, own):
    status, body, headers = raw(archive, f"/dl3/SIM-CTAO-N/950002/{quote(HOSTILE, safe='')}")
    assert (status, body) == (200, (own / HOSTILE).read_bytes())
    value = headers["Content-Disposition"]
    assert value.startswith('attachment; filename="___x___filename_evil.exe_.fits.gz"; ')
    assert value.endswith("filename*=UTF-8''%C3%A4%20_x_%3B%20filename%3Devil.exe_.fits.gz")


def test_only_what_the_archive_read_goes_out(archive, own):
    path = own / "a.fits.gz"
    good, before = path.read_bytes(), path.stat()
    addresses = [f"/dl3/SIM-CTAO-N/950003/{name}" for name in ("a.fits.gz", "aeff.fits.gz")]

    def answers():
        return [raw(archive, address)[:2] for address in addresses]

    there = answers()
    assert [status for status, _ in there] == [200, 200]
    # A change that hides behind size and time, as that of a disk that loses bits does.
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for changed in (good[:-100], good[:500] + good[600:] + bytes(100), b""):
        for status, body in answers():
            assert status == 503
            assert body.startswith(b"The file a.fits.gz has changed since the archive read it")
        path.write_bytes(changed)
    path.unlink()
    for status, body in answers():
        assert (status, b"a.fits.gz" in body, str(own).encode() in body) == (503, True, False)
    # Another time alone is no change.
    path.write_bytes(good)
    assert answers() == there
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert [status for status, _ in answers()] == [503, 503]


def test_an_hdu_that_is_not_what_the_tables_say_is_not_sent(archive, own):
    change = "UPDATE cta.product SET sha256 = %s WHERE obs_id = '950004' AND kind = 'psf'"
    archive.sql(change, ("0" * 64,))
    status, body, _ = raw(archive, "/dl3/SIM-CTAO-N/950004/psf.fits.gz")
    assert status == 503
    assert body.startswith(b"b.fits.gz[HDU 5]: this is not the HDU that the archive read")
    assert raw(archive, "/dl3/SIM-CTAO-N/950004/aeff.fits.gz")[0] == 200


def test_a_file_that_is_changed_while_it_is_sent_does_not_seem_complete(archive, own):
    path, address = own / "big.fits", BIG
    server = urlsplit(archive.url)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", address)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read(1000)
        before = path.stat()
        os.utime(path)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            answer.read()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert raw(archive, address, Range="bytes=0-9")[0] == 206


def test_clients_that_stop_reading_hold_no_memory(archive, own):
    server = urlsplit(archive.url)
    pid = (archive.var / "run" / "server.pid").read_text().split()[0]

    def resident():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    assert raw(archive, BIG, Range="bytes=0-9")[0] == 206
    before = resident()
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            sock = socket.create_connection((server.hostname, server.port), timeout=30)
            stack.enter_context(sock)
            sock.sendall(f"GET {BIG} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(1)
        assert resident() - before < 30 * MEGABYTE
        assert raw(archive, f"{RUN}/aeff.fits.gz")[0] == 200


# What clients get


def test_products_are_the_hdus_of_the_tables(archive, challenge):
    rows = {
        row["kind"]: row
        for row in archive.rows(
            f"SELECT kind, hdu, sha256, content_type FROM cta.product WHERE obs_id = '{PUBLIC}'"
        )
    }
    assert set(KINDS) | {"package"} == set(rows)
    for kind in KINDS:
        answer = requests.get(f"{archive.url}{RUN}/{kind}.fits.gz", timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == rows[kind]["content_type"]
        assert "content-encoding" not in answer.headers
        content = gzip.decompress(answer.content)
        wanted = {"events": ("events", "gti")}.get(kind, (kind,))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with fits.open(io.BytesIO(content), checksum=True) as hdus:
                hdus.verify("exception")
                assert [hdu.name for hdu in hdus[1:]] == [rows[one]["hdu"] for one in wanted]
                places = [hdu._header_offset for hdu in hdus[1:]] + [len(content)]
        digests = [
            hashlib.sha256(content[start:stop]).hexdigest()
            for start, stop in itertools.pairwise(places)
        ]
        assert digests == [rows[one]["sha256"] for one in wanted]


def test_gammapy_opens_products(archive, tmp_path):
    gammapy = pytest.importorskip("gammapy.irf")
    from gammapy.data import GTI, EventList

    for name in NAMES:
        (tmp_path / name).write_bytes(
            requests.get(f"{archive.url}{RUN}/{name}", timeout=30).content
        )
    (row,) = archive.rows(f"SELECT ev_xel, t_exptime FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'")
    events = EventList.read(tmp_path / "events.fits.gz")
    assert len(events.table) == row["ev_xel"]
    for name in ("events.fits.gz", "gti.fits.gz"):
        gti = GTI.read(tmp_path / name)
        assert gti.time_sum.to_value("s") == pytest.approx(row["t_exptime"], rel=0.2)
    for name, kind in (
        ("aeff", gammapy.EffectiveAreaTable2D),
        ("edisp", gammapy.EnergyDispersion2D),
        ("bkg", gammapy.Background2D),
    ):
        assert kind.read(tmp_path / f"{name}.fits.gz", hdu=1).data.size > 0


@pytest.mark.parametrize("address", [PACKAGE, f"{RUN}/events.fits.gz", f"{RUN}/provenance.json"])
def test_head_is_get_without_the_bytes(archive, address):
    status, body, got = raw(archive, address)
    assert status == 200
    status, nothing, told = raw(archive, address, "HEAD")
    assert (status, nothing) == (200, b"")
    assert {*got.items()} - {*told.items()} <= {("Date", got["Date"])}
    assert int(got["Content-Length"]) == len(body)
    digest = hashlib.sha256(body).digest()
    assert got["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert got["ETag"] == f'"{digest.hex()[:32]}"'
    assert got["Content-Disposition"].startswith("attachment; filename=")
    assert "Content-Encoding" not in got


def test_a_copy_is_asked_for_again_at_no_cost(archive):
    for address in (PACKAGE, f"{RUN}/aeff.fits.gz", f"{RUN}/provenance.json"):
        _, _, headers = raw(archive, address)
        for condition in (
            {"If-None-Match": headers["ETag"]},
            {"If-None-Match": f'W/"x", {headers["ETag"]}'},
            {"If-Modified-Since": headers.get("Last-Modified")},
        ):
            if None not in condition.values():
                status, body, again = raw(archive, address, **condition)
                assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        assert raw(archive, address, **{"If-None-Match": '"x"'})[0] == 200
        assert raw(archive, address, **{"If-Match": '"x"'})[0] == 412


def test_several_parts_come_in_one_answer(archive):
    _, whole, _ = raw(archive, PACKAGE)
    status, body, headers = raw(archive, PACKAGE, Range="bytes=0-9,5000-5009,-10")
    assert status == 206
    assert headers["Content-Type"].startswith("multipart/byteranges; boundary=")
    assert int(headers["Content-Length"]) == len(body)
    for part in (whole[:10], whole[5000:5010], whole[-10:]):
        assert b"\r\n\r\n" + part + b"\r\n--" in body


@pytest.mark.parametrize("name", [f"sim_{PUBLIC}.fits.gz", "events.fits.gz"])
def test_curl_and_wget_go_on_with_a_download(archive, tmp_path, name):
    address = f"{archive.url}{RUN}/{name}"
    whole = requests.get(address, timeout=30).content
    for words in (("curl", "-fsS", "-C", "-", "-o", name), ("wget", "-q", "-c", "-O", name)):
        (tmp_path / name).write_bytes(whole[:1000])
        done = run(*words, address, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_bytes() == whole
    done = run("curl", "-fsS", "-r", "-100", "-o", "end", address, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "end").read_bytes() == whole[-100:]
    (tmp_path / name).unlink()
    done = run("curl", "-fsSOJ", address, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    saved = {f"sim_{PUBLIC}.fits.gz": "", "events.fits.gz": f"SIM-CTAO-N_{PUBLIC}_"}[name] + name
    assert (tmp_path / saved).read_bytes() == whole


def test_a_download_goes_on_only_with_the_same_bytes(archive):
    _, whole, headers = raw(archive, PACKAGE)
    part = {"Range": "bytes=1000-"}
    status, body, _ = raw(archive, PACKAGE, **part, **{"If-Range": headers["ETag"]})
    assert (status, body) == (206, whole[1000:])
    status, body, _ = raw(archive, PACKAGE, **part, **{"If-Range": '"of yesterday"'})
    assert (status, body) == (200, whole)


def test_many_who_ask_at_once_get_the_same(archive, own):
    address = f"{archive.url}/dl3/SIM-CTAO-N/950005/events.fits.gz"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: requests.get(address, timeout=30), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_a_member_gets_what_others_do_not(archive, member, challenge, tmp_path):
    (folder,) = {path.parent for path in challenge.rglob(f"sim_{PROPRIETARY}.fits.gz")}
    content = (folder / f"sim_{PROPRIETARY}.fits.gz").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        # netrc and Basic alike.
        netrc = tmp_path / "netrc"
        host = urlsplit(archive.url).hostname
        netrc.write_text(f"machine {host} login {member.name} password {member.password}\n")
        netrc.chmod(0o600)
        patch.setenv("NETRC", str(netrc))
        answer = requests.get(f"{archive.url}{CLOSED}/sim_{PROPRIETARY}.fits.gz", timeout=30)
        assert (answer.status_code, answer.content) == (200, content)
    answer = requests.get(f"{archive.url}{CLOSED}/aeff.fits.gz", auth=member.auth, timeout=30)
    assert answer.status_code == 200
    assert "private" in answer.headers["cache-control"]
    assert "Authorization" in answer.headers["vary"]
    words = ("wget", "-q", "--user", member.name, "--password", member.password, "-O", "x")
    done = run(*words, f"{archive.url}{CLOSED}/aeff.fits.gz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x").read_bytes() == answer.content
    wrong = (member.name, "wrong")
    for address in (f"{CLOSED}/aeff.fits.gz", f"{RUN}/provenance.json"):
        assert requests.get(archive.url + address, auth=wrong, timeout=30).status_code == 401


@pytest.mark.parametrize("obs_id", [PUBLIC, PROPRIETARY])
def test_the_provenance_record_is_for_everybody(archive, obs_id):
    answer = requests.get(f"{archive.url}/dl3/SIM-CTAO-N/{obs_id}/provenance.json", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    stored = archive.scalar(f"SELECT prov_json FROM cta.provenance WHERE obs_id = '{obs_id}'")
    assert answer.json() == json.loads(stored)
    assert answer.json()["activity"]


def test_the_media_type_of_the_tables_follows_the_setting(archive):
    query = "SELECT DISTINCT content_type FROM cta.product"
    with archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == [("application/fits",)]
        set_media_type(cursor, "application/x-fits-gadf")
        cursor.execute(query)
        # Closed without a commit, the connection takes it back.
        assert cursor.fetchall() == [("application/x-fits-gadf",)]


def test_what_was_made_is_kept(archive):
    kept = archive.var / "cache" / "products"
    assert raw(archive, f"{RUN}/gti.fits.gz")[0] == 200
    wait_until(kept.is_dir, 5, f"{kept} is not there")
    assert kept.stat().st_mode & 0o077 == 0
    names = {path.name for path in kept.iterdir()}
    assert raw(archive, f"{RUN}/gti.fits.gz")[0] == 200
    assert names == {path.name for path in kept.iterdir()}

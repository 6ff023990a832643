"""Fetching packages of many datasets: who may, in which parts, and what ends it."""

import gzip
import io
import os
import random
import socket
import subprocess
import time
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from astropy.io import fits
from gammapy.data import DataStore

from service.livearchive import wait_until
from service.packagerequests import (
    DID,
    PROPRIETARY,
    PUBLIC,
    SIMULATED,
    address,
    for_everybody,
    unpacked,
)
from service.simulatedruns import simulated, write_bytes, write_run


@pytest.fixture(scope="module")
def whole(archive):
    """A package for everybody: its address and its bytes."""
    return for_everybody(archive)


def test_a_package_is_only_for_those_who_may_have_all_of_it(archive, member, stranger, challenge):
    url = address(archive, member.auth, QUERY=SIMULATED)
    secrets = [(challenge / "north" / f"sim_{run}.fits.gz").read_bytes() for run in PROPRIETARY]
    for user, expected in ((None, 401), (stranger.auth, 403), ((member.name, "wrong"), 401)):
        for headers in ({}, {"Range": "bytes=0-99"}, {"If-None-Match": "*"}):
            answer = requests.get(url, auth=user, headers=headers, timeout=30)
            assert answer.status_code == expected
            assert ("www-authenticate" in answer.headers) == (expected == 401)
            assert len(answer.content) < 500
            assert not any(answer.content in secret for secret in secrets)
            assert not {"etag", "content-range", "accept-ranges"} & set(answer.headers)
    content = requests.get(url, auth=member.auth, timeout=60).content
    assert all(secret in content for secret in secrets)


def test_rights_are_decided_again_at_each_request(archive, whole):
    url, _ = whole

    def store(rights, release):
        archive.sql(
            "UPDATE cta.obscore_row SET data_rights = %s, obs_release_date = %s WHERE obs_id = %s",
            (rights, release, PUBLIC[0]),
        )

    (before,) = archive.sql(
        "SELECT data_rights, obs_release_date FROM cta.obscore_row WHERE obs_id = %s", PUBLIC[:1]
    )
    try:
        store("proprietary", None)
        for headers in ({}, {"Range": "bytes=500-"}):
            answer = requests.get(url, headers=headers, timeout=30)
            assert answer.status_code == 401
            assert DID.format(PUBLIC[0]) in answer.text
    finally:
        store(*before)
    assert requests.head(url, timeout=30).status_code == 200


def test_any_range_is_a_part_of_the_whole(whole):
    url, content = whole
    head = requests.head(url, timeout=30).headers
    assert int(head["content-length"]) == len(content)
    assert head["accept-ranges"] == "bytes"
    assert head["content-disposition"] == f'attachment; filename="{url.rpartition("/")[2]}"'
    chosen = random.Random(1)
    edges = [0, 1, 511, 512, len(content) - 1]
    for start in edges + [chosen.randrange(len(content)) for _ in range(25)]:
        stop = chosen.randint(start + 1, len(content))
        answer = requests.get(url, headers={"Range": f"bytes={start}-{stop - 1}"}, timeout=30)
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(content)}"
        assert answer.content == content[start:stop]


def test_a_range_behind_the_end_and_several_ranges(whole):
    url, content = whole
    answer = requests.get(url, headers={"Range": f"bytes={len(content)}-"}, timeout=30)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(content)}")
    answer = requests.get(url, headers={"Range": "bytes=0-0,5000-5000"}, timeout=30)
    parts = message_from_bytes(
        b"content-type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content
    ).get_payload()
    assert (answer.status_code, int(answer.headers["content-length"])) == (206, len(answer.content))
    assert [part["content-range"] for part in parts] == [
        f"bytes {at}-{at}/{len(content)}" for at in (0, 5000)
    ]
    assert [part.get_payload(decode=True) for part in parts] == [content[:1], content[5000:5001]]
    # So many that the server takes them for none.
    many = ",".join(f"{300 * number}-" for number in range(2000))
    answer = requests.get(url, headers={"Range": f"bytes={many}"}, timeout=30)
    assert (answer.status_code, answer.content) == (200, content)


def test_who_has_it_already_does_not_get_it_again(whole):
    url, content = whole
    etag = requests.head(url, timeout=30).headers["etag"]
    for tags in (etag, f'"other", {etag}', f'"with blank",W/{etag}', "*"):
        answer = requests.get(url, headers={"If-None-Match": tags}, timeout=30)
        assert (answer.status_code, answer.content) == (304, b"")
    for tags, status in (('"other"', 412), (f"W/{etag}", 412), (f'"other",{etag}', 200)):
        answer = requests.get(url, headers={"If-Match": tags}, timeout=30)
        assert answer.status_code == status
        assert (answer.content == content) == (status == 200)
    for condition, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=5-9", "If-Range": condition}
        answer = requests.get(url, headers=headers, timeout=30)
        assert (answer.status_code, answer.content) == (
            (206, content[5:10]) if status == 206 else (200, content)
        )


def test_curl_goes_on_where_it_was_interrupted(whole, tmp_path):
    url, content = whole
    path = tmp_path / "part.tar"
    path.write_bytes(content[: len(content) // 3])
    subprocess.run(["curl", "-sSf", "-C", "-", "-o", path, url], check=True, timeout=60)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("path", "status"),
    [("/0/x.tar", 404), ("/{id}/other.tar", 404), ("/{id}", 404), ("/{id}/", 404),
     ("/{id}/{name}/", 404), ("/" + "0" * 32 + "/{name}", 404),
     # No path of the server takes these.
     ("/{id}/{name}%00", 400), ("/..%2f..%2f/{name}", 400), ("/{id}/..%2f{name}", 400),
     ("/%2e%2e/{name}", 400)],
)  # fmt: skip
def test_other_addresses_lead_nowhere(archive, whole, path, status):
    *_, package_id, name = whole[0].split("/")
    url = f"{archive.url}/cta/dl/package/custom{path.format(id=package_id, name=name)}"
    answer = requests.get(url, timeout=30)
    assert answer.status_code == status and len(answer.content) < 500


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_packages_can_only_be_read(whole, method):
    answer = requests.request(method, whole[0], timeout=30)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_package_whose_files_have_changed_is_not_sent(archive, folder, tmp_path):
    # Of the same name, which must not meet in the package.
    paths = {run: folder / str(run) / "events.fits.gz" for run in (931001, 931002)}
    for run, path in paths.items():
        write_run(path, run)
    archive.cta("ingest", folder)
    dids = [DID.format(run) for run in paths]
    url = address(archive, ID=dids)
    made = unpacked(url, tmp_path)
    found = DataStore.from_dir(made).get_observations()
    assert sorted(int(observation.obs_id) for observation in found) == list(paths)
    # Before ingestion has met what lies there now.
    write_bytes(paths[931002], paths[931002].read_bytes() + bytes(10))
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, "has changed" in answer.text) == (409, True)
    other = address(archive, ID=dids)
    assert other != url
    assert (
        f"{dids[1]}\tevents.fits.gz has changed".encode() in requests.get(other, timeout=30).content
    )
    # And when the archive has others.
    write_run(paths[931002], 931002, seed=2)
    paths[931001].unlink()
    assert archive.cta("ingest", folder, "--prune").returncode == 0
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, "not in the archive any more" in answer.text) == (409, True)


def begun(url):
    """Ask for a package, and read no more than the beginning."""
    server = urlsplit(url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect((server.hostname, server.port))
    client.sendall(f"GET {server.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert client.recv(20).startswith(b"HTTP/1.1 200")
    return client


def test_a_file_that_changes_meanwhile_ends_the_transfer(archive, folder):
    """Too early, which is how a client learns of it."""
    path = folder / "large.fits"
    # More than the buffers of both ends hold.
    large = fits.ImageHDU(np.zeros(2**24, dtype=np.uint8), name="MORE")
    with fits.open(io.BytesIO(gzip.decompress(simulated(931003).content))) as hdus:
        hdus.append(large)
        hdus.writeto(path)
    assert archive.cta("ingest", folder).returncode == 0
    url = address(archive, ID=DID.format(931003))
    size = int(requests.head(url, timeout=30).headers["content-length"])
    assert size > 2**24
    client = begun(url)
    try:
        os.utime(path)
        received = 0
        with pytest.raises(ConnectionResetError):
            while piece := client.recv(2**20):
                received += len(piece)
        assert received < size
    finally:
        client.close()
    # It has another date only; as a file it is sent, too.
    with requests.get(url, stream=True, timeout=30) as answer:
        assert answer.status_code == 200
        assert sum(map(len, answer.iter_content(2**20))) == size
    date = path.stat().st_mtime_ns
    with path.open("r+b") as stream:
        stream.seek(-3000, os.SEEK_END)
        stream.write(b"other")
    os.utime(path, ns=(date, date + 1))
    assert requests.get(url, timeout=30).status_code == 409


@pytest.mark.realdata
def test_clients_that_stop_reading_cost_little(archive, real_data):
    """They hold one file and some buffers each, and nobody else waits for them."""
    pid = int((archive.var / "run" / "server.pid").read_text())
    url = address(archive, QUERY="SELECT obs_publisher_did FROM cta.vo_obscore"
                  " WHERE obs_collection = 'HESS-DL3-DR1'")  # fmt: skip

    def resident():
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def open_files():
        names = []
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            # What was closed in this moment.
            with suppress(FileNotFoundError):
                names.append(str(entry.readlink()))
        return [name for name in names if "hess_dl3" in name]

    before = resident()
    size = int(requests.head(url, timeout=30).headers["content-length"])
    stalled = []
    try:
        for _ in range(20):
            stalled.append(begun(url))
        start = time.monotonic()
        assert len(requests.get(url, timeout=30).content) == size
        assert time.monotonic() - start < 10
        assert 0 < len(open_files()) <= len(stalled)
        # A chunk is a quarter of this.
        assert resident() - before < len(stalled) * 2**20
    finally:
        for client in stalled:
            client.close()
    wait_until(lambda: not open_files(), 10, "files are closed when clients have gone")

"""Packages of many datasets: what is in them, for whom, and in which parts."""

import gzip
import io
import json
import os
import random
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from gammapy.data import DataStore
from gammapy.datasets import SpectrumDataset
from gammapy.makers import ReflectedRegionsBackgroundMaker, SpectrumDatasetMaker
from gammapy.maps import MapAxis, RegionGeom, WcsGeom
from regions import CircleSkyRegion

from service.livearchive import wait_until
from service.simulatedruns import simulated, write_bytes, write_run

DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"
#: Of all runs that see the Crab Nebula, the last two are proprietary.
CRAB = "SELECT obs_publisher_did FROM cta.vo_obscore WHERE target_name = 'Crab Nebula'"
SIMULATED = f"{CRAB} AND obs_collection = 'SIM-CTAO-N' AND obs_id < '200000'"
PUBLIC, PROPRIETARY = ("101001", "101002", "101003", "101004"), ("101005", "101006")


def ask(archive, user=None, method="GET", **parameters):
    """Ask for a package; return the answer, which leads to it or says why there is none."""
    where = {"params" if method == "GET" else "data": parameters}
    return requests.request(
        method, f"{archive.url}/cta/dl/package/custom",
        auth=user, allow_redirects=False, timeout=60, **where,
    )  # fmt: skip


def address(archive, user=None, **parameters):
    answer = ask(archive, user, **parameters)
    assert answer.status_code == 303, answer.text
    assert answer.text.strip() == answer.headers["location"]
    return answer.headers["location"]


def unpacked(url, folder, user=None):
    """Fetch a package and unpack it as people do; return the folder that it makes."""
    path = folder / url.rpartition("/")[2]
    words = ["curl", "-sSf", "-o", path, *(["-u", ":".join(user)] if user else []), url]
    subprocess.run(words, check=True, timeout=60)
    listed = subprocess.run(
        ["tar", "tf", path], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert {name.partition("/")[0] for name in listed} == {path.stem}
    subprocess.run(["tar", "xf", path, "-C", folder], check=True, timeout=60)
    made = folder / path.stem
    subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=made, check=True, timeout=60
    )
    summed = (made / "SHA256SUMS").read_text().splitlines()
    assert {line[66:] for line in summed} | {"SHA256SUMS"} == {
        name.partition("/")[2] for name in listed
    }
    return made


def runs_in(folder):
    return sorted(path.name[4:10] for path in (folder / "data").rglob("sim_*.fits.gz"))


def left_out(folder):
    lines = (folder / "LEFT-OUT.txt").read_text().splitlines()
    return dict(line.split("\t") for line in lines if "\t" in line)


@pytest.fixture(scope="module")
def whole(archive):
    """A package for everybody: its address and its bytes."""
    url = address(archive, QUERY=SIMULATED)
    return url, requests.get(url, timeout=60).content


def test_nobody_gets_the_public_runs_of_a_query(archive, challenge, tmp_path):
    made = unpacked(address(archive, QUERY=SIMULATED), tmp_path)
    assert runs_in(made) == list(PUBLIC)
    for path in (made / "data").rglob("sim_*"):
        assert path.read_bytes() == (challenge / "north" / path.name).read_bytes()
    assert left_out(made) == {DID.format(run): "The data are proprietary." for run in PROPRIETARY}
    assert "Licence\n    CC0 1.0" in (made / "terms" / "SIM-CTAO-N.txt").read_text()
    readme = (made / "README.txt").read_text()
    assert SIMULATED in readme and "4 observations in 4 files" in readme


def test_a_member_gets_more_than_a_stranger(archive, member, stranger, tmp_path):
    for user, runs in ((member.auth, PUBLIC + PROPRIETARY), (stranger.auth, PUBLIC)):
        folder = tmp_path / user[0]
        folder.mkdir()
        made = unpacked(address(archive, user, QUERY=SIMULATED), folder, user)
        assert runs_in(made) == list(runs)
        assert set(left_out(made)) == {DID.format(run) for run in {*PUBLIC, *PROPRIETARY} - {*runs}}


def test_a_package_does_not_tell_who_asked_for_it(archive, stranger, tmp_path):
    made = address(archive, stranger.auth, QUERY=SIMULATED)
    # Nor is it another one for that.
    assert made == address(archive, QUERY=SIMULATED)
    folder = unpacked(made, tmp_path)
    texts = [path.read_bytes() for path in folder.rglob("*.txt")]
    assert len(texts) == 3
    assert not any(stranger.name.encode() in text for text in texts)


def test_gammapy_opens_the_unpacked_folder(archive, member, tmp_path):
    made = unpacked(address(archive, member.auth, QUERY=SIMULATED), tmp_path, member.auth)
    store = DataStore.from_dir(made)
    observations = store.get_observations(required_irf="full-enclosure")
    assert [int(found.obs_id) for found in observations] == [*map(int, PUBLIC + PROPRIETARY)]
    rows = {
        row["obs_id"]: row
        for row in archive.rows(f"{SIMULATED.replace('obs_publisher_did', '*')} ORDER BY obs_id")
    }
    for found in observations:
        row = rows[str(found.obs_id)]
        assert len(found.events.table) == row["ev_xel"]
        assert found.gti.time_start[0].tt.mjd == pytest.approx(row["t_min"], abs=1e-9)
        assert found.pointing.fixed_icrs.ra.deg == pytest.approx(row["s_ra"])
        assert found.aeff.data.max() > 0
    table = store.obs_table
    assert table.time_start.tt.mjd == pytest.approx([row["t_min"] for row in rows.values()])
    assert list(table["OBS_COLLECTION"]) == ["SIM-CTAO-N"] * len(rows)


def test_identifiers_come_by_get_and_post_and_in_any_order(archive, whole):
    dids = [DID.format(run) for run in PUBLIC]
    first = address(archive, ID=dids)
    assert address(archive, method="POST", ID=[*reversed(dids), dids[0]]) == first
    # Those of other products mean the same datasets.
    assert requests.head(first, timeout=30).headers["content-type"] == "application/x-tar"
    # With other words in README.txt, it is another package.
    assert first != whole[0]
    assert address(archive, QUERY=SIMULATED) == whole[0]


@pytest.mark.parametrize(
    "columns", ["obs_id, obs_collection", "event_type, obs_id, obs_collection"]
)
def test_keys_name_observations_too(archive, tmp_path, columns):
    made = unpacked(
        address(archive, QUERY=SIMULATED.replace("obs_publisher_did", columns)), tmp_path
    )
    assert runs_in(made) == list(PUBLIC)
    assert set(left_out(made)) == {DID.format(run) for run in PROPRIETARY}


def test_ivoa_obscore_can_be_asked_too(archive, tmp_path):
    query = SIMULATED.replace("cta.vo_obscore", "ivoa.obscore").replace("SELECT", "SELECT TOP 2")
    assert len(runs_in(unpacked(address(archive, QUERY=f"{query} ORDER BY obs_id"), tmp_path))) == 2


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
    ("parameters", "status", "sentence"),
    [
        ({}, 400, "Ask for a package"),
        ({"ID": ""}, 400, "Ask for a package"),
        ({"ID": "x", "QUERY": CRAB}, 400, "cannot be combined"),
        ({"QUERY": [CRAB, CRAB]}, 400, "one QUERY only"),
        ({"QUERY": "SELEKT"}, 400, "Could not parse"),
        ({"QUERY": "SELECT obs_id FROM cta.vo_obscore"}, 400, "neither obs_publisher_did nor"),
        ({"QUERY": "SELECT nothing FROM cta.vo_obscore"}, 400, "nothing"),
        ({"QUERY": "SELECT obs_publisher_did FROM cta.obscore_row"}, 400, "obscore_row"),
        ({"QUERY": "SELECT path AS obs_publisher_did FROM cta.source_file"}, 400, "source_file"),
        ({"QUERY": f"{CRAB}; DROP TABLE cta.gti"}, 400, "parse"),
        ({"QUERY": f"{CRAB}\0"}, 400, "NUL"),
        ({"QUERY": f"{CRAB} AND 1/0 = 1"}, 400, "division by zero"),
        ({"QUERY": f"{CRAB} AND obs_id = 'none'"}, 404, "no dataset"),
        ({"QUERY": "SELECT 'x' AS obs_id, 'y' AS obs_collection FROM cta.site"}, 404, "no dataset"),
        ({"ID": "ivo://nowhere"}, 404, "There is no such dataset"),
        ({"ID": "a\0b\r\nSet-Cookie: x"}, 404, "There is no such dataset"),
        ({"ID": b"\xff\xfe"}, 404, "There is no such dataset"),
        ({"ID": DID.format(PROPRIETARY[0])}, 401, "The data are proprietary."),
        ({"ID": ["a", DID.format(PROPRIETARY[0])]}, 401, "The data are proprietary."),
    ],
)
def test_what_gives_no_package_says_why(archive, parameters, status, sentence):
    answer = ask(archive, **parameters)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert not {"location", "set-cookie"} & set(answer.headers)


def test_a_stranger_is_told_that_he_may_not(archive, stranger):
    answer = ask(archive, stranger.auth, ID=DID.format(PROPRIETARY[0]))
    assert (answer.status_code, "proprietary" in answer.text) == (403, True)


def test_more_than_a_package_takes_is_refused(archive):
    # The simulated data challenge alone has 24 runs.
    query = "SELECT a.obs_publisher_did FROM cta.gti AS a, cta.gti AS b, cta.gti AS c"
    answer = ask(archive, QUERY=query)
    assert (answer.status_code, "more than 10000 rows" in answer.text) == (400, True)
    answer = ask(archive, method="POST", ID=[f"ivo://x/{number}" for number in range(10_001)])
    assert (answer.status_code, "10000 datasets at most" in answer.text) == (400, True)


def test_who_finds_too_many_before_them_may_come_again(archive):
    # Slow enough for all to be there before the first is answered.
    tables = "abcd"
    slow = (
        "SELECT a.obs_publisher_did, sum(b.t_start * c.t_start * d.t_start) AS total FROM "
        + ", ".join(f"cta.gti AS {table}" for table in tables)
        + " WHERE "
        + " AND ".join(f"{table}.obs_collection = 'SIM-CTAO-N'" for table in tables)
        + " GROUP BY a.obs_publisher_did"
    )
    with ThreadPoolExecutor(40) as clients:
        answers = list(clients.map(lambda _: ask(archive, QUERY=slow), range(40)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {303, 503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert all("ask again" in answer.text for answer in refused)
    # Their places are free again.
    assert ask(archive, QUERY=SIMULATED).status_code == 303


def test_ten_thousand_identifiers_are_answered(archive, tmp_path):
    dids = [DID.format(PUBLIC[0]), *(f"ivo://x/{number}" for number in range(9_999))]
    made = unpacked(address(archive, method="POST", ID=dids), tmp_path)
    assert runs_in(made) == [PUBLIC[0]]
    assert len(left_out(made)) == 9_999


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


def test_a_job_makes_a_package_for_its_owner(archive, member):
    jobs = f"{archive.url}/cta/dl/package/async"
    made = requests.post(
        jobs, data={"QUERY": SIMULATED}, auth=member.auth, allow_redirects=False, timeout=30
    )
    assert made.status_code == 303
    job = made.headers["location"]
    try:
        assert requests.get(job, timeout=30).status_code in (401, 403)
        requests.post(f"{job}/phase", data={"PHASE": "RUN"}, auth=member.auth, timeout=30)

        def phase():
            return requests.get(f"{job}/phase", auth=member.auth, timeout=30).text

        wait_until(lambda: phase() in ("COMPLETED", "ERROR"), 90, "the job's end")
        error = requests.get(f"{job}/error", auth=member.auth, timeout=30)
        assert phase() == "COMPLETED", error.text
        result = requests.get(f"{job}/results/result", auth=member.auth, timeout=30)
        assert result.headers["content-type"].startswith("text/uri-list")
        assert result.text.strip() == address(archive, member.auth, QUERY=SIMULATED)
    finally:
        requests.delete(job, auth=member.auth, timeout=30)


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


def spectrum_counts(store, crab):
    """Counts in the region of the Crab Nebula and in reflected regions, by observation."""
    region = CircleSkyRegion(
        SkyCoord(*crab["target_deg"], unit="deg"), crab["on_radius_deg"] * u.deg
    )
    low, high = crab["energy_reco_TeV"]
    axis = MapAxis.from_energy_bounds(
        low, high, nbin=crab["bins_per_decade"], per_decade=True, unit="TeV", name="energy"
    )
    # What crab["exclusion"] says in words.
    other = SkyCoord(183.604, -8.708, unit="deg", frame="galactic")
    around = WcsGeom.create(npix=150, binsz=0.05, skydir=other, proj="TAN", frame="icrs")
    mask = ~around.region_mask([CircleSkyRegion(other, 0.5 * u.deg)])
    empty = SpectrumDataset.create(RegionGeom.create(region, axes=[axis]))
    counts = {}
    for observation in store.get_observations([int(run) for run in crab["per_obs"]]):
        dataset = SpectrumDatasetMaker(selection=["counts"]).run(empty, observation)
        dataset = ReflectedRegionsBackgroundMaker(exclusion_mask=mask).run(dataset, observation)
        counts[str(observation.obs_id)] = (
            float(dataset.counts.data.sum()), float(dataset.counts_off.data.sum())
        )  # fmt: skip
    return counts


@pytest.mark.realdata
def test_a_package_of_many_instruments_gives_the_spectrum_of_its_sources(
    archive, real_data, tmp_path
):
    """With responses in files of their own, and collections mixed."""
    query = (
        "SELECT obs_collection, obs_id FROM cta.vo_obscore WHERE"
        " obs_collection IN ('CTA-1DC', 'MAGIC-RADMAX')"
        " OR (obs_collection = 'HESS-DL3-DR1' AND target_name LIKE 'Crab%')"
    )
    made = unpacked(address(archive, QUERY=query), tmp_path)
    store = DataStore.from_dir(made)
    observations = store.get_observations(required_irf="all-optional")
    assert len(observations) == len(store.obs_table) == 10
    assert all(found.aeff is not None for found in observations)
    # One file of responses for four runs.
    assert len(list(made.rglob("irf_file.fits*"))) == 1
    reference = json.loads((real_data / "reference.json").read_text())
    crab = reference["hess"]["gammapy"]["crab_1d"]
    assert spectrum_counts(store, crab) == {
        run: (found["all_bins"]["n_on"], found["all_bins"]["n_off"])
        for run, found in crab["per_obs"].items()
    }

"""Pictures of event lists: to those who may read the file, or see its pictures."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from astropy.io.votable import parse_single_table

from service.livearchive import LiveArchive
from service.simulatedruns import COLLECTION, simulated, with_header, write_bytes, write_run
from unit.preview.pictures import SIGNATURE, size

NAMES = ("counts.png", "spectrum.png", "thumbnail.png")
PUBLIC, PROPRIETARY = "101001", "101005"
USER, GROUP = ("test-previews-mia", "pw"), "test-previews"


def get(
    archive: LiveArchive, obs_id: str, name: str, method: str = "GET", **options: object
) -> requests.Response:
    address = f"{archive.url}/dl3/{COLLECTION}/{obs_id}/{name}"
    return requests.request(method, address, timeout=60, **options)  # type: ignore[arg-type]


def drawn(archive: LiveArchive) -> set[str]:
    """Return the names of all pictures that are stored."""
    return {path.name for path in (archive.var / "cache" / "previews").rglob("*.png")}


def empty_cache(archive: LiveArchive) -> None:
    shutil.rmtree(archive.var / "cache" / "previews", ignore_errors=True)


@pytest.fixture
def run(archive: LiveArchive, folder: Path) -> Path:
    """A public run of its own, none of whose pictures has been drawn."""
    path = write_run(folder / "a.fits.gz", 960001)
    assert archive.cta("ingest", folder).returncode == 0
    return path


@pytest.fixture(scope="module")
def group(archive: LiveArchive) -> Iterator[None]:
    """A user, and a group of which nobody is a member and that may read the proprietary run."""
    done = archive.cta("dachs", "adm", "adduser", *USER, "for a test")
    assert done.returncode == 0, done.stderr
    ((before,),) = archive.sql(
        "SELECT rights_group FROM cta.obscore_row WHERE obs_id = %s", (PROPRIETARY,)
    )
    change = "UPDATE cta.obscore_row SET rights_group = %s WHERE obs_id = %s"
    archive.sql(change, (GROUP, PROPRIETARY))
    yield
    archive.sql(change, (before, PROPRIETARY))
    archive.sql("DELETE FROM dc.users WHERE username = %s", USER[:1])


@pytest.fixture
def member(archive: LiveArchive, group: None) -> Iterator[None]:
    """The user is a member of the group."""
    archive.sql("INSERT INTO dc.groups (username, groupname) VALUES (%s, %s)", (USER[0], GROUP))
    yield
    archive.sql("DELETE FROM dc.groups WHERE username = %s", USER[:1])


@pytest.fixture
def opened(archive: LiveArchive) -> Iterator[None]:
    """The collection opens its previews; what is in the table is what its YAML would say."""
    change = "UPDATE cta.collection SET open_previews = %s WHERE obs_collection = %s"
    archive.sql(change, (True, COLLECTION))
    yield
    archive.sql(change, (False, COLLECTION))


def test_pictures_are_drawn_when_they_are_asked_for_first(archive: LiveArchive, run: Path) -> None:
    empty_cache(archive)
    with ThreadPoolExecutor(9) as pool:
        asked = list(pool.map(lambda name: get(archive, "960001", name), NAMES * 3))
    assert {answer.status_code for answer in asked} == {200}
    assert {answer.headers["content-type"] for answer in asked} == {"image/png"}
    assert [size(answer.content) for answer in asked] == 3 * [(800, 700), (800, 600), (160, 160)]
    for name, answer in zip(NAMES, asked, strict=False):
        assert get(archive, "960001", name).content == answer.content
        head = get(archive, "960001", name, "HEAD")
        assert (head.content, int(head.headers["content-length"])) == (b"", len(answer.content))
        known = {"If-None-Match": answer.headers["etag"]}
        assert get(archive, "960001", name, headers=known).status_code == 304


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pictures_of_protected_data_are_protected(
    archive: LiveArchive, group: None, name: str, method: str
) -> None:
    for sign_in, status in ((None, 401), (USER, 403), (("nobody", "x"), 401)):
        answer = get(archive, PROPRIETARY, name, method, auth=sign_in)
        assert answer.status_code == status
        assert SIGNATURE not in answer.content
        assert not {"etag", "last-modified"} & {header.lower() for header in answer.headers}


@pytest.mark.parametrize("name", NAMES)
def test_a_member_of_the_group_sees_them(archive: LiveArchive, member: None, name: str) -> None:
    answer = get(archive, PROPRIETARY, name, auth=USER)
    assert answer.content.startswith(SIGNATURE)
    assert "private" in answer.headers["cache-control"]


def test_a_collection_opens_its_pictures_and_not_its_files(
    archive: LiveArchive, opened: None
) -> None:
    assert get(archive, PROPRIETARY, "counts.png").content.startswith(SIGNATURE)
    assert get(archive, PROPRIETARY, f"sim_{PROPRIETARY}.fits.gz").status_code == 401


def test_links_say_who_may_see_the_pictures(
    archive: LiveArchive, member: None, opened: None
) -> None:
    address = f"{archive.url}/cta/dl/links/dlmeta"
    did = archive.scalar(
        f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{PROPRIETARY}'"
    )
    for sign_in, may_read in ((None, False), (USER, True)):
        asked = {"ID": did, "RESPONSEFORMAT": "votable"}
        answer = requests.get(address, asked, auth=sign_in, timeout=60)
        found = parse_single_table(io.BytesIO(answer.content)).to_table()
        for link in found[[text.endswith(".png") for text in found["access_url"]]]:
            assert (link["link_auth"], link["link_authorized"]) == ("false", True)
        assert {text.rpartition("/")[2] for text in found["access_url"]} >= set(NAMES)
        (this,) = found[found["semantics"] == "#this"]
        assert (this["link_auth"], this["link_authorized"]) == ("true", may_read)
    page = requests.get(address, {"ID": did}, headers={"Accept": "text/html"}, timeout=60)
    assert f'{PROPRIETARY}/thumbnail.png" alt="Counts map"' in page.text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("made-counts.png", 404), ("counts.PNG", 404), ("counts.png/", 404),
        # No path of the server takes these.
        ("counts.png%00", 400), ("..%2fcounts.png", 400),
    ],
)  # fmt: skip
def test_other_names_are_unknown(archive: LiveArchive, name: str, status: int) -> None:
    assert get(archive, PUBLIC, name).status_code == status


def test_no_picture_is_drawn_of_what_has_changed_since_ingestion(
    archive: LiveArchive, run: Path
) -> None:
    empty_cache(archive)
    write_run(run, 960001, seed=2)
    refused = get(archive, "960001", "counts.png")
    assert (refused.status_code, SIGNATURE in refused.content) == (503, False)
    assert get(archive, PUBLIC, "counts.png").status_code == 200
    assert archive.cta("ingest", run.parent).returncode == 0
    assert get(archive, "960001", "counts.png").status_code == 200


def test_lists_of_a_split_observation_have_their_own_pictures(
    archive: LiveArchive, folder: Path
) -> None:
    for label in (1, 2):
        content = with_header(simulated(960002, label).content, EV_CLASS=label)
        write_bytes(folder / str(label) / "events.fits", content)
    assert archive.cta("ingest", folder).returncode == 0
    pictures = {get(archive, f"960002/{label}", "counts.png").content for label in (1, 2)}
    assert len(pictures) == 2
    assert all(picture.startswith(SIGNATURE) for picture in pictures)


@pytest.mark.parametrize("table", ["ivoa.obscore", "cta.vo_obscore"])
def test_obscore_leads_to_the_counts_map_of_each_list(archive: LiveArchive, table: str) -> None:
    links = {
        row["id"]: row["access_url"].rsplit("/", 1)[0]
        for row in archive.rows(
            "SELECT id, access_url FROM datalink.response WHERE semantics = '#this'"
        )
    }
    told = {
        row["obs_publisher_did"]: row["preview"]
        for row in archive.rows(
            f"SELECT obs_publisher_did, preview FROM {table} WHERE obs_publisher_did LIKE '%?cta/%'"
        )
    }
    assert len(told) >= 24
    assert told == {did: f"{links[did]}/counts.png" for did in told}
    public = next(url for url in told.values() if f"/{PUBLIC}/" in url)
    picture = requests.get(public, timeout=60)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


def test_the_command_draws_what_is_missing_and_names_what_it_cannot(
    archive: LiveArchive, folder: Path
) -> None:
    files = {
        name: write_run(folder / f"{name}.fits.gz", 960003 + at) for at, name in enumerate("abc")
    }
    assert archive.cta("ingest", folder).returncode == 0
    whole = files["b"].read_bytes()
    files["b"].write_bytes(whole[:-100])
    first = archive.cta("previews", folder)
    assert first.returncode == 4, first.stdout
    assert "b.fits.gz: has changed since it was ingested" in first.stderr
    assert "files/s, took" in first.stderr
    assert "drawn               2\n" in first.stdout
    before = drawn(archive)
    write_run(files["a"], 960003, seed=2)
    write_bytes(files["b"], whole)
    assert archive.cta("ingest", folder).returncode == 0
    second = archive.cta("previews", folder)
    assert second.returncode == 0, second.stderr
    assert "drawn               2\nunchanged           1\nremoved " in second.stdout
    assert len(drawn(archive) - before) == 6
    assert len(before - drawn(archive)) >= 3


def test_the_command_knows_data_roots_only(archive: LiveArchive, tmp_path: Path) -> None:
    done = archive.cta("previews", tmp_path)
    assert (done.returncode, "There is no data root" in done.stderr) == (1, True)


@pytest.mark.realdata
def test_every_instrument_has_pictures(archive: LiveArchive, real_data: Path) -> None:
    found = archive.rows(
        "SELECT obs_collection, obs_id, event_type FROM cta.observation WHERE obs_id = '23523'"
        " OR obs_collection NOT IN ('HESS-DL3-DR1', 'SIM-CTAO-N', 'SIM-CTAO-S')"
    )
    one_of_each = {row["obs_collection"]: row for row in found}
    assert len(one_of_each) >= 5
    for row in one_of_each.values():
        key = (row["obs_collection"], row["obs_id"], row["event_type"])
        path = "/".join(requests.utils.quote(part, safe="") for part in key if part)
        answer = requests.get(f"{archive.url}/dl3/{path}/thumbnail.png", timeout=60)
        assert answer.status_code in (200, 401), (path, answer.text)
        if answer.status_code == 200:
            assert size(answer.content) == (160, 160)

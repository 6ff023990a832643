"""Pictures of event lists: to those who may read the file, or see its pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from service.livearchive import LiveArchive
from service.simulatedruns import COLLECTION, simulated, with_header, write_bytes, write_run
from unit.preview.pictures import SIGNATURE, size

NAMES = ("counts.png", "spectrum.png", "thumbnail.png")
PUBLIC, PROPRIETARY = "101001", "101005"
GROUP, MEMBER, STRANGER = "test-previews", ("test-mia", "pw1"), ("test-sam", "pw2")


def get(
    archive: LiveArchive, obs_id: str, name: str, method: str = "GET", **options: object
) -> requests.Response:
    address = f"{archive.url}/dl3/{COLLECTION}/{obs_id}/{name}"
    return requests.request(method, address, timeout=60, **options)  # type: ignore[arg-type]


def empty_cache(archive: LiveArchive) -> None:
    shutil.rmtree(archive.var / "cache" / "previews", ignore_errors=True)


@pytest.fixture
def run(archive: LiveArchive, folder: Path) -> Path:
    """A public run of its own, none of whose pictures has been drawn."""
    path = write_run(folder / "a.fits.gz", 960001)
    assert archive.cta("ingest", folder).returncode == 0
    return path


@pytest.fixture(scope="module")
def people(archive: LiveArchive) -> Iterator[None]:
    """A member of the group that the proprietary run is opened to here, and a stranger."""
    names = [MEMBER[0], STRANGER[0]]
    for name, password in (MEMBER, STRANGER):
        done = archive.cta("dachs", "adm", "adduser", name, password, "for a test")
        assert done.returncode == 0, done.stderr
    archive.sql("INSERT INTO dc.groups (username, groupname) VALUES (%s, %s)", (names[0], GROUP))
    ((before,),) = archive.sql(
        "SELECT rights_group FROM cta.obscore_row WHERE obs_id = %s", (PROPRIETARY,)
    )
    change = "UPDATE cta.obscore_row SET rights_group = %s WHERE obs_id = %s"
    archive.sql(change, (GROUP, PROPRIETARY))
    yield
    archive.sql(change, (before, PROPRIETARY))
    archive.sql("DELETE FROM dc.groups WHERE username = ANY(%s)", (names,))
    archive.sql("DELETE FROM dc.users WHERE username = ANY(%s)", (names,))


@pytest.fixture
def opened(archive: LiveArchive) -> Iterator[None]:
    """The collection opens its previews; what is in the table is what its YAML would say."""
    change = "UPDATE cta.collection SET open_previews = %s WHERE obs_collection = %s"
    archive.sql(change, (True, COLLECTION))
    yield
    archive.sql(change, (False, COLLECTION))


def test_pictures_are_drawn_when_they_are_asked_for_first(archive: LiveArchive, run: Path) -> None:
    answers = {name: get(archive, "960001", name) for name in NAMES}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"image/png"}
    sizes = [size(answer.content) for answer in answers.values()]
    assert sizes == [(800, 700), (800, 600), (160, 160)]
    for name, answer in answers.items():
        assert get(archive, "960001", name).content == answer.content
        head = get(archive, "960001", name, "HEAD")
        assert (head.content, int(head.headers["content-length"])) == (b"", len(answer.content))
        known = {"If-None-Match": answer.headers["etag"]}
        assert get(archive, "960001", name, headers=known).status_code == 304


def test_many_may_ask_at_once_for_what_is_not_drawn(archive: LiveArchive, run: Path) -> None:
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(lambda name: get(archive, "960001", name), NAMES * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pictures_of_protected_data_are_protected(
    archive: LiveArchive, people: None, name: str, method: str
) -> None:
    assert get(archive, PROPRIETARY, name, auth=MEMBER).status_code == 200
    for sign_in, status in ((None, 401), (STRANGER, 403), (("nobody", "x"), 401)):
        answer = get(archive, PROPRIETARY, name, method, auth=sign_in)
        assert answer.status_code == status
        assert SIGNATURE not in answer.content
        assert not {"etag", "last-modified"} & {header.lower() for header in answer.headers}


def test_a_collection_opens_its_pictures_and_not_its_files(
    archive: LiveArchive, opened: None
) -> None:
    assert get(archive, PROPRIETARY, "counts.png").content.startswith(SIGNATURE)
    assert get(archive, PROPRIETARY, f"sim_{PROPRIETARY}.fits.gz").status_code == 401


@pytest.mark.parametrize(
    "name", ["made-counts.png", "counts.PNG", "counts.png/", "counts.png%00", "..%2fcounts.png"]
)
def test_other_names_are_unknown(archive: LiveArchive, name: str) -> None:
    assert get(archive, PUBLIC, name).status_code == 404


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


def test_the_command_draws_what_is_missing_and_names_what_it_cannot(
    archive: LiveArchive, run: Path
) -> None:
    bad = write_run(run.with_name("b.fits.gz"), 960003)
    assert archive.cta("ingest", run.parent).returncode == 0
    whole = bad.read_bytes()
    bad.write_bytes(whole[:-100])
    first = archive.cta("previews", run.parent)
    assert first.returncode == 4, first.stdout
    assert "b.fits.gz: has changed since it was ingested" in first.stderr
    assert "files/s" in first.stderr
    second = archive.cta("previews", run.parent)
    assert "drawn               0\n" in second.stdout
    write_bytes(bad, whole)
    # Ingestion has the time of change in its ledger; the content is what counts here.
    third = archive.cta("previews", run.parent)
    assert third.returncode == 0, third.stderr
    assert "drawn               1\n" in third.stdout
    drawn = list((archive.var / "cache" / "previews").rglob("*.png"))
    assert len(drawn) % 3 == 0 and drawn
    assert get(archive, "960003", "spectrum.png").status_code == 200


def test_the_command_removes_pictures_of_what_has_gone(archive: LiveArchive, run: Path) -> None:
    get(archive, "960001", "counts.png")
    before = {path.name for path in (archive.var / "cache" / "previews").rglob("*.png")}
    write_run(run, 960004)
    assert archive.cta("ingest", run.parent).returncode == 0
    done = archive.cta("previews", run.parent)
    assert ("removed " in done.stdout, done.returncode) == (True, 0), done.stderr
    after = {path.name for path in (archive.var / "cache" / "previews").rglob("*.png")}
    assert len(before - after) >= 3
    assert len(after - before) == 3


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

"""Jobs that are not started: their number and their tables have limits for each user."""

import pytest
import requests

from service.uwsjobs import QUERIES, TABLES

TABLE = b"<VOTABLE><RESOURCE><TABLE/></RESOURCE></VOTABLE>"
#: Runs where DaCHS is, with other limits than the server's.
MAKE_ROOM = """
import sys
from iact.dachs import jobroom
from iact.dachs.refusals import Refusal
owner, size, name = sys.argv[1] or None, int(sys.argv[2]), sys.argv[3] or None
jobroom.MOST, jobroom.ROOM, jobroom.LEFT = map(int, sys.argv[4:])
try:
    jobroom.make_room(owner, size, name)
except Refusal as refusal:
    print(refusal.status, refusal.retry_after, refusal)
"""
PLENTY = 10**12
#: Jobs that another test has left.
LEFT = "SELECT jobid FROM {} WHERE phase = 'PENDING' AND owner IS NULL"


def make_room(archive, size, most=PLENTY, room=PLENTY, left=0, name="", owner=""):
    """Have room made; return what a client would be told."""
    given = (owner, size, name, most, room, left)
    return archive.gavo_python(MAKE_ROOM, *map(str, given)).strip()


@pytest.fixture
def waiting(archive):
    """Three jobs with tables, the oldest first; there are no others of people without a name."""
    for service, table in TABLES.items():
        for (name,) in archive.sql(LEFT.format(table)):
            requests.delete(f"{archive.url}{service}/{name}", timeout=60)
        assert archive.sql(LEFT.format(table)) == []
    made = []
    for _ in range(3):
        answer = requests.post(
            archive.url + QUERIES,
            data={"LANG": "ADQL", "QUERY": "SELECT 1 AS a", "UPLOAD": "mine,param:t"},
            files={"t": ("t.vot", TABLE + b" " * 50_000)},
            allow_redirects=False, timeout=60,
        )  # fmt: skip
        assert answer.status_code == 303
        made.append(answer.headers["location"])
    yield made
    for url in made:
        requests.delete(url, timeout=60)


def there(jobs):
    return [requests.get(f"{url}/phase", timeout=60).status_code == 200 for url in jobs]


def test_where_many_wait_to_be_started_the_oldest_go(archive, waiting):
    assert make_room(archive, 0, most=3) == ""
    assert there(waiting) == [False, True, True]


def test_where_their_tables_take_much_the_oldest_go(archive, waiting):
    assert make_room(archive, 50_000, room=180_000) == ""
    assert there(waiting) == [False, True, True]


def test_nothing_goes_where_there_is_room(archive, waiting):
    assert make_room(archive, 50_000) == ""
    assert there(waiting) == [True, True, True]


def test_users_with_a_name_take_no_room_from_others(archive, waiting):
    assert make_room(archive, 0, most=1, owner="somebody-else") == ""
    assert there(waiting) == [True, True, True]


def test_a_full_disk_is_told_before_anything_is_written_or_goes(archive, waiting):
    told = make_room(archive, 2_000_000, left=PLENTY)
    assert told.startswith("503 60 There is no room on the server's disk for tables now:")
    assert there(waiting) == [True, True, True]
    # For so little there always is room.
    assert make_room(archive, 1000, left=PLENTY) == ""


def test_a_job_that_gets_table_after_table_comes_to_an_end(archive, waiting):
    name = waiting[2].rpartition("/")[2]
    told = make_room(archive, 60_000, room=100_000, name=name)
    assert told.startswith("503 60 There is no room")
    assert there(waiting) == [True, True, True]


def test_a_job_whose_request_is_too_large_to_be_kept_is_no_job(archive):
    answer = requests.post(
        archive.url + QUERIES,
        data={"LANG": "ADQL", "QUERY": "SELECT 1 AS a", "UPLOAD": "mine,param:t"},
        files={"t": ("t.vot", TABLE + b" " * 26_000_000)},
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 413

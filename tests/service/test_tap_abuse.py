"""Bad input of TAP, and clients that mean harm: clear errors, and a server that stays as it was."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import statistics
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from astropy.io.votable import parse as parse_votable

from iact.operate import process
from service.livearchive import wait_until

#: Runs into every time limit: 5e9 rows.
ENDLESS = "SELECT COUNT(*) AS n FROM " + ", ".join(f"tap_schema.columns AS {a}" for a in "abcd")
#: Seconds after which a query makes room for others, as iact.dachs.slowqueries has it.
PATIENCE = 5.0
MB = 1024**2
VOTABLE = (
    '<?xml version="1.0"?>{doctype}<VOTABLE version="1.3"'
    ' xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
    '<FIELD name="a" datatype="char" arraysize="*"/><DATA><TABLEDATA><TR><TD>{value}</TD></TR>'
    "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
)
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def ask(archive, query, files=None, **parameters):
    form = {"LANG": "ADQL", "QUERY": query, **parameters}
    return requests.post(f"{archive.url}/tap/sync", data=form, files=files, timeout=90)


def send(archive, table, path="sync", **parameters):
    """Ask for the only column of a table that is sent with the query."""
    form = {"LANG": "ADQL", "QUERY": "SELECT a FROM TAP_UPLOAD.mine", "UPLOAD": "mine,param:t"}
    return requests.post(
        f"{archive.url}/tap/{path}",
        data={**form, **parameters},
        files={"t": ("t.vot", table)},
        timeout=60,
    )


def status(answer):
    """Return what an answer, which must be a VOTable, says about its query: name and text."""
    (resource,) = parse_votable(io.BytesIO(answer.content)).resources
    infos = [info for info in resource.infos if info.name == "QUERY_STATUS"]
    # An overflow is said after the table.
    infos += [info for table in resource.tables for info in table.infos]
    return infos[-1].value, (infos[-1].content or "").strip()


def error(answer):
    """Return the text of an error document; its HTTP status depends on the version of DaCHS."""
    value, text = status(answer)
    assert value == "ERROR"
    return text


def a_moment(archive):
    """Return how long a short query takes, in seconds; it must be answered rightly."""
    start = time.monotonic()
    answer = ask(archive, "SELECT TOP 1 obs_id FROM cta.vo_obscore", FORMAT="csv")
    assert answer.text.startswith("obs_id")
    return time.monotonic() - start


@pytest.fixture
def usual(archive):
    """The longest time that an answer may take, from what it takes while nothing happens."""
    return 1.0 + 5 * statistics.median(a_moment(archive) for _ in range(5))


def sessions(archive):
    """Return how many statements of TAP users run."""
    ((number,),) = archive.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'untrusted' AND state = 'active'"
    )
    return number


def memory(archive):
    """Return the most memory that the server has had, in bytes."""
    pid = process.read_pid(archive.var / "run" / "server.pid")
    said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", said)[1]) * 1024


# Queries.


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FRUM cta.vo_obscore", r"\(line:1, col:10\)"),
        ("SELECT *\nFROM cta.vo_obscore\nWHERE", r"\(line:3, col:6\)"),
        ("SELECT nix FROM cta.vo_obscore", "column 'nix'"),
        ("SELECT * FROM nix.nix", "table 'nix.nix'"),
        ("SELECT * FROM pg_catalog.pg_shadow", "table 'pg_catalog.pg_shadow'"),
        ("SELECT * FROM cta.obscore_row", "permission denied"),
        ("SELECT 1/0 AS a FROM cta.site", "division by zero"),
        ("SELECT " + "(" * 300 + "1" + ")" * 300 + " FROM cta.site", "nested too deeply"),
        ("SELECT\0 FROM cta.site", r"U\+0000 at position 7"),
        ("", "'query' missing"),
    ],
)
def test_an_error_says_what_and_where(archive, query, words):
    assert re.search(words, error(ask(archive, query)))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT obs_id FROM cta.vo_obscore; DROP TABLE cta.gti",
        "SELECT obs_id FROM cta.vo_obscore WHERE obs_id = ''; DROP TABLE cta.gti; --'",
        'SELECT * FROM "cta.gti; DROP TABLE cta.gti"',
        "SELECT pg_sleep(9) AS a FROM cta.site",
        "SELECT pg_read_file('/etc/passwd') AS a FROM cta.site",
        "DROP TABLE cta.gti",
    ],
)
def test_sql_that_is_no_adql_is_refused(archive, query):
    before = archive.sql("SELECT count(*) FROM cta.gti")
    assert error(ask(archive, query))
    assert archive.sql("SELECT count(*) FROM cta.gti") == before


def test_sql_in_a_string_is_a_string(archive):
    evil = "x'; DROP TABLE cta.gti; --"
    quoted = evil.replace("'", "''")
    answer = ask(archive, f"SELECT TOP 1 '{quoted}' AS a FROM cta.vo_obscore", FORMAT="votable/td")
    (table,) = parse_votable(io.BytesIO(answer.content)).iter_tables()
    assert list(table.array["a"]) == [evil]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAXREC", "1; DROP TABLE cta.gti"),
        ("MAXREC", "-1"),
        ("FORMAT", "csv' OR 1=1"),
        ("RESPONSEFORMAT", "../../../etc/passwd"),
        ("LANG", "SQL'; DROP TABLE cta.gti; --"),
        ("REQUEST", "doQuery; DROP TABLE cta.gti"),
        ("UPLOAD", "a; DROP TABLE cta.gti,param:t"),
    ],
)
def test_sql_in_other_parameters_is_refused(archive, name, value):
    before = archive.sql("SELECT count(*) FROM cta.gti")
    assert error(ask(archive, "SELECT obs_id FROM cta.vo_obscore", **{name: value}))
    assert archive.sql("SELECT count(*) FROM cta.gti") == before


def test_bytes_that_are_no_utf_8_find_nothing(archive):
    form = b"LANG=ADQL&QUERY=SELECT+obs_id+FROM+cta.vo_obscore+WHERE+obs_id='%ff%fe'"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(f"{archive.url}/tap/sync", form, headers=headers, timeout=30)
    # 2.7 refuses them, 2.11 puts U+FFFD in their place.
    if status(answer)[0] != "ERROR":
        (table,) = parse_votable(io.BytesIO(answer.content)).iter_tables()
        assert len(table.array) == 0


def test_more_rows_than_wanted_are_said(archive):
    query = "SELECT obs_id FROM cta.vo_obscore"
    assert status(ask(archive, query, MAXREC="3"))[0] == "OVERFLOW"
    assert status(ask(archive, query.replace("SELECT", "SELECT TOP 3")))[0] == "OK"


def test_a_job_over_its_time_limit_says_so_and_stops(archive):
    job = archive.tap.submit_job(ENDLESS)
    try:
        job.execution_duration = 1
        job.run().wait(phases=["ERROR", "COMPLETED"], timeout=60)
        assert job.phase == "ERROR"
        assert "timed out" in requests.get(f"{job.url}/error", timeout=30).text
        wait_until(lambda: sessions(archive) == 0, 5, "no statement that goes on")
    finally:
        job.delete()


# Slow queries.


class Unwanted:
    """A synchronous query on a connection of its own, which hangs up in the end."""

    def __init__(self, archive, query, most="20000"):
        place = urllib.parse.urlsplit(archive.url)
        body = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, "MAXREC": most})
        self.connection = socket.create_connection((place.hostname, place.port), 30)
        self.connection.sendall(
            f"POST /tap/sync HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode("ascii")
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


@pytest.fixture
def jam(archive):
    """More slow queries than the server has threads for."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Unwanted(archive, ENDLESS)) for _ in range(12)]
        wait_until(lambda: sessions(archive) >= 8, 10, "slow queries")
        yield made


def test_a_query_ends_when_its_client_hangs_up(archive):
    with Unwanted(archive, ENDLESS):
        wait_until(lambda: sessions(archive) == 1, 10, "the query")
    wait_until(lambda: sessions(archive) == 0, 5, "no query")


def test_slow_queries_hold_up_nothing_else(archive, usual, jam):
    for place in ("/tap/availability", "/cta/dl/links/dlmeta?ID=x", "/dl3/nobody/1/x.fits"):
        start = time.monotonic()
        assert requests.get(f"{archive.url}{place}", timeout=30).status_code in (200, 404)
        # PostgreSQL shares what processors there are among its sessions.
        assert time.monotonic() - start < 2 * usual


def test_slow_queries_make_room_for_others(archive, usual, jam):
    assert a_moment(archive) < PATIENCE + 3 + usual
    jam[0].connection.settimeout(30)
    said = jam[0].connection.recv(65536)
    while b"</VOTABLE>" not in said:
        said += jam[0].connection.recv(65536)
    assert b"had to make room for others" in said
    for slow in jam:
        slow.connection.close()
    wait_until(lambda: sessions(archive) == 0, 10, "no query")
    assert a_moment(archive) < usual


# Uploads.


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "no element found"),
        (b"hello", "syntax error"),
        (b"<html><body>hello</body></html>", "Cannot parse VOTable"),
        (VOTABLE.format(doctype="", value="x").encode()[:-60], "unclosed token"),
        (
            VOTABLE.format(
                doctype=f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>', value="&a9;"
            ).encode(),
            "amplification",
        ),
    ],
    ids=["empty", "text", "html", "cut", "laughs"],
)
def test_an_upload_that_is_no_table_is_refused(archive, table, words):
    before = memory(archive)
    assert words in error(send(archive, table))
    assert memory(archive) - before < 20 * MB


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_external_entities_are_not_read(archive, scheme):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        place = {
            "file": "file:///etc/passwd",
            "http": f"http://127.0.0.1:{server.getsockname()[1]}/",
        }
        doctype = f'<!DOCTYPE x SYSTEM "{place[scheme]}" [<!ENTITY e SYSTEM "{place[scheme]}">]>'
        answer = send(archive, VOTABLE.format(doctype=doctype, value="&e;"), FORMAT="csv")
        assert answer.text.split() == ["a", '""']
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("path", ["sync", "async"])
def test_a_huge_upload_is_refused_at_a_limit(archive, path):
    before = memory(archive)
    answer = send(archive, b"x" * (100 * MB), path)
    assert answer.status_code == 413
    assert "25 MB, which is the most" in answer.text
    assert memory(archive) - before < 20 * MB


def test_a_huge_upload_without_its_length_is_not_kept(archive, usual):
    def parts():
        yield b'--X\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n'
        for _ in range(100):
            yield b"x" * MB
        yield b"\r\n--X--\r\n"

    before = memory(archive)
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    answer = requests.post(f"{archive.url}/tap/sync", parts(), headers=headers, timeout=60)
    # 2.7 does as if nothing had come.
    assert answer.status_code == 413 or "missing" in error(answer)
    assert memory(archive) - before < 20 * MB
    assert a_moment(archive) < usual


# Many clients, and slow ones.


def test_a_hundred_clients_at_once(archive, usual):
    ids = [
        row["obs_id"] for row in archive.rows("SELECT DISTINCT TOP 20 obs_id FROM cta.vo_obscore")
    ]

    def one(obs_id):
        query = f"SELECT DISTINCT obs_id FROM cta.vo_obscore WHERE obs_id = '{obs_id}'"
        return obs_id, ask(archive, query, FORMAT="csv").text.splitlines()

    with ThreadPoolExecutor(100) as clients:
        for obs_id, said in clients.map(one, (ids * 100)[:100]):
            assert said == ["obs_id", obs_id]
    assert a_moment(archive) < usual


def test_clients_that_never_finish_their_request(archive, usual):
    place = urllib.parse.urlsplit(archive.url)
    with contextlib.ExitStack() as stack:
        for number in range(200):
            slow = stack.enter_context(socket.create_connection((place.hostname, place.port), 10))
            slow.sendall(b"POST /tap/sync HTTP/1.1\r\nHost: x\r\n")
            if number % 2:
                slow.sendall(b"Content-Length: 1000\r\n\r\nLANG=AD")
        assert a_moment(archive) < usual

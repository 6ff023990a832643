"""Links and files on their short ways, and on DaCHS's own: what must hold on both."""

import re
import signal
import time
from contextlib import contextmanager

import pytest
import requests

from iact.operate import process
from iact.operate.gavo_root import DACHS
from service.livearchive import wait_until
from service.owncentre import own_centre
from service.secondserver import serving

OBS_ID = "940001"
DID = f"ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{OBS_ID}/events"
LINKS = "/cta/dl/links/dlmeta"
IDENTITY = {"Accept-Encoding": "identity"}
FILE = f"/dl3/SIM-CTAO-N/{OBS_ID}/events.fits.gz"


@pytest.fixture(scope="module")
def mine():
    """A data centre that may be hurt, with one run."""
    with own_centre(int(OBS_ID)) as made:
        yield made


def get(url, path, **options):
    return requests.get(f"{url}{path}", timeout=60, **options)


REQUESTS = [
    (LINKS, {}),
    (LINKS, {"ID": DID}),
    (LINKS, {"id": DID, "responseformat": "votable"}),
    (LINKS, {"ID": [DID, "ivo://nowhere", ""]}),
    (LINKS, {"ID": DID, "RESPONSEFORMAT": "csv"}),
    (LINKS, {"ID": DID, "MAXREC": "-1"}),
    (LINKS, {"ID": DID, "MAXREC": "3"}),
    (LINKS, {"ID": DID, "signature": "0" * 64}),
    (f"{LINKS}/", {"ID": DID}),
    (f"{LINKS}/more", {"ID": DID}),
    ("/cta/dl/links", {"ID": DID}),
    ("/cta/dl/links/", {"ID": DID}),
    ("/cta/dl/links/nothing", {"ID": DID}),
    (FILE, {}),
    (FILE.replace("events.", "nothing."), {}),
    ("/dl3", {}),
    ("/dl3/", {}),
    ("/dl3/a/b/c/d/e", {}),
]


@pytest.fixture(scope="module")
def stock(mine, tmp_path_factory):
    """DaCHS's own server, without anything of ours in it but the resource."""
    folder = tmp_path_factory.mktemp("stock")
    command = (DACHS, "serve", "start", "--foreground")
    with serving(mine, folder, command=command) as url:
        yield url


@pytest.mark.parametrize(("path", "parameters"), REQUESTS)
def test_dachs_alone_answers_the_same(mine, stock, path, parameters):
    ours, theirs = (get(url, path, params=parameters) for url in (mine.url, stock))
    assert ours.status_code == theirs.status_code
    assert ours.content == theirs.content
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in (ours, theirs)]
    assert kinds[0] == kinds[1]


def test_parameters_come_by_post_too_in_either_form(mine):
    whole = get(mine.url, LINKS, params={"ID": DID}).content
    assert requests.post(f"{mine.url}{LINKS}", {"ID": DID}, timeout=60).content == whole
    parts = {"ID": (None, DID)}
    assert requests.post(f"{mine.url}{LINKS}", files=parts, timeout=60).content == whole


@pytest.mark.parametrize("path", [LINKS, "/cta/dl/links", "/cta/dl/links/"])
def test_browsers_get_our_page_wherever_there_are_links(mine, path):
    headers = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}
    answer = get(mine.url, path, params={"ID": DID}, headers=headers)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *((LINKS, name) for name in ("ID", "MAXREC", "RESPONSEFORMAT")),
        *(("/cta/dl/package/custom", name) for name in ("ID", "QUERY")),
    ],
)
@pytest.mark.parametrize("value", [b"\xff", b"\xed\xa0\x80", b"a\0b"])
def test_what_is_not_utf_8_is_answered_in_either_form(mine, path, name, value):
    for words in ({"data": {name: value}}, {"files": {name: (None, value)}}):
        answer = requests.post(f"{mine.url}{path}", timeout=60, **words)
        assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize("path", [LINKS, FILE, f"/cta/dl/soda/dlget?ID={DID}&HDU=gti"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(mine, path, method):
    answer = requests.request(method, f"{mine.url}{path}", timeout=60)
    assert answer.status_code == 405
    assert answer.headers["allow"].startswith("GET, HEAD")


def test_head_has_the_headers_of_get(mine):
    for path in (f"{LINKS}?ID={DID}", FILE):
        answer, whole = (
            requests.request(method, f"{mine.url}{path}", timeout=60, headers=IDENTITY)
            for method in ("HEAD", "GET")
        )
        assert answer.status_code == 200 and answer.content == b""
        assert answer.headers["content-length"] == str(len(whole.content))
        assert answer.headers["content-type"] == whole.headers["content-type"]


def test_documents_are_compressed_for_whoever_wants_it_and_files_are_as_they_are(mine):
    document = get(mine.url, LINKS, params={"ID": DID})
    assert document.headers["content-encoding"] == "gzip"
    assert b"<VOTABLE" in document.content
    assert "content-encoding" not in get(mine.url, FILE).headers


def test_maintenance_is_for_links_and_files_too(mine):
    mark = mine.var / "gavo" / "state" / "MAINT"
    mark.touch()
    try:
        statuses = {get(mine.url, path).status_code for path in (LINKS, FILE)}
    finally:
        mark.unlink()
    assert statuses == {503}
    assert get(mine.url, FILE).status_code == 200


BLOCKED = """
from gavo import base, rscdesc
from gavo.web import grend
from iact.dachs import shortways

assert shortways.take()
base.caches.getRD("cta/dl").currently_blocked = True
way = shortways.Root()._locateResourceBasedChild
for segments in (["cta", "dl", "links", "dlmeta"], ["cta", "dl", "get", "custom", "a", "b", "c"]):
    try:
        way(None, segments)
    except grend.RDBlocked:
        print("blocked")
"""


def test_a_resource_that_the_operator_blocks_is_blocked(mine):
    assert mine.gavo_python(BLOCKED).split() == ["blocked", "blocked"]


OTHER_CODE = """
import contextlib, dataclasses, sys
from gavo.web import root
from iact.dachs import shortways

before = root.site.resource
code = {"gavo.web.root:ArchiveService.getChild": {"another"}}
shortways.KNOWN = dataclasses.replace(shortways.KNOWN, code=code)
with contextlib.redirect_stderr(sys.stdout):
    assert not shortways.take()
assert root.site.resource is before
"""


def test_with_other_code_of_dachs_requests_go_the_stock_way(mine):
    (said,) = mine.gavo_python(OTHER_CODE).splitlines()
    assert "another ArchiveService.getChild than this software knows" in said


def test_requests_are_answered_where_the_log_has_no_room(mine, tmp_path):
    (tmp_path / "access.log").symlink_to("/dev/full")
    with serving(mine, tmp_path) as url, requests.Session() as one_connection:
        answers = [one_connection.get(f"{url}{FILE}", timeout=10) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert (tmp_path / "server.log").read_text().count("Requests are not logged") == 1


def test_a_log_that_is_taken_away_is_made_anew(mine):
    log = mine.var / "log" / "access.log"
    log.unlink()
    assert get(mine.url, FILE).status_code == 200
    wait_until(lambda: log.exists() and FILE.encode() in log.read_bytes(), 5, "the log")


def test_requests_are_logged_in_a_file_of_their_own(mine):
    assert get(mine.url, '/dl3/here/is/a-trace"').status_code == 404
    logs = mine.var / "log"
    wait_until(lambda: b"a-trace" in (logs / "access.log").read_bytes(), 5, "the log has it")
    line = next(
        line for line in (logs / "access.log").read_text().splitlines() if "a-trace" in line
    )
    # The combined log format, without addresses of people.
    assert re.fullmatch(
        r'- - - \[[^]]+\] "GET /dl3/here/is/a-trace%22 HTTP/1.1" 404 \d+ "-" "-"', line
    )
    others = [path for path in logs.iterdir() if path.name != "access.log"]
    assert not [path.name for path in others if b"a-trace" in path.read_bytes()]


@contextmanager
def database_down(archive):
    """Kill PostgreSQL, and bring it back as the operator does."""
    process.send(process.read_pid(archive.var / "pg" / "postmaster.pid"), signal.SIGQUIT)
    try:
        yield
    finally:
        assert archive.cta("start").returncode == 0


def test_without_a_database_whoever_asks_is_told_to_come_again(mine):
    path = f"{LINKS}?ID={DID}"
    good = {path: get(mine.url, path).content, FILE: get(mine.url, FILE).content}
    with database_down(mine):
        time.sleep(1)
        assert mine.cta("status").returncode == 3
        examined = mine.cta("doctor")
        assert examined.returncode == 1
        assert "The web server runs, but its database does not" in examined.stdout
        for where in (*good, FILE.replace("events.", "gti.")):
            answer = get(mine.url, where)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
            assert "database" in answer.text and "Traceback" not in answer.text
            with_password = get(mine.url, where, auth=("gavoadmin", "x"))
            assert (with_password.status_code, with_password.headers["retry-after"]) == (503, "60")
        cut = get(mine.url, "/cta/dl/soda/dlget", params={"ID": DID, "ENERGY": "1 10"})
        assert (cut.status_code, "retry-after" in cut.headers) == (503, True)
        assert cut.text.startswith("ServiceUnavailable: The archive's database")
    assert mine.cta("status").returncode == 0
    for where, content in good.items():
        assert get(mine.url, where).content == content

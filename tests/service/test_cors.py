"""What scripts of other hosts' pages may read, as browsers decide it (Fetch Standard, CORS)."""

import pytest
import requests

from service.test_links import PATH, PROPRIETARY, PUBLIC

ORIGIN = {"Origin": "https://portal.example"}
QUERY = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": "SELECT obs_id FROM cta.vo_obscore"}
REQUESTS = [
    ("GET", "/tap/capabilities", {}, 200),
    ("GET", "/tap/sync", {"params": QUERY}, 200),
    ("POST", "/tap/sync", {"data": QUERY}, 200),
    # As DaCHS has it: 200 in 2.7, 500 in 2.11.
    ("GET", "/tap/sync", {"params": QUERY | {"QUERY": "SELECT"}}, (200, 400, 500)),
    ("POST", "/tap/async", {"data": QUERY, "allow_redirects": False}, 303),
    ("GET", "/cta/dl/links/dlmeta", {"params": {"ID": "ivo://nowhere"}}, 200),
    ("GET", PATH.format(PUBLIC), {}, 200),
    ("GET", PATH.format(PUBLIC), {"headers": {"Range": "bytes=0-9"}}, 206),
    ("HEAD", PATH.format(PUBLIC), {}, 200),
    ("GET", PATH.format(PROPRIETARY), {}, 401),
    ("GET", "/dl3/nothing", {}, 404),
    ("GET", "/nothing", {}, 404),
    ("GET", "/dl3/..%2fetc/passwd", {}, 400),
    ("GET", "/coverage/moc.json", {}, 200),
    ("GET", "/tap/sync", {"auth": ("nobody", "wrong")}, 401),
]


@pytest.mark.parametrize(("method", "path", "options", "status"), REQUESTS)
def test_every_answer_may_be_read_and_says_so_to_all_alike(archive, method, path, options, status):
    options = options | {"headers": ORIGIN | options.get("headers", {})}
    answer = requests.request(method, archive.url + path, timeout=60, **options)
    assert answer.status_code in (status if isinstance(status, tuple) else (status,))
    # One value: browsers refuse two.
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-range" in answer.headers["access-control-expose-headers"].lower()
    # With it, pages could use what the browser keeps for its user.
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", [PATH.format(PUBLIC), PATH.format(PROPRIETARY), "/tap/sync"])
@pytest.mark.parametrize("header", ["Range", "Authorization", "If-Modified-Since", "X-Any"])
def test_browsers_ask_before_they_send_headers_of_a_page(archive, path, header):
    asked = ORIGIN | {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": header.lower(),
    }
    answer = requests.options(archive.url + path, headers=asked, timeout=60)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert header in allowed or ("*" in allowed and header != "Authorization")
    assert "GET" in answer.headers["access-control-allow-methods"].split(", ")


def test_options_that_no_browser_asks_are_answered_as_before(archive):
    answer = requests.options(archive.url + PATH.format(PUBLIC), timeout=60)
    assert answer.status_code == 405
    assert "access-control-allow-methods" not in answer.headers


def test_a_page_with_its_user_s_password_gets_what_the_user_gets(archive, member):
    answer = requests.get(
        archive.url + PATH.format(PROPRIETARY), headers=ORIGIN, auth=member.auth, timeout=60
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-vo-authenticated" in answer.headers["access-control-expose-headers"].lower()

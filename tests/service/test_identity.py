"""Who asks is known everywhere: credentials are verified, and answers say for whom they are."""

import base64
from urllib.parse import urlencode, urljoin

import pytest

from service.people import GROUP, MEMBER, NOBODY, Person, remove, signed_up, told
from service.test_links import PATH, PROPRIETARY, PUBLIC, raw

FILE = PATH.format(PROPRIETARY)
#: One of each kind of answer.
EVERYWHERE = [
    PATH.format(PUBLIC), "/tap/capabilities", "/tap/tables", "/tap/async", "/cta/q/form/form",
    "/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+TOP+1+obs_id+FROM+cta.vo_obscore",
    "/cta/dl/links/dlmeta?ID=x", "/no/such/page", "/static/css/gavo_dc.css", "/getproduct/x",
]  # fmt: skip


def test_a_member_gets_the_file_and_a_stranger_a_reason(archive, member, stranger, challenge):
    content = (challenge / "north" / f"sim_{PROPRIETARY}.fits.gz").read_bytes()
    assert raw(archive, FILE, **member.headers)[:2] == (200, content)
    assert raw(archive, FILE, **stranger.headers)[:2] == (403, told(stranger))
    assert raw(archive, FILE)[:2] == (401, told(NOBODY))


def test_users_of_the_documented_commands_get_it_too(archive):
    def adm(*words):
        done = archive.cta("dachs", "adm", *words)
        assert done.returncode == 0, done.stdout + done.stderr

    person = Person("known-by-command")
    adm("adduser", person.name, person.password, "of a test")
    try:
        assert raw(archive, FILE, **person.headers)[0] == 403
        adm("addtogroup", person.name, GROUP)
        assert raw(archive, FILE, **person.headers)[0] == 200
    finally:
        remove(archive, person.name)
    assert raw(archive, FILE, **person.headers)[0] == 401


@pytest.mark.parametrize(("name", "password"), [("jürgen-λ", "pässwörd"), ("tomü", "ascii")])
def test_names_and_passwords_have_any_letters(archive, name, password):
    with signed_up(archive, name, GROUP, password=password) as person:
        assert raw(archive, FILE, **person.headers)[0] == 200
        # No name or password without these letters, and none in another encoding.
        for other in (
            f"{name}:{password}".encode("ascii", "ignore"),
            f"{name}:{password}".encode("latin-1", "ignore"),
        ):
            header = f"Basic {base64.b64encode(other).decode()}"
            assert raw(archive, FILE, Authorization=header)[0] == 401


ELSEWHERE = [
    "https://evil.example/", "//evil.example/x", "/\\evil.example", "\\\\evil.example",
    "evil.example", "{here}.evil.example/", "{here}//evil.example", "/x\r\nSet-Cookie: a=b",
    "javascript:alert(1)", "", " /tap", "/\t/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
def test_who_signs_in_is_not_led_to_another_server(archive, member, where):
    query = urlencode({"nextURL": where.format(here=archive.url)})
    for form in ((f"/login?{query}", "GET"), (f"/login?{query}&relog=True", "GET")):
        status, body, headers = raw(archive, *form, **member.headers)
        assert (status, body) == (400, b"nextURL must be the path of a page of this server.\n")
        assert headers["Location"] is None


@pytest.mark.parametrize("where", ["/", "/cta/dl/links/dlmeta?ID=a%20b", "{here}/tap"])
def test_who_signs_in_is_led_back(archive, member, where):
    where = where.format(here=archive.url)
    query = urlencode({"nextURL": where})
    status, _, headers = raw(archive, f"/login?{query}", **member.headers)
    assert status == 303
    assert headers["Location"].partition("?")[0] == urljoin(archive.url, where).partition("?")[0]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_answers_tell_for_whom_they_are(archive, member, path):
    _, _, headers = raw(archive, path, **member.headers)
    assert headers["X-VO-Authenticated"] == member.name
    assert "private" in headers["Cache-Control"]
    assert "Authorization" in ", ".join(headers.get_all("Vary"))
    assert raw(archive, path)[2]["X-VO-Authenticated"] is None


def test_pages_that_the_server_keeps_are_nobodys(archive, member):
    pages = [raw(archive, "/", **person.headers) for person in (member, NOBODY, NOBODY, member)]
    assert {status for status, _, _ in pages} == {200}
    assert all(body.rstrip().endswith(b"</html>") for _, body, _ in pages)
    names = [headers["X-VO-Authenticated"] for _, _, headers in pages]
    assert names == [member.name, None, None, member.name]


WRONG = [
    Person(MEMBER, "wrong"), Person(MEMBER, ""), Person("known-nobody", "x"),
    Person("gavoadmin", ""), Person("gavoadmin", "x"), Person("known\0member", "x"),
    Person("' OR 1=1 --", "x"), Person(MEMBER, "\0"),
    # DaCHS's passwords have 64 characters at most: what it says must not tell names that there are.
    Person(MEMBER, "x" * 65), Person("known-nobody", "x" * 65), Person("gavoadmin", "x" * 65),
    Person(MEMBER, "ü" * 65), Person(MEMBER, "x" * 5000), Person("known-nobody", "x" * 5000),
]  # fmt: skip


@pytest.mark.parametrize("person", WRONG, ids=lambda person: repr((person.name, person.password)))
@pytest.mark.parametrize("path", EVERYWHERE[:6])
def test_wrong_credentials_are_told_so_wherever_they_are_sent(archive, member, person, path):
    status, body, headers = raw(archive, path, **person.headers)
    assert (status, body) == (401, b"The user name or the password is wrong.\n")
    assert headers["WWW-Authenticate"].startswith("Basic realm=")
    assert headers["X-VO-Authenticated"] is None


@pytest.mark.parametrize(
    ("value", "statuses"),
    [
        ("Basic", {401, 200}), ("Basic !!!", {401, 200}), ("Bearer abc", {200}),
        ("Basic " + "A" * 12_000, {401, 200}), ("Negotiate x", {200}),
        ("Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), {401, 200}),
        ("Basic " + base64.b64encode(b"a:" + b"x" * 5000).decode(), {401}),
    ],
)  # fmt: skip
def test_credentials_that_are_none_open_nothing(archive, value, statuses):
    assert raw(archive, "/tap/capabilities", Authorization=value)[0] in statuses
    status, body, _ = raw(archive, FILE, Authorization=value)
    assert status in (401, 403) and len(body) < 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fetc/cta.yaml", "/static/%2e%2e/%2e%2e/etc/cta.yaml", "/..", "/tap/..",
        "/static/%252e%252e%252f%252e%252e%252fetc%252fcta.yaml", "/tap%00", "/%00", "/tap/%2500",
        "/static/..%5c..%5cetc%5ccta.yaml", "/cta/dl/get/custom/%2e%2e/x/y",
    ],
)  # fmt: skip
def test_paths_that_lead_upwards_end_at_once(archive, path):
    for headers in ({}, {"Authorization": "Basic eDp5"}):
        assert raw(archive, path, **headers)[:2] == (
            400,
            b"A path must not have NUL or .. in it: ask for the address without.\n",
        )


@pytest.mark.parametrize(
    "path", ["/login", "/tap/async?dachs_authenticate=1", PATH.format("101005")]
)
def test_who_is_to_sign_in_is_told_in_which_letters(archive, path):
    status, _, headers = raw(archive, path)
    assert status == 401
    assert headers["WWW-Authenticate"].endswith(', charset="UTF-8"')


def test_another_host_cannot_be_claimed(archive):
    for path in ("/login", "/tap/async/", "/", "/cta/q/form/form", "/tap/capabilities"):
        for header in ("X-Forwarded-Host", "x-forwarded-host"):
            status, body, headers = raw(archive, path, **{header: "evil.example"})
            assert status < 500
            assert b"evil.example" not in body
            assert not any("evil.example" in value for value in headers.values())


@pytest.mark.parametrize("name", ["x\r\nX-Evil: 1", "x\nX-Evil: 1", "x%0d%0aX-Evil:%201"])
def test_a_user_cannot_write_headers(archive, name):
    with signed_up(archive, name) as person:
        _, _, headers = raw(archive, "/tap/capabilities", **person.headers)
    assert "X-Evil" not in headers


JOB = "/tap/async?LANG=ADQL&QUERY=SELECT+TOP+1+obs_id+FROM+cta.vo_obscore"


def job(archive, person):
    """Make a TAP job; return its path."""
    status, _, headers = raw(archive, JOB, "POST", **person.headers)
    assert status == 303
    return headers["Location"].removeprefix(archive.url).partition("?")[0]


def test_jobs_are_listed_for_their_owners_only(archive, member, stranger):
    for owner in (NOBODY, stranger, member):
        path = job(archive, owner)
        name = path.rpartition("/")[2].encode()
        for asker in (NOBODY, stranger, member):
            status, body, _ = raw(archive, "/tap/async", **asker.headers)
            assert status == 200
            assert (name in body) == (asker is owner and owner is not NOBODY)
        assert raw(archive, path, "DELETE", **owner.headers)[0] == 303


@pytest.mark.parametrize(
    "child",
    [
        "", "/phase", "/parameters", "/results", "/results/result", "/error", "/quote", "/owner",
        "/destruction", "/executionduration", "/results/..%2f",
    ],
)  # fmt: skip
def test_the_job_of_a_user_is_closed_to_others(archive, member, stranger, child):
    path = job(archive, member)
    try:
        for asker, expected in ((NOBODY, 401), (stranger, 403)):
            for method in ("GET", "POST", "DELETE"):
                status, body, _ = raw(archive, path + child, method, **asker.headers)
                assert status == (400 if ".." in child else expected)
                assert b"obs_id" not in body
        assert raw(archive, f"{path}/phase", **member.headers)[:2] == (200, b"PENDING")
    finally:
        assert raw(archive, path, "DELETE", **member.headers)[0] == 303

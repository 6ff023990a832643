"""Signed addresses at the live server: whom they open files to, and that no log has them."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

import pytest

from iact.access.decision import Identity
from iact.access.signing import LIFETIME, signed
from iact.access.signingkeys import load
from service.people import GROUP, join, leave, signed_up, told
from service.test_links import PATH, PROPRIETARY, PUBLIC, raw

FILE = PATH.format(PROPRIETARY)


@pytest.fixture(scope="module")
def content(challenge):
    return (challenge / "north" / f"sim_{PROPRIETARY}.fits.gz").read_bytes()


def keys(archive):
    return load(archive.var / "etc" / "signing.keys")


def address(archive, name, path=FILE, ago=timedelta(0), key=None):
    now = datetime.now(UTC).replace(tzinfo=None) - ago
    return signed(path, Identity(name), now, key or keys(archive)[-1])


def test_the_keys_are_for_the_server_alone(archive):
    assert (archive.var / "etc" / "signing.keys").stat().st_mode & 0o777 == 0o600


def test_a_signed_address_opens_the_file_without_credentials(archive, member, content):
    status, body, headers = raw(archive, address(archive, member.name))
    assert (status, body) == (200, content)
    assert headers["X-VO-Authenticated"] == member.name
    assert "private" in headers["Cache-Control"]
    assert "Authorization" in headers["Vary"]


def test_parts_and_sizes_are_had_by_it_too(archive, member, content):
    here = address(archive, member.name)
    status, body, _ = raw(archive, here, Range="bytes=100-199")
    assert (status, body) == (206, content[100:200])
    status, body, headers = raw(archive, here, "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(content)))


def altered(url, **values):
    """Return an address with other values of its parameters."""
    path, _, query = url.partition("?")
    pairs = [pair.split("=") for pair in query.split("&")]
    return path + "?" + "&".join(f"{name}={values.get(name, value)}" for name, value in pairs)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: altered(url, signature="0" * 64),
        lambda url: altered(url, signature=""),
        lambda url: altered(url, signature="%FF%FE"),
        lambda url: altered(url, signature="%00"),
        lambda url: altered(url, until="9999999999"),
        lambda url: altered(url, key="00000000"),
        lambda url: altered(url, **{"for": "gavoadmin"}),
        lambda url: altered(url, **{"for": "%00"}),
        lambda url: url[:-1],
        lambda url: url + "0",
        lambda url: url + "&for=gavoadmin",
        lambda url: url + "&signature=" + url[-64:],
        lambda url: url.replace("until=", "till="),
    ],
    ids=[
        "zeros",
        "empty",
        "no text",
        "NUL",
        "later",
        "another key",
        "another user",
        "user NUL",
        "shorter",
        "longer",
        "two users",
        "two signatures",
        "no time",
    ],
)
def test_an_altered_address_opens_nothing(archive, member, spoil):
    here = address(archive, member.name)
    for method in ("GET", "HEAD"):
        status, body, headers = raw(archive, spoil(here), method)
        assert status == 403
        assert method == "HEAD" or body.startswith((b"The signature ", b"A signed address "))
        assert len(body) < 200 and "X-VO-Authenticated" not in headers


def test_a_signature_opens_no_other_path(archive, member):
    other = PATH.format("101006")
    query = address(archive, member.name).partition("?")[2]
    for path in (other, FILE.replace("/dl3/", "/cta/dl/get/custom/")):
        status, body, _ = raw(archive, f"{path}?{query}")
        assert (status, body[:14]) == (403, b"The signature ")


def test_an_expired_address_says_so(archive, member):
    status, body, _ = raw(archive, address(archive, member.name, ago=LIFETIME))
    assert (status, body) == (
        403,
        b"The signed address has expired; get a new one from the dataset's links.\n",
    )
    almost = address(archive, member.name, ago=LIFETIME - timedelta(seconds=2))
    assert raw(archive, almost)[0] == 200
    time.sleep(2.1)
    assert raw(archive, almost)[0] == 403


def test_rights_are_those_of_the_moment_of_use(archive, content):
    with signed_up(archive, "signing-leaver", GROUP) as person:
        here = address(archive, person.name)
        assert raw(archive, here)[1] == content
        leave(archive, person.name, GROUP)
        status, body, _ = raw(archive, here)
        assert (status, body) == (403, told(person))
        join(archive, person.name, GROUP)
        assert raw(archive, here)[0] == 200
    # Who is no user any more is nobody.
    assert raw(archive, here)[0] == 401


def test_who_signs_in_is_whose_name_they_give(archive, member):
    with signed_up(archive, "signing-stranger") as stranger:
        status, body, _ = raw(archive, address(archive, member.name), **stranger.headers)
    assert (status, body) == (403, told(stranger))
    spoilt = altered(address(archive, member.name), signature="0" * 64)
    assert raw(archive, spoilt, **member.headers)[0] == 200


def test_keys_are_changed_while_the_server_runs(archive, member):
    before = address(archive, member.name)
    assert archive.cta("newkey").returncode == 0
    after = address(archive, member.name)
    assert before.partition("key=")[2][:8] != after.partition("key=")[2][:8]
    assert [raw(archive, here)[0] for here in (before, after)] == [200, 200]
    assert archive.cta("newkey", "--only").returncode == 0
    assert len(keys(archive)) == 1
    replayed = [raw(archive, here)[:2] for here in (before, after)]
    assert {status for status, _ in replayed} == {403}
    assert all(b"its key is not used any more" in body for _, body in replayed)
    assert raw(archive, address(archive, member.name))[0] == 200


def test_keys_that_others_could_have_read_open_nothing(archive, member):
    here = address(archive, member.name)
    path = archive.var / "etc" / "signing.keys"
    path.chmod(0o640)
    try:
        assert raw(archive, here)[:2] == (500, b"Internal error.\n")
        done = archive.cta("newkey")
        assert (done.returncode, "has mode 640" in done.stderr) == (1, True)
        assert "Traceback" not in done.stderr
    finally:
        assert archive.cta("newkey", "--only").returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert raw(archive, here)[0] == 403
    assert raw(archive, address(archive, member.name))[0] == 200


def test_no_log_has_a_signature_or_a_password(archive, member):
    here = address(archive, member.name)
    path, _, query = here.partition("?")
    signature = here[-64:]
    mixed = f"{signature[:30]}%{ord(signature[30]):x}{signature[31:]}"
    encoded = "".join(f"%{ord(digit):02X}" for digit in signature)
    # What opens the file, whatever it looks like.
    open_it = [here, *(altered(here, signature=other) for other in (mixed, encoded))]
    for spelling in open_it:
        assert raw(archive, spelling)[0] == 200
    spellings = [
        *open_it,
        altered(here, signature=quote(encoded)),
        f"{path}?signature={signature[:-1]}",
        f"{path}?signature={signature[:63]}&x",
        f"{path}?x=ab{signature}",
        here.upper().replace(query.upper(), query),
        f"{path}?signature={signature}",
        f"{path}?x?signature={signature}",
        f"{path}?%73ignature={signature}",
        f"{path}?%73ignature={signature[:-1]}",
        f"{path}?x;signature={signature[:-1]}",
        f"{path}?{encoded}",
        f"{path}?SIGNATURE={signature.upper()}",
        path + quote("?" + query),
        path + quote("?" + query.replace(signature, mixed)),
        f"/no/such/page?{query}",
        f"/tap/sync?QUERY=SELECT&LANG=ADQL&{query}",
        f"/cta/q/form/form?{query}&__nevow_form__=genForm",
        f"/getproduct/x?{query}",
        f"/cta/dl/links/dlmeta?ID=x&{query}",
    ]
    for spelling in spellings:
        raw(archive, spelling)
        raw(archive, spelling, **member.headers)
        raw(archive, spelling, "POST", **member.headers)
        raw(archive, spelling, "OPTIONS", **{"Access-Control-Request-Method": "GET"})
    raw(archive, f"{archive.url}{here}", Referer=archive.url + here)
    logs = [path.read_bytes() for path in (archive.var / "log").iterdir() if path.is_file()]
    assert any(b"/no/such/page" in log for log in logs)
    # The last digit can be guessed.
    parts = (signature[:30], signature[31:-1])
    secrets = (*parts, *map(str.upper, parts), encoded[:-3], member.password, member.basic)
    for log in logs:
        assert not [secret for secret in secrets if secret.encode() in log]
        assert not [part for part in parts if part.encode() in unquote_to_bytes(log)]


def test_an_address_of_a_public_file_needs_no_signature(archive):
    assert raw(archive, PATH.format(PUBLIC))[0] == 200

"""What HTTP answers to somebody who may have a file."""

import base64
import email.message
import hashlib

import pytest

from iact.access.answer import Entity, Labels, answer, disposition
from iact.access.content import Content, of_text

TEXT = "0123456789" * 100
TAG = f'"{hashlib.sha256(TEXT.encode()).hexdigest()[:32]}"'
NOW, MODIFIED = 1_800_000_000.0, 1_700_000_000.5
DATE, BEFORE, AFTER = (f"Tue, 14 Nov 2023 22:13:{second} GMT" for second in (20, 19, 21))
PUBLIC = Labels("application/fits", "run.fits.gz", True)


def ask(method="GET", modified=MODIFIED, labels=PUBLIC, now=NOW, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    made = of_text(TEXT)
    content = Content(made.stream, made.size, made.sha256, modified)
    result = answer(given.get, method, content.entity, labels, now)
    return result, b"".join(content.chunks(result.spans))


def test_the_whole_file_is_described():
    made, body = ask()
    assert (made.status, body) == (200, TEXT.encode())
    assert made.headers == {
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
        "content-disposition": 'attachment; filename="run.fits.gz"',
        "content-length": "1000",
        "content-type": "application/fits",
        "etag": TAG,
        "last-modified": DATE,
        "repr-digest": "sha-256=:"
        + base64.b64encode(hashlib.sha256(TEXT.encode()).digest()).decode()
        + ":",
        "vary": "Authorization",
    }


def test_what_is_made_while_it_is_sent_has_no_digest_and_no_date():
    entity = Entity("tag", 1000)
    made = answer({"range": "bytes=990-"}.get, "GET", entity, PUBLIC, NOW)
    assert (made.status, made.spans) == (206, [(b"", 990, 10)])
    assert made.headers["etag"] == '"tag"'
    assert not {"repr-digest", "last-modified"} & set(made.headers)
    assert answer({"if-match": '"other"'}.get, "GET", entity, PUBLIC, NOW).status == 412


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_has_no_date_is_not_asked_whether_it_is_older(method):
    """As RFC 9110, section 13.1.4, says: packages are made when asked for, and so are MOCs."""
    package = Entity("tag", 1000)
    given = {"if-unmodified-since": BEFORE}
    assert answer(given.get, method, package, PUBLIC, NOW).status == 200
    of_text_with_digest = Entity(TAG.strip('"'), len(TEXT), of_text(TEXT).sha256)
    assert answer(given.get, method, of_text_with_digest, PUBLIC, NOW).status == 200
    # What else the request asks for still counts.
    asked = given | {"if-none-match": '"tag"'}
    assert answer(asked.get, method, package, PUBLIC, NOW).status == 304
    part = answer((given | {"range": "bytes=0-9"}).get, "GET", package, PUBLIC, NOW)
    assert (part.status, part.headers["content-length"]) == (206, "10")


def test_a_browser_shows_a_picture():
    made, _ = ask(labels=Labels("image/png", "counts.png", True))
    assert made.headers["content-disposition"] == 'inline; filename="counts.png"'


def test_nobody_in_between_keeps_what_is_protected():
    made, _ = ask(labels=Labels("application/fits", "run.fits.gz", False))
    assert made.headers["cache-control"] == "private, no-cache"
    made, _ = ask(labels=Labels("application/fits", "run.fits.gz", False), if_none_match=TAG)
    assert (made.status, made.headers["cache-control"]) == (304, "private, no-cache")


def test_head_is_told_of_the_whole_whatever_range_it_names():
    assert ask("HEAD", range="bytes=0-1")[0].headers == ask()[0].headers
    assert ask("HEAD", range="bytes=5000-")[0].status == 200


def test_a_part_is_described():
    made, body = ask(range="bytes=10-19")
    assert (made.status, body) == (206, b"0123456789")
    assert made.headers["content-range"] == "bytes 10-19/1000"
    assert made.headers["content-length"] == "10"
    assert made.headers["etag"] == TAG
    # Of the whole (RFC 9530, section 3).
    assert made.headers["repr-digest"] == ask()[0].headers["repr-digest"]


def test_several_parts_are_a_multipart_document():
    made, body = ask(range="bytes=0-9,500-504,-3")
    assert made.status == 206
    assert int(made.headers["content-length"]) == len(body)
    assert "content-range" not in made.headers
    document = email.message_from_bytes(
        f"content-type: {made.headers['content-type']}\r\n".encode() + body
    )
    parts = document.get_payload()
    assert [part["content-range"] for part in parts] == [
        "bytes 0-9/1000", "bytes 500-504/1000", "bytes 997-999/1000"
    ]  # fmt: skip
    assert [part.get_payload() for part in parts] == ["0123456789", "01234", "789"]
    assert {part["content-type"] for part in parts} == {"application/fits"}


def test_what_is_not_there_cannot_be_had():
    made, body = ask(range="bytes=1000-")
    assert (made.status, body) == (416, b"")
    assert made.headers == {"content-range": "bytes */1000"}
    assert "1000 bytes" in made.sentence


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (304, {"if_none_match": TAG}),
        (304, {"if_none_match": f'"x", W/{TAG}'}),
        (304, {"if_none_match": "*"}),
        (304, {"if_none_match": TAG, "if_modified_since": BEFORE}),
        (304, {"if_none_match": TAG, "range": "bytes=0-1"}),
        (304, {"if_modified_since": DATE}),
        (304, {"if_modified_since": AFTER, "range": "bytes=5000-"}),
        (200, {"if_none_match": '"x"'}),
        (200, {"if_none_match": TAG.strip('"')}),
        (200, {"if_none_match": '"x"', "if_modified_since": AFTER}),
        (200, {"if_modified_since": BEFORE}),
        (200, {"if_modified_since": "yesterday"}),
        (200, {"if_modified_since": "Mon, 99 Foo 99999999999999999999 00:00:00 GMT"}),
        (412, {"if_match": '"x"'}),
        (412, {"if_match": f"W/{TAG}"}),
        (412, {"if_unmodified_since": BEFORE}),
        (412, {"if_match": '"x"', "if_none_match": TAG}),
        (200, {"if_match": TAG}),
        (200, {"if_match": "*"}),
        (200, {"if_match": TAG, "if_unmodified_since": BEFORE}),
        (200, {"if_unmodified_since": DATE}),
    ],
)
def test_conditions(status, headers):
    for method in ("GET", "HEAD"):
        made, body = ask(method, **headers)
        assert made.status == status
        assert (body == b"") == (status != 200)
        assert ("content-length" in made.headers) == (status == 200)


@pytest.mark.parametrize(
    ("status", "validator"),
    [
        (206, TAG), (206, DATE), (200, '"x"'), (200, f"W/{TAG}"), (200, BEFORE), (200, AFTER),
        (200, "nonsense"), (200, ""),
    ],
)  # fmt: skip
def test_a_download_goes_on_only_with_the_same_bytes(status, validator):
    assert ask(range="bytes=10-19", if_range=validator)[0].status == status


def test_a_fresh_date_is_no_proof_of_the_same_bytes():
    made, _ = ask(range="bytes=0-1", if_range=DATE, now=MODIFIED + 1)
    assert made.status == 200


def test_a_date_to_come_is_not_told():
    made, _ = ask(now=MODIFIED - 100)
    assert "last-modified" not in made.headers
    made, _ = ask(modified=None, if_modified_since=AFTER)
    assert made.status == 200
    assert "last-modified" not in made.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run_1.fits.gz", 'attachment; filename="run_1.fits.gz"'),
        ("a b.fits", "attachment; filename=\"a_b.fits\"; filename*=UTF-8''a%20b.fits"),
        ("ä.fits", "attachment; filename=\"_.fits\"; filename*=UTF-8''%C3%A4.fits"),
        ("x'%(.fits", "attachment; filename=\"x___.fits\"; filename*=UTF-8''x%27%25%28.fits"),
        ('a"b.fits', 'attachment; filename="a_b.fits"'),
        ("a\r\nTo: x", "attachment; filename=\"a__To__x\"; filename*=UTF-8''a__To_%20x"),
        ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
        ("a\\b\0\x7f\u202e.exe", 'attachment; filename="a_b___.exe"'),
    ],
)  # fmt: skip
def test_no_name_of_a_file_gets_out_of_its_header(name, value):
    assert disposition(name) == value

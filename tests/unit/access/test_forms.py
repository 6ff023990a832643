"""Forms in parts: what is read, and what is refused before it is."""

import pytest

from iact.access.forms import (
    LONGEST_TYPE,
    MOST_ABOVE,
    MOST_ESCAPED,
    MOST_GIVEN,
    MOST_NAMES,
    MOST_PARAMETERS,
    MOST_PARTS,
    FormFault,
    boundary_of,
    check_form,
    check_given,
    end_of_content,
)


def form(*parts, boundary=b"b"):
    """Return a form of parts, each headers and content."""
    lines = [b"--" + boundary + b"\r\n" + above + b"\r\n\r\n" + content for above, content in parts]
    return b"\r\n".join([*lines, b"--" + boundary + b"--\r\n"])


NAMED = b'Content-Disposition: form-data; name="a"; filename="t.vot"'


@pytest.mark.parametrize(
    ("media_type", "boundary"),
    [
        (b"multipart/form-data; boundary=abc", b"abc"),
        (b'Multipart/Form-Data; boundary="a b:c"', b"a b:c"),
        (b"multipart/form-data; charset=utf-8; boundary=----x-1", b"----x-1"),
        (b"multipart/form-data; boundary=abc; charset=utf-8", b"abc"),
        # Chromium and Safari, Firefox old and new, STILTS, curl, requests.
        (
            b"multipart/form-data; boundary=----WebKitFormBoundaryvB9K",
            b"----WebKitFormBoundaryvB9K",
        ),
        (b"multipart/form-data; boundary=---------------------------9051", b"-" * 27 + b"9051"),
        (b"multipart/form-data; boundary=----geckoformboundary1f", b"----geckoformboundary1f"),
        (
            b'multipart/form-data; boundary="<<<--------------MULTIPART-BOUNDARY------->>>"',
            b"<<<--------------MULTIPART-BOUNDARY------->>>",
        ),
        (
            b"multipart/form-data; boundary=------------------------d74496d6",
            b"-" * 24 + b"d74496d6",
        ),
        (b"multipart/form-data; boundary=0f4e8c1d2b", b"0f4e8c1d2b"),
        (b"application/x-www-form-urlencoded", b""),
        (b"text/plain; boundary=abc", b""),
        (b"", b""),
    ],
)
def test_the_boundary_is_found(media_type, boundary):
    assert boundary_of(media_type) == boundary


@pytest.mark.parametrize(
    "media_type",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=a; boundary=b",
        b"multipart/form-data; boundary*=a",
        b"multipart/form-data; boundary*0=a; boundary*1=b",
        b"multipart/form-data; boundary=" + b"a" * 71,
        b'multipart/form-data; boundary="a;b"',
        b'multipart/form-data; boundary="a"; BOUNDARY=a',
        b'multipart/form-data; x="; boundary=a',
        b"multipart/form-data; boundary=a b=c",
        b"text/plain;" + b"x" * LONGEST_TYPE,
    ],
)
def test_readers_that_would_not_agree_on_a_boundary_are_not_asked(media_type):
    with pytest.raises(FormFault):
        boundary_of(media_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        form((NAMED, b"content")),
        form((NAMED, b";" * 1000)),
        form((NAMED + b"\r\nContent-Type: application/x-votable+xml", b"a" * 100_000)),
        form((NAMED, b"\r\n\r\ncontent-type: multipart/mixed")),
        form((b"", b"")),
        form(*[(NAMED, b"x")] * MOST_PARTS),
        # As some programs write it.
        form((NAMED, b"content")).replace(b"\r\n", b"\n"),
        b"a preamble" + form((NAMED, b"x")) + b"an epilogue",
    ],
)
def test_plain_forms_are_read(body):
    check_form(b"b", body)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(*[(NAMED, b"x")] * (MOST_PARTS + 1)), 413),
        (form((NAMED, b"x"), (NAMED + b";" * MOST_ABOVE, b"x")), 400),
        (form((b"X: y\r\n" * MOST_ABOVE, b"x")), 400),
        (form((NAMED + b'"' + b";" * MOST_PARAMETERS, b"x")), 400),
        (form((NAMED + b"\r\nContent-Type: multipart/mixed; boundary=c", b"--c")), 400),
        (form((NAMED + b"\r\ncontent-type:\r\n MULTIPART/mixed; boundary=c", b"--c")), 400),
        # It never comes to an end.
        (b"--b\r\n" + NAMED + b" " * MOST_ABOVE, 400),
    ],
)
def test_forms_that_take_long_to_read_are_refused(body, status):
    with pytest.raises(FormFault) as raised:
        check_form(b"b", body)
    assert raised.value.status == status


def test_to_look_at_a_form_takes_a_time_that_grows_with_its_length():
    # With the square of it, this would take minutes.
    check_form(b"b", form(*[(NAMED, b"-" * 40_000)] * MOST_PARTS))
    with pytest.raises(FormFault):
        check_form(b"b", form((b"X: " + b'";' * 5_000_000, b"")))


@pytest.mark.parametrize(
    "text", [b"", b"a=1&b=2", b"ID=x&" * (MOST_GIVEN - 1), b"%41" * 1000, b"a=%3B" * 10]
)
def test_parameters_are_read(text):
    check_given(text)


@pytest.mark.parametrize(
    "text",
    [
        b"ID=x&" * MOST_GIVEN,
        b"a;" * MOST_GIVEN,
        b"&".join(b"a%d=" % number for number in range(MOST_NAMES + 1)),
        b"a=" + b"%" * (MOST_ESCAPED + 1),
    ],
)
def test_too_many_parameters_are_not_read(text):
    with pytest.raises(FormFault) as caught:
        check_given(text)
    assert caught.value.status == 413


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("content", [b"", b"a", b"a\n\n", b"--bc\n x--b\n", b"\rx"])
@pytest.mark.parametrize(("rest", "is_last"), [(b"", False), (b"--", True), (b"-- \t", True)])
def test_a_content_ends_at_the_delimiter(content, end, rest, is_last):
    body = b"--b\n\n" + content + end + b"--b" + rest + end + b"more"
    place, following, last = end_of_content(b"b", body, 5)
    assert (body[5:place], body[following:], last) == (content, b"more", is_last)


def test_a_form_that_is_cut_ends_where_it_is_cut():
    assert end_of_content(b"b", b"--b\n\nabc\n", 5) == (8, 9, None)


def test_not_much_stands_above_the_first_part():
    with pytest.raises(FormFault):
        check_form(b"b", b"\n" * (MOST_ABOVE + 1) + form((NAMED, b"x")))

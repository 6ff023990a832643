"""Which bytes a request wants."""

import pytest

from iact.access.package.ranges import NotSatisfiable, same_version, wanted_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-", (10, 100)),
        ("bytes=10-1000", (10, 100)),
        ("bytes=99-99", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes= 5-6 ", (5, 7)),
        # What means nothing, or several things, asks for all of it.
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=9-8", None),
        ("bytes=0-1,5-6", None),
        ("bytes=" + ",".join(["0-"] * 2000), None),
        ("bytes=a-b", None),
        ("bytes=1.5-2", None),
        ("bytes=+1-2", None),
        ("bytes=--5", None),
        ("bytes=\u0661-\u0662", None),
        ("bytes=0-" + "9" * 100, None),
        ("lines=0-1", None),
    ],
)
def test_one_range_is_taken_and_what_is_no_range_is_not(header, expected):
    assert wanted_range(header, 100) == expected


@pytest.mark.parametrize(
    "header", ["bytes=100-", "bytes=100-200", "bytes=12345678901-", "bytes=-0"]
)
def test_a_range_behind_the_end_cannot_be_had(header):
    with pytest.raises(NotSatisfiable):
        wanted_range(header, 100)


def test_a_range_of_another_version_is_not_sent():
    assert same_version(None, '"a"')
    assert same_version('"a"', '"a"')
    assert not same_version('"b"', '"a"')
    assert not same_version('W/"a"', '"a"')
    assert not same_version("Mon, 01 Jan 2001 00:00:00 GMT", '"a"')

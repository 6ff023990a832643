"""Which bytes a Range header asks for."""

import pytest

from iact.access.ranges import MAX_RANGES, wanted

SIZE = 10_000


@pytest.mark.parametrize(
    "header",
    [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-2",
        "bytes=0-1,5-2", "bytes=0-1,x", "bytes=0--1", "bytes=-1-2", "bytes=+1-2", "bytes=1 -2",
        "bytes=0x1-2", "bytes=1_0-2_0", "bytes=\u0661-\u0662", "lines=0-1", "0-1", "bytes 0-1",
        "bytes=0-1;2-3", "=0-1",
    ],
)  # fmt: skip
def test_a_wrong_header_does_not_count(header):
    assert wanted(header, SIZE) is None


@pytest.mark.parametrize("text", ["0-0", "0-", "-1"])
def test_too_many_ranges_do_not_count(text):
    assert wanted("bytes=" + ",".join([text] * (MAX_RANGES + 1)), SIZE) is None


@pytest.mark.parametrize(
    "header",
    ["bytes=10000-", "bytes=10000-10001", "bytes=-0", f"bytes={'9' * 5000}-", "bytes=20000-,-0"],
)
def test_what_lies_behind_the_end_is_not_there(header):
    assert wanted(header, SIZE) == []


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_nothing_of_an_empty_file_is_there(header):
    assert wanted(header, 0) == []


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=100-199", [(100, 100)]),
        ("bytes=9999-", [(9999, 1)]),
        ("bytes=9990-20000", [(9990, 10)]),
        ("bytes=0-" + "9" * 5000, [(0, SIZE)]),
        ("bytes=-5", [(9995, 5)]),
        ("bytes=-20000", [(0, SIZE)]),
        ("BYTES = 1-2", [(1, 2)]),
        ("bytes=, 1-2 ,,", [(1, 2)]),
        ("bytes=1-2,20000-", [(1, 2)]),
    ],
)
def test_one_range(header, spans):
    assert wanted(header, SIZE) == spans


def test_ranges_come_in_the_order_asked_for():
    assert wanted("bytes=5000-5009,0-9,-10", SIZE) == [(5000, 10), (0, 10), (9990, 10)]


@pytest.mark.parametrize(
    "header",
    ["bytes=0-,0-,0-", "bytes=" + ",".join(["0-"] * MAX_RANGES), "bytes=0-5000,4000-,-1"],
)
def test_ranges_that_overlap_are_one(header):
    assert wanted(header, SIZE) == [(0, SIZE)]


def test_a_small_gap_is_sent_too():
    assert wanted("bytes=0-9,20-29", SIZE) == [(0, 30)]
    assert wanted("bytes=0-9,200-209", SIZE) == [(0, 10), (200, 10)]


def test_joined_ranges_stand_where_the_first_was_asked_for():
    header = "bytes=5000-5009,0-9,5005-5020"
    assert wanted(header, SIZE) == [(5000, 21), (0, 10)]


def test_no_byte_is_sent_twice_whatever_is_asked_for():
    hypothesis = pytest.importorskip("hypothesis")
    numbers = hypothesis.strategies.integers(0, 12_000)
    pairs = hypothesis.strategies.lists(
        hypothesis.strategies.tuples(numbers, numbers).map(sorted), min_size=1, max_size=30
    )

    @hypothesis.given(pairs)
    def holds(asked):
        spans = wanted("bytes=" + ",".join(f"{first}-{last}" for first, last in asked), SIZE)
        got = [byte for offset, length in spans for byte in range(offset, offset + length)]
        assert len(got) == len(set(got)) <= SIZE
        for first, last in asked:
            assert set(range(first, min(last + 1, SIZE))) <= set(got)

    holds()

"""What the segments of a path may name."""

import pytest

from iact.access import paths


@pytest.mark.parametrize(
    ("segments", "inside"),
    [
        (["a.txt"], True),
        (["a", "", "b"], True),
        (["a", ""], True),
        ([""], True),
        ([], True),
        (["...", "a b", "ä"], True),
        (["", "etc"], False),
        (["etc/hostname"], False),
        (["a", "/etc"], False),
        (["a", "..", "b"], False),
        (["a", "."], False),
        (["a\0"], False),
    ],
)
def test_segments_lead_into_a_folder_or_not(segments, inside):
    assert paths.leads_inside(segments) is inside


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("cta/q", "cta/q"),
        ("cta/q/cone/form/x", "cta/q"),
        ("a/b/c/d", "a/b/c"),
        ("cta", ""),
        ("", ""),
        ("cta//q", ""),
        ("x/cta/q", ""),
    ],
)
def test_the_first_beginning_that_is_a_resource_is_taken(path, found):
    known = {"cta/q", "cta/q/cone", "a/b/c"}
    assert paths.of_resource(path.split("/"), known.__contains__) == found


def test_no_name_with_a_slash_is_asked_for():
    asked = []
    for segments in (["a/b", "c"], ["/etc", "c"], ["", "c"], ["a", "..", "c"]):
        paths.of_resource(segments, asked.append)
    assert asked == ["a"]


def test_of_a_long_path_only_the_beginning_is_asked_for():
    asked = []
    paths.of_resource(["a"] * 10_000, asked.append)
    assert len(asked) == paths.MOST_OF_RESOURCE


@pytest.mark.parametrize(
    "path",
    [b"/a/../b", b"/a/..", b"/%2e%2e/b", b"/a/%252e%252e/b", b"/a\\..\\b", b"/a%5c..", b"/a\0",
     b"/%00", b"/%2500", b"/a%2f..%2fb"],
)  # fmt: skip
def test_paths_that_lead_upwards_are_known_however_they_are_encoded(path):
    assert paths.leads_upwards(path)


@pytest.mark.parametrize("path", [b"/", b"/a/b.txt", b"/a..b/c", b"/.../x", b"/a%20b", b"/%C3%A4"])
def test_other_paths_do_not_lead_upwards(path):
    assert not paths.leads_upwards(path)

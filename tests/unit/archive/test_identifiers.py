"""Identifiers stay the same, and every part of them comes back out."""

from urllib.parse import unquote

import pytest

from iact.archive.identifiers import publisher_did


def test_an_identifier_is_made_as_the_contract_says():
    assert (
        publisher_did("x.test", "HESS-DL3-DR1", "23523", "", "events")
        == "ivo://x.test/~?cta/HESS-DL3-DR1/23523/events"
    )


def test_the_event_type_stands_before_the_kind():
    assert publisher_did("x.test", "C", "1", "8", "psf") == "ivo://x.test/~?cta/C/1/8/psf"


@pytest.mark.parametrize(
    ("obs_id", "encoded"),
    [
        ("chunks 103 - 133", "chunks%20103%20-%20133"),
        ("a/b", "a%2Fb"),
        ("a?b#c&d+e", "a%3Fb%23c%26d%2Be"),
        ("50%", "50%25"),
        ("ü", "%C3%BC"),
    ],
)
def test_every_part_is_percent_encoded(obs_id, encoded):
    assert publisher_did("x.test", "C", obs_id, "", "gti") == f"ivo://x.test/~?cta/C/{encoded}/gti"


@pytest.mark.parametrize(
    "parts",
    [
        ("C", "7", "8"),
        ("a/b", "c/d", "/"),
        ("%2F", "%", "%25"),
        ("?#&=+;", " ", "\t\n"),
        ("\u00fc\u4e2d", "\U0001f52d", "e\u0301"),
    ],
)
def test_parts_come_back_whatever_is_in_them(parts):
    collection, obs_id, event_type = parts
    made = publisher_did("x.test", collection, obs_id, event_type, "events")
    local = made.removeprefix("ivo://x.test/~?cta/").split("/")
    assert [unquote(part) for part in local] == [*parts, "events"]

"""Signed addresses open what they are made for, and nothing else."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from iact.access.decision import ANYBODY, Identity
from iact.access.signing import LIFETIME, InvalidSignature, Key, signed, verified

NOW = datetime(2026, 6, 1, 12)
PATH = "/dl3/A/1/a%20b%2Fc.fits"
OLD, NEW = Key("00000001", b"1" * 32), Key("00000002", b"2" * 32)
MIA = Identity("mia", frozenset({"crab"}))


def verify(url, now=NOW, keys=(OLD, NEW), **changed):
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True) | changed
    return verified(parts.path, query, now, keys)


def test_an_address_names_whom_it_was_signed_for():
    assert verify(signed(PATH, MIA, NOW, NEW)) == "mia"


@pytest.mark.parametrize("name", ["zoë&for=x", "a b", "a/b?c#d", "%41", "a\nb", "\N{SNOWMAN}"])
def test_any_name_comes_through(name):
    url = signed(PATH, Identity(name), NOW, NEW)
    assert url.isascii() and url.isprintable() and " " not in url
    assert verify(url) == name


def test_an_address_is_good_until_its_time():
    url = signed(PATH, MIA, NOW, NEW)
    assert verify(url, NOW + LIFETIME - timedelta(seconds=1)) == "mia"
    with pytest.raises(InvalidSignature, match="expired; get a new one"):
        verify(url, NOW + LIFETIME)


@pytest.mark.parametrize(
    "changed",
    [
        {"for": ["max"]}, {"for": ["mia "]}, {"for": [""]}, {"until": ["9999999999"]},
        {"until": ["nan"]}, {"until": [""]}, {"key": ["00000001"]}, {"key": ["00000003"]},
        {"key": [""]}, {"signature": [""]}, {"signature": ["0" * 64]}, {"signature": ["\xff"]},
    ],
)  # fmt: skip
def test_an_altered_parameter_opens_nothing(changed):
    with pytest.raises(InvalidSignature, match="does not fit"):
        verify(signed(PATH, MIA, NOW, NEW), **changed)


def test_each_altered_digit_of_the_signature_counts():
    url = signed(PATH, MIA, NOW, NEW)
    for place in range(1, 65):
        other = "0" if url[-place] != "0" else "1"
        with pytest.raises(InvalidSignature):
            verify(url[:-place] + other + url[len(url) - place + 1 :])
    for altered in (url.removesuffix(url[-1]), url + "0", url[:-64] + url[-64:].upper()):
        with pytest.raises(InvalidSignature):
            verify(altered)


@pytest.mark.parametrize(
    "path",
    [
        "/dl3/A/1/a%20b/c.fits", "/dl3/A/1/a%20b%252Fc.fits", "/dl3/A/1/a%20b%2Fc.fits/",
        "/dl3/A/1/../1/a%20b%2Fc.fits", "/dl3/A/2/a%20b%2Fc.fits", "/dl3/a/1/a%20b%2Fc.fits",
        "/dl3/A/1/a+b%2Fc.fits", "/dl3/A/1/a%20b%2Fc.fits%00", "", "/",
    ],
)  # fmt: skip
def test_an_address_opens_no_other_path(path):
    query = signed(PATH, MIA, NOW, NEW).partition("?")[2]
    with pytest.raises(InvalidSignature):
        verify(f"{path}?{query}")


@pytest.mark.parametrize("path", ["/dl3/A/1/a%20b%2fc.fits", "/dl3/%41/1/a%20b%2Fc%2efits"])
def test_a_client_may_encode_the_same_path_otherwise(path):
    query = signed(PATH, MIA, NOW, NEW).partition("?")[2]
    assert verify(f"{path}?{query}") == "mia"


@pytest.mark.parametrize("name", ["for", "until", "key", "signature"])
def test_a_parameter_must_be_there_once(name):
    url = signed(PATH, MIA, NOW, NEW)
    query = parse_qs(urlsplit(url).query)
    for values in ([], query[name] * 2):
        with pytest.raises(InvalidSignature, match="once"):
            verify(url, **{name: values})


def test_older_keys_verify_until_they_are_removed():
    url = signed(PATH, MIA, NOW, OLD)
    assert verify(url, keys=(OLD, NEW)) == "mia"
    with pytest.raises(InvalidSignature, match="not used any more"):
        verify(url, keys=(NEW,))


def test_another_key_of_the_same_name_does_not_verify():
    with pytest.raises(InvalidSignature):
        verify(signed(PATH, MIA, NOW, OLD), keys=(Key(OLD.name, NEW.secret),))


def test_nothing_is_signed_for_nobody():
    with pytest.raises(ValueError, match="for somebody"):
        signed(PATH, ANYBODY, NOW, NEW)


def test_an_address_with_a_query_is_not_signed():
    with pytest.raises(ValueError, match="query"):
        signed(f"{PATH}?x=1", MIA, NOW, NEW)

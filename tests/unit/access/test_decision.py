"""Who may read what: every combination of rule, date and identity."""

from datetime import datetime, timedelta

import pytest

from iact.access.decision import ANYBODY, Identity, Rights, decide

NOW = datetime(2026, 6, 1, 12)
PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
STRANGER = Identity("sam", frozenset({"others"}))
MEMBER = Identity("mia", frozenset({"crab"}))

TABLE = [
    # rule, release, (anybody, stranger, member)
    ("public", None, (True, True, True)),
    ("public", PAST, (True, True, True)),
    ("public", FUTURE, (False, False, True)),
    ("secure", None, (False, True, True)),
    ("secure", PAST, (True, True, True)),
    ("secure", FUTURE, (False, True, True)),
    ("proprietary", None, (False, False, True)),
    ("proprietary", PAST, (True, True, True)),
    ("proprietary", FUTURE, (False, False, True)),
    ("a word nobody knows", None, (False, False, True)),
]


@pytest.mark.parametrize(("rule", "release", "expected"), TABLE)
def test_the_rule_the_date_and_the_group_decide(rule, release, expected):
    rights = Rights(rule, release, "crab")
    answers = tuple(
        decide(identity, rights, NOW).allowed for identity in (ANYBODY, STRANGER, MEMBER)
    )
    assert answers == expected


def test_proprietary_data_without_a_group_are_nobodys():
    assert not decide(MEMBER, Rights("proprietary", None, ""), NOW).allowed


def test_an_empty_group_name_is_no_membership():
    nobody = Identity("x", frozenset({""}))
    assert not decide(nobody, Rights("proprietary", None, ""), NOW).allowed


def test_data_become_public_at_the_second_of_their_release():
    rights = Rights("proprietary", NOW, "crab")
    assert decide(ANYBODY, rights, NOW).allowed
    assert not decide(ANYBODY, rights, NOW - timedelta(microseconds=1)).allowed


def test_a_refusal_says_until_when():
    reason = decide(ANYBODY, Rights("proprietary", FUTURE, ""), NOW).reason
    assert "until 2026-06-01T12:00:01Z" in reason

"""Pictures of data: whose they are, where the collection says nothing and where it opens them."""

from datetime import datetime, timedelta

import pytest

from iact.access.decision import ANYBODY, Identity, Rights, decide

NOW = datetime(2026, 6, 1, 12)
FUTURE = NOW + timedelta(days=1)
MEMBER = Identity("mia", frozenset({"crab"}))
STRANGER = Identity("sam", frozenset({"others"}))

RULES = [
    ("public", None),
    ("public", FUTURE),
    ("secure", None),
    ("secure", FUTURE),
    ("proprietary", None),
    ("proprietary", FUTURE),
]


@pytest.mark.parametrize("who", [ANYBODY, STRANGER, MEMBER])
@pytest.mark.parametrize(("rule", "release"), RULES)
def test_pictures_are_protected_like_the_data(rule, release, who):
    rights = Rights(rule, release, "crab")
    assert decide(who, rights.of_previews, NOW) == decide(who, rights, NOW)


@pytest.mark.parametrize("who", [ANYBODY, STRANGER, MEMBER])
@pytest.mark.parametrize(("rule", "release"), RULES)
def test_a_collection_can_open_its_pictures_and_nothing_else(rule, release, who):
    opened = Rights(rule, release, "crab", open_previews=True)
    closed = Rights(rule, release, "crab")
    assert decide(who, opened.of_previews, NOW).allowed
    assert decide(who, opened, NOW) == decide(who, closed, NOW)

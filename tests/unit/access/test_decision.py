"""Who may read what: every combination of rule, date, group and identity."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from iact.access.decision import ANYBODY, Decision, Identity, Rights, decide

NOW = datetime(2026, 6, 1, 12)
DATES = {
    "none": None,
    "long ago": datetime.min,
    "past": NOW - timedelta(microseconds=1),
    "now": NOW,
    "future": NOW + timedelta(microseconds=1),
    "never": datetime.max,
}
IDENTITIES = {
    "nobody": ANYBODY,
    # What no server must make of nobody; it opens nothing all the same.
    "nobody with groups": Identity("", frozenset({"crab", ""})),
    "stranger": Identity("sam", frozenset({"sam", "others", "Crab", "crab ", "cra", ""})),
    # DaCHS makes a group of each user's name; without it, the name alone is no membership.
    "namesake": Identity("crab", frozenset()),
    "member": Identity("mia", frozenset({"mia", "crab"})),
    "owner": Identity("crab", frozenset({"crab"})),
}
EVERYBODY = frozenset(IDENTITIES)
SIGNED_IN = EVERYBODY - {"nobody", "nobody with groups"}
MEMBERS, NOT_ONE = frozenset({"member", "owner"}), frozenset[str]()

#: By rule and date: who may read what has the group "crab", and what has no group.
TABLE = {
    ("public", "none"): (EVERYBODY, EVERYBODY),
    ("public", "long ago"): (EVERYBODY, EVERYBODY),
    ("public", "past"): (EVERYBODY, EVERYBODY),
    ("public", "now"): (EVERYBODY, EVERYBODY),
    ("public", "future"): (MEMBERS, NOT_ONE),
    ("public", "never"): (MEMBERS, NOT_ONE),
    ("secure", "none"): (SIGNED_IN, SIGNED_IN),
    ("secure", "long ago"): (EVERYBODY, EVERYBODY),
    ("secure", "past"): (EVERYBODY, EVERYBODY),
    ("secure", "now"): (EVERYBODY, EVERYBODY),
    ("secure", "future"): (SIGNED_IN, SIGNED_IN),
    ("secure", "never"): (SIGNED_IN, SIGNED_IN),
    ("proprietary", "none"): (MEMBERS, NOT_ONE),
    ("proprietary", "long ago"): (EVERYBODY, EVERYBODY),
    ("proprietary", "past"): (EVERYBODY, EVERYBODY),
    ("proprietary", "now"): (EVERYBODY, EVERYBODY),
    ("proprietary", "future"): (MEMBERS, NOT_ONE),
    ("proprietary", "never"): (MEMBERS, NOT_ONE),
}
#: What no rule is called: as closed as can be.
STRANGE_RULES = ("", "Public", "PUBLIC", "public ", "embargoed", "secret")


@pytest.mark.parametrize(("rule", "date"), TABLE)
@pytest.mark.parametrize("group", ["crab", ""])
def test_rule_date_and_group_decide(rule, date, group):
    rights = Rights(rule, DATES[date], group)
    allowed = {name for name, who in IDENTITIES.items() if decide(who, rights, NOW).allowed}
    assert allowed == TABLE[rule, date][0 if group else 1]


def test_the_table_has_every_combination():
    assert set(TABLE) == set(product(("public", "secure", "proprietary"), DATES))


@pytest.mark.parametrize(
    ("rule", "date", "group", "name"),
    list(product(STRANGE_RULES, DATES, ("crab", ""), IDENTITIES)),
)
def test_an_unknown_rule_is_taken_for_proprietary(rule, date, group, name):
    def answer(rule):
        return decide(IDENTITIES[name], Rights(rule, DATES[date], group), NOW)

    assert answer(rule) == answer("proprietary")


class Everything:
    """The operator's groups."""

    def __contains__(self, name):
        return True


@pytest.mark.parametrize(("rule", "date"), TABLE)
def test_the_operator_may_read_what_has_a_group(rule, date):
    operator = Identity("gavoadmin", Everything())
    assert decide(operator, Rights(rule, DATES[date], "crab"), NOW).allowed


@pytest.mark.parametrize(
    ("rule", "date", "group", "who", "sentence"),
    [
        ("public", "none", "", "nobody", "The data are public."),
        ("proprietary", "now", "", "nobody", "The data are public since 2026-06-01."),
        ("secure", "none", "", "stranger", "The data are open to all who have signed in."),
        ("proprietary", "none", "crab", "member", "The data are open to the group crab."),
    ],
)
def test_who_may_read_is_told_why(rule, date, group, who, sentence):
    said = decide(IDENTITIES[who], Rights(rule, DATES[date], group), NOW)
    assert said == Decision(True, sentence)


@pytest.mark.parametrize("until", ["", " until 2026-06-01T12:00:01Z"])
@pytest.mark.parametrize(
    ("rule", "who", "reason", "advice"),
    [
        ("proprietary", "nobody",
         "The data are proprietary{}.", "Sign in by HTTP Basic if you may have them."),
        ("proprietary", "stranger",
         "The data are proprietary{}.", "sam is in no group that may have them."),
        ("secure", "nobody",
         "The data are open only to those who have signed in{}.", "Sign in by HTTP Basic."),
    ],
)  # fmt: skip
def test_who_may_not_read_is_told_until_when_and_what_to_do(rule, who, reason, advice, until):
    rights = Rights(rule, NOW + timedelta(seconds=1) if until else None, "crab")
    reason = reason.format(until)
    assert decide(IDENTITIES[who], rights, NOW) == Decision(False, reason, advice)
    assert decide(IDENTITIES[who], rights, NOW).told == f"{reason} {advice}"

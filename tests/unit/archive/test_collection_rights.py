"""Rights that collections and their proposals give, and until when they hide observations."""

from __future__ import annotations

from datetime import datetime

import pytest

from iact.archive.collection import NEVER
from iact.archive.collections import Collection, Proposal, Rights

PROPOSALS = {
    "kept": Proposal("kept", group="g", data_rights="proprietary"),
    "dated": Proposal("dated", data_rights="proprietary", release_date=datetime(2030, 1, 1)),
    "plain": Proposal("plain", title="x"),
    "open": Proposal("open", data_rights="public"),
}
PAST = datetime(2020, 1, 1)


@pytest.mark.parametrize(
    ("proposal", "rights"),
    [
        ("", Rights("proprietary", PAST, "all")),
        ("unlisted", Rights("proprietary", PAST, "all")),
        ("kept", Rights("proprietary", None, "g")),
        ("dated", Rights("proprietary", datetime(2030, 1, 1), "all")),
        ("plain", Rights("proprietary", PAST, "all")),
        ("open", Rights("public", None, "all")),
    ],
)
def test_a_proposals_rights_go_before_the_collections(proposal, rights):
    collection = Collection(
        "EX", "x", data_rights="proprietary", release_date=PAST, group="all", proposals=PROPOSALS
    )
    assert collection.rights(proposal) == rights


FUTURE = datetime(2099, 1, 1)


@pytest.mark.parametrize(
    ("proposal", "until"),
    [
        ("", FUTURE),
        ("unlisted", FUTURE),
        ("plain", FUTURE),
        ("dated", datetime(2030, 1, 1)),
        # With rights of its own and no date it would never be seen; what is public is seen now.
        ("kept", NEVER),
        ("open", None),
        ("shown", None),
    ],
)
def test_a_collection_hides_until_the_release_of_each_proposal(proposal, until):
    proposals = PROPOSALS | {"shown": Proposal("shown", hide_until_release=False)}
    collection = Collection(
        "EX",
        "x",
        data_rights="proprietary",
        release_date=FUTURE,
        hide_until_release=True,
        proposals=proposals,
    )
    assert collection.rights(proposal).hidden_until == until


def test_a_proposal_may_hide_alone():
    proposals = {
        "too": Proposal("too", data_rights="proprietary", release_date=FUTURE,
                        hide_until_release=True),
        "other": Proposal("other"),
    }  # fmt: skip
    collection = Collection("EX", "x", data_rights="public", proposals=proposals)
    assert collection.rights("too").hidden_until == FUTURE
    assert [collection.rights(name).hidden_until for name in ("", "other", "unlisted")] == [
        None
    ] * 3


def test_a_forgotten_line_does_not_show_what_its_collection_hides():
    collection = Collection(
        "EX", "x", data_rights="public", release_date=PAST, hide_until_release=True,
        proposals=PROPOSALS,
    )  # fmt: skip
    assert collection.rights("unlisted").hidden_until == NEVER


def test_hiding_is_a_part_of_what_files_are_read_again_for():
    one, other = (Collection("EX", "x", hide_until_release=hide) for hide in (False, True))
    assert one.digest != other.digest


def test_a_public_collection_does_not_publish_a_proposal_that_nobody_listed():
    listed = Collection("EX", "x", data_rights="public", proposals=PROPOSALS)
    assert listed.rights("unlisted") == Rights("proprietary")
    assert listed.rights("") == Rights("public")
    assert Collection("EX", "x", data_rights="public").rights("any") == Rights("public")

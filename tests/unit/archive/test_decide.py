"""Several files offer the same observation: what is in wins, nothing is lost."""

import hashlib

import pytest

from iact.archive.decide import Decider
from iact.archive.ledger import Owner
from iact.dl3.observation import FileReport, Observation


@pytest.fixture
def folder(tmp_path):
    for name in ("a.fits", "b.fits", "c.fits"):
        (tmp_path / name).write_bytes(b"same bytes")
    return tmp_path


SAME = hashlib.sha256(b"same bytes").hexdigest()


def observation(path, sha256=SAME, obs_id="7", event_type=""):
    return FileReport(
        path, "observation", 10, 1, sha256, "C", Observation(obs_id, event_type), obs_id
    )


def quarantined(path):
    return FileReport(path, "quarantined", 10, 1, "x", reason="the GTI is empty")


def decider(folder, owners=None, gone=()):
    return Decider("root", {} if owners is None else owners, {"root": folder}, set(gone))


def test_the_first_file_of_a_run_has_the_observation_and_a_copy_is_a_duplicate(folder):
    judge = decider(folder)
    assert judge.decide(observation("a.fits")).report.kind == "observation"
    assert judge.decide(observation("b.fits")).report.kind == "duplicate"


def test_other_content_under_the_same_identifier_is_quarantined_and_names_the_owner(folder):
    judge = decider(folder)
    judge.decide(observation("a.fits"))
    verdict = judge.decide(observation("b.fits", "other"))
    assert verdict.report.kind == "quarantined"
    assert "a.fits" in verdict.report.reason
    assert verdict.report.keyword == "OBS_ID"
    assert verdict.replaces == ()


def test_what_is_in_wins_over_a_path_that_sorts_before(folder):
    judge = decider(folder, {("C", "7", ""): Owner("root", "b.fits", SAME)})
    assert judge.decide(observation("a.fits")).report.kind == "duplicate"


def test_a_file_changed_in_place_replaces_itself(folder):
    judge = decider(folder, {("C", "7", ""): Owner("root", "a.fits", SAME)})
    verdict = judge.decide(observation("a.fits", "new"))
    assert verdict.report.kind == "observation"
    assert verdict.replaces == (("root", "a.fits"),)


def test_a_file_that_became_another_observation_gives_the_old_one_up(folder):
    owners = {("C", "7", ""): Owner("root", "a.fits", SAME)}
    judge = decider(folder, owners)
    verdict = judge.decide(observation("a.fits", "new", obs_id="8"))
    assert verdict.replaces == (("root", "a.fits"),)
    assert owners == {("C", "8", ""): Owner("root", "a.fits", "new")}


def test_a_moved_file_takes_its_observation_along(folder):
    (folder / "a.fits").unlink()
    owners = {("C", "7", ""): Owner("root", "a.fits", SAME)}
    verdict = decider(folder, owners, gone=["a.fits"]).decide(observation("b.fits"))
    assert verdict.report.kind == "observation"
    assert verdict.replaces == (("root", "a.fits"),)
    assert owners == {("C", "7", ""): Owner("root", "b.fits", SAME)}


def test_lists_of_different_event_types_stand_side_by_side(folder):
    judge = decider(folder)
    kinds = [
        judge.decide(observation(path, event_type=label)).report.kind
        for path, label in (("a.fits", "8"), ("b.fits", "9"), ("c.fits", "9"))
    ]
    assert kinds == ["observation", "observation", "duplicate"]


def test_a_file_that_breaks_is_quarantined_and_its_observation_stays(folder):
    owners = {("C", "7", ""): Owner("root", "a.fits", SAME)}
    verdict = decider(folder, owners).decide(quarantined("a.fits"))
    assert verdict.replaces == ()
    assert "observation 7 of C is kept" in verdict.report.reason
    assert owners


def test_a_data_root_that_is_no_longer_registered_keeps_what_it_has(folder):
    owners = {("C", "7", ""): Owner("elsewhere", "x.fits", "other")}
    verdict = decider(folder, owners).decide(observation("b.fits"))
    assert verdict.report.kind == "quarantined"
    assert "`bin/cta forget elsewhere`" in verdict.report.reason


@pytest.mark.parametrize("state", ["empty", "absent"])
def test_a_data_root_whose_disk_is_away_keeps_what_it_has(folder, tmp_path_factory, state):
    other = tmp_path_factory.mktemp("other")
    if state == "absent":
        other.rmdir()
    owners = {("C", "7", ""): Owner("other", "x.fits", SAME)}
    judge = Decider("root", owners, {"root": folder, "other": other}, set())
    assert judge.decide(observation("b.fits")).report.kind == "duplicate"


def test_a_file_that_left_another_data_root_is_taken_over(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "y.fits").touch()
    owners = {("C", "7", ""): Owner("other", "x.fits", SAME)}
    judge = Decider("root", owners, {"root": folder, "other": other}, set())
    verdict = judge.decide(observation("b.fits"))
    assert verdict.report.kind == "observation"
    assert verdict.replaces == (("other", "x.fits"),)


# A file that was in and now holds what another file has.

SEVEN, EIGHT, NINE = (("C", number, "") for number in "789")


def three_runs():
    return {
        key: Owner("root", path, path)
        for key, path in ((SEVEN, "a.fits"), (EIGHT, "b.fits"), (NINE, "c.fits"))
    }


@pytest.mark.parametrize("sha256", ["a.fits", "other"])
def test_what_a_file_had_stays_when_it_becomes_another_ones(folder, sha256):
    owners = three_runs()
    judge = decider(folder, owners)
    verdict = judge.decide(observation("b.fits", sha256))
    assert (verdict.report.kind, verdict.replaces) == ("quarantined", ())
    assert "already in, with" in verdict.report.reason
    assert "from a.fits" in verdict.report.reason
    assert "observation 8 of C is kept as this file had it before" in verdict.report.reason
    assert judge.freed() == []
    judge.settle()
    assert owners == three_runs()


def test_what_a_file_had_goes_to_another_file_that_brings_it(folder):
    owners = three_runs()
    judge = decider(folder, owners)
    judge.decide(observation("b.fits", "other"))
    verdict = judge.decide(observation("d.fits", "moved", obs_id="8"))
    assert (verdict.report.kind, verdict.replaces) == ("observation", (("root", "b.fits"),))
    judge.settle()
    assert owners[EIGHT] == Owner("root", "d.fits", "moved")


def test_three_files_that_change_places_keep_all_observations(folder):
    owners = three_runs()
    judge = decider(folder, owners)
    new = {"a.fits": "8", "b.fits": "9", "c.fits": "7"}
    reports = {path: observation(path, f"new {run}", obs_id=run) for path, run in new.items()}
    kinds = [judge.decide(report).report.kind for report in reports.values()]
    assert kinds == ["quarantined", "quarantined", "observation"]
    assert judge.freed() == ["a.fits", "b.fits"]
    for path in judge.freed():
        assert judge.decide(reports[path]).report.kind == "observation"
    judge.settle()
    assert {key[1]: owner.path for key, owner in owners.items()} == {
        "8": "a.fits",
        "9": "b.fits",
        "7": "c.fits",
    }


def test_what_a_file_had_goes_with_its_rows_when_it_gets_another_observation_later(folder):
    owners = three_runs()
    judge = decider(folder, owners)
    wanted = observation("a.fits", "new", obs_id="8")
    judge.decide(wanted)
    judge.decide(observation("b.fits", "new", obs_id="6"))
    assert judge.freed() == ["a.fits"]
    verdict = judge.decide(wanted)
    assert (verdict.report.kind, verdict.replaces) == ("observation", (("root", "a.fits"),))
    judge.settle()
    assert SEVEN not in owners


def test_a_reason_does_not_say_kept_of_what_another_file_has_taken(folder):
    judge = decider(folder, three_runs())
    mine = observation("a.fits", "other", obs_id="8")
    judge.decide(mine)
    assert judge.decide(observation("d.fits", "new", obs_id="7")).report.kind == "observation"
    assert judge.freed() == ["a.fits"]
    verdict = judge.decide(mine)
    assert verdict.report.kind == "quarantined"
    assert "is kept" not in verdict.report.reason


def test_a_copy_of_what_the_owner_had_is_no_copy_of_what_it_has(folder):
    judge = decider(folder, {SEVEN: Owner("root", "b.fits", SAME)})
    copy = observation("a.fits")
    assert judge.decide(copy).report.kind == "duplicate"
    assert judge.decide(observation("b.fits", "damaged")).report.kind == "observation"
    assert judge.freed() == ["a.fits"]
    verdict = judge.decide(copy)
    assert verdict.report.kind == "quarantined"
    assert "other content, from b.fits" in verdict.report.reason


@pytest.mark.parametrize("name", ["a.fits", "c.fits"])
def test_a_copy_takes_over_from_a_file_that_cannot_be_read_any_more(folder, name):
    owners = {SEVEN: Owner("root", "b.fits", SAME)}
    judge = decider(folder, owners)
    first = [judge.decide(report) for report in sorted(
        [observation(name), quarantined("b.fits")], key=lambda report: report.path
    )]  # fmt: skip
    again = judge.freed()
    assert "b.fits" in again or name in again
    verdicts = [judge.decide(observation(name))] if name in again else [first[-1]]
    assert verdicts[0].report.kind == "observation"
    assert verdicts[0].replaces == (("root", "b.fits"),)
    assert owners[SEVEN].path == name
    assert "is kept" not in judge.decide(quarantined("b.fits")).report.reason


def test_other_content_does_not_take_over_from_a_file_that_cannot_be_read(folder):
    owners = {SEVEN: Owner("root", "b.fits", SAME)}
    judge = decider(folder, owners)
    judge.decide(quarantined("b.fits"))
    assert judge.decide(observation("c.fits", "other")).report.kind == "quarantined"
    assert judge.freed() == []
    assert owners[SEVEN].path == "b.fits"

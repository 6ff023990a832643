"""Collections: which file belongs where, and what wrong configuration says."""

from __future__ import annotations

import csv
import pickle
from datetime import datetime
from pathlib import Path

import pytest

from iact.archive.collection import NEVER
from iact.archive.collections import (
    INSTRUMENTS,
    Collection,
    CollectionSet,
    Condition,
    Proposal,
    Rights,
)
from iact.errors import ConfigError

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"

MINIMAL = """\
name: EX
title: Example
match:
  headers:
    TELESCOP: EX
data_rights: public
"""

SITE = """\
sites:
  Hill:
    title: A hill
    longitude: 10
    latitude: -20.5
    altitude: 1000
"""


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def error(path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        CollectionSet.load(folder(path / "c", ex=text, sites=SITE))
    assert caught.value.path == str(path / "c" / "ex.yaml")
    assert "\n" not in str(caught.value)
    return caught.value


# Wrong files


@pytest.mark.parametrize(
    ("addition", "key", "reason"),
    [
        ("sight: Hill\n", "sight", "did you mean 'site'?"),
        ("colour: red\n", "colour", "expected one of"),
        ("reading: {fov: 3}\n", "reading.fov", "not a key"),
        ("site: Hil\n", "site", "did you mean 'Hill'?"),
        ("site: Moon\n", "site", "expected Hill"),
        ("processing: {reco_version: 1.10}\n", "processing.reco_version", "put it in quotes"),
        ("simulated: yes\n", "simulated", "is text (yes): expected true or false"),
        ("open_previews: yes\n", "open_previews", "is text (yes): expected true or false"),
        ("references: 10.5/1\n", "references", "expected a list"),
        ("references: [1]\n", "references[0]", "expected text"),
        ("licence:\n", "licence", "is empty"),
        ("licence: ''\n", "licence", "is empty"),
        ("reading: {time_scale: TT}\n", "reading.time_scale", "did you mean 'tt'?"),
        ("reading: {time_scale: }\n", "reading.time_scale", "is empty"),
        ("reading: {fov_radius_deg: -1}\n", "reading.fov_radius_deg", "above 0"),
        ("reading: {fov_radius_deg: 1e400}\n", "reading.fov_radius_deg", "up to 180"),
        ("reading: {fov_radius_deg: .nan}\n", "reading.fov_radius_deg", "is text"),
        ("reading: {proposal_keyword: prop}\n", "reading.proposal_keyword", "FITS keyword"),
        (
            "reading: {energy_min_TeV: 2, energy_max_TeV: 1}\n",
            "reading.energy_max_TeV",
            "more than",
        ),
        ("release_date: soon\n", "release_date", "a date (2026-01-31)"),
        ("release_date: 2026-02-30\n", "release_date", "is no date"),
        ("group: a b\n", "group", "a group's name"),
        ("proposals: {P1: {data_right: public}}\n", "proposals.P1.data_right", "'data_rights'?"),
        ("proposals: {P1: {release_date: 2026-13-01}}\n", "proposals.P1.release_date", "no date"),
        ("ctao_level: DL9\n", "ctao_level", "did you mean"),
        ("hide_until_release: yes\n", "hide_until_release", "is text (yes): expected true"),
        ("hide_until_release: true\n", "hide_until_release", "for ever. Give a release_date"),
        (
            "proposals: {P1: {hide_until_release: true, data_rights: proprietary}}\n",
            "proposals.P1.hide_until_release",
            "there is no release_date",
        ),
        (
            "release_date: 2099-01-01\nhide_until_release: true\n"
            "proposals: {P1: {data_rights: secure}}\n",
            "proposals.P1.hide_until_release",
            "here or for the whole collection",
        ),
        (
            # Nothing would be hidden.
            "proposals: {P1: {hide_until_release: true, data_rights: public}}\n",
            "proposals.P1.hide_until_release",
            "there is no release_date",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_was_expected(tmp_path, addition, key, reason):
    problem = error(tmp_path, MINIMAL + addition)
    assert problem.key == key
    assert reason in problem.reason


@pytest.mark.parametrize("key", ["name", "title", "match", "data_rights"])
def test_a_missing_key_is_named(tmp_path, key):
    lines = [line for line in MINIMAL.splitlines() if not line.startswith(key)]
    text = "\n".join(line for line in lines if key != "match" or not line.startswith(" "))
    problem = error(tmp_path, text)
    assert (problem.key, problem.reason) == (key, "is missing")


@pytest.mark.parametrize(
    ("match", "key", "reason"),
    [
        ("{}", "match", "is empty"),
        ("[]", "match", "is empty"),
        ("EX", "match", "expected 'paths', 'headers' or both"),
        ("{headers: {}}", "match.headers", "is empty"),
        ("{headers: {TELESCOP: }}", "match.headers.TELESCOP", "is empty"),
        ("{headers: {TELESCOP: 1.5}}", "match.headers.TELESCOP", "put it in quotes"),
        ("{headers: {TELESCOP: []}}", "match.headers.TELESCOP", "is empty"),
        ("{headers: {telescop: EX}}", "match.headers", "FITS keywords"),
        ("{paths: [/data/x]}", "match.paths[0]", "below the data root"),
        ("{paths: [../x]}", "match.paths[0]", "below the data root"),
        ("[{headers: {TELESCOP: EX}}, {path: x}]", "match[1].path", "did you mean 'paths'?"),
    ],
)
def test_a_match_that_could_fit_too_much_or_nothing_is_refused(tmp_path, match, key, reason):
    text = f"name: EX\ntitle: Example\ndata_rights: public\nmatch: {match}\n"
    problem = error(tmp_path, text)
    assert problem.key == key
    assert reason in problem.reason


def test_of_several_errors_the_first_is_told_and_the_others_are_counted(tmp_path):
    problem = error(tmp_path, MINIMAL + "zzz: 1\nsimulated: 3\nlicence: 4\n")
    assert problem.key == "licence"
    assert problem.reason.endswith("(and 2 more)")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: [EX\ntitle: x\n", "line 2: is not YAML"),
        (MINIMAL + "name: EY\n", "line 7: is not YAML: the key 'name' stands twice"),
        (MINIMAL + "? [a]\n: b\n", "line 7: is not YAML: a key must be plain text"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("EX\n", "expected a mapping"),
        ("a: \x07\n", "is not YAML"),
        ("a: !!int x\n", "is not YAML"),
        ("a: !!python/name:os.system x\n", "line 1: is not YAML"),
    ],
)
def test_text_that_is_no_configuration_is_refused_with_its_line(tmp_path, text, reason):
    assert reason in error(tmp_path, text).reason


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    folder(tmp_path, ex=MINIMAL)
    (tmp_path / "ex.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        CollectionSet.load(tmp_path)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "ex.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"ex\.yaml: cannot be read"):
        CollectionSet.load(tmp_path)


def test_one_name_in_two_files_of_a_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"b\.yaml: name: 'EX' is already the name in a\.yaml"):
        CollectionSet.load(folder(tmp_path, a=MINIMAL, b=MINIMAL))


def test_a_missing_first_folder_is_refused_but_an_operator_need_not_have_one(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        CollectionSet.load(tmp_path / "absent")
    assert CollectionSet.load(folder(tmp_path, a=MINIMAL), tmp_path / "absent").names == ("EX",)


def test_a_wrong_example_is_an_error_though_it_is_never_used(tmp_path):
    with pytest.raises(ConfigError, match=r"example\.yaml: nom: is not a key that is known"):
        CollectionSet.load(folder(tmp_path, example=MINIMAL.replace("name", "nom")))
    assert CollectionSet.load(folder(tmp_path, example=MINIMAL)).names == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("altitude: 1000", "altitude: 12000", "sites.Hill.altitude"),
        ("latitude: -20.5", "latitude: 91", "sites.Hill.latitude"),
        ("longitude: 10", "longitude: 10d", "sites.Hill.longitude"),
        ("    title: A hill\n", "", "sites.Hill.title"),
    ],
)
def test_a_wrong_site_is_named(tmp_path, old, new, key):
    with pytest.raises(ConfigError) as caught:
        CollectionSet.load(folder(tmp_path, sites=SITE.replace(old, new)))
    assert caught.value.key == key


# What is read


def test_words_and_dates_are_read_as_they_are_written(tmp_path):
    text = MINIMAL + (
        "site: Hill\nreading: {obs_mode: off, energy_min_TeV: 3e-2, energy_max_TeV: 160}\n"
        "release_date: 2026-01-31T12:00:00+02:00\nproposals: {007: {release_date: 2027-01-01}}\n"
    )
    chosen = CollectionSet.load(folder(tmp_path, ex=text, sites=SITE)).by_name("EX")
    assert chosen.rules.obs_mode == "off"
    assert (chosen.rules.energy_min_eV, chosen.rules.energy_max_eV) == (3e10, 1.6e14)
    assert chosen.release_date == datetime(2026, 1, 31, 10)
    assert chosen.proposals["007"].release_date == datetime(2027, 1, 1)


def test_an_operators_folder_comes_first_and_replaces_what_has_the_same_name(tmp_path):
    other = MINIMAL.replace("EX", "ZZ", 1)
    shipped = folder(tmp_path / "1", a=MINIMAL, sites=SITE)
    own = folder(
        tmp_path / "2",
        a=other + "site: Hill\n",
        b=MINIMAL.replace("Example", "Mine"),
        sites=SITE.replace("Hill", "Dune"),
    )
    both = CollectionSet.load(shipped, own)
    assert both.names == ("ZZ", "EX")
    assert both.by_name("EX").title == "Mine"
    assert set(both.sites) == {"Hill", "Dune"}


def test_the_digest_changes_with_anything_and_only_then(tmp_path):
    def load(text: str) -> CollectionSet:
        return CollectionSet.load(folder(tmp_path, ex=text))

    first = load(MINIMAL)
    assert load(MINIMAL + "# a comment\n").by_name("EX").digest == first.by_name("EX").digest
    changes = ["reading: {time_offset_s: 1}\n", "proposals: {P: {title: x}}\n", "licence: x\n"]
    digests = {load(MINIMAL + change).by_name("EX").digest for change in changes}
    assert len(digests | {first.by_name("EX").digest}) == 4
    assert load(MINIMAL + "licence: x\n").digest != first.digest == load(MINIMAL).digest


# What fits


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("*.fits", "a/b/run.fits", True),
        ("*.fits", "run.fits", True),
        ("run_?.fits", "a/run_1.fits", True),
        ("run_?.fits", "a/run_12.fits", False),
        ("a/*.fits", "a/run.fits", True),
        ("a/*.fits", "a/b/run.fits", False),
        ("a/*.fits", "c/a/run.fits", False),
        ("a/**/*.fits", "a/run.fits", True),
        ("a/**/*.fits", "a/b/c/run.fits", True),
        ("**/b/**", "a/b/c/run.fits", True),
        ("run[0-3].fits", "run2.fits", True),
        ("run[!0-3].fits", "run2.fits", False),
        ("run[.fits", "run[.fits", True),
        ("a+b (1).fits", "x/a+b (1).fits", True),
        ("RUN.fits", "run.fits", False),
    ],
)
def test_path_globs_stay_within_folders_unless_doubled(glob, path, fits):
    assert Condition(paths=(glob,)).fits(path, {}) is fits


@pytest.mark.parametrize(
    ("pattern", "headers", "fits"),
    [
        ("EX", {"TELESCOP": "ex "}, True),
        ("EX", {"TELESCOP": "EX2"}, False),
        ("ex*", {"TELESCOP": "EX2"}, True),
        ("8", {"TELESCOP": 8}, True),
        ("8", {"TELESCOP": "8"}, True),
        ("*", {}, False),
        ("*", {"TELESCOP": " "}, False),
        ("", {}, True),
        ("", {"TELESCOP": "EX"}, False),
    ],
)
def test_header_values_are_compared_as_text_without_case(pattern, headers, fits):
    assert Condition(headers={"TELESCOP": (pattern,)}).fits("x", headers) is fits


def test_all_headers_and_one_of_the_paths_must_fit(tmp_path):
    text = (
        "name: EX\ntitle: x\ndata_rights: public\nmatch:\n"
        "- {paths: [a/*, b/*], headers: {TELESCOP: [T1, T2], OBS_ID: 5}}\n"
        "- {headers: {TELESCOP: T3}}\n"
    )
    chosen = CollectionSet.load(folder(tmp_path, ex=text))

    def name(path: str, **headers: object) -> str:
        return chosen.choose(path, headers).name

    assert name("b/x", TELESCOP="T2", OBS_ID=5) == "EX"
    assert name("c/x", TELESCOP="T2", OBS_ID=5) == "T2"
    assert name("b/x", TELESCOP="T2", OBS_ID=6) == "T2"
    assert name("b/x", TELESCOP="T2") == "T2"
    assert name("c/x", TELESCOP="T3") == "EX"


def test_the_first_file_by_name_wins(tmp_path):
    second = MINIMAL.replace("EX", "EY", 1)
    assert (
        CollectionSet.load(folder(tmp_path, b=MINIMAL, a=second))
        .choose("x", {"TELESCOP": "EX"})
        .name
        == "EY"
    )


@pytest.mark.parametrize(
    ("telescop", "name"),
    [
        ("VERITAS2", "VERITAS2"),
        ("veritas 2/ü", "VERITAS-2"),
        ("", "UNKNOWN"),
        (None, "UNKNOWN"),
        ("///", "UNKNOWN"),
        ("x" * 80, "X" * 58),
        ("Hess-Dl3-Dr1", "HESS-DL3-DR1-OTHER"),
    ],
)
def test_an_unknown_instrument_gets_a_collection_of_its_own(telescop, name):
    known = CollectionSet.load(INSTRUMENTS, default_rights="secure")
    headers = {"TELESCOP": telescop, "INSTRUME": "Camera"}
    chosen = known.choose("x.fits", headers)
    assert (chosen.name, chosen.facility_name) == (name, telescop or "")
    assert (chosen.instrument_name, chosen.site, chosen.data_rights) == ("Camera", "", "secure")
    assert known.by_name(name, headers) == chosen
    assert known.rules("x.fits", headers) == (name, Collection("a", "b").rules)


def test_the_readers_chooser_can_be_sent_to_another_process():
    known = CollectionSet.load(INSTRUMENTS)
    chooser = pickle.loads(pickle.dumps(known.rules))
    name, rules = chooser("x", {"TELESCOP": "HAWC", "CUT": "Pass 4", "OBS_ID": "chunks 103 - 133"})
    assert (name, rules.time_offset_s) == ("HAWC-CRAB-PASS4", 19)


# Rights


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


# What is shipped


def test_the_ready_made_collections_load_with_their_sites():
    known = CollectionSet.load(INSTRUMENTS)
    assert set(known.names) == {
        "CTAO-NORTH", "CTAO-SOUTH", "CTA-1DC", "HESS-DL3-DR1", "MAGIC-RADMAX",
        "MAGIC-JOINT-CRAB", "VERITAS", "HAWC-CRAB-PASS4", "SIM-CTAO-N", "SIM-CTAO-S",
    }  # fmt: skip
    assert known.sites["CTAO-South"].longitude == pytest.approx(-70.316344)
    assert all(collection.site in known.sites for collection in known.collections)


def test_the_example_explains_every_key_there_is():
    import json

    from iact.archive.configfile import SCHEMAS

    schema = json.loads((SCHEMAS / "collection.json").read_text(encoding="utf-8"))
    text = (INSTRUMENTS / "example.yaml").read_text(encoding="utf-8")
    parts = schema["properties"]
    keys = [*parts, *parts["reading"]["properties"], *parts["processing"]["properties"],
            *parts["proposals"]["additionalProperties"]["properties"]]  # fmt: skip
    assert [key for key in keys if f"{key}:" not in text] == []


@pytest.mark.parametrize("array", ["N", "S"])
def test_simulated_data_have_public_kept_and_dated_runs(array):
    known = CollectionSet.load(INSTRUMENTS)
    chosen = known.choose("x.fits", {"TELESCOP": "CTAO-SIM", "INSTRUME": f"SIM-{array}"})
    assert (chosen.name, chosen.instrument_name) == (f"SIM-CTAO-{array}", f"CTAO-{array}")
    assert chosen.simulated
    assert chosen.rules.proposal_keyword == "PROP_ID"
    assert chosen.rights() == Rights("public")
    assert chosen.rights("SIM-P001") == Rights("proprietary", None, "sim-crab")
    assert chosen.rights("SIM-P002") == Rights("proprietary", None, "sim-pks")
    future = Rights("proprietary", datetime(2100, 1, 1), "sim-survey")
    assert chosen.rights("SIM-P003") == future


@pytest.mark.parametrize(
    ("telescop", "instrume", "name"),
    [
        ("CTAO", "CTAO-N", "CTAO-NORTH"),
        ("CTAO", "CTAO-S/alpha", "CTAO-SOUTH"),
        ("CTAO-S", None, "CTAO-SOUTH"),
        ("CTAO", "", "CTAO"),
        ("VERITAS", "VERITAS", "VERITAS"),
        ("HESS", "H.E.S.S. Phase I", "HESS"),
        ("MAGIC", "MAGIC stereo", "MAGIC"),
    ],
)
def test_data_of_an_observatory_are_not_taken_for_its_public_release(telescop, instrume, name):
    known = CollectionSet.load(INSTRUMENTS)
    chosen = known.choose("x.fits", {"TELESCOP": telescop, "INSTRUME": instrume})
    assert chosen.name == name
    assert chosen.data_rights == "proprietary"


@pytest.mark.realdata
@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data")
def test_real_files_belong_to_the_collections_that_are_expected():
    from astropy.io import fits

    known = CollectionSet.load(INSTRUMENTS)
    with (REAL / "expected-ingest.csv").open(encoding="utf-8") as stream:
        expected = {
            row["path"]: row["obs_collection"]
            for row in csv.DictReader(stream)
            if row["obs_collection"]
        }
    assert len(expected) > 40
    found = {
        path: known.choose(path, fits.getheader(REAL / path, "EVENTS")).name for path in expected
    }
    assert found == expected
    # Nor does it depend on where below the data root they are.
    moved = {
        path: known.choose("x.fits", dict(fits.getheader(REAL / path, "EVENTS")))
        for path in expected
    }
    assert {path: chosen.name for path, chosen in moved.items()} == expected
    assert {chosen.data_rights for chosen in moved.values()} == {"public"}

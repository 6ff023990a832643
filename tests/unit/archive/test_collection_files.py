"""Files of collections: what wrong ones say, and what is read from right ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from iact.archive.collections import CollectionSet
from iact.errors import ConfigError
from unit.archive.collectionfiles import MINIMAL, SITE, folder


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

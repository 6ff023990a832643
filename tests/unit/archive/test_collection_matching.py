"""Which collection a file belongs to."""

from __future__ import annotations

import pickle

import pytest

from iact.archive.collections import INSTRUMENTS, Collection, CollectionSet, Condition
from unit.archive.collectionfiles import MINIMAL, folder


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

"""Index tables: which observation a file belongs to, and where its responses are."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.index import IndexTables, looks_like_index, read_indexes
from unit.dl3 import fitsfiles as ff


def hdu_row(obs_id: Any, kind: str, folder: str, name: str, hdu: str = "") -> ff.Cards:
    return {
        "OBS_ID": obs_id, "HDU_TYPE": kind, "HDU_CLASS": kind, "FILE_DIR": folder,
        "FILE_NAME": name, "HDU_NAME": hdu or kind.upper(),
    }  # fmt: skip


def hdu_index(root: Path, path: str, *rows: ff.Cards, cards: ff.Cards | None = None) -> str:
    return ff.write(root, path, ff.index("HDU_INDEX", list(rows), cards))


def obs_index(root: Path, path: str, *rows: ff.Cards) -> str:
    return ff.write(root, path, ff.index("OBS_INDEX", list(rows)))


@pytest.mark.parametrize(
    "name",
    ["obs-index.fits.gz", "hdu-index.fits", "OBS_INDEX.FITS", "a/b/hdu-index-table-GP-Crab.fits.gz",
     "my-obs-index-v2.fits", "obs.index.fit", "hdu_index_v1.fts"],
)  # fmt: skip
def test_indexes_are_known_by_name(name: str) -> None:
    assert looks_like_index(name)


@pytest.mark.parametrize(
    "name",
    ["run.fits", "obs-index.txt", "obs-index/run.fits", "observations.fits", "jobs-index.fits",
     "obs-indexing.fits"],
)  # fmt: skip
def test_other_names_are_no_index(name: str) -> None:
    assert not looks_like_index(name)


def test_file_is_found_with_its_row_and_links(tmp_path: Path) -> None:
    paths = [
        hdu_index(
            tmp_path,
            "set/index/hdu-index.fits.gz",
            hdu_row(7, "events", "../data", "run.fits"),
            hdu_row(7, "aeff", "../caldb", "irf.fits", "EFFECTIVE AREA"),
        ),
        obs_index(tmp_path, "set/index/obs-index.fits.gz", {"OBS_ID": 7, "OBJECT": "Crab"}),
    ]
    hint = read_indexes(tmp_path, paths).hint("set/data/run.fits")
    assert hint is not None
    assert (hint.path, hint.obs_id) == ("set/index/hdu-index.fits.gz", "7")
    assert hint.obs == {"OBS_ID": 7, "OBJECT": "Crab"}
    assert hint.links == {
        "events": ("set/data/run.fits", "EVENTS"),
        "aeff": ("set/caldb/irf.fits", "EFFECTIVE AREA"),
    }


def test_unknown_file_has_no_hint(tmp_path: Path) -> None:
    path = hdu_index(tmp_path, "hdu-index.fits", hdu_row(7, "events", "", "run.fits"))
    tables = read_indexes(tmp_path, [path])
    assert tables.hint("other.fits") is None
    assert tables.hint("run.fits") is not None


def test_files_that_do_not_look_like_an_index_are_not_read(tmp_path: Path) -> None:
    assert read_indexes(tmp_path, ["run.fits"]) == IndexTables()


@pytest.mark.parametrize("folder", ["", ".", "./", "sub/.."])
def test_folder_may_be_empty_or_the_same(tmp_path: Path, folder: str) -> None:
    path = hdu_index(tmp_path, "a/hdu-index.fits", hdu_row(7, "events", folder, "run.fits"))
    assert read_indexes(tmp_path, [path]).hint("a/run.fits") is not None


@pytest.mark.parametrize("folder", ["../..", "/etc", "../../secret", "x/../../../y"])
def test_paths_that_leave_the_root_are_ignored(tmp_path: Path, folder: str) -> None:
    path = hdu_index(
        tmp_path,
        "a/hdu-index.fits",
        hdu_row(7, "events", "", "run.fits"),
        hdu_row(7, "aeff", folder, "irf.fits"),
    )
    hint = read_indexes(tmp_path, [path]).hint("a/run.fits")
    assert hint is not None
    assert set(hint.links) == {"events"}


def test_header_that_calls_an_hdu_index_obs_is_not_believed(tmp_path: Path) -> None:
    lie = {"HDUCLASS": "GADF", "HDUCLAS1": "INDEX", "HDUCLAS2": "OBS", "EXTNAME": "OBS_INDEX"}
    path = hdu_index(tmp_path, "hdu-index.fits", hdu_row(7, "events", "", "run.fits"), cards=lie)
    assert read_indexes(tmp_path, [path]).hint("run.fits") is not None


def test_nearest_index_wins_then_the_first_by_path(tmp_path: Path) -> None:
    row = {"kind": "events", "name": "run.fits"}
    paths = [
        hdu_index(tmp_path, "hdu-index.fits", hdu_row(1, folder="a/data", **row)),
        hdu_index(tmp_path, "a/hdu-index-2.fits", hdu_row(2, folder="data", **row)),
        hdu_index(tmp_path, "a/hdu-index-1.fits", hdu_row(3, folder="data", **row)),
    ]
    hint = read_indexes(tmp_path, paths).hint("a/data/run.fits")
    assert hint is not None
    assert (hint.path, hint.obs_id) == ("a/hdu-index-1.fits", "3")


def test_row_comes_from_the_obs_index_beside_the_hdu_index(tmp_path: Path) -> None:
    paths = [
        obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 7, "OBJECT": "far"}),
        obs_index(tmp_path, "a/obs-index-b.fits", {"OBS_ID": 7, "OBJECT": "other"}),
        obs_index(tmp_path, "a/obs-index-v.fits", {"OBS_ID": 7, "OBJECT": "twin"}),
        hdu_index(tmp_path, "a/hdu-index-v.fits", hdu_row(7, "events", "", "run.fits")),
    ]
    hint = read_indexes(tmp_path, paths).hint("a/run.fits")
    assert hint is not None
    assert hint.obs["OBJECT"] == "twin"


def test_file_that_stands_for_several_observations_has_no_identifier(tmp_path: Path) -> None:
    path = hdu_index(
        tmp_path,
        "hdu-index.fits",
        hdu_row(1, "events", "", "run.fits"),
        hdu_row(2, "events", "", "run.fits"),
    )
    hint = read_indexes(tmp_path, [path]).hint("run.fits")
    assert hint is not None
    assert (hint.obs_id, hint.obs, hint.links) == ("", {}, {})


def test_without_hdu_index_a_number_in_the_name_finds_the_row(tmp_path: Path) -> None:
    paths = [
        obs_index(tmp_path, "a/obs-index.fits", {"OBS_ID": 23523}, {"OBS_ID": 23526}),
        obs_index(tmp_path, "b/obs-index.fits", {"OBS_ID": 23523}),
    ]
    tables = read_indexes(tmp_path, paths)
    hint = tables.hint("a/data/run_id_023523.fits.gz")
    assert hint is not None
    assert (hint.path, hint.obs_id, hint.links) == ("a/obs-index.fits", "23523", {})
    assert tables.hint("c/run_id_023523.fits.gz") is None
    assert tables.hint("a/data/run_id_099999.fits.gz") is None


def test_index_in_the_root_knows_files_below(tmp_path: Path) -> None:
    path = obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 12})
    assert read_indexes(tmp_path, [path]).hint("x/12.fits") is not None


def test_rows_without_kind_name_or_identifier_are_passed_over(tmp_path: Path) -> None:
    path = hdu_index(
        tmp_path,
        "hdu-index.fits",
        hdu_row("7", "events", "", "run.fits"),
        hdu_row("7", "calibration", "", "cal.fits"),
        hdu_row("7", "aeff", "", ""),
        hdu_row("", "psf", "", "psf.fits"),
    )
    hint = read_indexes(tmp_path, [path]).hint("run.fits")
    assert hint is not None
    assert set(hint.links) == {"events"}


def test_several_tables_in_one_index_are_all_read(tmp_path: Path) -> None:
    tables = [
        ff.index(
            "HDU_INDEX",
            [hdu_row(7, kind, "", f"{kind}-{number}.fits") for kind in ("events", "psf")],
        )
        for number in (1, 2)
    ]
    path = ff.write(tmp_path, "hdu-index.fits", *tables)
    hint = read_indexes(tmp_path, [path]).hint("events-2.fits")
    assert hint is not None
    assert hint.links["psf"] == ("psf-2.fits", "PSF")


def test_digest_changes_with_what_concerns_the_file_only(tmp_path: Path) -> None:
    def digest(*rows: ff.Cards) -> str:
        paths = [
            hdu_index(tmp_path, "hdu-index.fits", hdu_row(1, "events", "", "run.fits")),
            obs_index(tmp_path, "obs-index.fits", *rows),
        ]
        hint = read_indexes(tmp_path, paths).hint("run.fits")
        assert hint is not None
        return hint.digest

    first = digest({"OBS_ID": 1, "OBJECT": "Crab"}, {"OBS_ID": 2, "OBJECT": "Vela"})
    assert digest({"OBS_ID": 1, "OBJECT": "Crab"}, {"OBS_ID": 2, "OBJECT": "M 87"}) == first
    assert digest({"OBS_ID": 1, "OBJECT": "M 87"}, {"OBS_ID": 2, "OBJECT": "Vela"}) != first


def test_indexes_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    (tmp_path / "hdu-index.fits").write_bytes(b"nothing")
    column = fits.Column("OBS_ID", "K", array=np.array([1]))
    raw = ff.content(ff.table("OBS_INDEX", [column])).replace(b"TFORM1  = 'K ", b"TFORM1  = 'Z ")
    ff.write_bytes(tmp_path, "obs-index.fits", raw)
    tables = read_indexes(tmp_path, ["hdu-index.fits", "obs-index.fits", "gone-obs-index.fits"])
    assert [path for path, _ in tables.problems] == [
        "gone-obs-index.fits", "hdu-index.fits", "obs-index.fits",
    ]  # fmt: skip
    assert "No such file" in tables.problems[0][1]
    assert "not a FITS file" in tables.problems[1][1]
    assert "TFORM1" in tables.problems[2][1]


def without_form(root: Path, path: str, form: bytes, name: str = "OBS_INDEX") -> str:
    """An obs-index whose only column has a format that does not exist."""
    column = fits.Column("OBS_ID", "K", array=np.array([1]))
    cards = {"HDUCLASS": "GADF", "HDUCLAS1": "INDEX"} if name else {}
    raw = ff.content(ff.table(name, [column], cards))
    assert b"TFORM1  = 'K  " in raw
    return ff.write_bytes(root, path, raw.replace(b"TFORM1  = 'K  ", b"TFORM1  = '" + form + b" "))


@pytest.mark.parametrize("name", ["OBS_INDEX", ""])
def test_index_with_a_format_that_does_not_exist_is_quarantined(tmp_path: Path, name: str) -> None:
    report = ff.read(tmp_path, without_form(tmp_path, "obs-index.fits", b"9Z", name))
    assert (report.kind, report.keyword) == ("quarantined", "TFORM1")
    assert report.reason.startswith("needs a column format, has '9Z")


def unusable(root: Path) -> dict[str, str]:
    """Files that are called an index and cannot be used as one, with the reason."""
    text = fits.Column("OBS_ID", "8A", array=["", ""])
    pair = fits.Column("OBS_ID", "2K", array=np.array([[1, 2]]))
    short = ff.content(ff.index("OBS_INDEX", [{"OBS_ID": number} for number in range(2000)]))
    return {
        ff.write(root, "a/obs-index.fits", ff.gti()): "no table has a column OBS_ID",
        ff.write(root, "b/obs-index.fits", ff.index("OBS_INDEX", [{"RUN": 1}])): "OBS_ID",
        ff.write(root, "c/obs-index.fits", ff.table("", [text])): "no row has an identifier",
        ff.write(root, "d/hdu-index.fits", ff.table("", [pair])): "no row has an identifier",
        without_form(root, "e/obs-index.fits.gz", b"9Z"): "needs a column format",
        ff.write_bytes(root, "f/obs-index.fits", short[:-9000]): "cut short",
        ff.write_bytes(root, "g/obs-index.fits", b"nothing"): "not a FITS file",
        ff.write(root, "h/hdu-index.fits"): "no table has a column OBS_ID",
    }


def test_what_indexes_are_not_read_from_is_refused_with_the_same_reason(tmp_path: Path) -> None:
    expected = unusable(tmp_path)
    problems = dict(read_indexes(tmp_path, list(expected)).problems)
    assert problems.keys() == expected.keys()
    for path, reason in expected.items():
        report = ff.read(tmp_path, path)
        assert report.kind == "quarantined", path
        assert reason in report.reason
        assert report.reason in problems[path]


def test_indexes_without_rows_and_with_absent_files_are_indexes(tmp_path: Path) -> None:
    empty = ff.index("OBS_INDEX", [{"OBS_ID": 1}])
    empty.data = empty.data[:0]
    paths = [
        ff.write(tmp_path, "obs-index.fits", empty),
        hdu_index(tmp_path, "hdu-index.fits", hdu_row(7, "aeff", "../x", "gone.fits")),
    ]
    assert [ff.read(tmp_path, path).kind for path in paths] == ["index", "index"]
    assert not read_indexes(tmp_path, paths).problems


def test_event_list_that_is_called_an_index_is_none(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "obs-index.fits", ff.events(), ff.gti())
    assert ff.read(tmp_path, path).kind == "observation"
    assert read_indexes(tmp_path, [path]) == IndexTables()


def test_leading_zeros_of_identifiers_do_not_count(tmp_path: Path) -> None:
    paths = [
        hdu_index(tmp_path, "hdu-index.fits", hdu_row("023523", "events", "", "run.fits")),
        obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 23523, "OBJECT": "Crab"}),
    ]
    hint = read_indexes(tmp_path, paths).hint("run.fits")
    assert hint is not None
    assert (hint.obs_id, hint.obs["OBJECT"]) == ("23523", "Crab")


def test_tables_and_hints_can_be_pickled(tmp_path: Path) -> None:
    path = hdu_index(tmp_path, "hdu-index.fits", hdu_row(7, "events", "", "run.fits"))
    tables = read_indexes(tmp_path, [path])
    assert pickle.loads(pickle.dumps(tables)).hint("run.fits") == tables.hint("run.fits")


# What the reader makes of hints


def read_with(root: Path, path: str, *indexes: str) -> Any:
    return ff.read(root, path, hint=read_indexes(root, indexes).hint(path))


def test_index_that_names_another_observation_is_not_used(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits", ff.events({"OBS_ID": 8, "OBJECT": "Vela X"}), ff.gti())
    report = read_with(
        tmp_path,
        path,
        hdu_index(tmp_path, "hdu-index.fits", hdu_row(7, "events", "", "run.fits")),
        obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 7, "OBJECT": "Crab"}),
    )
    assert (report.obs_id, report.observation.target_name) == ("8", "Vela X")
    assert ff.notes(report, "index") == [
        "hdu-index.fits calls this file 7, its header '8'; the index was not used"
    ]


def test_number_in_an_index_may_stand_for_a_text_in_the_file(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits", ff.events({"OBS_ID": "chunks 1 - 3"}), ff.gti())
    report = read_with(
        tmp_path,
        path,
        hdu_index(tmp_path, "hdu-index.fits", hdu_row(103, "events", "", "run.fits")),
        obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 103, "OBJECT": "Vela X"}),
    )
    assert (report.obs_id, report.observation.target_name) == ("chunks 1 - 3", "Vela X")
    assert "the header's was kept" in ff.notes(report, "index")[0]


def test_guess_by_name_is_not_used_for_another_observation(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run-12.fits", ff.events({"OBJECT": "Vela X"}), ff.gti())
    index = obs_index(tmp_path, "obs-index.fits", {"OBS_ID": 12, "OBJECT": "Crab"})
    report = read_with(tmp_path, path, index)
    assert report.observation.target_name == "Vela X"
    assert not ff.notes(report, "index")


def test_rows_of_a_run_that_differ_are_known_and_equal_ones_are_not(tmp_path: Path) -> None:
    rows = [{"OBS_ID": 1, "OBJECT": "A"}, {"OBS_ID": 1, "OBJECT": "B"},
            {"OBS_ID": 2, "OBJECT": "C"}, {"OBS_ID": 2, "OBJECT": "C"}]  # fmt: skip
    path = ff.write(tmp_path, "obs-index.fits", ff.index("OBS_INDEX", rows))
    found = read_indexes(tmp_path, [path])
    hints = {number: found.hint(f"run_{number}.fits") for number in (1, 2)}
    assert {number: hint.contradicted for number, hint in hints.items() if hint} == {
        1: True,
        2: False,
    }
    assert hints[1] is not None
    assert hints[1].obs["OBJECT"] == "A"

"""Index tables against the files that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.check import producer
from unit.check.producer import all_of, hdu_row, only, said
from unit.dl3 import fitsfiles as ff


def in_folder(root: Path, *indexes: tuple[str, Any]) -> list[producer.Finding]:
    ff.write(root, "data/run.fits", *producer.good_file())
    for name, hdu in indexes:
        ff.write(root, name, hdu)
    return all_of(root)


def with_rows(root: Path, *rows: ff.Cards, cards: ff.Cards | None = None) -> set[producer.Said]:
    return said(in_folder(root, ("hdu-index.fits", producer.hdu_index(*rows, cards=cards))))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"FILE_NAME": "gone.fits"}, ("warning", "index.absent", "HDU_INDEX", "FILE_NAME")),
        ({"FILE_DIR": "../elsewhere"}, ("warning", "index.outside", "HDU_INDEX", "FILE_DIR")),
        ({"FILE_DIR": "/data"}, ("warning", "index.outside", "HDU_INDEX", "FILE_DIR")),
        ({"HDU_TYPE": "image"}, ("note", "index.type", "HDU_INDEX", "HDU_TYPE")),
        ({"HDU_CLASS": "psf_map"}, ("note", "index.class", "HDU_INDEX", "HDU_CLASS")),
        ({"HDU_NAME": "LIST"}, ("warning", "index.hdu", "HDU_INDEX", "HDU_NAME")),
        ({"SIZE": 7}, ("warning", "index.size", "HDU_INDEX", "SIZE")),
    ],
)
def test_rows_that_do_not_fit_their_files(
    tmp_path: Path, change: ff.Cards, expected: producer.Said
) -> None:
    assert with_rows(tmp_path, hdu_row(**change)) == {expected}


def test_names_of_hdus_count_in_any_case(tmp_path: Path) -> None:
    assert with_rows(tmp_path, hdu_row(HDU_NAME="events")) == set()


def test_a_path_upwards_inside_the_folder_is_a_note(tmp_path: Path) -> None:
    index = producer.hdu_index(hdu_row(FILE_DIR="../../data"))
    found = said(in_folder(tmp_path, ("index/gps/hdu-index.fits", index)))
    assert found == {("note", "index.upwards", "HDU_INDEX", "FILE_DIR")}


def test_an_index_alone_does_not_know_where_the_archive_begins(tmp_path: Path) -> None:
    ff.write(tmp_path, "data/run.fits", *producer.good_file())
    index = producer.hdu_index(hdu_row(FILE_DIR="../data"))
    path = tmp_path / ff.write(tmp_path, "index/hdu-index.fits", index)
    assert said(all_of(path)) == {("note", "index.upwards", "HDU_INDEX", "FILE_DIR")}
    gone = producer.hdu_index(hdu_row(FILE_DIR="../data", FILE_NAME="gone.fits"))
    path = tmp_path / ff.write(tmp_path, "index/hdu-index.fits", gone)
    assert ("warning", "index.absent", "HDU_INDEX", "FILE_NAME") in said(all_of(path))


def test_an_empty_folder_in_all_rows_is_a_note(tmp_path: Path) -> None:
    index = producer.hdu_index(hdu_row(FILE_DIR=""))
    found = said(in_folder(tmp_path, ("data/hdu-index.fits", index)))
    assert ("note", "index.folder", "HDU_INDEX", "FILE_DIR") in found


def test_a_base_folder_is_not_followed(tmp_path: Path) -> None:
    found = with_rows(tmp_path, cards={"BASE_DIR": "/archive"})
    assert found == {("warning", "index.base", "HDU_INDEX", "BASE_DIR")}


def test_many_absent_files_are_one_finding_that_names_three(tmp_path: Path) -> None:
    rows = [hdu_row(FILE_NAME=f"{number}.fits") for number in range(5)]
    found = only(in_folder(tmp_path, ("hdu-index.fits", producer.hdu_index(*rows))), "index.absent")
    assert found.found == "5 absent: data/0.fits, data/1.fits, data/2.fits and 2 more"
    assert found.file == str(tmp_path / "hdu-index.fits")


def obs_row(**changes: Any) -> ff.Cards:
    return {
        "OBS_ID": 4711, "OBS_MODE": "POINTING", "RA_PNT": 83.6333, "DEC_PNT": 21.5145,
        "TSTART": ff.START, "TSTOP": ff.STOP, **changes,
    }  # fmt: skip


def test_observations_of_the_index_that_are_not_there_are_a_warning(tmp_path: Path) -> None:
    index = producer.obs_index([obs_row(), obs_row(OBS_ID=4712)])
    found = only(in_folder(tmp_path, ("obs-index.fits", index)), "index.absent")
    assert (found.keyword, found.found) == ("OBS_ID", "1 without events: 4712")


def test_times_of_the_index_are_compared_with_the_file(tmp_path: Path) -> None:
    index = producer.obs_index([obs_row(TSTART=ff.START + 16.0)])
    found = only(in_folder(tmp_path, ("obs-index.fits", index)), "index.times")
    assert (found.keyword, found.found) == ("TSTART", "4711 is 16.0 s off")


def test_times_of_another_zero_point_are_not_compared(tmp_path: Path) -> None:
    index = producer.obs_index([obs_row(TSTART=ff.START + 86400.0)], {"MJDREFI": 58999})
    assert in_folder(tmp_path, ("obs-index.fits", index)) == []


def test_headers_and_columns_of_indexes_are_checked_too(tmp_path: Path) -> None:
    row = {key: value for key, value in obs_row().items() if key != "OBS_MODE"}
    index = producer.obs_index([row], {"HDUCLAS2": "HDU", "TIMESYS": ff.ABSENT})
    found = said(in_folder(tmp_path, ("obs-index.fits", index)))
    assert found == {
        ("warning", "keyword.value", "OBS_INDEX", "HDUCLAS2"),
        ("warning", "keyword.missing", "OBS_INDEX", "TIMESYS"),
        ("warning", "column.missing", "OBS_INDEX", "OBS_MODE"),
    }


def test_an_index_of_drift_scans_needs_altitude_and_azimuth(tmp_path: Path) -> None:
    row = {"OBS_ID": 4711, "OBS_MODE": "DRIFT", "TSTART": ff.START, "TSTOP": ff.STOP}
    index = ff.index("OBS_INDEX", [row], producer.OBS_CARDS)
    for name in ("TSTART", "TSTOP"):
        ff.altered(index, name, unit="s")
    found = said(in_folder(tmp_path, ("obs-index.fits", index)))
    assert found == {
        ("warning", "column.missing", "OBS_INDEX", name) for name in ("ALT_PNT", "AZ_PNT")
    }


def test_an_index_that_ingestion_refuses_is_an_error(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "obs-index.fits", ff.index("OBS_INDEX", [{"RUN": 1}]))
    (found,) = [one for one in all_of(tmp_path / path) if one.severity == "error"]
    assert "no table has a column OBS_ID" in found.found


def test_an_observation_that_stands_in_two_files_is_told_at_the_second(tmp_path: Path) -> None:
    ff.write(tmp_path, "a.fits", *producer.good_file())
    ff.write(tmp_path, "b.fits", *producer.good_file())
    found = only(all_of(tmp_path), "file.twice")
    assert (found.severity, found.file) == ("note", str(tmp_path / "b.fits"))
    assert found.found == "4711 is also in a.fits, with the same bytes"
    changed = producer.events({"OBJECT": "Crab"})
    ff.write(tmp_path, "b.fits", changed, producer.gti(), *producer.responses())
    assert only(all_of(tmp_path), "file.twice").severity == "warning"

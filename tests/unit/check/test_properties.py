"""For every file: an error if, and only if, ingestion quarantines it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from astropy.io import fits

from iact.check.findings import ERROR
from iact.check.run import check_file
from unit.check import producer
from unit.dl3 import fitsfiles as ff

DATA = Path(__file__).parents[4] / "shared" / "data"


def errors(root: Path, path: str) -> tuple[bool, bool]:
    """Whether the check has an error, and whether ingestion refuses the file."""
    refused = ff.read(root, path).kind == "quarantined"
    found = check_file(root, path).findings
    assert all(one.expected and one.document and one.found for one in found)
    assert sum(one.severity == ERROR for one in found) <= 1
    return any(one.severity == ERROR for one in found), refused


@pytest.mark.parametrize("length", [0, 1, 79, 5000, 20000, 60000])
def test_files_cut_short(tmp_path: Path, length: int) -> None:
    raw = ff.content(*producer.good_file())[:length]
    found, refused = errors(tmp_path, ff.write_bytes(tmp_path, "run.fits", raw))
    assert found
    assert refused


def test_a_file_in_which_nothing_is_known_goes_in_with_a_warning(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits", ff.image("PICTURE"))
    assert errors(tmp_path, path) == (False, False)
    assert producer.said(check_file(tmp_path, path).findings) == {("warning", "file.kind", "", "")}


@pytest.mark.parametrize(
    "keyword", sorted({*ff.EVENTS_CARDS, *producer.EVENTS_CARDS} - {"EXTNAME"})
)
def test_events_without_a_keyword(tmp_path: Path, keyword: str) -> None:
    hdus = [producer.events({keyword: ff.ABSENT}), producer.gti(), *producer.responses()]
    found, refused = errors(tmp_path, ff.write(tmp_path, "run.fits", *hdus))
    assert found == refused


@pytest.mark.parametrize("value", ["", "text", -1, 0, 1e300, True])
@pytest.mark.parametrize("keyword", sorted(ff.EVENTS_CARDS))
def test_events_with_a_wrong_value(tmp_path: Path, keyword: str, value: object) -> None:
    hdus = [producer.events({keyword: value}), producer.gti()]
    found, refused = errors(tmp_path, ff.write(tmp_path, "run.fits", *hdus))
    assert found == refused


def real_files() -> list[str]:
    if not DATA.is_dir():
        return []
    return sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*.fits*"))


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="the real DL3 files are not here")
def test_real_files() -> None:
    found = [errors(DATA, path) for path in real_files()]
    assert len(found) > 100
    assert [one for one in found if one[0] != one[1]] == []
    assert any(refused for _, refused in found)


def test_damaged_bytes(tmp_path: Path) -> None:
    pytest.importorskip("hypothesis")
    from hypothesis import given, settings
    from hypothesis import strategies as st

    stream = io.BytesIO()
    hdus = [fits.PrimaryHDU(), producer.events(rows=5), producer.gti(), ff.aeff()]
    fits.HDUList(hdus).writeto(stream)
    good = stream.getvalue()

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), min_size=1, max_size=12
        )
    )
    def holds(changes: list[tuple[int, int]]) -> None:
        raw = bytearray(good)
        for at, value in changes:
            raw[at] = value
        found, refused = errors(tmp_path, ff.write_bytes(tmp_path, "run.fits", bytes(raw)))
        assert found == refused

    holds()

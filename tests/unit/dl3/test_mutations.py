"""Whatever is wrong with a file: no traceback, no wrong row, the same answer twice."""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("hypothesis")

from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.load import copy_text
from iact.archive.rows import Rows, observation_rows
from iact.dl3.observation import FILE_KINDS, FileReport, Observation
from iact.dl3.read import read_file
from unit.dl3.fitsbytes import changed, put_together
from unit.dl3.mutations import BASES, mutated
from unit.dl3.plainreading import PlainFile, read_plainly

COLLECTIONS = CollectionSet.load(INSTRUMENTS)
#: What as_dl3_error makes of an exception that nobody foresaw.
UNFORESEEN = re.compile(r"\((?!MemoryError|OSError)\w+: ")
PYTHON = re.compile(r"\b\w*(?:Error|Exception|Warning)\b|Traceback|<class|object at 0x|NoneType")
#: Bounds of integer columns of the tables.
INTEGERS = {"n_telescopes": 2**31 - 1, "n_events": 2**63 - 1, "ev_xel": 2**63 - 1}
DAY = 86400.0


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


def read(root: Path, raw: bytes) -> FileReport:
    (root / "run.fits").write_bytes(raw)
    return read_file(root, "run.fits", COLLECTIONS.rules)


def rows_of(report: FileReport) -> Rows:
    obs = report.observation
    assert obs is not None
    headers = {"TELESCOP": obs.telescop, "INSTRUME": obs.instrume}
    collection = COLLECTIONS.by_name(report.collection, headers)
    return observation_rows(report, collection, "root", "test.example")


def timeless(report: FileReport) -> bytes:
    """A report without the file's time, in a form that can be compared."""
    return pickle.dumps(replace(report, mtime_ns=0))


def check(root: Path, raw: bytes) -> None:
    """All that must hold for any bytes."""
    report = read(root, raw)
    assert report.kind in FILE_KINDS
    assert (report.kind == "quarantined") == bool(report.reason)
    assert (report.kind == "observation") == (report.observation is not None)
    assert not UNFORESEEN.search(report.reason), report.reason
    assert not PYTHON.search(report.reason), report.reason
    assert timeless(read(root, raw)) == timeless(report)
    if report.observation is None:
        return
    check_rows(rows_of(report))
    plain = read_plainly(raw, report.observation)
    if plain is not None:
        check_against(plain, report.observation)


def check_rows(rows: Rows) -> None:
    """The invariants of the tables."""
    for table, listed in rows.items():
        if listed:
            check_text(copy_text(listed), listed)
        for row in listed:
            for name, value in row.items():
                where = f"{table}.{name} = {value!r}"
                if isinstance(value, float):
                    assert math.isfinite(value), where
                if isinstance(value, int):
                    assert abs(value) <= INTEGERS.get(name, 2**63 - 1), where
                if isinstance(value, str) and name not in ("prov_json", "statement"):
                    assert value.isprintable(), where
                    assert len(value.encode()) <= 1000, where
    seen = {**rows["observation"][0], **rows["obs_config"][0], **rows["obscore_row"][0]}
    for name, value in seen.items():
        if value is None:
            continue
        if name in ("s_ra", "ra_pnt", "target_ra", "az_pnt"):
            assert 0 <= value < 360, name
        if name in ("s_dec", "dec_pnt", "target_dec", "alt_pnt"):
            assert -90 <= value <= 90, name
        if name in ("s_fov", "fov"):
            assert 0 < value <= 360, name
        if name in ("s_resolution", "em_res_power"):
            assert value > 0, name
        if name in ("ontime", "livetime", "t_exptime", "energy_min", "em_min"):
            assert value >= 0, name
    assert seen["obs_id"].strip() == seen["obs_id"] != ""
    assert seen["t_min"] == seen["t_start"] < seen["t_stop"] == seen["t_max"]
    for low, high in (("em_min", "em_max"), ("energy_min", "energy_max")):
        if None not in (seen[low], seen[high]):
            assert seen[low] <= seen[high]
    intervals = np.array([(row["t_start"], row["t_stop"]) for row in rows["gti"]])
    assert (intervals[:, 1] >= intervals[:, 0]).all()
    assert (np.diff(intervals[:, 0]) >= 0).all()
    assert (intervals[:, 0].min(), intervals[:, 1].max()) == (seen["t_min"], seen["t_max"])


def check_text(text: str, listed: list[dict[str, object]]) -> None:
    r"""What COPY reads is what was written: PostgreSQL's text format, read back."""
    back = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(listed)
    for line, row in zip(lines, listed, strict=True):
        fields = line.split("\t")
        assert len(fields) == len(row)
        for field, value in zip(fields, row.values(), strict=True):
            if value is None:
                assert field == "\\N"
                continue
            said = re.sub(r"\\(.)", lambda found: back[found[1]], field)
            if isinstance(value, float):
                assert float(said) == value
            else:
                assert said == str(value)


def check_against(plain: PlainFile, found: Observation) -> None:
    """Compare an observation with what astropy reads in the same bytes."""
    assert found.n_events == plain.events.rows
    position = plain.pointing()
    if position is not None and found.ra_pnt is not None:
        own = SkyCoord(found.ra_pnt, found.dec_pnt, unit="deg")
        assert own.separation(position) < 1e-6 * u.deg
    intervals, zero = plain.intervals()
    expected = zero + np.array([intervals.min(), intervals.max()]) / DAY
    assert np.allclose([found.t_start, found.t_stop], expected, rtol=1e-12, atol=1e-8)
    assert len(found.gti) == len(intervals)
    for keyword, value in (("ONTIME", found.ontime), ("LIVETIME", found.livetime)):
        said = plain.events.number(keyword)
        ignored = any(
            note.keyword == keyword and "ignored" in note.text for note in found.assumptions
        )
        if said is not None and not ignored:
            assert value == said, keyword
    if any("the sum of the GTIs taken" in note.text for note in found.assumptions):
        assert found.ontime == pytest.approx(plain.union(), rel=1e-9, abs=1e-6)
    energies = plain.energies() if found.energy_source else None
    if energies is not None:
        assert (found.energy_min, found.energy_max) == pytest.approx(energies, rel=1e-6)


def examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, print_blob=True)


@examples(800)
@given(raw=mutated("card"))
def test_headers_may_say_anything(root: Path, raw: bytes) -> None:
    check(root, raw)


@examples(400)
@given(raw=mutated("cell", "card"))
def test_tables_may_hold_anything(root: Path, raw: bytes) -> None:
    check(root, raw)


@examples(200)
@given(raw=mutated("hdus", "card", "cell"))
def test_hdus_may_be_missing_repeated_or_cut(root: Path, raw: bytes) -> None:
    check(root, raw)


@examples(300)
@given(raw=mutated("bytes", "card"))
def test_bytes_may_be_damaged(root: Path, raw: bytes) -> None:
    check(root, raw)


@examples(200)
@given(raw=mutated("gzip", "card"))
def test_gzip_may_be_damaged(root: Path, raw: bytes) -> None:
    check(root, raw)


@examples(100)
@given(data=st.data())
def test_a_remark_more_changes_no_row(root: Path, data: st.DataObject) -> None:
    parts = BASES[data.draw(st.sampled_from(sorted(BASES)))]
    index = data.draw(st.integers(0, len(parts) - 1))
    cards = list(parts[index].cards)
    # After the cards whose order FITS prescribes.
    at = data.draw(st.integers(9, len(cards))) if index else len(cards)
    remark = data.draw(st.sampled_from([b"COMMENT   any words", b"HISTORY   any = words", b""]))
    cards.insert(at, remark.ljust(80))
    more = changed(parts, index, replace(parts[index], cards=tuple(cards)))
    before = rows_of(read(root, put_together(parts)))
    after = rows_of(read(root, put_together(more)))
    for table in ("observation", "obs_config", "gti", "assumption", "processing", "obscore_row"):
        for old, new in zip(before[table], after[table], strict=True):
            assert {**old, "access_estsize": 0} == {**new, "access_estsize": 0}

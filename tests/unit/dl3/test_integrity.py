"""Traces of damage in files that can be read all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.container import split_hdus
from iact.dl3.integrity import check_heap, checksum_fits
from iact.dl3.tables import Table
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff


def summed() -> bytes:
    """A file whose HDUs carry CHECKSUM and DATASUM, as astropy writes them."""
    hdus = [ff.events(), ff.gti()]
    for hdu in hdus:
        hdu.add_checksum()
    return ff.content(*hdus)


def header_notes(tmp_path: Path, raw: bytes) -> list[tuple[str, str]]:
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", raw))
    found = ff.observed(report).assumptions
    return [(note.hdu, note.keyword) for note in found if note.topic == "header"]


def test_checksums_that_astropy_writes_fit(tmp_path: Path) -> None:
    assert all(checksum_fits(hdu) for hdu in split_hdus("run.fits", summed())[1:])
    assert not header_notes(tmp_path, summed())


@pytest.mark.parametrize(
    ("mark", "hdu"),
    [(b"binary table extension", "EVENTS"), (b"Crab Nebula", "EVENTS"), (b"\0" * 100, "GTI")],
)
def test_a_checksum_tells_that_a_byte_has_changed(tmp_path: Path, mark: bytes, hdu: str) -> None:
    raw = bytearray(summed())
    raw[raw.rindex(mark) if hdu == "GTI" else raw.index(mark)] ^= 1
    assert (hdu, "CHECKSUM") in header_notes(tmp_path, bytes(raw))


def test_a_checksum_of_an_hdu_without_padding_counts_zeros_for_it() -> None:
    raw = summed()
    last = split_hdus("run.fits", raw[: len(raw) - 2880 + 16])[-1]
    assert len(last.content) % 2880 == 16
    assert checksum_fits(last)


def test_bytes_after_the_last_hdu_are_counted(tmp_path: Path) -> None:
    raw = ff.content(ff.events(), ff.gti())
    assert header_notes(tmp_path, raw + b"words") == [("GTI", "")]


def test_padding_that_is_not_empty_is_noted(tmp_path: Path) -> None:
    raw = bytearray(ff.content(ff.events(), ff.gti()))
    raw[-1] = 7
    assert header_notes(tmp_path, bytes(raw)) == [("GTI", "NAXIS2")]


def with_lists(lengths: tuple[int, ...], form: str = "PJ()") -> fits.BinTableHDU:
    lists = np.array([np.arange(length) for length in lengths], dtype=object)
    return ff.table("T", [fits.Column("LIST", form, array=lists)])


def heap_table(old: bytes = b"", new: bytes = b"", form: str = "PJ()") -> Table:
    raw = ff.content(with_lists((3, 0, 2), form))
    assert old in raw
    return Table(split_hdus("run.fits", raw.replace(old, new) if old else raw)[1])


@pytest.mark.parametrize("form", ["PJ()", "QJ()", "PB()", "QD()"])
def test_lists_inside_the_heap_are_no_error(form: str) -> None:
    check_heap(heap_table(form=form))


def pointer(length: int, offset: int) -> bytes:
    return np.array([length, offset], ">i4").tobytes()


@pytest.mark.parametrize("wrong", [(3, 12), (2, -4), (-2, 12), (2**31 - 1, 0), (2, 2**31 - 1)])
def test_a_list_beyond_the_heap_names_its_row(wrong: tuple[int, int]) -> None:
    with pytest.raises(DL3Error, match="row 3 points beyond the heap of 20 bytes") as caught:
        check_heap(heap_table(pointer(2, 12), pointer(*wrong)))
    assert (caught.value.hdu, caught.value.keyword) == ("T", "LIST")


def test_an_empty_list_may_point_anywhere() -> None:
    check_heap(heap_table(pointer(0, 12), pointer(0, 2**31 - 1)))


def test_the_heap_begins_where_theap_says() -> None:
    moved = b"THEAP   =                   12".ljust(80)
    raw = ff.content(with_lists((3, 2)))
    spare = raw.index(b"GCOUNT  ")
    raw = raw[:spare] + moved + raw[spare + 80 :]
    with pytest.raises(DL3Error, match="needs a number from 16 on, has 12") as caught:
        check_heap(Table(split_hdus("run.fits", raw)[1]))
    assert caught.value.keyword == "THEAP"

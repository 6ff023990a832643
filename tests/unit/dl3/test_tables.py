"""Columns of binary tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.container import split_hdus
from iact.dl3.tables import Table
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsbytes import put_together, taken_apart


def table_of(hdu: Any, old: bytes = b"", new: bytes = b"") -> Table:
    raw = ff.content(hdu)
    assert old in raw
    return Table(split_hdus("run.fits", raw.replace(old, new) if old else raw)[1])


def test_unsigned_integers_come_through_tzero() -> None:
    column = fits.Column("ID", "J", bzero=2**31, array=np.array([0, 4_000_000_000], np.uint32))
    assert table_of(ff.table("T", [column])).numbers("ID").tolist() == [0, 4e9]


def test_scaled_numbers_are_unscaled() -> None:
    hdu = ff.table(
        "T", [fits.Column("X", "I", array=np.array([1, 2]))], {"TSCAL1": 0.5, "TZERO1": 10}
    )
    assert table_of(hdu).numbers("X").tolist() == [10.5, 11.0]


def test_null_integers_become_nan_and_none() -> None:
    hdu = ff.table("T", [fits.Column("X", "J", null=-1, array=np.array([5, -1]))])
    found = table_of(hdu)
    assert np.isnan(found.numbers("X")[1])
    assert found.records() == [{"X": 5}, {"X": None}]


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    raw = ff.content(
        ff.table("T", [fits.Column("rb", "D", array=[1.0]), fits.Column("RA", "D", array=[2.0])])
    )
    found = Table(split_hdus("run.fits", raw.replace(b"'rb      '", b"'ra      '"))[1])
    assert found.numbers("RA").tolist() == [2.0]
    assert found.numbers("ra").tolist() == [1.0]


def test_name_in_another_case_is_found() -> None:
    assert table_of(ff.gti()).numbers("start").tolist() == [ff.START]


def test_missing_column_is_named() -> None:
    with pytest.raises(DL3Error, match="column is missing") as caught:
        table_of(ff.gti()).numbers("LENGTH")
    assert (caught.value.hdu, caught.value.keyword) == ("GTI", "LENGTH")


def test_text_column_is_no_number() -> None:
    found = table_of(ff.table("T", [fits.Column("X", "5A", array=["a"])]))
    with pytest.raises(DL3Error, match="needs numbers, has format A"):
        found.numbers("X")


def test_vector_needs_a_row() -> None:
    with pytest.raises(DL3Error, match="has no rows"):
        table_of(ff.gti(intervals=[])).vector("START")


def test_vector_of_one_element_is_a_vector() -> None:
    assert table_of(ff.rad_max()).vector("THETA_LO").shape == (1,)


@pytest.mark.parametrize(
    ("old", "new", "keyword"),
    [
        (b"TFORM1  = 'D       '", b"TFORM1  = 'Z       '", "TFORM1"),
        (b"TFORM2  = 'D       '", b"TFORX2  = 'D       '", "TFORM2"),
        (b"TFORM2  = 'D       '", b"TFORM2  = '9D      '", "NAXIS1"),
        (b"TFORM2  = 'D       '", b"TFORM2  = 'E       '", "NAXIS1"),
        (b"TFIELDS =                    2", b"TFIELDS =                 2000", "TFIELDS"),
        (b"BITPIX  =                    8", b"BITPIX  =                    0", "BITPIX"),
        (b"NAXIS   =                    2", b"NAXIS   =                    1", "NAXIS"),
    ],
)
def test_header_that_does_not_describe_the_rows_is_refused(
    old: bytes, new: bytes, keyword: str
) -> None:
    with pytest.raises(DL3Error) as caught:
        table_of(ff.gti(), old, new)
    assert caught.value.keyword == keyword


def test_columns_of_every_width_are_stepped_over() -> None:
    columns = [
        fits.Column("BITS", "32X", array=np.zeros((1, 32), bool)),
        fits.Column("FLAG", "L", array=[True]),
        fits.Column("LIST", "PD()", array=[np.array([1.0, 2.0])]),
        fits.Column("COMPLEX", "M", array=[1j]),
        fits.Column("X", "D", array=[7.0]),
    ]
    assert table_of(ff.table("T", columns)).numbers("X").tolist() == [7.0]


def test_records_are_plain_values() -> None:
    columns = [
        fits.Column("ID", "K", array=np.array([2**60 + 1])),
        fits.Column("NAME", "12A", array=["Crab"]),
        fits.Column("X", "D", array=[np.nan]),
        fits.Column("CUBE", "3D", array=[[1.0, 2.0, 3.0]]),
        fits.Column("EMPTY", "1A", array=["x"]),
    ]
    # astropy writes no column without a width.
    raw = ff.content(ff.table("T", columns))
    for old, new in (
        (b"TFORM5  = '1A", b"TFORM5  = '0A"),
        (b"NAXIS1  =                   53", b"NAXIS1  =                   52"),
    ):
        assert raw.count(old) == 1
        raw = raw.replace(old, new)
    found = Table(split_hdus("run.fits", raw)[1]).records()
    assert found == [{"ID": 2**60 + 1, "NAME": "Crab", "X": None, "EMPTY": ""}]


def test_unsigned_identifiers_are_not_rounded() -> None:
    column = fits.Column("ID", "K", bzero=2**63, array=np.array([2**63 + 7], np.uint64))
    assert table_of(ff.table("T", [column])).records() == [{"ID": 2**63 + 7}]


def test_stored_numbers_are_neither_scaled_nor_rounded() -> None:
    column = fits.Column("ID", "K", bzero=2**63, array=np.array([2**63 + 7], np.uint64))
    assert table_of(ff.table("T", [column])).stored("ID").tolist() == [[7]]
    text = table_of(ff.table("T", [fits.Column("N", "3A", array=["abc"])]))
    with pytest.raises(DL3Error, match="needs numbers"):
        text.stored("N")


def test_text_ends_at_nul_and_has_no_control_characters() -> None:
    hdu = ff.table("T", [fits.Column("N", "10A", array=["Crab@neb#x"])])
    found = table_of(hdu, b"Crab@neb#x", b"Crab\tneb\0x")
    assert found.records() == [{"N": "Crab neb"}]


def test_table_without_columns_has_none() -> None:
    assert table_of(ff.table("T", [])).names == frozenset()


@pytest.mark.parametrize(
    ("cards", "keyword", "reason"),
    [
        ({"TSCAL1": "none"}, "TSCAL1", "needs a finite number, has 'none'"),
        ({"TSCAL1": 0.0}, "TSCAL1", "0 makes all numbers of the column the same"),
        ({"TZERO1": True}, "TZERO1", "needs a finite number, has True"),
    ],
)
def test_scaling_that_is_not_understood_is_refused(
    cards: ff.Cards, keyword: str, reason: str
) -> None:
    raw = gti_with(**cards)
    with pytest.raises(DL3Error) as caught:
        Table(split_hdus("run.fits", raw)[1]).numbers("START")
    assert (caught.value.keyword, caught.value.reason) == (keyword, reason)


@pytest.mark.parametrize(
    ("cards", "keyword"),
    [
        ({"BITPIX": 16}, "BITPIX"),
        ({"GCOUNT": 0}, "GCOUNT"),
        ({"NAXIS1": 0}, "NAXIS1"),
        ({"TFORM1": "9" * 60 + "D"}, "TFORM1"),
    ],
)
def test_table_of_another_size_than_its_data_is_refused(cards: ff.Cards, keyword: str) -> None:
    with pytest.raises(DL3Error) as caught:
        Table(split_hdus("run.fits", gti_with(**cards))[1])
    assert caught.value.keyword == keyword


def gti_with(**cards: Any) -> bytes:
    """A file with these cards in its GTI, as they are."""
    empty, gti = taken_apart(ff.content(ff.gti()))
    return put_together((empty, gti.with_cards(cards)))

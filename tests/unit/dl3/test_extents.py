"""Where HDUs begin and end, and how much of headers is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from astropy.io import fits

from iact.dl3 import container
from iact.dl3.container import split_hdus
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsbytes import put_together, taken_apart


def with_rows(rows: int, *hdus: object) -> bytes:
    raw = ff.content(*hdus)
    old = b"NAXIS2  =                   40"
    assert raw.count(old) == 1
    return raw.replace(old, b"NAXIS2  = %20d" % rows)


@pytest.mark.parametrize(("rows", "word"), [(0, "short"), (130, "long"), (420, "long")])
def test_number_of_rows_that_does_not_reach_the_next_hdu_is_refused(rows: int, word: str) -> None:
    hdus = ff.events(), ff.gti(), ff.aeff()
    with pytest.raises(DL3Error, match=f"which are said to be too {word}") as caught:
        split_hdus("run.fits", with_rows(rows, *hdus))
    assert (caught.value.hdu, caught.value.keyword) == ("EVENTS", "NAXIS2")


def test_words_that_begin_an_hdu_are_data_where_no_hdu_can_begin() -> None:
    words = fits.Column("X", "19A", array=["", *["XTENSION= 'BINTABL'"] * 300])
    assert len(split_hdus("run.fits", ff.content(ff.table("T", [words]), ff.gti()))) == 3


def test_header_without_end_does_not_take_in_the_next_hdu() -> None:
    end = b"END".ljust(80)
    raw = ff.content(ff.events(), ff.gti())
    at = raw.index(end, 2880)
    with pytest.raises(DL3Error, match="no END card before the next HDU begins") as caught:
        split_hdus("run.fits", raw[:at] + b"HISTORY".ljust(80) + raw[at + 80 :])
    assert caught.value.hdu == "HDU 1"


def test_headers_without_end_are_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_HEADER_BYTES", 28_800)
    raw = ff.content(ff.with_cards(ff.gti(), {f"KEY{number}": 1 for number in range(400)}))
    with pytest.raises(DL3Error, match="no END card in its first 28800 bytes") as caught:
        split_hdus("run.fits", raw)
    assert caught.value.hdu == "HDU 1"


def test_headers_of_all_hdus_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = ff.content(*[ff.gti()] * 5)
    monkeypatch.setattr(container, "MAX_HEADER_BYTES", 6 * 5760)
    assert len(split_hdus("run.fits", raw)) == 6
    monkeypatch.setattr(container, "MAX_HEADER_BYTES", 5 * 5760)
    with pytest.raises(DL3Error, match="headers and padding have more than 28800 bytes"):
        split_hdus("run.fits", raw)


def test_random_groups_have_the_size_that_fits_gives_them() -> None:
    """FITS 4.0, equation 4: without the first axis, which is 0 for a mark."""
    cards = {"BITPIX": -32, "NAXIS": 3, "NAXIS1": 0, "NAXIS2": 2, "NAXIS3": 2, "GROUPS": True,
             "PCOUNT": 1, "GCOUNT": 3}  # fmt: skip
    empty, gti = taken_apart(ff.content(ff.gti()))
    groups = replace(empty.with_cards(cards), data=bytes(3 * 4 * (1 + 4)))
    found = split_hdus("run.fits", put_together((groups, gti)))
    assert [len(hdu.data) for hdu in found] == [60, 16]


def test_structural_keyword_that_is_missing_is_named() -> None:
    raw = ff.content(ff.gti()).replace(b"NAXIS2  =", b"NAXISX  =")
    with pytest.raises(DL3Error, match="keyword is missing; a whole number") as caught:
        split_hdus("run.fits", raw)
    assert caught.value.keyword == "NAXIS2"


@pytest.mark.parametrize("keyword", ["NAXIS", "NAXIS2", "BITPIX", "PCOUNT"])
def test_a_length_that_stands_twice_is_refused(keyword: str) -> None:
    raw = ff.content(ff.events(), ff.gti())
    at = raw.index(b"EXTNAME", raw.index(b"XTENSION"))
    again = (keyword.ljust(8) + "=" + "1".rjust(21)).ljust(80).encode()
    with pytest.raises(DL3Error, match="stands more than once") as caught:
        split_hdus("run.fits", raw[:at] + again + raw[at + 80 :])
    assert (caught.value.hdu[:3], caught.value.keyword) == ("HDU", keyword)

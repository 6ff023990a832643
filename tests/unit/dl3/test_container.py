"""Reading a file's bytes and cutting them into HDUs."""

from __future__ import annotations

import gzip
import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from iact.dl3 import container, storage
from iact.dl3.container import split_hdus
from iact.dl3.storage import StoredFile, read_stored, uncompressed
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff


def stored(raw: bytes) -> StoredFile:
    return StoredFile("run.fits", len(raw), 0, "", raw)


def test_size_time_and_checksum_are_those_of_the_file_on_disk(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "a/run.fits.gz", ff.events(), ff.gti())
    found = read_stored(tmp_path, path)
    raw = (tmp_path / path).read_bytes()
    assert (found.size, found.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert found.mtime_ns == (tmp_path / path).stat().st_mtime_ns
    assert found.compressed


def test_plain_fits_named_gz_is_read_as_it_is() -> None:
    raw = ff.content(ff.gti())
    assert uncompressed(stored(raw)) is raw
    assert not stored(raw).compressed


def test_gzip_of_several_members_is_joined() -> None:
    assert uncompressed(stored(gzip.compress(b"one") + gzip.compress(b"two"))) == b"onetwo"


def test_zeros_after_a_gzip_stream_are_no_error() -> None:
    assert uncompressed(stored(gzip.compress(b"one") + b"\0" * 512)) == b"one"


def test_gzip_cut_short_is_refused() -> None:
    raw = gzip.compress(os.urandom(5000))
    with pytest.raises(DL3Error, match="cut short"):
        uncompressed(stored(raw[:-100]))


def test_gzip_with_a_wrong_byte_is_refused() -> None:
    raw = bytearray(gzip.compress(os.urandom(5000)))
    raw[-6] ^= 0xFF
    with pytest.raises(DL3Error, match="damaged"):
        uncompressed(stored(bytes(raw)))


def test_gzip_that_grows_beyond_the_limit_is_refused() -> None:
    raw = gzip.compress(bytes(100_000))
    assert len(uncompressed(stored(raw), limit=100_000)) == 100_000
    with pytest.raises(DL3Error, match="larger than 99999 bytes when decompressed"):
        uncompressed(stored(raw), limit=99_999)


def test_limit_counts_all_members_of_a_gzip_stream() -> None:
    raw = gzip.compress(bytes(600)) + gzip.compress(bytes(600))
    with pytest.raises(DL3Error, match="larger than 1000 bytes"):
        uncompressed(stored(raw), limit=1000)


def test_gzip_is_the_same_whatever_the_sizes_of_its_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = bytes(70_000) + os.urandom(5000) + bytes(4096)
    packed = gzip.compress(raw) + gzip.compress(b"") + gzip.compress(raw[::-1])
    for pieces in (1, 7, 1024, 4096):
        monkeypatch.setattr(storage, "_READ_BYTES", pieces)
        monkeypatch.setattr(storage, "_WRITE_BYTES", 4096)
        assert uncompressed(stored(packed)) == raw + raw[::-1]
    monkeypatch.setattr(storage, "_WRITE_BYTES", 1)
    assert uncompressed(stored(gzip.compress(b"some text" * 30))) == b"some text" * 30


def test_uncompressing_takes_less_than_twice_the_memory_of_the_result() -> None:
    size = 64 * 1024**2
    # Two members: none of them, and not both together, may be held twice.
    packed = gzip.compress(bytes(size // 2)) * 2
    tracemalloc.start()
    try:
        found = uncompressed(stored(packed))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == size
    assert peak < 2 * size


def test_bomb_is_given_up_before_it_takes_more_than_the_limit() -> None:
    packed = gzip.compress(bytes(64 * 1024**2))
    tracemalloc.start()
    try:
        with pytest.raises(DL3Error, match="larger than 8388608 bytes when decompressed"):
            uncompressed(stored(packed), limit=8 * 1024**2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 8 * 1024**2


def test_limit_is_a_quarter_of_the_memory_for_all_cores_and_4_gib_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert storage.size_limit() == 512_000
    with pytest.raises(DL3Error, match="larger than 512000 bytes"):
        uncompressed(stored(gzip.compress(bytes(512_001))))
    pages["SC_PHYS_PAGES"] = 2**30
    assert storage.size_limit() == 4 * 1024**3


def test_file_larger_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ff.write_bytes(tmp_path, "big.fits", bytes(1001))
    monkeypatch.setattr(storage, "MAX_BYTES", 1000)
    with pytest.raises(DL3Error, match="larger than the 1000 bytes"):
        read_stored(tmp_path, "big.fits")


def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fits")
    with pytest.raises(DL3Error, match="not an ordinary file"):
        read_stored(tmp_path, "pipe.fits")


def test_hdus_are_the_slices_of_the_file() -> None:
    raw = ff.content(ff.events(), ff.gti())
    hdus = split_hdus("run.fits", raw)
    assert [hdu.name for hdu in hdus] == ["", "EVENTS", "GTI"]
    assert b"".join(bytes(hdu.content) for hdu in hdus) == raw
    assert hdus[1].sha256 == hashlib.sha256(hdus[1].content).hexdigest()
    assert len(hdus[2].data) == 16
    assert all(len(hdu.content) % 2880 == 0 for hdu in hdus)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "file is empty"),
        (b"<html>not here</html>", "not a FITS file"),
        (b"SIMPLE  =                    T", "no END card"),
    ],
)
def test_what_is_not_fits_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(DL3Error, match=reason):
        split_hdus("run.fits", raw)


def test_data_cut_short_name_the_hdu_and_the_missing_bytes() -> None:
    raw = ff.content(ff.events(rows=2000))
    with pytest.raises(DL3Error, match="cut short: the data need") as caught:
        split_hdus("run.fits", raw[:-10_000])
    assert caught.value.hdu == "EVENTS"


def test_header_cut_short_names_the_hdu() -> None:
    raw = ff.content(ff.gti())
    with pytest.raises(DL3Error, match="header has no END card") as caught:
        split_hdus("run.fits", raw[: 2880 + 400])
    assert caught.value.hdu == "HDU 1"


def test_missing_padding_of_the_last_hdu_is_no_error() -> None:
    raw = ff.content(ff.gti())
    last = split_hdus("run.fits", raw[: len(raw) - 2880 + 16])[-1]
    assert len(last.data) == 16
    assert len(last.content) % 2880 == 16


def test_what_follows_the_last_hdu_is_left_alone() -> None:
    raw = ff.content(ff.gti())
    assert len(split_hdus("run.fits", raw + bytes(2880))) == 2


def test_structural_keyword_that_is_no_number_is_named() -> None:
    raw = ff.content(ff.gti()).replace(
        b"NAXIS2  =                    1", b"NAXIS2  = 'many'              "
    )
    with pytest.raises(DL3Error, match="needs a whole number, has 'many'") as caught:
        split_hdus("run.fits", raw)
    assert (caught.value.hdu, caught.value.keyword) == ("GTI", "NAXIS2")


def test_negative_axis_is_refused() -> None:
    raw = ff.content(ff.gti()).replace(
        b"NAXIS2  =                    1", b"NAXIS2  =                   -1"
    )
    with pytest.raises(DL3Error, match="needs a whole number, has -1"):
        split_hdus("run.fits", raw)


def test_end_inside_a_text_does_not_end_the_header() -> None:
    filler = "END".ljust(68)
    hdu = ff.gti(cards={"COMMENT1": filler, "AFTER": 5})
    assert split_hdus("run.fits", ff.content(hdu))[1].value("AFTER") == 5


def test_too_many_hdus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_HDUS", 2)
    with pytest.raises(DL3Error, match="more than 2 HDUs"):
        split_hdus("run.fits", ff.content(ff.gti(), ff.gti()))


def test_control_characters_become_blanks_and_are_remembered() -> None:
    raw = ff.content(ff.gti(cards={"OBJECT": "Crab@Nebula"}))
    hdu = split_hdus("run.fits", raw.replace(b"Crab@Nebula", b"Crab\x00Nebula"))[1]
    assert hdu.value("OBJECT") == "Crab Nebula"
    assert hdu.replaced == ("OBJECT",)


def test_card_that_cannot_be_parsed_has_no_value() -> None:
    raw = ff.content(ff.gti(cards={"OBS_ID": 12345678}))
    hdu = split_hdus("run.fits", raw.replace(b"            12345678", b"       12 34 five 78"))[1]
    assert hdu.value("OBS_ID") is None
    assert hdu.unreadable("OBS_ID")
    assert not hdu.unreadable("TIMESYS")
    assert "OBS_ID" not in hdu.cards()


def test_card_without_value_is_none() -> None:
    raw = ff.content(ff.gti(cards={"OBJECT": None}))
    assert split_hdus("run.fits", raw)[1].value("OBJECT") is None


def test_hdu_without_name_is_called_by_its_number() -> None:
    hdu = split_hdus("run.fits", ff.content())[0]
    assert hdu.label == "HDU 0"
    assert str(hdu.error("is wrong", "KEY")) == "run.fits[HDU 0][KEY]: is wrong"

"""Bytes of a file: checksums, padding, names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from astropy.io import fits

from iact.check.run import check_file
from unit.check import producer
from unit.check.producer import only, said, spoilt
from unit.dl3 import fitsfiles as ff


def with_checksums() -> bytes:
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *producer.good_file()]).writeto(stream, checksum=True)
    return stream.getvalue()


def check_bytes(root: Path, raw: bytes, name: str = "run.fits") -> set[producer.Said]:
    return said(check_file(root, ff.write_bytes(root, name, raw, compress=False)).findings)


def test_checksums_that_fit_are_no_finding(tmp_path: Path) -> None:
    raw = with_checksums()
    assert raw.count(b"CHECKSUM=") == raw.count(b"DATASUM =") == 7
    assert check_bytes(tmp_path, raw) == set()


def test_a_changed_byte_of_the_data_breaks_both_sums(tmp_path: Path) -> None:
    raw = bytearray(with_checksums())
    data = raw.index(b"XTENSION", raw.index(b"'GTI"))
    raw[data - 2880 + 17] ^= 1  # The last bit of a START and STOP, or of its padding.
    found = check_bytes(tmp_path, bytes(raw))
    assert ("warning", "checksum", "GTI", "DATASUM") in found
    assert ("warning", "ingestion.header", "GTI", "CHECKSUM") in found


def test_a_changed_card_breaks_the_checksum_only(tmp_path: Path) -> None:
    raw = with_checksums().replace(b"'pipeline 1.0'", b"'pipeline 1.1'")
    assert check_bytes(tmp_path, raw) == {("warning", "ingestion.header", "EVENTS", "CHECKSUM")}


@pytest.mark.parametrize("card", ["DATASUM = '        '", "CHECKSUM= '        '"])
def test_sums_that_are_not_known_are_not_verified(tmp_path: Path, card: str) -> None:
    keyword = card[:8].strip()
    events = producer.events({keyword: ""})
    assert spoilt(tmp_path, events, producer.gti(), *producer.responses()) == set()


def test_a_sum_that_is_no_number_is_a_warning(tmp_path: Path) -> None:
    found = producer.findings_of(
        tmp_path, producer.events({"DATASUM": "abc"}), producer.gti(), *producer.responses()
    )
    assert only(found, "checksum").document == "FITS 4.0, section 4.4.2.7"


def test_a_file_that_ends_inside_a_block_is_a_warning(tmp_path: Path) -> None:
    raw = ff.content(*producer.good_file()).rstrip(b"\0")
    raw += b"\0" * (-len(raw) % 4)
    found = check_bytes(tmp_path, raw)
    assert found == {("warning", "file.padding", "BKG", "")}


def test_bytes_after_the_last_hdu_are_a_warning(tmp_path: Path) -> None:
    found = check_bytes(tmp_path, ff.content(*producer.good_file()) + b"tail" * 720)
    assert found == {("warning", "ingestion.header", "BKG", "")}


def test_names_that_do_not_tell_the_compression_are_notes(tmp_path: Path) -> None:
    raw = ff.content(*producer.good_file())
    assert check_bytes(tmp_path, raw, "run.fits.gz") == {("note", "file.compression", "", "")}
    path = ff.write_bytes(tmp_path, "zipped.fits", raw, compress=True)
    found = said(check_file(tmp_path, path).findings)
    assert found == {("note", "file.compression", "", "")}


def test_a_name_that_ingestion_would_pass_over_is_a_warning(tmp_path: Path) -> None:
    found = check_bytes(tmp_path, ff.content(*producer.good_file()), "run.dat")
    assert found == {("warning", "file.name", "", "")}

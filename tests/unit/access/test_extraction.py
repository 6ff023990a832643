"""HDUs become files of their own without a change."""

import gzip
import io
import warnings
from dataclasses import replace

import pytest
from astropy.io import fits

from iact.access.extraction import extract, key_of
from iact.errors import DL3Error
from unit.access.extracts import hdus, parts
from unit.dl3 import fitsfiles as ff

HDUS = [ff.events, ff.gti, ff.aeff, ff.edisp, ff.psf_table]


def extracted(wanted):
    target = io.BytesIO()
    extract(wanted, target)
    return target.getvalue()


def write(folder, name="run.fits.gz", made=HDUS, **cards):
    return ff.write(folder, name, *(hdu() for hdu in made), **cards)


def test_a_gzip_stream_that_is_cut_short_is_an_error(tmp_path):
    path = tmp_path / write(tmp_path)
    wanted = parts(tmp_path, path.name, 5)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DL3Error, match=r"run\.fits\.gz"):
        extracted(wanted)


def test_a_damaged_gzip_stream_is_an_error(tmp_path):
    path = tmp_path / write(tmp_path)
    wanted = parts(tmp_path, path.name, 5)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(DL3Error, match=r"run\.fits\.gz.*(damaged|not the HDU)"):
        extracted(wanted)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_hdu_with_other_bytes_is_an_error(tmp_path, number):
    wanted = parts(tmp_path, write(tmp_path), number)
    wanted = [replace(part, sha256="0" * 64) for part in wanted]
    with pytest.raises(DL3Error, match=rf"run\.fits\.gz\[HDU {number}\].*changed, or is damaged"):
        extracted(wanted)


def test_an_hdu_that_is_not_there_is_an_error(tmp_path):
    (part,) = parts(tmp_path, write(tmp_path), 5)
    with pytest.raises(DL3Error, match=r"HDU 6.*no END card"):
        extracted([replace(part, number=6)])


def test_what_is_no_fits_file_is_an_error(tmp_path):
    wanted = parts(tmp_path, write(tmp_path, "run.fits"), 1)
    (tmp_path / "run.fits").write_bytes(b"x" * 100_000_000)
    with pytest.raises(DL3Error, match=r"run\.fits\[HDU 0\]: header has no END card"):
        extracted(wanted)


def test_a_file_that_is_gone_is_an_error(tmp_path):
    wanted = parts(tmp_path, write(tmp_path, "run.fits"), 1)
    (tmp_path / "run.fits").unlink()
    with pytest.raises(FileNotFoundError):
        extracted(wanted)


@pytest.mark.parametrize("number", [0, 1])
def test_hdus_must_stand_in_their_order(tmp_path, number):
    first, second = parts(tmp_path, write(tmp_path), number, 2)
    with pytest.raises(ValueError, match=r"cannot be read after|stands behind others"):
        extracted([second, first])


@pytest.mark.parametrize("numbers", [(0,), (0, 1), (0, 2)])
def test_a_primary_hdu_is_the_primary_hdu_again(tmp_path, numbers):
    name = write(tmp_path)
    path = tmp_path / "part.fits.gz"
    path.write_bytes(extracted(parts(tmp_path, name, *numbers)))
    there = hdus(tmp_path, name)
    assert hdus(tmp_path, path.name) == [there[number] for number in numbers]


@pytest.mark.parametrize("name", ["run.fits", "run.fits.gz"])
@pytest.mark.parametrize("numbers", [(1,), (1, 2), (3,), (5,), (2, 5)])
def test_hdus_are_copied_as_they_stand(tmp_path, name, numbers):
    name = write(tmp_path, name)
    content = gzip.decompress(extracted(parts(tmp_path, name, *numbers)))
    there = hdus(tmp_path, name)
    assert content[2880:] == b"".join(there[number] for number in numbers)


def test_the_compression_is_told_by_the_bytes(tmp_path):
    raw = ff.content(*(hdu() for hdu in HDUS))
    ff.write_bytes(tmp_path, "a.fits", raw, True)
    ff.write_bytes(tmp_path, "b.fits.gz", raw, False)
    first, second = (extracted(parts(tmp_path, name, 1, 2)) for name in ("a.fits", "b.fits.gz"))
    assert first == second


def test_the_file_is_valid_fits_and_its_checksums_hold(tmp_path):
    raw = io.BytesIO()
    made = [hdu() for hdu in HDUS]
    fits.HDUList([fits.PrimaryHDU(), *made]).writeto(raw, checksum=True)
    (tmp_path / "run.fits").write_bytes(raw.getvalue())
    path = tmp_path / "events.fits.gz"
    path.write_bytes(extracted(parts(tmp_path, "run.fits", 1, 2)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(path, checksum=True) as opened:
            opened.verify("exception")
            assert [hdu.name for hdu in opened] == ["PRIMARY", "EVENTS", "GTI"]
            assert list(opened[0].header) == ["SIMPLE", "BITPIX", "NAXIS", "EXTEND"]
            assert opened["EVENTS"].header["CHECKSUM"]
            assert len(opened["EVENTS"].data) == 40


def test_the_same_hdus_give_the_same_bytes(tmp_path):
    wanted = parts(tmp_path, write(tmp_path), 1, 2)
    content = extracted(wanted)
    assert content == extracted(wanted)
    # RFC 1952, section 2.3: no flags, so no name; no time.
    assert content[3:8] == bytes(5)


def test_parts_may_come_from_several_files(tmp_path):
    names = [write(tmp_path, name) for name in ("a.fits", "b.fits.gz")]
    wanted = [*parts(tmp_path, names[0], 1), *parts(tmp_path, names[1], 2)]
    content = gzip.decompress(extracted(wanted))
    assert content[2880:] == hdus(tmp_path, names[0])[1] + hdus(tmp_path, names[1])[2]


@pytest.mark.parametrize("missing", [1, 100, 2000])
def test_padding_that_a_writer_left_out_is_put_back(tmp_path, missing):
    raw = ff.content(ff.events(), ff.gti())
    assert not raw[-2000:].strip(b"\0")
    (tmp_path / "run.fits").write_bytes(raw[:-missing])
    content = gzip.decompress(extracted(parts(tmp_path, "run.fits", 2)))
    assert content[2880:] == hdus(tmp_path, "run.fits")[2] + bytes(missing)
    assert len(content) % 2880 == 0


def test_the_key_changes_with_all_that_changes_the_bytes(tmp_path):
    part, other = parts(tmp_path, write(tmp_path), 1, 2)
    changed = replace(part, source=replace(part.source, sha256="f" * 64))
    keys = [key_of(wanted) for wanted in ([part], [other], [part, other], [changed])]
    assert len(set(keys)) == 4
    assert key_of([part]) == keys[0]

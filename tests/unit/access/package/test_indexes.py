"""Index tables of packages, and the texts beside them."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from iact.access.dataset import Dataset, StoredFile, StoredProduct
from iact.access.decision import Rights
from iact.access.package import documents
from iact.access.package.indexes import hdu_index, numbers_of, obs_index
from iact.check.gadf import HDU_INDEX, OBS_INDEX

ONE, TWO, TEXT = ("A", "7", ""), ("B", "7", ""), ("B", "chunks 1 - 2", "x")
ROW = {
    "obs_mode": "wobble", "t_start": 51911.5, "t_stop": 51912.0, "ra_pnt": 83.6, "dec_pnt": 22.0,
    "alt_pnt": None, "az_pnt": None, "zen_pnt": None, "target_ra": 83.0, "target_dec": 21.0,
    "ontime": 100.0, "livetime": None, "deadc": None, "n_telescopes": None, "telescopes": "1,2",
    "target_name": "Cr\u00e4b", "n_events": 5,
}  # fmt: skip


def table(content):
    with fits.open(io.BytesIO(gzip.decompress(content))) as hdus:
        return hdus[1].copy()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([("A", "7", ""), ("A", "9", "")], [7, 9]),
        # The first keeps its number.
        ([ONE, TWO], [7, 8]),
        ([("A", "7", ""), ("A", "x", ""), ("B", "5", ""), ("B", "7", "")], [7, 8, 5, 9]),
        ([("A", "7", "1"), ("A", "7", "2")], [7, 8]),
        ([("A", "007", ""), ("B", "7", "")], [7, 8]),
        ([("A", "x", ""), ("A", "-1", ""), ("A", "\u0663", "")], [1, 2, 3]),
        ([("A", "9" * 19, ""), ("A", "9" * 18, "")], [10**18, 10**18 - 1]),
    ],
)
def test_observations_keep_their_numbers_where_they_can(keys, expected):
    numbers = numbers_of(keys)
    assert [numbers[key] for key in keys] == expected


def test_the_observation_index_is_as_gadf_wants_it():
    drift = ROW | {"obs_mode": "drift", "ra_pnt": None, "target_name": None, "n_telescopes": 4}
    hdu = table(obs_index({ONE: 7, TEXT: 8}, {ONE: ROW, TEXT: drift}))
    for keyword in OBS_INDEX.keywords:
        assert keyword.presence == "optional" or keyword.name in hdu.header, keyword.name
    for column in OBS_INDEX.columns:
        assert column.presence == "optional" or column.name in hdu.columns.names, column.name
    assert list(hdu.data["OBS_ID"]) == [7, 8]
    assert list(hdu.data["OBS_MODE"]) == ["POINTING", "DRIFT"]
    assert hdu.header["MJDREFI"] + hdu.header["MJDREFF"] == 51910
    assert list(hdu.data["TSTART"]) == [1.5 * 86400] * 2
    assert list(hdu.data["OBJECT"]) == ["Cr?b", ""]
    assert list(hdu.data["N_TELS"]) == [-1, 4] and hdu.columns["N_TELS"].null == -1
    assert np.isnan(hdu.data["RA_PNT"][1]) and hdu.data["RA_OBJ"][1] == 83.0
    assert list(hdu.data["OBS_NAME"]) == ["7", "chunks 1 - 2"]
    assert list(hdu.data["OBS_COLLECTION"]) == ["A", "B"]
    assert hdu.columns["TSTART"].unit == "s" and hdu.columns["RA_PNT"].unit == "deg"


def test_the_hdu_index_leads_to_responses_in_files_of_their_own():
    events = StoredFile("root", "d/e.fits", 10, 1, "")
    shared = StoredFile("root", "irf.fits", 20, 1, "")
    products = {
        kind: StoredProduct("ivo://x", kind, hdu, 1, hdu_class, 1, "", "application/fits", file)
        for kind, hdu, hdu_class, file in (
            ("package", "", "", events),
            ("events", "EVENTS", "events", events),
            ("aeff", "EFFECTIVE AREA", "aeff_2d", shared),
        )
    }
    dataset = Dataset("ivo://x", "package", *ONE, "t", Rights("public", None, ""), products)
    names = {events: "data/root/d/e.fits", shared: "data/root/irf.fits"}
    hdu = table(hdu_index({ONE: 7}, {ONE: dataset}, names))
    assert {column.name for column in HDU_INDEX.columns if column.presence != "optional"} <= set(
        hdu.columns.names
    )
    assert [tuple(row) for row in hdu.data] == [
        (7, "aeff", "aeff_2d", "data/root", "irf.fits", "EFFECTIVE AREA", 20),
        (7, "events", "events", "data/root/d", "e.fits", "EVENTS", 10),
    ]


def test_the_same_tables_give_the_same_bytes():
    one = obs_index({ONE: 7}, {ONE: ROW})
    assert one == obs_index({ONE: 7}, {ONE: ROW})
    # No time of making in the gzip header (RFC 1952, MTIME).
    assert one[4:8] == bytes(4) and gzip.decompress(one).startswith(b"SIMPLE")


def test_nothing_left_out_is_said():
    assert documents.left_out_list({}) == b"Nothing was left out.\n"


def test_an_identifier_takes_one_line_whatever_is_in_it():
    hostile = {"a\nSHA256\tx\0\x1b[2J": "No.", "\u00e9": "Why.", "z" * 10_000: "Long."}
    lines = documents.left_out_list(hostile).decode().splitlines()
    assert len(lines) == 3
    assert lines[0] == "a SHA256 x\\x00\\x1b[2J\tNo."
    assert len(lines[1]) < 3000 and lines[2] == "\u00e9\tWhy."


def test_the_readme_counts():
    text = documents.readme("Archive", "the query SELECT\n 1", 1, 2, 0).decode()
    assert "Asked for: the query SELECT 1\n" in text
    assert "In this package: 1 observation in 2 files\n" in text
    assert "Left out: nothing\n" in text
    assert "Left out: 3 datasets\n" in documents.readme("A", "", 1, 1, 3).decode()

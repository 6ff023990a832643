"""Whole files as instruments write them, where they differ most from the format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time

from iact.dl3.index import read_indexes
from iact.dl3.observation import FileReport, ReadingRules
from iact.dl3.read import read_file
from unit.dl3 import fitsfiles as ff
from unit.dl3.fitsfiles import observed

HAWC_CARDS: ff.Cards = {
    "HDUVERS": "dev1bf00373", "OBS_ID": "chunks 103 - 133", "TELESCOP": "HAWC",
    "INSTRUME": "HAWC", "OBS_MODE": "DRIFT", "TIMESYS": "TAI", "MJDREFI": 44244, "MJDREFF": 0,
    "RA_PNT": ff.ABSENT, "DEC_PNT": ff.ABSENT, "RA_OBJ": ff.ABSENT, "DEC_OBJ": ff.ABSENT,
    "OBJECT": ff.ABSENT, "ALT_PNT": 0, "AZ_PNT": 0, "TELLIST": ff.ABSENT, "N_TELS": ff.ABSENT,
}  # fmt: skip
GPS = ReadingRules(time_offset_s=19.0)
#: File names of SWGO's dummy responses are like this one; the rest is what else hurts.
ODD_NAME = "PSFMap_Zen [0, 30] Cor [58, 82] 100% a+b#?*.fits.gz"


def read_folder(root: Path, path: str, rules: ReadingRules | None = None) -> FileReport:
    """Read a file with the indexes of its folder."""
    paths = [found.relative_to(root).as_posix() for found in root.rglob("*.fits*")]
    hint = read_indexes(root, paths).hint(path)
    return read_file(root, path, lambda _path, _cards: ("X", rules or ReadingRules()), hint)


def hawc_gti(intervals: Any) -> fits.BinTableHDU:
    bare: ff.Cards = {
        "HDUCLASS": ff.ABSENT, "HDUCLAS1": ff.ABSENT, "TIMESYS": "TAI", "MJDREFI": 44244,
    }  # fmt: skip
    made = ff.gti(intervals, bare)
    for name in ("START", "STOP"):
        made.columns.change_unit(name, "")
    return made


def hawc_file(root: Path, part: int, **columns: Any) -> str:
    """One of the disjoint lists that a HAWC observation is split into."""
    steps = np.linspace(ff.START, ff.STOP, 40001)
    gti = hawc_gti(np.column_stack([steps[:-1], steps[:-1] + 0.04]))
    events = ff.events({**HAWC_CARDS, "EV_CLASS": part}, **columns)
    return ff.write(root, f"events/bin{part}.fits.gz", events, gti)


def test_hawc_lists_of_several_event_classes_are_one_observation(tmp_path: Path) -> None:
    found = [observed(read_folder(tmp_path, hawc_file(tmp_path, part), GPS)) for part in (8, 9)]
    assert {one.obs_id for one in found} == {"chunks 103 - 133"}
    assert [one.event_type for one in found] == ["8", "9"]
    for one in found:
        assert (one.obs_mode, one.tracking_mode) == ("drift", "fixed-az-el-transit")
        assert (one.ra_pnt, one.dec_pnt, one.alt_pnt) == (None, None, None)


def test_hawc_has_tens_of_thousands_of_intervals(tmp_path: Path) -> None:
    found = observed(read_folder(tmp_path, hawc_file(tmp_path, 8), GPS))
    assert found.gti.shape == (40000, 2)
    assert (np.diff(found.gti[:, 0]) > 0).all()


def test_gps_seconds_that_are_called_tai_are_put_right_by_the_collection(tmp_path: Path) -> None:
    found = observed(read_folder(tmp_path, hawc_file(tmp_path, 8), GPS))
    # GPS time began with 1980-01-06 0h UTC, when TAI was 19 s ahead.
    expected = Time("1980-01-06", scale="utc").tai + ff.START / 86400
    assert found.t_start == pytest.approx(expected.tt.mjd, abs=1e-9)


def test_column_in_lower_case_is_not_taken_for_the_right_one(tmp_path: Path) -> None:
    # HAWC writes radians into 'ra' and 'dec', before RA and DEC in degrees.
    events = ff.events({**HAWC_CARDS, "EV_CLASS": 8})
    columns = [fits.Column(name, "D", array=np.full(40, np.nan)) for name in ("ra", "time")]
    both = ff.table("EVENTS", [*columns, *events.columns], ff.EVENTS_CARDS, HAWC_CARDS)
    path = ff.write(tmp_path, "run.fits", both, hawc_gti(((ff.START, ff.STOP),)))
    assert observed(ff.read(tmp_path, path)).n_events == 40


def rows(kind: str, name: str, hdu: str, folder: str = "maps") -> ff.Cards:
    return {
        "OBS_ID": 4711, "HDU_TYPE": kind, "HDU_CLASS": kind, "FILE_DIR": folder,
        "FILE_NAME": name, "HDU_NAME": hdu,
    }  # fmt: skip


def test_maps_of_responses_are_linked_whatever_their_names(tmp_path: Path) -> None:
    run = ff.write(tmp_path, "maps/run.fits", ff.events(), ff.gti())
    ff.write(tmp_path, f"maps/{ODD_NAME}", ff.image("psf", (3, 4, 4)))
    ff.write(tmp_path, "maps/Exposure [45, 52].fits", ff.image("EFFECTIVE AREA"))
    ff.write(
        tmp_path, "hdu-index.fits.gz",
        ff.index("HDU_INDEX", [
            rows("events", "run.fits", "EVENTS"),
            rows("psf", ODD_NAME, "PSF"),
            rows("aeff", "Exposure [45, 52].fits", "EFFECTIVE AREA"),
        ]),
    )  # fmt: skip
    products = {one.kind: one for one in observed(read_folder(tmp_path, run)).products}
    assert products["psf"].path == f"maps/{ODD_NAME}"
    assert products["aeff"].path == "maps/Exposure [45, 52].fits"
    assert {products[kind].hdu_class for kind in ("psf", "aeff")} == {"map"}


def test_calibration_names_are_no_patterns(tmp_path: Path) -> None:
    # [12] would be a pattern that fits '1'.
    events = ff.events({"CALDB": "1dc", "IRF": "South [12] + x"})
    run = ff.write(tmp_path, "data/run.fits", events, ff.gti())
    for irf in ("South 1 + x", "South [12] + x"):
        ff.write(tmp_path, f"caldb/data/cta/1dc/bcf/{irf}/irf_file.fits", ff.aeff())
    products = {one.kind: one for one in observed(read_folder(tmp_path, run)).products}
    assert products["aeff"].path == "caldb/data/cta/1dc/bcf/South [12] + x/irf_file.fits"


def prod5_responses() -> list[fits.BinTableHDU]:
    """Responses as those of the CTA simulation 'prod5' have them."""
    psf = ff.altered(ff.psf_gauss(), "SCALE", unit="sr^(-1)")
    ff.altered(psf, "SIGMA_1", unit="deg")
    ff.with_cards(
        psf, {"HDUCLASS": "GADF", "HDUCLAS2": "PSF", "HDUCLAS4": "PSF_3GAUSS",
              "EXTNAME": "POINT SPREAD FUNCTION"}
    )  # fmt: skip
    return [ff.altered(ff.aeff(), "EFFAREA", unit="m**2"), ff.edisp(), psf]


def test_prod5_responses_are_read_as_others_are(tmp_path: Path) -> None:
    run = ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), *prod5_responses())
    usual = ff.write(
        tmp_path, "usual.fits", ff.events(), ff.gti(), ff.aeff(), ff.edisp(), ff.psf_gauss()
    )
    found, expected = observed(ff.read(tmp_path, run)), observed(ff.read(tmp_path, usual))
    assert {one.hdu_class for one in found.products if one.kind == "psf"} == {"psf_3gauss"}
    assert found.s_resolution == expected.s_resolution is not None
    assert found.energy_max == expected.energy_max


def test_a_file_of_prod5_responses_is_one(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "Prod5-North-20deg.fits.gz", *prod5_responses())
    assert ff.read(tmp_path, path).kind == "response"


VODF_CARDS: ff.Cards = {
    "HDUCLASS": "VODF", "HDUVERS": "0.1", "OBS_ID": "obs-00042/b", "TIMESYS": "TT",
    "DATE-OBS": "2020-05-31T00:15:30.816",
}  # fmt: skip


@pytest.mark.parametrize("name", ["EVENTS", "event-list"])
@pytest.mark.parametrize("classed", [True, False], ids=["with HDUCLAS1", "without"])
def test_vodf_files_are_recognised(tmp_path: Path, name: str, classed: bool) -> None:
    cards = {**VODF_CARDS, "EXTNAME": name}
    cards["HDUCLAS1"] = "EVENTS" if classed else ff.ABSENT
    gti = ff.gti(cards={"HDUCLASS": "VODF"})
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", ff.events(cards), gti))
    found = observed(report)
    assert (found.obs_id, found.data_format) == ("obs-00042/b", "VODF 0.1")
    # The date is in UTC; what counts are TSTART and the intervals.
    assert found.t_start == pytest.approx(59000 + ff.START / 86400, abs=1e-9)
    assert [one.kind for one in found.products] == ["package", "events", "gti"]


def float32_index(name: str) -> fits.BinTableHDU:
    """MAGIC's obs-index: no zero point, and every number of 32 bits."""
    values = {"RA_PNT": 83.6333, "DEC_PNT": 21.5145, "TSTART": 333778852.4, "TSTOP": 333780040.5}
    columns = [
        fits.Column("OBS_ID", "K", array=np.array([4711])),
        *(fits.Column(key, "E", array=np.array([value])) for key, value in values.items()),
    ]
    return ff.table(name, columns)


def test_numbers_of_32_bits_in_an_index_change_nothing(tmp_path: Path) -> None:
    shift = 333778852.435217
    span = (shift, shift + 1188.111761868)
    cards = {"TSTART": span[0], "TSTOP": span[1], "ONTIME": span[1] - span[0],
             "LIVETIME": ff.ABSENT, "MJDREFI": 52706}  # fmt: skip
    times = np.linspace(span[0] + 1, span[1] - 1, 40)
    events = ff.events(cards, TIME=times)
    path = ff.write(tmp_path, "run_4711.fits", events, ff.gti((span,), {"MJDREFI": 52706}))
    ff.write(tmp_path, "obs-index.fits.gz", float32_index("OBS_INDEX"))
    report = read_folder(tmp_path, path)
    assert observed(report).t_start == pytest.approx(52706 + span[0] / 86400, abs=1e-9)
    assert ff.notes(report, "index") == []


def test_text_in_an_index_of_numbers_is_read_where_it_is_one(tmp_path: Path) -> None:
    cards = {"RA_PNT": ff.ABSENT, "DEC_PNT": ff.ABSENT, "GEOLON": "-67d40m35s",
             "GEOLAT": "-22d56m22.37s", "ALTITUDE": "4780 m"}  # fmt: skip
    row = {"OBS_ID": 4711, "RA_PNT": "83.6", "DEC_PNT": "21.5", "ALT_PNT": "60 deg"}
    report = ff.read_cards(tmp_path, cards, row=row)
    found = observed(report)
    assert (found.ra_pnt, found.dec_pnt) == pytest.approx((83.6, 21.5), abs=1e-6)
    assert (found.site_lon, found.site_lat) == pytest.approx((-67.676389, -22.939547), abs=1e-6)
    assert found.site_alt == 4780.0


@pytest.mark.parametrize("name", ["00:29:18 -73:00:00", "12h30m49s +12d23m28s", "83.63 +22.01"])
def test_coordinates_are_no_name_of_a_target(tmp_path: Path, name: str) -> None:
    report = ff.read_cards(tmp_path, {"OBJECT": name})
    assert observed(report).target_name == ""
    assert ff.notes(report, "target", "OBJECT") == [f"{name!r} is not a name; no name taken"]


@pytest.mark.parametrize(
    ("name", "compress"), [("run.fits.gz", False), ("run.fits", True), ("run.fits.gz", True)]
)
def test_compression_is_told_by_the_bytes(tmp_path: Path, name: str, compress: bool) -> None:
    raw = ff.content(ff.events(), ff.gti())
    found = observed(ff.read(tmp_path, ff.write_bytes(tmp_path, name, raw, compress)))
    assert found.n_events == 40

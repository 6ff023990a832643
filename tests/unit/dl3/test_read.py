"""What a file turns out to be, and what happens to bad ones."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.observation import KINDS, ReadingRules
from iact.dl3.read import read_file
from unit.dl3 import fitsfiles as ff

A = ff.ABSENT


def kind(tmp_path: Path, *hdus: Any, name: str = "run.fits") -> str:
    return ff.read(tmp_path, ff.write(tmp_path, name, *hdus)).kind


def test_observation_has_its_products_in_order(tmp_path: Path) -> None:
    hdus = [ff.events(), ff.gti(), ff.rad_max(), ff.bkg(), ff.psf_table(), ff.edisp(), ff.aeff()]
    path = ff.write(tmp_path, "a/run.fits.gz", *hdus)
    report = ff.read(tmp_path, path)
    assert (report.kind, report.collection, report.obs_id) == ("observation", "TEST", "4711")
    found = report.observation
    assert found is not None
    assert tuple(product.kind for product in found.products) == KINDS
    package = found.products[0]
    assert (package.size, package.sha256) == (report.size, report.sha256)
    raw = gzip.decompress((tmp_path / path).read_bytes())
    total = sum(product.size for product in found.products[1:])
    assert total == len(raw) - 2880


def test_plain_observation_is_plain_data(tmp_path: Path) -> None:
    hdus = [ff.events(), ff.gti(), ff.aeff(), ff.edisp()]
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", *hdus))
    again = pickle.loads(pickle.dumps(report))
    assert again.observation.products == report.observation.products  # type: ignore[union-attr]
    assert report.observation is not None
    assert not report.observation.assumptions


def test_chooser_sees_path_and_cards_of_the_events(tmp_path: Path) -> None:
    seen: list[tuple[str, Mapping[str, object]]] = []

    def choose(path: str, cards: Mapping[str, object]) -> tuple[str, ReadingRules]:
        seen.append((path, cards))
        return "MINE", ReadingRules(target_name="Vela X")

    path = ff.write(tmp_path, "run.fits", ff.gti(), ff.events({"OBJECT": A}))
    report = read_file(tmp_path, path, choose)
    assert report.collection == "MINE"
    assert report.observation is not None
    assert report.observation.target_name == "Vela X"
    assert seen[0][0] == path
    assert (seen[0][1]["TELESCOP"], seen[0][1]["OBS_ID"]) == ("CTAO", 4711)


@pytest.mark.parametrize("hdu_class", ["GADF", "OGIP", "VODF", A])
@pytest.mark.parametrize("name", ["EVENTS", "event-list", "anything"])
def test_event_list_is_known_by_class_name_or_columns(
    tmp_path: Path, hdu_class: object, name: str
) -> None:
    hdu = ff.with_cards(ff.events({"HDUCLASS": hdu_class}), {"EXTNAME": name})
    assert kind(tmp_path, hdu, ff.gti()) == "observation"
    assert kind(tmp_path, ff.with_cards(hdu, {"HDUCLAS1": A}), ff.gti()) == "observation"


def test_gti_without_class_and_name_is_known_by_its_columns(tmp_path: Path) -> None:
    bare = ff.with_cards(ff.gti([(1100, 2000)]), {"HDUCLASS": A, "HDUCLAS1": A, "EXTNAME": A})
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", ff.events(), bare))
    assert report.observation is not None
    assert (report.observation.t_start - 59000) * 86400 == pytest.approx(1100, abs=1e-3)


def test_intervals_with_another_name_are_no_gti(tmp_path: Path) -> None:
    other = ff.with_cards(ff.gti(), {"HDUCLASS": A, "HDUCLAS1": A, "EXTNAME": "CLOUDS"})
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", ff.events(), other))
    assert ff.notes(report, "gti") == ["file has no GTI; TSTART to TSTOP taken as one interval"]


def test_second_event_list_is_noted(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits", ff.events(), ff.events({"EXTNAME": "EVENTS2"}), ff.gti())
    report = ff.read(tmp_path, path)
    assert "a second HDU of kind events" in ff.notes(report, "identifier")[0]


@pytest.mark.parametrize(
    "hdu",
    [ff.aeff(), ff.edisp(), ff.psf_table(), ff.psf_gauss(), ff.bkg(), ff.rad_max(),
     ff.image("PSF"), ff.image("EFFECTIVE AREA"), ff.image("BACKGROUND"), ff.image("edisp")],
)  # fmt: skip
def test_file_with_responses_only_is_a_response(tmp_path: Path, hdu: Any) -> None:
    assert kind(tmp_path, hdu) == "response"


@pytest.mark.parametrize(
    "hdu", [ff.aeff(), ff.edisp(), ff.psf_table(), ff.psf_gauss(), ff.bkg(), ff.rad_max()]
)
def test_response_without_class_and_name_is_known_by_its_columns(tmp_path: Path, hdu: Any) -> None:
    gone = dict.fromkeys(("HDUCLASS", "HDUCLAS1", "HDUCLAS2", "HDUCLAS3", "HDUCLAS4", "EXTNAME"), A)
    bare = ff.with_cards(hdu.copy(), gone)
    path = ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), bare)
    found = ff.read(tmp_path, path).observation
    assert found is not None
    expected = ff.read(
        tmp_path, ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), hdu)
    ).observation
    assert expected is not None
    assert found.products[-1].hdu_class == expected.products[-1].hdu_class


def test_2d_background_and_king_profile_are_known_by_their_columns(tmp_path: Path) -> None:
    gone = {"HDUCLAS4": A}
    king = ff.psf_parameters("GADF RPSF FULL-ENCLOSURE X", SIGMA=0.1, GAMMA=2.0)
    axes = {"ENERG": ff.ENERGIES, "THETA": ff.THETAS}
    flat = ff.response("BKG", "GADF BKG FULL-ENCLOSURE X", axes, {"BKG": np.ones((3, 40))})
    odd = ff.psf_parameters("GADF PSF FULL-ENCLOSURE X", WIDTH=0.1)
    for hdu, expected in ((king, "psf_king"), (flat, "bkg_2d"), (odd, "psf")):
        bare = ff.with_cards(hdu, gone)
        found = ff.read(
            tmp_path, ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), bare)
        ).observation
        assert found is not None
        assert found.products[-1].hdu_class == expected


def test_index_is_known_by_class_name_or_columns(tmp_path: Path) -> None:
    rows = [{"OBS_ID": 1, "HDU_TYPE": "events", "FILE_NAME": "run.fits"}]
    assert kind(tmp_path, ff.index("HDU_INDEX", rows)) == "index"
    assert kind(tmp_path, ff.index("", rows)) == "index"
    bare = ff.index("", [{"OBS_ID": 1}])
    assert kind(tmp_path, bare, name="obs-index.fits.gz") == "index"
    assert kind(tmp_path, bare, name="other.fits.gz") == "other"


def test_name_of_an_index_does_not_make_one_of_events(tmp_path: Path) -> None:
    assert kind(tmp_path, ff.events(), ff.gti(), name="obs-index.fits") == "observation"


@pytest.mark.parametrize(
    "hdus",
    [(), (ff.image("MAP"),), (ff.image("EVENTS"),), (ff.index("", [{"obs_id": 1}]),), (ff.gti(),)],
)
def test_everything_else_is_other(tmp_path: Path, hdus: tuple[Any, ...]) -> None:
    assert kind(tmp_path, *hdus) == "other"


def test_foreign_class_of_an_hdu_is_not_believed(tmp_path: Path) -> None:
    foreign = ff.with_cards(ff.gti(), {"HDUCLASS": "ASDF", "HDUCLAS1": "EVENTS", "EXTNAME": "X"})
    assert kind(tmp_path, foreign) == "other"


# Bad files


def quarantined(tmp_path: Path, raw: bytes, name: str = "run.fits") -> Any:
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, name, raw, compress=False))
    assert report.kind == "quarantined"
    assert report.observation is None
    assert (report.size, len(report.sha256)) == (len(raw), 64)
    return report


def test_bytes_that_are_no_fits(tmp_path: Path) -> None:
    assert quarantined(tmp_path, b"").reason == "file is empty"
    assert "not a FITS file" in quarantined(tmp_path, b"PK\x03\x04").reason


def test_gzip_cut_short(tmp_path: Path) -> None:
    raw = gzip.compress(ff.content(ff.events(), ff.gti()))
    assert quarantined(tmp_path, raw[:-200], "run.fits.gz").reason == "gzip stream is cut short"


def test_hdu_cut_short(tmp_path: Path) -> None:
    raw = ff.content(ff.events(rows=500), ff.gti())
    report = quarantined(tmp_path, raw[:9000])
    assert (report.hdu, "cut short" in report.reason) == ("EVENTS", True)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    report = ff.read(tmp_path, "gone.fits")
    assert (report.kind, report.reason, report.size) == (
        "quarantined", "file could not be read: No such file or directory", 0,
    )  # fmt: skip


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "run.fits").mkdir()
    assert ff.read(tmp_path, "run.fits").reason == "is not an ordinary file"


def test_no_events(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits", ff.events(rows=0), ff.gti())
    report = ff.read(tmp_path, path)
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", "NAXIS2")
    assert (report.reason, report.obs_id, report.collection) == (
        "has no rows: no events",
        "4711",
        "",
    )


@pytest.mark.parametrize("column", ["TIME", "RA", "DEC", "ENERGY"])
def test_events_need_their_columns(tmp_path: Path, column: str) -> None:
    path = ff.write(tmp_path, "run.fits", ff.events(**{column: A}), ff.gti())
    report = ff.read(tmp_path, path)
    assert (report.kind, report.hdu, report.keyword) == ("quarantined", "EVENTS", column)
    assert report.reason == "column is missing"


def test_events_without_any_column(tmp_path: Path) -> None:
    empty = ff.table("EVENTS", [], {"HDUCLASS": "GADF", "HDUCLAS1": "EVENTS"})
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", empty))
    assert (report.kind, report.reason) == ("quarantined", "column is missing")


def test_response_without_rows(tmp_path: Path) -> None:
    empty = ff.aeff({"OBS_ID": 99})
    empty.data = empty.data[:0]
    report = ff.read(tmp_path, ff.write(tmp_path, "aeff.fits", empty))
    assert (report.kind, report.reason, report.obs_id) == ("quarantined", "has no rows", "99")


def test_times_given_as_text(tmp_path: Path) -> None:
    columns = [fits.Column(name, "8A", array=["x"]) for name in ("TIME", "RA", "DEC", "ENERGY")]
    text = ff.table("EVENTS", columns, ff.EVENTS_CARDS)
    report = ff.read(tmp_path, ff.write(tmp_path, "run.fits", text, ff.gti()))
    assert (report.keyword, report.reason) == ("TIME", "needs numbers, has format A")


def test_unexpected_failure_names_its_type_and_nothing_more(tmp_path: Path) -> None:
    def choose(path: str, cards: Mapping[str, object]) -> tuple[str, ReadingRules]:
        raise KeyError("telescope")

    report = read_file(tmp_path, ff.write(tmp_path, "run.fits", ff.events()), choose)
    assert report.kind == "quarantined"
    assert report.reason == "file could not be read (KeyError: 'telescope')"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("run_023559_psf.fits", "23559"), ("20131004_05029747.fits", ""), ("run_7.fits", "")],
)
def test_a_quarantined_file_without_an_identifier_is_known_by_the_one_number_in_its_name(
    tmp_path: Path, name: str, expected: str
) -> None:
    (tmp_path / name).write_bytes(b"not FITS")
    report = read_file(tmp_path, name, lambda path, headers: ("", ReadingRules()))
    assert (report.kind, report.obs_id) == ("quarantined", expected)

"""Responses that are kept in another file than the events."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from iact.dl3 import sharing
from iact.dl3.index import IndexHint, Links
from iact.dl3.observation import FileReport, Observation
from iact.dl3.sharing import SharedFile, shared_file
from iact.errors import DL3Error
from unit.dl3 import fitsfiles as ff

IRF = "caldb/data/cta/1dc/bcf/South/irf_file.fits"


def read(
    root: Path,
    links: Links | None = None,
    row: dict[str, Any] | None = None,
    *hdus: Any,
    **options: Any,
) -> FileReport:
    path = ff.write(root, "data/gps/run.fits", *(hdus or (ff.events(), ff.gti())))
    hint = IndexHint("hdu-index.fits", "4711", row or {}, links or {}, "")
    return ff.read(root, path, hint=hint, **options)


def observed(report: FileReport) -> Observation:
    assert report.observation is not None, report.reason
    return report.observation


def test_linked_responses_are_products_and_give_resolution_and_range(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff(), ff.psf_gauss(), ff.edisp(), ff.bkg(5.0))
    links = {kind: (IRF, kind.upper()) for kind in ("aeff", "psf", "edisp", "bkg")}
    report = read(tmp_path, links)
    found = observed(report)
    by_kind = {product.kind: product for product in found.products}
    assert {
        kind: product.path for kind, product in by_kind.items() if kind in links
    } == dict.fromkeys(links, IRF)
    assert by_kind["events"].path == "data/gps/run.fits"
    assert by_kind["psf"].hdu_class == "psf_3gauss"
    assert by_kind["bkg"].hdu_number == 4
    assert found.em_res_power == pytest.approx(1 / 0.12, rel=0.005)
    assert found.s_resolution is not None
    assert (found.fov_radius, found.energy_source) == (5.0, "irf axis (AEFF)")
    assert ff.notes(report, "responses") == [f"aeff, bkg, edisp, psf taken from {IRF}"]


def test_responses_of_the_file_come_first(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff(), ff.edisp(sigma=0.3))
    links = {"edisp": (IRF, "EDISP"), "aeff": (IRF, "AEFF")}
    own = (ff.events(), ff.gti(), ff.edisp(sigma=0.12))
    found = observed(read(tmp_path, links, None, *own))
    assert found.em_res_power == pytest.approx(1 / 0.12, rel=0.005)
    paths = {product.kind: product.path for product in found.products}
    assert (paths["aeff"], paths["edisp"]) == (IRF, "data/gps/run.fits")


def test_hdu_names_are_compared_in_any_case(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff())
    assert [p.kind for p in observed(read(tmp_path, {"aeff": (IRF, "aeff")})).products][
        -1
    ] == "aeff"


def test_link_without_hdu_name_means_the_first_of_its_kind(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff())
    assert [p.kind for p in observed(read(tmp_path, {"aeff": (IRF, "")})).products][-1] == "aeff"


def test_links_to_several_files_are_followed(tmp_path: Path) -> None:
    ff.write(tmp_path, "irfs/psf.fits", ff.image("PSF"))
    ff.write(tmp_path, "irfs/aeff.fits", ff.aeff())
    links = {"psf": ("irfs/psf.fits", "psf"), "aeff": ("irfs/aeff.fits", "aeff")}
    found = observed(read(tmp_path, links))
    classes = {product.kind: product.hdu_class for product in found.products}
    assert (classes["psf"], classes["aeff"]) == ("map", "aeff_2d")


@pytest.mark.parametrize(
    ("raw", "reason"), [(None, "No such file"), (b"broken", "not a FITS file")]
)
def test_responses_that_cannot_be_read_are_noted(
    tmp_path: Path, raw: bytes | None, reason: str
) -> None:
    if raw is not None:
        ff.write_bytes(tmp_path, IRF, raw)
    report = read(tmp_path, {"aeff": (IRF, "AEFF"), "psf": (IRF, "PSF")})
    assert observed(report).n_events == 40
    told = ff.notes(report, "responses")
    assert told[0].startswith(f"aeff, psf not there: {IRF}: ")
    assert reason in told[0]
    assert told[1] == "none in the file, and none found elsewhere"


def test_hdu_that_is_not_there_is_noted(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff())
    report = read(tmp_path, {"psf": (IRF, "PSF")})
    assert f"{IRF} has no psf HDU 'PSF'" in ff.notes(report, "responses")


def test_shared_response_that_is_broken_is_noted(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.altered(ff.edisp(), "MATRIX", "OTHER"))
    report = read(tmp_path, {"edisp": (IRF, "EDISP")})
    assert "column is missing" in ff.notes(report, "responses")[0]
    assert observed(report).em_res_power is None


def test_odd_thresholds_of_a_shared_response_are_noted_for_each_observation(
    tmp_path: Path,
) -> None:
    ff.write(tmp_path, IRF, ff.aeff({"LO_THRES": "low"}))
    for _ in range(2):
        report = read(tmp_path, {"aeff": (IRF, "AEFF")})
        assert ff.notes(report, "energy_range", "LO_THRES")


@pytest.mark.parametrize(
    "place", [IRF, f"data/gps/{IRF}", "data/cta/1dc/bcf/South/irf_file.fits.gz"]
)
def test_caldb_and_irf_lead_to_the_calibration_file(tmp_path: Path, place: str) -> None:
    ff.write(tmp_path, place, ff.aeff(), ff.edisp())
    own = (ff.events({"CALDB": "1dc", "IRF": "South"}), ff.gti())
    report = read(tmp_path, None, None, *own)
    assert ff.notes(report, "responses") == [f"aeff, edisp taken from {place}"]


def test_caldb_and_irf_of_the_obs_index_lead_there_too(tmp_path: Path) -> None:
    ff.write(tmp_path, IRF, ff.aeff())
    row = {"OBS_ID": 4711, "CALDB": "1dc", "IRF": "South"}
    assert ff.notes(read(tmp_path, None, row), "responses") == [f"aeff taken from {IRF}"]


@pytest.mark.parametrize("irf", ["North", "../South", "*"])
def test_calibration_file_that_is_not_there_is_noted(tmp_path: Path, irf: str) -> None:
    ff.write(tmp_path, IRF, ff.aeff())
    own = (ff.events({"CALDB": "1dc", "IRF": irf}), ff.gti())
    report = read(tmp_path, None, None, *own)
    assert "none in the file, and none found elsewhere" in ff.notes(report, "responses")


def test_shared_file_is_parsed_again_only_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ff.write(tmp_path, IRF, ff.aeff(), ff.edisp())
    first = shared_file(tmp_path, IRF)
    assert shared_file(tmp_path, IRF) is first
    chosen = {part.kind: part for part in first.parts}
    assert first.responses(chosen) is first.responses(chosen)
    ff.write(tmp_path, IRF, ff.aeff())
    os.utime(tmp_path / IRF, ns=(1, 1))
    assert len(shared_file(tmp_path, IRF).parts) == 1


def test_another_lookup_can_be_given(tmp_path: Path) -> None:
    asked: list[str] = []

    def lookup(root: Path, path: str) -> SharedFile:
        asked.append(path)
        raise DL3Error(path, "is on tape")

    report = read(tmp_path, {"aeff": (IRF, "AEFF")}, responses=lookup)
    assert asked == [IRF]
    assert "is on tape" in ff.notes(report, "responses")[0]
    assert sharing.shared_file is not lookup


def test_a_link_that_leads_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "irf").mkdir(parents=True)
    ff.write(tmp_path, "outside.fits", ff.aeff())
    (root / "irf" / "aeff.fits").symlink_to(tmp_path / "outside.fits")
    with pytest.raises(DL3Error, match="a link that leads out of the data root"):
        shared_file(root, "irf/aeff.fits")

"""The known faults of real collections are found, one by one."""

from __future__ import annotations

import csv
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from iact.check.findings import Finding
from iact.check.run import Summary, check_paths

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real DL3 files are not here"),
]

HESS, CTA, CALDB = "hess-dl3-dr1", "cta-1dc", "cta-caldb"
MAGIC, JOINT, HAWC, TESTS = "magic", "joint-crab", "hawc", "tests"
RUN, IRF = "*/gps_baseline_*.fits", "*/irf_file.fits"
FIRST = "*/gps_baseline_110380.fits"
TEXTS = "*/gps_baseline_111630.fits"

#: Collection, file, severity, HDU, keyword or column, and a part of what is said.
FAULTS = [
    (HESS, "*_023523.fits.gz", "warning", "EVENTS", "OBS_MODE", "'WOBBLE'"),
    (HESS, "*_020136.fits.gz", "warning", "EVENTS", "OBJECT", "'MSH15-52'"),
    (HESS, "*", "warning", "EVENTS", "OBJECT", "'custom'"),
    (HESS, "*", "warning", "EVENTS", "TIME", "before the first or after the last GTI"),
    (HESS, "*", "note", "EVENTS", "RADECSYS", "RADECSYS alone"),
    (HESS, "*_023523.fits.gz", "note", "EVENTS", "DATE-OBS", "'2004-12-04'"),
    (HESS, "*_023523.fits.gz", "note", "EVENTS", "TIMEREF", "'local'"),
    (HESS, "*_023523.fits.gz", "note", "EVENTS", "TELAPSE", "0 s"),
    (HESS, "*/obs-index.fits.gz", "note", "OBS_INDEX", "GEOLON", "'16.5002222222222'"),
    (HESS, "*/original-index/hdu-index.fits.gz", "warning", "HDU_INDEX", "FILE_NAME", "absent"),
    (HESS, "*/original-index/obs-index.fits.gz", "warning", "OBS_INDEX", "OBS_ID", "72 without"),
    (HESS, "*/hess-dl3-dr1/hdu-index.fits.gz", "warning", "HDU_INDEX", "SIZE", "bytes, not"),
    *(
        (CTA, RUN, "warning", "EVENTS", keyword, "is missing")
        for keyword in ("HDUCLASS", "HDUCLAS1", "INSTRUME", "ORIGIN")
    ),
    (CTA, RUN, "warning", "GTI", "HDUCLASS", "is missing"),
    (CTA, RUN, "warning", "GTI", "START", "column has no unit"),
    (CTA, RUN, "warning", "GTI", "STOP", "column has no unit"),
    (CTA, TEXTS, "warning", "EVENTS", "OBS_ID", "'111630'"),
    (CTA, RUN, "warning", "EVENTS", "RA_OBJ", "placeholder"),
    (CTA, RUN, "warning", "EVENTS", "ALT_PNT", "altitude 90, azimuth 0 is a placeholder"),
    (CTA, RUN, "warning", "EVENTS", "OBS_MODE", "not stated"),
    (CTA, FIRST, "note", "EVENTS", "DATE_OBS", "DATE_OBS"),
    (CTA, FIRST, "warning", "EVENTS", "DATE_OBS", "before TSTART: it is in UTC"),
    (CTA, TEXTS, "warning", "EVENTS", "DATE-OBS", "69.0 s before TSTART: it is in UTC"),
    (CTA, FIRST, "warning", "EVENTS", "TELLIST", "'Baseline' is no list"),
    (CTA, TEXTS, "warning", "EVENTS", "TELLIST", "'string' is no list"),
    (CTA, TEXTS, "note", "EVENTS", "OBSERVER", "'string', a placeholder"),
    (CTA, FIRST, "warning", "EVENTS", "GEOLON", "below the horizon"),
    (CTA, TEXTS, "warning", "EVENTS", "GEOLON", "placeholders"),
    (CTA, FIRST, "warning", "EVENTS", "ALTITUDE", "2.15 is a height in km"),
    (CTA, FIRST, "warning", "EVENTS", "TSTOP", "header is 8.0 s earlier"),
    (CTA, FIRST, "note", "EVENTS", "RA", "-98.05"),
    (CTA, RUN, "note", "EVENTS", "TIME", "earlier than the one before"),
    (CTA, RUN, "note", "EVENTS", "EVENT_ID", "format 1J"),
    (CTA, IRF, "note", "EFFECTIVE AREA", "HDUCLASS", "'OGIP'"),
    (CTA, IRF, "warning", "EFFECTIVE AREA", "HDUCLAS4", "'2D'"),
    (CTA, IRF, "warning", "POINT SPREAD FUNCTION", "HDUCLAS4", "'3GAUSS'"),
    (CTA, IRF, "warning", "BACKGROUND", "HDUCLAS4", "'3D'"),
    (CTA, IRF, "warning", "ENERGY DISPERSION", "ENERG_LO", "is called ETRUE_LO"),
    (CTA, IRF, "warning", "BACKGROUND", "BKG", "is called BGD"),
    (CTA, IRF, "warning", "BACKGROUND", "BGD", "'1/s/MeV/sr'"),
    (CTA, "*/hdu-index.fits.gz", "note", "HDU_INDEX", "FILE_DIR", "'../../data/baseline/gps'"),
    (CALDB, "*North*", "note", "POINT SPREAD FUNCTION", "HDUCLAS2", "'PSF'"),
    (CALDB, "*South*", "note", "EFFECTIVE AREA", "EFFAREA", "'m**2'"),
    (CALDB, "*South*", "note", "POINT SPREAD FUNCTION", "SCALE", "'sr^(-1)'"),
    (MAGIC, "*_05029747_*", "warning", "EVENTS", "OBJECT", "'CrabNebula'"),
    (MAGIC, "*_05029747_*", "warning", "", "", "no HI_THRES"),
    (MAGIC, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "TSTART", "format 1E"),
    (MAGIC, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "TSTART", "5029748 is 11.8 s off"),
    (MAGIC, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "TSTOP", "5029747 is 8.5 s off"),
    (MAGIC, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "MJDREFI", "is missing"),
    (MAGIC, "*/hdu-index.fits.gz", "warning", "OBS_INDEX", "HDUCLAS2", "'OBS'"),
    (JOINT, "*_DL3.fits", "note", "EVENTS", "RA", "440.685 to 446.039"),
    (JOINT, "*_DL3.fits", "note", "EVENTS", "TIMESYS", "'utc'"),
    (JOINT, "*_DL3.fits", "warning", "EVENTS", "TELLIST", "stands twice"),
    (JOINT, "*_DL3.fits", "warning", "EVENTS", "EQUINOX", "'' is no equinox"),
    (JOINT, "*_DL3.fits", "warning", "EVENTS", "OBS_MODE", "not stated"),
    (JOINT, "*_DL3.fits", "warning", "EVENTS", "ALT_PNT", "of the obs-index taken"),
    (JOINT, "*_DL3.fits", "warning", "EVENTS", "EVENT_ID", "the number of another one"),
    (JOINT, "*/hdu-index.fits.gz", "warning", "HDU_INDEX", "FILE_NAME", "run_05029747_DL3.fits"),
    (JOINT, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "OBS_ID", "5029747"),
    (JOINT, "*/obs-index.fits.gz", "warning", "OBS_INDEX", "TSTART", "5029748 is"),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "OBS_ID", "'chunks 103 - 133'"),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "ORIGIN", "is missing"),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "ALT_PNT", "altitude 0, azimuth 0"),
    (HAWC, "*/EventList_*", "note", "EVENTS", "HDUVERS", "'dev1bf00373'"),
    (HAWC, "*/EventList_*", "note", "EVENTS", "EV_CLASS", ""),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "RA", "ra and RA are one name"),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "DEC", "dec and DEC are one name"),
    (HAWC, "*/EventList_*", "warning", "EVENTS", "EVENT_ID", "the number of another one"),
    (HAWC, "*/EventList_*", "warning", "GTI", "HDUCLASS", "is missing"),
    (HAWC, "*/EventList_*", "warning", "GTI", "START", "column has no unit"),
    *(
        (HAWC, "*-GP-Crab.fits.gz", "warning", f"HDU {number}", "FILE_NAME", f"fHitbin{number}GP")
        for number in range(1, 5)
    ),
    (HAWC, "*/hdu-index-*", "warning", "HDU 1", "HDUCLASS", "is missing"),
    (HAWC, "*/PSFMap_*", "note", "PSF", "", "an image"),
    (HAWC, "*/TransitsMap_*", "warning", "", "", "nothing that ingestion knows"),
    (TESTS, "*/DummyEvents.fits.gz", "error", "EVENTS", "TIME", "column is missing"),
    (TESTS, "*/DummyEvents.fits.gz", "warning", "EVENTS", "GEOLON", "'-67d40m35.37387601s'"),
    (TESTS, "*/DummyEvents.fits.gz", "warning", "EVENTS", "ALTITUDE", "m'"),
    (TESTS, "*/DummyEvents.fits.gz", "warning", "EVENTS", "OBS_ID", "is missing"),
    (TESTS, "*/swgo/obs-index.fits.gz", "warning", "HDU 1", "MJDREFI", "is missing"),
    (TESTS, "*/swgo/hdu-index.fits.gz", "note", "HDU 1", "HDU_CLASS", "'psf_map'"),
    (TESTS, "*-event-list.fits.gz", "error", "EVENTS", "NAXIS2", "no rows"),
    (TESTS, "*-event-bundle.fits.gz", "note", "", "", "ends in .gz"),
]  # fmt: skip


@cache
def findings(collection: str) -> list[Finding]:
    return list(check_paths([DATA / collection], Summary()))


@pytest.mark.parametrize("fault", FAULTS, ids=" ".join)
def test_a_known_fault_is_found(fault: tuple[str, str, str, str, str, str]) -> None:
    collection, files, *where, said = fault
    if not (DATA / collection).is_dir():
        pytest.skip(f"{collection} is not here")
    assert [
        found
        for found in findings(collection)
        if fnmatchcase(found.file, files)
        and [found.severity, found.hdu, found.keyword] == where
        and said in found.found
    ]


@pytest.mark.parametrize("collection", [HESS, CTA, CALDB, MAGIC, JOINT, HAWC])
def test_what_ingestion_takes_has_no_errors(collection: str) -> None:
    if not (DATA / collection).is_dir():
        pytest.skip(f"{collection} is not here")
    assert [found for found in findings(collection) if found.severity == "error"] == []


def test_errors_are_the_files_that_ingestion_is_expected_to_quarantine() -> None:
    with (DATA / "expected-ingest.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    # A run that is in already is refused by the archive, not by what the file says.
    refused = {
        row["path"]
        for row in rows
        if row["class"] == "quarantined" and "other bytes" not in row["note"]
    }
    found = {one.file for one in check_paths([DATA], Summary()) if one.severity == "error"}
    assert found == {str(DATA / path) for path in refused} != set()


@pytest.mark.parametrize("collection", [HESS, CTA, MAGIC, JOINT, HAWC, TESTS])
def test_nothing_is_said_twice(collection: str) -> None:
    if not (DATA / collection).is_dir():
        pytest.skip(f"{collection} is not here")
    found = findings(collection)
    assert len(found) == len(set(found))
    places = [(one.file, one.hdu, one.keyword, one.found) for one in found]
    assert len(places) == len(set(places))


def test_longitudes_of_hess_and_magic_are_right() -> None:
    for collection in (HESS, MAGIC, JOINT):
        if (DATA / collection).is_dir():
            assert not [one for one in findings(collection) if one.rule.startswith("site.")]

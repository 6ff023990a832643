"""From a query to a spectrum by links, as gammapy does it: for everybody, and for members."""

import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.table import Table
from gammapy.data import DataStore, HDUIndexTable, ObservationTable

from service.people import GROUP
from service.spectra import expected_counts, spectrum_counts

COLLECTION = "HESS-DL3-DR1"
#: The columns that gammapy wants of an observation (its make_data_store_from_query_result).
QUERY = """
    SELECT o.obs_id, o.target_name AS object, c.obs_mode, c.ra_pnt, c.dec_pnt, c.alt_pnt,
      c.az_pnt, v.deadc, v.ontime, v.livetime,
      (v.t_start - 51910.0007428703703703) * 86400 AS tstart,
      (v.t_stop - 51910.0007428703703703) * 86400 AS tstop, o.access_url, o.access_format
    FROM cta.vo_obscore AS o
    JOIN cta.observation AS v ON v.obs_publisher_did = o.obs_publisher_did
    JOIN cta.obs_config AS c ON c.obs_collection = v.obs_collection AND c.obs_id = v.obs_id
      AND c.event_type = v.event_type
    WHERE o.obs_collection = 'HESS-DL3-DR1' AND o.obs_id IN ({})
"""
PRODUCTS = {
    ("#this", "event-list"), ("#calibration", "aeff"), ("#calibration", "edisp"),
    ("#calibration", "psf"), ("#calibration", "bkgrate"),
}  # fmt: skip
HDU_TYPES = {
    "EFF_AREA": "aeff", "EDISP": "edisp", "PSF": "psf", "RPSF": "psf", "BKG": "bkg",
}  # fmt: skip


@pytest.fixture(scope="module")
def crab(real_data):
    reference = json.loads((real_data / "reference.json").read_text(encoding="utf-8"))
    return reference["hess"]["gammapy"]["crab_1d"]


@pytest.fixture
def protected(archive, crab):
    """The runs are for the group of the member only."""
    columns = "data_rights, obs_release_date, rights_group"
    before = archive.sql(
        f"SELECT {columns}, obs_publisher_did FROM cta.obscore_row"
        " WHERE obs_collection = %s AND obs_id = ANY(%s)",
        (COLLECTION, list(crab["per_obs"])),
    )
    change = f"UPDATE cta.obscore_row SET ({columns}) = (%s, %s, %s) WHERE obs_publisher_did = %s"
    for *_, did in before:
        archive.sql(change, ("proprietary", None, GROUP, did))
    yield
    for row in before:
        archive.sql(change, row)


def downloaded(rows, folder):
    """Fetch what the links of rows lead to, bare; return each run's files."""
    files = {}
    for row in rows:
        found = {
            (str(link.semantics), str(link["content_qualifier"])): str(link.access_url)
            for link in row.getdatalink()
        }
        assert set(found) >= PRODUCTS
        for product in PRODUCTS:
            # Names end as gammapy wants them, whatever stands behind the path.
            name = urlsplit(found[product]).path.rpartition("/")[2]
            assert name.endswith((".fits", ".fits.gz"))
            target = folder / f"{row['obs_id']}-{product[1]}-{name}"
            with requests.get(found[product], stream=True, timeout=60) as answer:
                assert answer.status_code == 200, answer.text
                with target.open("wb") as stream:
                    shutil.copyfileobj(answer.raw, stream)
            files.setdefault(str(row["obs_id"]), []).append(target)
    return files


def store_of(rows, files):
    """Make the tables of a data store of rows and files, by what the HDUs say."""
    hdus = []
    for run, paths in files.items():
        for path in paths:
            with fits.open(path) as opened:
                for hdu in opened[1:]:
                    kind = HDU_TYPES.get(hdu.header.get("HDUCLAS2"), hdu.name.lower())
                    name = hdu.header.get("HDUCLAS4", kind).lower()
                    hdus.append((int(run), kind, name, str(path.parent), path.name, hdu.name))
    names = ("OBS_ID", "HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME")
    observations = Table(
        {name.upper(): rows[name] for name in rows.fieldnames if "acc" not in name}
    )
    observations["OBS_ID"] = [int(row["obs_id"]) for row in rows]
    observations.meta.update(MJDREFI=51910, MJDREFF=7.428703703703703e-4, TIMESYS="TT")
    return DataStore(
        HDUIndexTable(rows=hdus, names=names, meta={"BASE_DIR": ""}),
        ObservationTable(observations),
    )


@pytest.mark.realdata
@pytest.mark.parametrize("is_protected", [False, True])
def test_files_that_links_lead_to_give_the_spectrum(
    archive, crab, member, tmp_path, request, is_protected
):
    session = requests.Session()
    if is_protected:
        request.getfixturevalue("protected")
        session.auth = member.auth
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    runs = ", ".join(f"'{run}'" for run in crab["per_obs"])
    rows = tap.search(QUERY.format(runs))
    assert len(rows) == len(crab["per_obs"])
    files = downloaded(rows, Path(tmp_path))
    assert spectrum_counts(store_of(rows, files), crab) == expected_counts(crab)


@pytest.mark.realdata
def test_who_is_no_member_gets_none_of_the_files(archive, crab, protected):
    runs = ", ".join(f"'{run}'" for run in crab["per_obs"])
    for row in archive.tap.search(QUERY.format(runs)):
        for link in row.getdatalink():
            if (str(link.semantics), str(link["content_qualifier"])) in PRODUCTS:
                assert requests.get(str(link.access_url), timeout=60).status_code == 401

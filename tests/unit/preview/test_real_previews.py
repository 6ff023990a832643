"""Pictures of real files: what is counted is what plain astropy finds in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from iact.preview import figures, skymap
from iact.preview.eventlist import read_events
from iact.preview.subject import Subject
from unit.preview.pictures import size

DATA = Path(__file__).parents[4] / "shared" / "data"
FILES = {
    "hess": "hess-dl3-dr1/data/hess_dl3_dr1_obs_id_023523.fits.gz",
    "magic": "magic/rad_max/data/20131004_05029747_DL3_CrabNebula-W0.40+035.fits",
    "magic with a turn more": "joint-crab/dl3/magic/run_05029748_DL3.fits",
    "cta": "cta-1dc/data/baseline/gps/gps_baseline_110380.fits",
    "hawc": "hawc/crab_events_pass4/events/EventList_Crab_fHitbin8GP.fits.gz",
}
CRAB = (83.633, 22.014)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real DL3 files are not here"),
]


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_every_dialect_has_its_pictures(path: str) -> None:
    found = read_events(DATA, path)
    with fits.open(DATA / path) as hdus:
        plain, header = hdus["EVENTS"].data, hdus["EVENTS"].header
        assert found.total == len(found.ra) == len(plain)
        assert found.energy == pytest.approx(np.asarray(plain["ENERGY"], float))
        pointing = (header["RA_PNT"], header["DEC_PNT"]) if "RA_PNT" in header else None
    subject = Subject("C", "1", "", "Crab", pointing)
    assert size(figures.counts_map(found, subject)) == (800, 700)
    assert size(figures.energy_spectrum(found, subject)) == (800, 600)
    assert size(figures.thumbnail(found, subject)) == (160, 160)


@pytest.mark.parametrize("telescope", ["hess", "magic", "magic with a turn more", "hawc"])
def test_the_crab_nebula_is_where_it_is(telescope: str) -> None:
    found = skymap.sky_map(read_events(DATA, FILES[telescope]), None)
    row, column = np.unravel_index(found.counts.argmax(), found.counts.shape)
    ra, dec = found.wcs.wcs_pix2world(column, row, 0)
    away = np.hypot((ra - CRAB[0]) * np.cos(np.radians(dec)), dec - CRAB[1])
    assert away < 1.5 * found.width

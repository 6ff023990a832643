"""Indexes that lie or are broken: the files themselves are believed."""

import os

import pytest
from astropy.io import fits

from service.badfiles import packed
from service.ingestion import assert_settled, reasons
from service.simulatedruns import simulated, write_bytes, write_indexes
from unit.dl3 import fitsfiles as ff


def test_indexes_that_name_what_is_not_there_or_outside_are_not_followed(ingestion):
    ingestion.write("a.fits.gz", 900001)
    places = [
        ("absent.fits", ""), ("passwd", "../../../../../../etc"), ("/etc/passwd", ""),
        ("a.fits.gz", "/"), ("pipe.fits", ""), ("out.fits", ""),
    ]  # fmt: skip
    os.mkfifo(ingestion.root / "pipe.fits")
    (ingestion.root / "out.fits").symlink_to(write_bytes(ingestion.root.parent / "x", packed()))
    kinds = ("aeff", "edisp", "psf", "bkg", "gti", "rad_max")
    rows = [{"OBS_ID": 900001, "HDU_TYPE": "events", "FILE_DIR": "", "FILE_NAME": "a.fits.gz",
             "HDU_NAME": "EVENTS"}]  # fmt: skip
    for kind, (name, folder) in zip(kinds, places, strict=True):
        rows.append({"OBS_ID": 900001, "HDU_TYPE": kind, "FILE_DIR": folder, "FILE_NAME": name,
                     "HDU_NAME": kind.upper()})  # fmt: skip
    ff.write(ingestion.root, "hdu-index.fits", ff.index("HDU_INDEX", rows))
    assert ingestion.run().counts == {"observation": 1, "index": 1, "quarantined": 2}
    products = ingestion.sql("SELECT DISTINCT path FROM cta.product WHERE obs_id = '900001'")
    assert products == [("a.fits.gz",)]
    assert_settled(ingestion)


@pytest.mark.parametrize("damage", ["cut", "no FITS", "no columns", "no rows with a name"])
def test_an_index_that_is_broken_is_quarantined_and_the_files_go_in(ingestion, damage):
    files = [simulated(900001), simulated(900003)]
    for item in files:
        write_bytes(ingestion.root / item.folder / item.name, item.content)
    write_indexes(ingestion.root, files)
    path = ingestion.root / "obs-index.fits.gz"
    named = ff.index("OBS_INDEX", [{"OBS_ID": "", "RA_PNT": 1.0}])
    write_bytes(
        path,
        {
            "cut": path.read_bytes()[:-50],
            "no FITS": b"OBS_ID,RA\n1,2\n",
            "no columns": ff.content(ff.index("OBS_INDEX", [{"NUMBER": 900001}])),
            "no rows with a name": ff.content(named),
        }[damage],
    )
    assert ingestion.run().counts == {"observation": 2, "index": 1, "quarantined": 1}
    assert set(reasons(ingestion)) == {"obs-index.fits.gz"}
    assert_settled(ingestion)


def test_an_index_with_several_rows_for_a_run_is_noted(ingestion):
    item = simulated(900001)
    write_bytes(ingestion.root / item.folder / item.name, item.content)
    write_indexes(ingestion.root, [item])
    with fits.open(ingestion.root / "obs-index.fits.gz") as hdus:
        first = {name: hdus[1].data[name][0] for name in hdus[1].columns.names}
    plain = {
        name: value.item() if hasattr(value, "item") else str(value)
        for name, value in first.items()
    }
    rows = [plain, {**plain, "OBJECT": "Another"}]
    write_bytes(ingestion.root / "obs-index.fits.gz", ff.content(ff.index("OBS_INDEX", rows)))
    assert ingestion.run().counts == {"observation": 1, "index": 2}
    statements = ingestion.sql(
        "SELECT statement FROM cta.assumption WHERE obs_id = '900001' AND topic = 'index'"
    )
    assert ("the obs-index has several rows for 900001; the first was taken",) in statements
    assert_settled(ingestion)

"""Directions and energies for pictures, from files in any dialect."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import FK5, SkyCoord

from iact.errors import DL3Error
from iact.preview.eventlist import EventList, read_events
from unit.dl3 import fitsfiles as ff

ROWS = 4


def written(folder: Path, cards: ff.Cards | None = None, **columns: Any) -> str:
    return ff.write(folder, "run.fits", ff.events(cards, rows=ROWS, **columns), ff.gti())


def test_a_file_without_events_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DL3Error, match="no event list"):
        read_events(tmp_path, ff.write(tmp_path, "irf.fits", ff.aeff()))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DL3Error, match=r"run\.fits.*No such file"):
        read_events(tmp_path, "run.fits")


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / written(tmp_path)
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(DL3Error, match="cut short"):
        read_events(tmp_path, "run.fits")


def test_a_file_with_another_checksum_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    digest = hashlib.sha256((tmp_path / path).read_bytes()).hexdigest()
    assert read_events(tmp_path, path, digest).total == ROWS
    with pytest.raises(DL3Error, match="changed since it was ingested"):
        read_events(tmp_path, path, "0" * 64)


def test_events_without_direction_or_energy_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        RA=np.array([83.0, np.nan, 84.0, 1e9]),
        ENERGY=np.array([0.0, -1.0, np.nan, 2.0]),
    )
    found = read_events(tmp_path, path)
    assert found.ra.tolist() == pytest.approx([83.0, 84.0], abs=1e-4)
    assert found.energy.tolist() == pytest.approx([2.0])
    assert found.total == ROWS


def test_a_list_in_which_no_event_has_an_energy_is_read(tmp_path: Path) -> None:
    found = read_events(tmp_path, written(tmp_path, ENERGY=np.zeros(ROWS)))
    assert (len(found.energy), len(found.ra)) == (0, ROWS)


def test_other_units_are_converted(tmp_path: Path) -> None:
    columns = {"ENERGY": np.full(ROWS, 500.0), "DEC": np.full(ROWS, 0.4)}
    hdu = ff.altered(ff.events(rows=ROWS, **columns), "ENERGY", unit="GeV")
    hdu = ff.altered(hdu, "DEC", unit="rad")
    path = ff.write(tmp_path, "run.fits", hdu, ff.gti())
    found = read_events(tmp_path, path)
    assert found.energy == pytest.approx(0.5)
    assert found.dec == pytest.approx(np.degrees(0.4))


def test_right_ascensions_beyond_a_turn_are_brought_back(tmp_path: Path) -> None:
    path = written(tmp_path, RA=np.array([440.0, -10.0, 0.0, 359.0]))
    assert read_events(tmp_path, path).ra == pytest.approx([80.0, 350.0, 0.0, 359.0], abs=1e-4)


def test_directions_of_an_old_equinox_become_icrs(tmp_path: Path) -> None:
    dec = np.full(ROWS, 22.0)
    path = written(tmp_path, {"RADESYS": "FK5", "EQUINOX": 1950.0}, DEC=dec)
    found = read_events(tmp_path, path)
    plain = read_events(tmp_path, written(tmp_path, {"RADESYS": "ICRS"}, DEC=dec))
    expected = SkyCoord(plain.ra, plain.dec, unit="deg", frame=FK5(equinox="J1950")).icrs
    assert np.all(found.ra != plain.ra)
    assert found.ra == pytest.approx(expected.ra.deg)
    assert found.dec == pytest.approx(expected.dec.deg)


def test_compressed_files_are_read_too(tmp_path: Path) -> None:
    path = ff.write(tmp_path, "run.fits.gz", ff.events(rows=ROWS), ff.gti(), compress=True)
    assert isinstance(read_events(tmp_path, path), EventList)

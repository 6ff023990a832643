"""What mocpy says of the sky MOC of any fields."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from iact.archive.smoc import EXCESS_DEG, ORDER, as_fits, as_json, covering

pytest.importorskip("hypothesis")
pytest.importorskip("mocpy")

import mocpy
from astropy import units
from astropy.coordinates import SkyCoord, angular_separation
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

FIELDS = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 360), st.sampled_from([0.0, 45.0, 90.0, 360.0])),
        st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 0.0, 41.8103148958, 90.0])),
        st.one_of(st.floats(0.001, 6), st.floats(6, 120)),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(FIELDS)
def test_every_field_is_within_and_nothing_far_from_all(fields):
    ra, dec, radius = np.array(fields).T
    moc = mocpy.MOC.from_string(as_json(covering(ra, dec, radius)).decode(), format="json")
    for one, two, size in fields:
        angles = np.linspace(0, 360, 361) * units.deg
        for share in (0.5, 0.999999):
            rim = SkyCoord(one * units.deg, two * units.deg).directional_offset_by(
                angles, share * size * units.deg
            )
            assert moc.contains_lonlat(rim.ra, rim.dec).all()
        assert moc.contains_lonlat([one] * units.deg, [two] * units.deg).all()
    rng = np.random.default_rng(len(fields))
    z, longitude = rng.uniform(-1, 1, 4000), rng.uniform(0, 2 * np.pi, 4000)
    latitude = np.arcsin(z)
    away = np.degrees(
        angular_separation(
            longitude, latitude, np.radians(ra)[:, np.newaxis], np.radians(dec)[:, np.newaxis]
        )
    )
    far = (away > radius[:, np.newaxis] + EXCESS_DEG).all(axis=0)
    inside = moc.contains_lonlat(longitude * units.rad, latitude * units.rad)
    assert not inside[far].any()


@settings(deadline=None, max_examples=30)
@given(FIELDS)
def test_the_forms_say_the_same_and_are_canonical(fields):
    ra, dec, radius = np.array(fields).T
    cells = covering(ra, dec, radius)
    moc = mocpy.MOC.from_string(as_json(cells).decode(), format="json")
    table = Table.read(io.BytesIO(as_fits(cells, "x")), hdu=1)
    assert table["UNIQ"].dtype.itemsize == 4
    written = {int(order): found for order, found in moc.serialize("json").items() if found}
    assert written == {order: found for order, found in cells.items() if found}
    assert moc.max_order == ORDER


def test_mocpy_reads_the_file(tmp_path):
    cells = covering(np.array([83.63, 266.4]), np.array([22.01, -29.0]), np.array([2.5, 1.0]))
    path = tmp_path / "moc.fits"
    path.write_bytes(as_fits(cells, "two fields"))
    moc = mocpy.MOC.from_fits(path)
    assert moc.max_order == ORDER
    assert moc == mocpy.MOC.from_string(as_json(cells).decode(), format="json")
    assert json.loads(as_json(cells)) == {str(order): cells[order] for order in sorted(cells)}

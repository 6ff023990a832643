"""What holds for every input: regions enclose, damaged files never raise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iact.dl3.frames import circumscribed_polygon
from iact.dl3.observation import FILE_KINDS
from unit.dl3 import fitsfiles as ff

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@given(
    ra=st.floats(0, 360, exclude_max=True),
    dec=st.floats(-90, 90),
    radius=st.floats(0.01, 80),
    vertices=st.integers(3, 24),
)
def test_middles_of_edges_touch_the_circle(
    ra: float, dec: float, radius: float, vertices: int
) -> None:
    polygon = circumscribed_polygon(ra, dec, radius, vertices)
    assert polygon.shape == (vertices, 2)
    angles = np.radians(polygon)
    xyz = np.column_stack(
        [
            np.cos(angles[:, 1]) * np.cos(angles[:, 0]),
            np.cos(angles[:, 1]) * np.sin(angles[:, 0]),
            np.sin(angles[:, 1]),
        ]
    )
    middle = xyz + np.roll(xyz, -1, axis=0)
    middle /= np.linalg.norm(middle, axis=1)[:, np.newaxis]
    centre = np.radians([ra, dec])
    towards = [
        np.cos(centre[1]) * np.cos(centre[0]),
        np.cos(centre[1]) * np.sin(centre[0]),
        np.sin(centre[1]),
    ]
    distance = np.degrees(np.arccos(np.clip(middle @ np.array(towards), -1, 1)))
    assert np.allclose(distance, radius, atol=1e-5)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_bytes_never_raise(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(ff.content(ff.events(rows=5), ff.gti(), ff.aeff()))
    for _ in range(data.draw(st.integers(1, 12))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    report = ff.read(tmp_path, ff.write_bytes(tmp_path, "run.fits", bytes(raw)))
    assert report.kind in FILE_KINDS
    assert (report.kind == "quarantined") == bool(report.reason)

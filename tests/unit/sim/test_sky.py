import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, Angle, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

from iact.sim import sky
from iact.sim.plan import RUNS

CENTRES = [(83.63308, 22.0145), (329.7, -30.2), (0.1, 0.0), (10.0, 89.5)]


@pytest.mark.parametrize("centre", CENTRES)
def test_offsets_have_the_distance_and_angle_astropy_gives(centre):
    radius, angle = np.array([0.0, 0.01, 0.5, 2.9]), np.array([0.0, 10.0, 90.0, 290.0])
    ra, dec = sky.field_to_sky(*sky.polar_to_field(radius, angle), *centre)
    origin = SkyCoord(*centre, unit="deg")
    expected = origin.directional_offset_by(angle * u.deg, radius * u.deg)
    there = SkyCoord(ra, dec, unit="deg")
    assert np.all(expected.separation(there) < Angle("0.001s"))


@pytest.mark.parametrize("centre", CENTRES)
def test_sky_and_field_are_inverse_to_each_other(centre):
    lon, lat = np.array([0.3, -2.0, 0.0]), np.array([-0.2, 1.0, 0.7])
    back = sky.sky_to_field(*sky.field_to_sky(lon, lat, *centre), *centre)
    np.testing.assert_allclose(back, (lon, lat), atol=1e-10)


def test_right_ascension_stays_in_the_circle():
    ra, _ = sky.field_to_sky(np.array([-1.0, 1.0]), np.zeros(2), 0.2, 0.0)
    np.testing.assert_allclose(ra, [359.2, 1.2])


def test_separation_is_the_distance_from_the_centre():
    lon, lat = sky.polar_to_field(np.array([0.0, 1.0, 60.0]), 33.0)
    np.testing.assert_allclose(sky.separation(lon, lat), [0, 1, 60], atol=1e-10)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("run", RUNS[::5], ids=lambda run: str(run.obs_id))
def test_altitude_and_azimuth_are_those_of_astropy(run):
    site = run.site
    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
        # The tables of a stable Debian are old; their predictions are good to a second.
        iers.conf.set_temp("auto_max_age", None),
    ):
        frame = AltAz(
            obstime=Time(run.start_utc, scale="utc") + run.duration / 2 * u.s,
            location=EarthLocation.from_geodetic(site.lon, site.lat, site.height),
        )
        expected = SkyCoord(*run.pointing, unit="deg").transform_to(frame)
    altitude, azimuth = run.alt_az
    there = SkyCoord(azimuth, altitude, unit="deg")
    assert there.separation(SkyCoord(expected.az, expected.alt)).deg < 0.01

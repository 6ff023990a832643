"""Headers and tables as GADF 0.3 demands them."""

import hashlib

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits

from iact.sim import truth
from iact.sim.plan import RUNS

HDUDOC = "https://github.com/open-gamma-ray-astro/gamma-astro-data-formats"
TIME_KEYS = {
    "MJDREFI": int, "MJDREFF": float, "TIMEUNIT": str, "TIMESYS": str, "TIMEREF": str,
}  # fmt: skip
PLACE_KEYS = {"GEOLON": float, "GEOLAT": float, "ALTITUDE": float}
#: GADF 0.3, "EVENTS", mandatory header keywords.
EVENTS_KEYS = {
    "HDUCLASS": str, "HDUDOC": str, "HDUVERS": str, "HDUCLAS1": str, "OBS_ID": int,
    "TSTART": float, "TSTOP": float, "ONTIME": float, "LIVETIME": float, "DEADC": float,
    "OBS_MODE": str, "RA_PNT": float, "DEC_PNT": float, "ALT_PNT": float, "AZ_PNT": float,
    "EQUINOX": float, "RADECSYS": str, "ORIGIN": str, "TELESCOP": str, "INSTRUME": str,
    "CREATOR": str, **TIME_KEYS, **PLACE_KEYS,
}  # fmt: skip
#: The optional ones that the files have.
MORE_EVENTS_KEYS = {
    "OBSERVER": str, "CREATED": str, "OBJECT": str, "EV_CLASS": str, "TELAPSE": float,
    "HDUCLAS2": str, "TELLIST": str, "N_TELS": int, "DST_VER": str, "ANA_VER": str,
    "CAL_VER": str, "CONV_DEP": float, "DATE-OBS": str, "DATE-BEG": str, "DATE-AVG": str,
    "DATE-END": str, "FOVALIGN": str, "RADESYS": str,
}  # fmt: skip
EVENTS_COLUMNS = {
    "EVENT_ID": ("K", None), "TIME": ("D", "s"), "RA": ("E", "deg"), "DEC": ("E", "deg"),
    "ENERGY": ("E", "TeV"), "DETX": ("E", "deg"), "DETY": ("E", "deg"),
}  # fmt: skip
#: HDUCLAS1-4, axes and data columns with their units.
AXES = {
    "ENERG": "TeV", "THETA": "deg", "MIGRA": None, "RAD": "deg", "DETX": "deg", "DETY": "deg",
}  # fmt: skip
RATE = "s-1 MeV-1 sr-1"
RESPONSES = {
    "AEFF_2D": ("EFF_AREA", ["ENERG", "THETA"], {"EFFAREA": "m2"}),
    "EDISP_2D": ("EDISP", ["ENERG", "MIGRA", "THETA"], {"MATRIX": None}),
    "PSF_3GAUSS": (
        "RPSF",
        ["ENERG", "THETA"],
        {
            "SCALE": "sr-1", "SIGMA_1": "deg", "SIGMA_2": "deg", "SIGMA_3": "deg",
            "AMPL_2": None, "AMPL_3": None,
        },
    ),
    "PSF_TABLE": ("RPSF", ["ENERG", "THETA", "RAD"], {"RPSF": "sr-1"}),
    "BKG_2D": ("BKG", ["ENERG", "THETA"], {"BKG": RATE}),
    "BKG_3D": ("BKG", ["ENERG", "DETX", "DETY"], {"BKG": RATE}),
}  # fmt: skip
FORMATS = {
    "north": {"AEFF_2D", "EDISP_2D", "PSF_3GAUSS", "BKG_2D"},
    "south": {"AEFF_2D", "EDISP_2D", "PSF_TABLE", "BKG_3D"},
}
GADF_OBS_MODES = {"POINTING", "RASTER", "SLEW", "SCAN", "DRIFT"}

each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: str(run.obs_id))
one_run_of_a_site = pytest.mark.parametrize(
    "run", [RUNS[1], RUNS[8]], ids=lambda run: run.site.name
)


def opened(challenge, run):
    return fits.open(challenge / run.site.name / f"sim_{run.obs_id}.fits.gz")


@each_run
def test_a_file_has_events_good_times_and_four_responses(challenge, run):
    with opened(challenge, run) as hdus:
        assert [hdu.name for hdu in hdus[1:]] == ["EVENTS", "GTI", "AEFF", "EDISP", "PSF", "BKG"]
        assert {hdu.header["HDUCLAS4"] for hdu in hdus[3:]} == FORMATS[run.site.name]


@each_run
def test_files_keep_the_fits_standard(challenge, run):
    with opened(challenge, run) as hdus:
        hdus.verify("exception")


@each_run
def test_event_headers_have_all_keywords_with_their_types(challenge, run):
    with opened(challenge, run) as hdus:
        header = hdus["EVENTS"].header
        for keyword, kind in (EVENTS_KEYS | MORE_EVENTS_KEYS).items():
            assert isinstance(header[keyword], kind), keyword
        assert header["OBS_MODE"] in GADF_OBS_MODES
        assert (header["HDUCLASS"], header["HDUVERS"]) == ("GADF", "0.3")
        assert header["HDUDOC"] == HDUDOC
        assert header["HDUCLAS1"] == "EVENTS"
        assert (header["TIMEUNIT"], header["TIMESYS"]) == ("s", "TT")
        assert header["RADECSYS"] == "ICRS"


@each_run
def test_event_headers_agree_with_the_plan(challenge, run):
    with opened(challenge, run) as hdus:
        header = hdus["EVENTS"].header
        assert header["OBS_ID"] == run.obs_id
        assert header["OBJECT"] == run.object_name
        assert header["OBS_MODE"] == ("SCAN" if run.mode == "scan" else "POINTING")
        assert header.get("PROP_ID", "") == run.proposal
        assert len(header["TELLIST"].split(",")) == header["N_TELS"]
        assert header["LIVETIME"] == pytest.approx(header["DEADC"] * header["ONTIME"])
        assert header["TELAPSE"] == pytest.approx(header["TSTOP"] - header["TSTART"])


def test_wobble_runs_are_told_by_the_offset_of_their_target(challenge):
    for run in (run for run in RUNS if run.target is not None):
        with opened(challenge, run) as hdus:
            header = hdus["EVENTS"].header
            target = SkyCoord(header["RA_OBJ"], header["DEC_OBJ"], unit="deg")
            pointing = SkyCoord(header["RA_PNT"], header["DEC_PNT"], unit="deg")
            offset = 0.5 if run.mode == "wobble" else 0.0
            assert target.separation(pointing).deg == pytest.approx(offset, abs=1e-6)


@each_run
def test_event_tables_are_complete_and_in_order(challenge, run):
    with opened(challenge, run) as hdus:
        table = hdus["EVENTS"]
        for name, (form, unit) in EVENTS_COLUMNS.items():
            column = table.columns[name]
            assert (column.format, column.unit) == (form, unit)
        data = table.data
        assert 2000 <= len(data) <= 10000
        assert len(np.unique(data["EVENT_ID"])) == len(data)
        assert np.all(np.diff(data["TIME"]) >= 0)
        assert np.all(np.isfinite(data["ENERGY"]))
        assert np.all(np.hypot(data["DETX"], data["DETY"]) <= run.site.fov_radius * 1.001)


@each_run
def test_good_times_add_up_to_the_ontime_and_hold_all_events(challenge, run):
    with opened(challenge, run) as hdus:
        table, header = hdus["GTI"], hdus["EVENTS"].header
        assert [column.unit for column in table.columns] == ["s", "s"]
        assert (table.header["HDUCLASS"], table.header["HDUCLAS1"]) == ("GADF", "GTI")
        for keyword, kind in (TIME_KEYS | PLACE_KEYS).items():
            assert isinstance(table.header[keyword], kind), keyword
        start, stop = table.data["START"], table.data["STOP"]
        assert np.sum(stop - start) == pytest.approx(header["ONTIME"])
        assert (start[0], stop[-1]) == (header["TSTART"], header["TSTOP"])
        time = hdus["EVENTS"].data["TIME"][:, np.newaxis]
        assert np.all(np.any((time >= start) & (time <= stop), axis=1))


def test_field_coordinates_grow_with_falling_right_ascension(challenge):
    with opened(challenge, RUNS[0]) as hdus:
        header, data = hdus["EVENTS"].header, hdus["EVENTS"].data
        frame = SkyCoord(header["RA_PNT"], header["DEC_PNT"], unit="deg").skyoffset_frame()
        field = SkyCoord(data["RA"], data["DEC"], unit="deg").transform_to(frame)
        np.testing.assert_allclose(data["DETX"], -field.lon.wrap_at("180d").deg, atol=1e-4)
        np.testing.assert_allclose(data["DETY"], field.lat.deg, atol=1e-4)


@one_run_of_a_site
def test_responses_have_their_classes_axes_and_units(challenge, run):
    with opened(challenge, run) as hdus:
        for hdu in hdus[3:]:
            header = hdu.header
            component, axes, data = RESPONSES[header["HDUCLAS4"]]
            assert (header["HDUCLASS"], header["HDUVERS"]) == ("GADF", "0.3")
            assert header["HDUDOC"] == HDUDOC
            assert (header["HDUCLAS1"], header["HDUCLAS2"]) == ("RESPONSE", component)
            assert header["HDUCLAS3"] == "FULL-ENCLOSURE"
            for axis in axes:
                low, high = hdu.data[f"{axis}_LO"][0], hdu.data[f"{axis}_HI"][0]
                assert np.all(high > low)
                np.testing.assert_array_equal(low[1:], high[:-1])
                assert hdu.columns[f"{axis}_LO"].unit == AXES[axis]
            shape = tuple(len(hdu.data[f"{axis}_LO"][0]) for axis in reversed(axes))
            for name, unit in data.items():
                assert hdu.data[name][0].shape == shape
                assert hdu.columns[name].unit == unit
                assert np.all(np.isfinite(hdu.data[name]))


@one_run_of_a_site
def test_area_has_a_safe_energy_range_within_its_axis(challenge, run):
    with opened(challenge, run) as hdus:
        header, data = hdus["AEFF"].header, hdus["AEFF"].data[0]
        low, high = header["LO_THRES"], header["HI_THRES"]
        assert data["ENERG_LO"][0] < 0.05 < low < 0.5 < high <= data["ENERG_HI"][-1] * 1.0001


@one_run_of_a_site
def test_point_spread_functions_are_normalised(challenge, run):
    with opened(challenge, run) as hdus:
        data, header = hdus["PSF"].data[0], hdus["PSF"].header
        if header["HDUCLAS4"] == "PSF_TABLE":
            ring = np.pi * np.radians(data["RAD_HI"]) ** 2 - np.pi * np.radians(data["RAD_LO"]) ** 2
            total = np.sum(data["RPSF"] * ring[:, np.newaxis, np.newaxis], axis=0)
        else:
            # GADF 0.3, "PSF_3GAUSS": a Gaussian of height SCALE / pi holds 2 SCALE sigma**2.
            squares = [np.radians(data[f"SIGMA_{number}"]) ** 2 for number in (1, 2, 3)]
            weighted = squares[0] + data["AMPL_2"] * squares[1] + data["AMPL_3"] * squares[2]
            total = 2 * data["SCALE"] * weighted
        assert np.all((total > 0.99) & (total < 1.0001))


@one_run_of_a_site
def test_background_is_as_high_as_the_events_far_from_sources(challenge, run):
    with opened(challenge, run) as hdus:
        data, events = hdus["BKG"].data[0], hdus["EVENTS"].data
        width = 1e6 * (data["ENERG_HI"] - data["ENERG_LO"])
        # The content of a bin is that of a power law through its centre.
        width *= 1.01
        if hdus["BKG"].header["HDUCLAS4"] == "BKG_2D":
            edges = np.radians([data["THETA_LO"], data["THETA_HI"]])
            angle = np.pi * (edges[1] ** 2 - edges[0] ** 2)
            rate = np.sum(data["BKG"] * angle[:, np.newaxis] * width)
        else:
            sides = np.radians(data["DETX_HI"] - data["DETX_LO"])
            rate = np.sum(data["BKG"] * np.outer(sides, sides)[:, :, np.newaxis] * width)
        expected = rate * hdus["EVENTS"].header["ONTIME"]
        source = SkyCoord(truth.SOURCES[0].ra, truth.SOURCES[0].dec, unit="deg")
        if run.site.name == "south":
            source = SkyCoord(truth.SOURCES[1].ra, truth.SOURCES[1].dec, unit="deg")
        position = SkyCoord(events["RA"], events["DEC"], unit="deg")
        counts = np.sum(position.separation(source).deg > 0.5)
        # 3 to 7 % of the field are cut out with the source.
        assert counts == pytest.approx(0.95 * expected, rel=0.06)


def test_observation_index_has_one_row_for_each_run(challenge):
    with fits.open(challenge / "obs-index.fits.gz") as hdus:
        header, table = hdus["OBS_INDEX"].header, hdus["OBS_INDEX"].data
        assert [header[f"HDUCLAS{level}"] for level in (1, 2)] == ["INDEX", "OBS"]
        assert (header["HDUCLASS"], header["HDUVERS"]) == ("GADF", "0.3")
        assert list(table["OBS_ID"]) == [run.obs_id for run in RUNS]
        for row, run in zip(table, RUNS, strict=True):
            with opened(challenge, run) as run_hdus:
                events = run_hdus["EVENTS"]
                for keyword in ("OBS_MODE", "OBJECT", "RA_PNT", "DEC_PNT", "ALT_PNT", "AZ_PNT",
                                "TSTART", "TSTOP", "ONTIME", "LIVETIME", "DEADC", "N_TELS",
                                "TELLIST", "TELESCOP", "INSTRUME"):  # fmt: skip
                    assert row[keyword] == events.header[keyword], keyword
                assert row["EVENT_COUNT"] == len(events.data)


def test_hdu_index_names_each_hdu_of_each_file_with_its_checksum(challenge):
    with fits.open(challenge / "hdu-index.fits.gz") as hdus:
        header, table = hdus["HDU_INDEX"].header, hdus["HDU_INDEX"].data
        assert [header[f"HDUCLAS{level}"] for level in (1, 2)] == ["INDEX", "HDU"]
        assert len(table) == 6 * len(RUNS)
        for row in table[::7]:
            path = challenge / row["FILE_DIR"] / row["FILE_NAME"]
            content = path.read_bytes()
            assert row["SIZE"] == len(content)
            assert row["MD5"] == hashlib.md5(content).hexdigest()
            with fits.open(path) as run_hdus:
                hdu_header = run_hdus[row["HDU_NAME"]].header
                last = hdu_header.get("HDUCLAS4", hdu_header["HDUCLAS1"])
                assert last.lower() == row["HDU_CLASS"]
                assert hdu_header["OBS_ID"] == row["OBS_ID"]

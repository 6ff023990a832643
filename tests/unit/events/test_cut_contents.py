"""Which events and HDUs are in a cut, and what is not cut; files written by astropy."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from iact.dl3.container import split_hdus
from iact.events.cut import cut
from iact.events.faults import Fault, NothingLeft
from iact.events.task import Response
from unit.dl3 import fitsfiles as ff
from unit.events.cuts import (
    cut_of,
    days,
    events_of,
    native,
    provenance,
    source,
    task,
    value,
    write_run,
)


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path)


def test_without_parameters_the_result_has_all_that_the_file_has(run):
    whole, found = fits.open(run), cut_of(run)
    assert [hdu.name for hdu in found] == [hdu.name for hdu in whole] + ["PROVENANCE"]
    np.testing.assert_array_equal(events_of(found), events_of(whole))
    assert value(found, "TSTART") == ff.START


def test_energies_are_cut_ends_included(run):
    energies = events_of(fits.open(run))["ENERGY"]
    low, high = float(energies[5]), float(energies[9])
    found = cut_of(run, energy=f"{low!r} {high!r}")
    np.testing.assert_array_equal(events_of(found)["ENERGY"], energies[5:10])
    assert value(found, "NAXIS2") == 5


def test_wavelengths_and_energies_intersect(run):
    # 0.5 to 2 TeV, and from 1 TeV on.
    found = cut_of(run, band="6.19920992166e-19 2.479683968664e-18", energy="1 +Inf")
    energies = events_of(found)["ENERGY"]
    assert energies.min() >= 1 and energies.max() <= 2
    assert len(energies) == np.sum(
        (native(events_of(fits.open(run))["ENERGY"]) >= 1)
        & (native(events_of(fits.open(run))["ENERGY"]) <= 2)
    )
    assert value(found, "DSTYP1") == "ENERGY"
    assert value(found, "DSUNI1") == "TeV"
    assert value(found, "DSVAL1") == "1:2"
    assert value(found, "NDSKEYS") == 1


def test_a_moment_has_no_good_time(run):
    with pytest.raises(NothingLeft):
        cut_of(run, time=days(1500, 1500), hdu="gti")


def test_energies_in_gev_and_radians_in_another_frame_are_understood(tmp_path):
    ra = np.radians(np.linspace(81.0, 86.0, 40))
    made = ff.events({"RADESYS": "FK5", "EQUINOX": 1950.0}, RA=ra, DEC=np.full(40, np.radians(22)))
    made = ff.altered(ff.altered(made, "RA", unit="rad"), "DEC", unit="rad")
    made = ff.altered(made, "ENERGY", unit="GeV")
    ff.write(tmp_path, "run.fits", made, ff.gti())
    found = cut_of(tmp_path / "run.fits", energy="0.001 +Inf", circle="84.1 22 1")
    assert (native(events_of(found)["ENERGY"]) >= 1).all()
    # Right ascensions of B1950 are 0.75 deg less, and a degree of the circle is 1.08 of them.
    assert np.degrees(native(events_of(found)["RA"])).max() == pytest.approx(84.37, abs=0.07)


def test_other_hdus_are_kept_byte_for_byte(run):
    found = run.with_name("cut.fits")
    cut_of(run, energy="1 2")
    before = {hdu.name: bytes(hdu.content) for hdu in hdus_of(run)}
    after = {hdu.name: bytes(hdu.content) for hdu in hdus_of(found)}
    for name in ("", "AEFF", "EDISP", "X", "GTI"):
        assert after[name] == before[name]


def hdus_of(path):
    return source(path).hdus()


def test_responses_in_other_files_come_along(run, tmp_path):
    ff.write(tmp_path, "irf.fits.gz", ff.bkg(), ff.psf_table())
    shared = source(tmp_path / "irf.fits.gz")
    responses = (Response("psf", 2, shared), Response("bkg", 1, shared))
    found = cut_of(run, energy="1 2", responses=responses)
    assert [hdu.name for hdu in found][-3:] == ["PSF", "BKG", "PROVENANCE"]
    assert provenance(found)["Used.Entity.psf.location"] == "irf.fits.gz"
    after = {hdu.name: bytes(hdu.content) for hdu in hdus_of(tmp_path / "cut.fits")}
    assert after["PSF"] == bytes(shared.hdus()[2].content)
    assert "PSF" not in [hdu.name for hdu in cut_of(run, hdu="aeff", responses=responses)]


def test_hdus_can_be_chosen(run):
    assert [hdu.name for hdu in cut_of(run, hdu="events")][1:] == ["EVENTS", "GTI", "PROVENANCE"]
    assert [hdu.name for hdu in cut_of(run, hdu=["AEFF", "gti"])][1:-1] == ["GTI", "AEFF"]
    found = cut_of(run, hdu="gti", time=days(1500, 2000), energy="1e5 2e5")
    assert value(found, "NAXIS2", "GTI") == 1


def test_a_polygon_may_go_across_right_ascension_0(tmp_path):
    ra = np.linspace(-2.0, 2.0, 40)
    ff.write(tmp_path, "run.fits", ff.events(RA=ra, DEC=np.zeros(40)), ff.gti())
    found = cut_of(tmp_path / "run.fits", polygon="359 -1 1 -1 1 1 359 1")
    np.testing.assert_array_equal(events_of(found)["RA"], ra[np.abs(ra) < 1].astype("f4"))


@pytest.mark.parametrize(
    "values",
    [
        {"energy": "100 200"},
        {"circle": "10 10 1"},
        {"time": days(5000, 6000)},
        {"energy": "1 2", "band": "1e-20 2e-20"},
        {"hdu": "psf"},
        {"time": days(2800, 2900)},
    ],
)
def test_nothing_is_left_of_what_is_not_there(run, values):
    with pytest.raises(NothingLeft):
        cut(task(run, run.with_name("none.fits"), **values))
    assert not run.with_name("none.fits").exists()


def test_arrays_of_variable_length_are_kept(tmp_path):
    made = ff.events()
    arrays = np.empty(40, dtype=object)
    arrays[:] = [np.arange(n % 5, dtype=float) for n in range(40)]
    columns = made.columns + fits.ColDefs([fits.Column("HITS", "PD()", array=arrays)])
    ff.write(tmp_path, "run.fits", fits.BinTableHDU.from_columns(columns, made.header), ff.gti())
    found = cut_of(tmp_path / "run.fits", energy="1 2")
    kept = events_of(found)
    (first,) = np.flatnonzero(events_of(fits.open(tmp_path / "run.fits"))["ENERGY"] >= 1)[:1]
    for number, row in enumerate(kept):
        np.testing.assert_array_equal(row["HITS"], np.arange((first + number) % 5))


TYPES = np.array([0, 1, 2, 3] * 10)


@pytest.mark.parametrize(
    ("column", "wanted", "kept"),
    [
        (fits.Column("EVENT_TYPE", "J", array=TYPES), ["2"], [2]),
        (fits.Column("EVENT_TYPE", "J", array=TYPES), ["2", "0"], [0, 2]),
        (fits.Column("EVENT_TYPE", "5A", array=TYPES.astype("U")), ["3"], [3]),
        (
            fits.Column(
                "EVENT_TYPE", "12X", array=[[n == 11 - kind for n in range(12)] for kind in TYPES]
            ),
            ["1", "3"],
            [1, 3],
        ),
    ],
)
def test_types_are_values_or_bits_of_their_column(tmp_path, column, wanted, kept):
    made = ff.events()
    made = fits.BinTableHDU.from_columns(made.columns + fits.ColDefs([column]), made.header)
    ff.write(tmp_path, "run.fits", made, ff.gti())
    found = cut_of(tmp_path / "run.fits", **{"EVENT_TYPE": wanted})
    ids = events_of(found)["EVENT_ID"]
    np.testing.assert_array_equal(ids, [n for n in range(40) if TYPES[n] in kept])
    assert value(found, "DSVAL1") == ",".join(wanted)


def test_lists_of_one_type_are_known_by_their_label(run):
    found = cut_of(run, event_type="8", **{"EVENT_TYPE": ["8"]})
    assert value(found, "NAXIS2") == 40
    with pytest.raises(NothingLeft):
        cut_of(run, event_type="8", **{"EVENT_TYPE": ["9"]})


def test_types_of_a_list_that_has_none_are_an_error(run):
    with pytest.raises(Fault, match=r"UsageError.*no types"):
        cut_of(run, **{"EVENT_TYPE": ["1"]})


def test_a_file_that_has_changed_or_gone_is_not_cut(run):
    asked = task(run, run.with_name("none.fits"))
    run.write_bytes(run.read_bytes() + b"\0")
    with pytest.raises(Fault, match=r"ServiceUnavailable.*has changed"):
        cut(asked)
    run.unlink()
    with pytest.raises(Fault, match=r"ServiceUnavailable.*cannot be read"):
        cut(asked)


def test_a_file_that_is_damaged_is_not_cut(run):
    run.write_bytes(run.read_bytes()[:-5000])
    with pytest.raises(Fault, match="gzip stream is cut short"):
        cut(task(run, run.with_name("none.fits")))


def test_further_lists_of_a_file_are_left_out(tmp_path):
    more = ff.events({"EXTNAME": "MORE"}), ff.gti(cards={"EXTNAME": "MORE GTI"})
    ff.write(tmp_path, "run.fits", ff.events(), ff.gti(), *more)
    for selected in ({"energy": "1 2"}, {"time": days(1500, 2000)}):
        assert [hdu.name for hdu in cut_of(tmp_path / "run.fits", **selected)] == [
            "PRIMARY", "EVENTS", "GTI", "PROVENANCE",
        ]  # fmt: skip


def test_a_last_hdu_without_padding_is_filled_up(tmp_path):
    raw = ff.content(ff.events(), ff.gti(), ff.aeff())
    # The last value, 1e5, ends in one byte of zero.
    end = len(raw.rstrip(b"\0")) + 1
    assert end % 2880 and len(split_hdus("run.fits", raw[:end])) == 4
    ff.write_bytes(tmp_path, "run.fits", raw[:end])
    assert [hdu.name for hdu in cut_of(tmp_path / "run.fits")][-2:] == ["AEFF", "PROVENANCE"]

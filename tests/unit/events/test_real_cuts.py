"""Cuts of real files of every dialect, read again by the archive's own reader."""

from __future__ import annotations

import json

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits

from iact.dl3.frames import to_icrs
from iact.dl3.observation import ReadingRules
from iact.dl3.read import read_file
from iact.dl3.utc import utc_of_tt
from iact.events.cut import cut
from iact.events.faults import NothingLeft
from unit.dl3.test_real_files import DATA, choose, observed, read
from unit.events.cuts import cut_of, events_of, native, task

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real DL3 files are not here"),
]

FILES = [
    "hess-dl3-dr1/data/hess_dl3_dr1_obs_id_023523.fits.gz",
    "cta-1dc/data/baseline/gps/gps_baseline_110380.fits",
    "cta-1dc/data/baseline/gps/gps_baseline_111630.fits",
    "magic/rad_max/data/20131004_05029747_DL3_CrabNebula-W0.40+035.fits",
    "joint-crab/dl3/magic/run_05029748_DL3.fits",
    "hawc/crab_events_pass4/events/EventList_Crab_fHitbin8GP.fits.gz",
    "tests/ivoa/TapResult-23559-event-bundle.fits.gz",
]


def rules_of(path: str) -> ReadingRules:
    return choose(path, {})[1]


@pytest.fixture(params=FILES, ids=lambda path: path.partition("/")[0])
def path(request, tmp_path):
    """A copy of a real file, whose place among the data its rules come from."""
    copy = tmp_path / request.param
    copy.parent.mkdir(parents=True)
    copy.write_bytes((DATA / request.param).read_bytes())
    return tmp_path, request.param


def test_the_middle_half_of_the_time_is_half_of_the_run(path):
    root, name = path
    whole = observed(read(name))
    length = whole.t_stop - whole.t_start
    low, high = whole.t_start + length / 4, whole.t_stop - length / 4
    target = root / "cut" / name.removesuffix(".gz")
    target.parent.mkdir(parents=True)
    text = f"{utc_of_tt(low)!r} {utc_of_tt(high)!r}"
    cut(task(root / name, target, rules=rules_of(name), time=text))
    found = observed(read_file(root / "cut", name.removesuffix(".gz"), choose))
    assert found.t_start >= low - 1e-9 and found.t_stop <= high + 1e-9
    expected = seconds_in(np.clip(whole.gti, low, high))
    assert found.ontime == pytest.approx(expected, abs=1e-2)
    assert 0.2 < found.n_events / whole.n_events < 0.8
    if whole.deadc is not None:
        assert found.livetime == pytest.approx(whole.deadc * found.ontime, rel=1e-6)
    # Nothing of what the reader compares contradicts the new good times.
    for note in found.assumptions:
        assert "earlier than the GTIs" not in note.text and "later than the GTIs" not in note.text
        assert "but the GTIs sum up" not in note.text
        assert note.keyword != "CHECKSUM"


def seconds_in(intervals):
    """What is in at least one interval: some of HAWC's overlap by milliseconds."""
    total, reached = 0.0, -np.inf
    for start, stop in intervals:
        total += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return total * 86400


def test_a_circle_and_energies_have_what_astropy_finds(path):
    root, name = path
    with fits.open(DATA / name) as hdus:
        data, header = hdus["EVENTS"].data, hdus["EVENTS"].header
        frame = str(header.get("RADECSYS", header.get("RADESYS", "FK5"))).lower()
        ra, dec = native(data["RA"]) % 360, native(data["DEC"])
        energy = native(data["ENERGY"])
    middle = to_icrs(float(np.median(ra)), float(np.median(dec)), frame)
    low, high = (float(np.quantile(energy, share)) for share in (0.2, 0.8))
    distance = SkyCoord(ra, dec, unit="deg", frame=frame).icrs.separation(
        SkyCoord(*middle, unit="deg")
    )
    expected = (distance.deg <= 0.7) & (energy >= low) & (energy <= high)
    found = cut_of(
        root / name, rules=rules_of(name), circle=f"{middle[0]!r} {middle[1]!r} 0.7",
        energy=f"{low!r} {high!r}",
    )  # fmt: skip
    assert 0 < expected.sum() < len(energy)
    assert len(events_of(found)) == expected.sum()
    np.testing.assert_array_equal(native(events_of(found)["ENERGY"]), energy[expected])


def test_responses_are_the_bytes_of_the_whole_file(path):
    root, name = path
    target = root / "cut.fits"
    whole = task(root / name, target, rules=rules_of(name), energy="0.5 +Inf")
    cut(whole)
    before = {hdu.name: bytes(hdu.content) for hdu in whole.source.hdus()}
    after = {hdu.name: bytes(hdu.content) for hdu in task(target, root / "x").source.hdus()}
    kept = before.keys() - {"EVENTS"}
    assert {hdu for hdu in kept if before[hdu] == after[hdu]} == kept


@pytest.mark.parametrize("obs_id", ["23523", "23559", "33787", "47802"])
def test_counts_in_circles_are_those_of_the_reference_analysis(obs_id, tmp_path):
    reference = json.loads((DATA / "reference.json").read_text())["hess"]["plain"][obs_id]
    name = f"hess_dl3_dr1_obs_id_{int(obs_id):06d}.fits.gz"
    (tmp_path / name).write_bytes((DATA / "hess-dl3-dr1/data" / name).read_bytes())

    def count(centre, energy):
        ra, dec = centre
        try:
            found = cut_of(tmp_path / name, circle=f"{ra!r} {dec!r} 0.11", energy=energy)
        except NothingLeft:
            return 0
        return len(events_of(found))

    for block, energy in (("all_energies", "-Inf +Inf"), ("E>=1TeV", "1 +Inf")):
        expected = reference[block]
        assert count(reference["target_deg"], energy) == expected["n_on"]
        off = sum(count(centre, energy) for centre in expected["off_centres_deg"])
        assert off == expected["n_off"]

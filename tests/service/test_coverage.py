"""Where the sky and time are covered: MOCs, and good time intervals that overlap."""

from __future__ import annotations

import io
from urllib.parse import quote

import mocpy
import numpy as np
import pytest
import requests
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.time import Time

from iact.archive.footprint import LONGEST_S, Footprints
from iact.archive.smoc import ORDER
from service.hiddenruns import HIDDEN, NEVER, OBS_ID, SECRET, TARGET, HiddenRuns
from service.livearchive import wait_until
from service.simulatedruns import COLLECTION, simulated, with_header, write_bytes

#: A place that no field of the simulated data challenge is near.
ELSEWHERE = (10.0, -85.0)

# As docs/tables.md has it; a day is more than any interval has.
OVERLAPPING = (
    "SELECT o.obs_id FROM cta.vo_obscore AS o WHERE EXISTS (SELECT 1 FROM cta.gti AS g"
    " WHERE g.obs_publisher_did = o.obs_publisher_did"
    " AND g.t_start < {stop} AND g.t_start > {start} - 1 AND g.t_stop > {start})"
)


def sky(archive, *path):
    """The MOC at an address below /coverage, from the FITS file."""
    address = "/".join(quote(part, safe="") for part in path)
    answer = requests.get(f"{archive.url}/coverage/{address}", timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fits"
    return mocpy.MOC.from_fits(io.BytesIO(answer.content))


def fields(archive, collection=None):
    where = f" AND obs_collection = '{collection}'" if collection else ""
    return archive.rows(
        f"SELECT s_ra, s_dec, s_fov FROM cta.vo_obscore WHERE s_fov IS NOT NULL{where}"
    )


def rims(found):
    """Points at the edges of fields."""
    points = [
        SkyCoord(row["s_ra"] * units.deg, row["s_dec"] * units.deg).directional_offset_by(
            np.arange(0, 360, 2) * units.deg, 0.4999999 * row["s_fov"] * units.deg
        )
        for row in found
    ]
    return np.concatenate([p.ra.deg for p in points]), np.concatenate([p.dec.deg for p in points])


def has_all(moc, found):
    longitude, latitude = rims(found)
    return moc.contains_lonlat(longitude * units.deg, latitude * units.deg).all()


@pytest.mark.parametrize("collection", [None, "SIM-CTAO-N", "SIM-CTAO-S"])
def test_a_moc_has_all_fields_and_not_much_more(archive, collection):
    found = fields(archive, collection)
    moc = sky(archive, *([collection] if collection else []), "moc.fits")
    assert moc.max_order == ORDER
    assert has_all(moc, found)
    cones = mocpy.MOC.from_cones(
        lon=np.array([row["s_ra"] for row in found]) * units.deg,
        lat=np.array([row["s_dec"] for row in found]) * units.deg,
        radius=np.array([row["s_fov"] / 2 for row in found], dtype=float) * units.deg,
        max_depth=ORDER,
        union_strategy="small_cones",
    )
    assert moc.difference(cones.add_neighbours().add_neighbours()).empty()
    assert moc.sky_fraction < 1.1 * cones.sky_fraction


def test_both_forms_are_the_same_moc(archive):
    answer = requests.get(f"{archive.url}/coverage/moc.json", timeout=60)
    assert answer.headers["content-type"] == "application/json"
    assert mocpy.MOC.from_string(answer.text, format="json") == sky(archive, "moc.fits")


def test_caches_ask_whether_it_has_changed(archive):
    address = f"{archive.url}/coverage/moc.fits"
    headers = requests.head(address, timeout=60).headers
    again = requests.get(address, headers={"If-None-Match": headers["etag"]}, timeout=60)
    assert (again.status_code, again.content) == (304, b"")
    other = requests.get(address, headers={"If-Match": '"other"'}, timeout=60)
    assert other.status_code == 412
    part = requests.get(address, headers={"Range": "bytes=0-8"}, timeout=60)
    assert (part.status_code, part.content) == (206, b"SIMPLE  =")


@pytest.mark.parametrize(
    "path",
    ["", "moc", "moc.txt", "NOTHING/moc.fits", "a/b/moc.fits", "SIM-CTAO-N/"],
)
def test_what_is_not_there_is_not_found(archive, path):
    answer = requests.get(f"{archive.url}/coverage/{path}", timeout=60)
    assert answer.status_code == 404
    assert "moc.fits, moc.json" in answer.text


def test_no_path_of_the_server_takes_nul(archive):
    answer = requests.get(f"{archive.url}/coverage/%00/moc.fits", timeout=60)
    assert (answer.status_code, "NUL" in answer.text) == (400, True)


def test_nothing_can_be_written(archive):
    answer = requests.post(f"{archive.url}/coverage/moc.fits", data=b"x", timeout=60)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_what_comes_and_goes_is_in_the_moc_and_leaves_it(archive, folder):
    longitude, latitude = (np.array([angle]) * units.deg for angle in ELSEWHERE)

    def covered():
        mocs = sky(archive, "moc.fits"), sky(archive, COLLECTION, "moc.fits")
        return [bool(moc.contains_lonlat(longitude, latitude)[0]) for moc in mocs]

    assert not any(covered())
    content = with_header(simulated(910801).content, RA_PNT=ELSEWHERE[0], DEC_PNT=ELSEWHERE[1])
    write_bytes(folder / "a.fits.gz", content)
    assert archive.cta("ingest", folder).returncode == 0
    wait_until(lambda: all(covered()), 5, "the new run's field is in both MOCs")
    assert archive.cta("forget", folder).returncode == 0
    wait_until(lambda: not any(covered()), 5, "the field that is gone has left them")


def test_hidden_runs_are_in_no_moc_until_their_release(archive, folder):
    longitude, latitude = (np.array([angle]) * units.deg for angle in ELSEWHERE)
    runs = HiddenRuns(archive, folder)
    place = {"RA_PNT": ELSEWHERE[0], "DEC_PNT": ELSEWHERE[1]}
    names = {"TELESCOP": SECRET, "OBS_ID": OBS_ID, "OBJECT": TARGET}
    content = with_header(simulated(940001).content, **names, **place)
    write_bytes(folder / f"{SECRET}.fits.gz", content)
    try:
        for date, is_seen in ((NEVER, False), ("2020-01-01", True)):
            runs.configure(date)
            runs.ingest()
            # By the role that the server asks with; nothing is kept from before.
            with archive.connect("gavo") as connection:
                document = Footprints("Test").document(connection, "", "moc.json")
                own = Footprints("Test").document(connection, HIDDEN, "moc.json")
            moc = mocpy.MOC.from_string(document.content.decode(), format="json")
            assert moc.contains_lonlat(longitude, latitude)[0] == is_seen
            assert (own is not None) == is_seen
            answer = requests.get(f"{archive.url}/coverage/{HIDDEN}/moc.json", timeout=60)
            assert answer.status_code == (200 if is_seen else 404)
    finally:
        runs.remove()


def test_what_the_flat_table_does_not_show_is_in_no_moc(archive):
    with archive.connect() as connection, connection.cursor() as cursor:
        footprints = Footprints("Test")
        whole = footprints.document(connection, "", "moc.json")
        assert footprints.document(connection, COLLECTION, "moc.json") is not None
        # For this transaction only: nobody else sees it, and it is taken back.
        cursor.execute("SELECT pg_get_viewdef('cta.vo_obscore'::regclass)")
        query = cursor.fetchone()[0].rstrip("; ")
        cursor.execute(
            f"CREATE OR REPLACE VIEW cta.vo_obscore AS SELECT * FROM ({query}) AS v"
            f" WHERE obs_collection <> '{COLLECTION}'"
        )
        hidden = Footprints("Test")
        assert hidden.document(connection, COLLECTION, "moc.json") is None
        assert hidden.document(connection, "", "moc.json").content != whole.content


def test_a_moc_is_kept_for_some_time_only(archive):
    now = [0.0]
    footprints = Footprints("Test", clock=lambda: now[0])
    with archive.connect() as connection:
        first = footprints.document(connection, "", "moc.fits")
        now[0] = LONGEST_S
        assert footprints.document(connection, "", "moc.fits") is first
        now[0] = LONGEST_S + 1
        again = footprints.document(connection, "", "moc.fits")
        assert again is not first
        assert again == first


def test_resource_and_collections_lead_to_it(archive):
    page = requests.get(f"{archive.url}/tableinfo/cta.vo_obscore", timeout=60).text
    assert f"{archive.url}/coverage/moc.fits" in page
    told = archive.scalar(
        "SELECT description FROM tap_schema.tables WHERE table_name = 'cta.collection'"
    )
    assert f"{archive.url}/coverage/<obs_collection>/moc.fits" in " ".join(told.split())


def test_time_mocs_have_the_good_time_intervals(archive):
    found = archive.rows("SELECT obs_publisher_did, t_intervals FROM cta.vo_obscore")
    assert found
    for row in found:
        moc = mocpy.TimeMOC.from_string(row["t_intervals"])
        gti = archive.sql(
            "SELECT t_start, t_stop FROM cta.gti WHERE obs_publisher_did = %s",
            (row["obs_publisher_did"],),
        )
        times = Time(np.array(gti), format="mjd", scale="tt")
        good = mocpy.TimeMOC.from_time_ranges(times[:, 0], times[:, 1], order=61)
        assert good.difference(moc).empty()
        # A cell and the margin at each end.
        cell = 2 ** (61 - int(moc.max_order)) / 1e6
        excess = (moc.total_duration - good.total_duration).to_value(units.s)
        assert 0 <= excess < 2 * (cell + 0.01) * len(gti)


@pytest.fixture(scope="module")
def pause(archive):
    """Begin and end of a pause between two good time intervals of a run."""
    gti = archive.rows(
        "SELECT t_start, t_stop FROM cta.gti WHERE obs_collection = 'SIM-CTAO-N'"
        " AND obs_id = '101002' ORDER BY t_start"
    )
    assert len(gti) > 1
    return gti[0]["t_stop"], gti[1]["t_start"]


def overlapping(ask, start, stop):
    """Runs with a good time interval that overlaps another interval, by TAP."""
    return set(ask(OVERLAPPING.format(start=repr(float(start)), stop=repr(float(stop))))["obs_id"])


def test_an_overlap_is_exact(archive, pause):
    begin, end = pause
    quarter = (end - begin) / 4
    every = archive.rows("SELECT obs_id, t_start, t_stop FROM cta.gti WHERE t_start > 60000")
    for start, stop, is_found in (
        (begin + quarter, end - quarter, False),
        (begin - quarter, end - quarter, True),
        (begin + quarter, end + quarter, True),
        (begin - 0.01, end + 0.01, True),
    ):
        wanted = {one["obs_id"] for one in every if one["t_start"] < stop and one["t_stop"] > start}
        assert overlapping(archive.tap.run_sync, start, stop) == wanted
        assert ("101002" in wanted) == is_found


def test_runs_of_hess_that_are_simultaneous_with_an_interval(archive, real_data):
    # The example of docs/tables.md. Of the four runs on the Crab two are on that night, one after
    # the other.
    assert overlapping(archive.tap.run_sync, 53343.93, 53343.95) == {"23523"}
    assert overlapping(archive.tap.run_sync, 53343.93, 53343.96) == {"23523", "23526"}


def test_jobs_find_the_same(archive, pause):
    begin, end = pause
    found = overlapping(archive.tap.run_async, begin - 0.01, end + 0.01)
    assert found == overlapping(archive.tap.run_sync, begin - 0.01, end + 0.01)


def test_the_overlap_uses_the_index_of_the_intervals(archive):
    with archive.connect() as connection, connection.cursor() as cursor:
        # The tables are too small for PostgreSQL to prefer one.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + OVERLAPPING.format(start="61000.0", stop="61000.1"))
        plan = "\n".join(row[0] for row in cursor)
    (condition,) = [line for line in plan.splitlines() if "t_start >" in line]
    assert "Index Cond" in condition
    assert "t_start <" in condition

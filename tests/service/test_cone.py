"""The cone search: Simple Cone Search 1.03, where a cone finds fields of view."""

import io
import shutil
import subprocess

import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse_single_table
from lxml import etree

PATH = "cta/q/cone/scs.xml"
CRAB = SkyCoord(83.6331, 22.0145, unit="deg")
PUBLIC_CRAB = {"101001", "101002", "101003", "101004"}
CLOSED_CRAB = {"101005", "101006"}
#: Simple Cone Search 1.03, section 2: exactly one field with each of these.
MAIN = {"ID_MAIN": "obs_publisher_did", "POS_EQ_RA_MAIN": "s_ra", "POS_EQ_DEC_MAIN": "s_dec"}


@pytest.fixture(scope="module")
def cone(archive):
    """The service as pyvo sees it."""
    return pyvo.dal.SCSService(f"{archive.url}/{PATH}")


@pytest.fixture(scope="module")
def get(archive):
    """Ask by bare parameters; give the parsed document."""

    def ask(**parameters):
        answer = requests.get(f"{archive.url}/{PATH}", params=parameters, timeout=30)
        # The standard knows no other HTTP status, for errors too.
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(("application/x-votable+xml", "text/xml"))
        return etree.fromstring(answer.content)

    return ask


def fields(document):
    return {field.get("name"): field for field in document.iter("{*}FIELD")}


def number_of_rows(document):
    return len(parse_single_table(io.BytesIO(etree.tostring(document))).array)


def error(document):
    """Return the error that a document tells as the standard wants it; else None."""
    infos = document.xpath(
        "/*[local-name()='VOTABLE']/*[local-name()='RESOURCE']/*[local-name()='INFO']"
        "[@name='Error']"
    )
    return infos[0].get("value") if infos else None


def in_cta(result):
    """Return the runs of the simulated collections."""
    return {row["obs_id"] for row in result if row["obs_collection"].startswith("SIM-")}


def test_a_small_cone_finds_what_sees_it(cone):
    found = cone.search(CRAB, 0.001, verbosity=2)
    assert in_cta(found) == PUBLIC_CRAB | CLOSED_CRAB
    pointings = SkyCoord(found["s_ra"], found["s_dec"], unit="deg")
    assert np.allclose(found["pointing_offset"], pointings.separation(CRAB).deg, atol=1e-6)
    assert min(found["pointing_offset"]) > 0.3


def test_the_nearest_come_first(cone):
    offsets = cone.search(CRAB, 90, verbosity=1)["pointing_offset"]
    assert list(offsets) == sorted(offsets)


@pytest.mark.parametrize("radius", [0.3, 0.51, 2.0, 89.0, 91.0, 179.0, 180.0])
def test_all_pointings_in_the_cone_are_found(archive, cone, radius):
    expected = {
        row["obs_publisher_did"]
        for row in archive.rows("SELECT obs_publisher_did, s_ra, s_dec FROM cta.vo_obscore")
        if CRAB.separation(SkyCoord(row["s_ra"], row["s_dec"], unit="deg")).deg <= radius
    }
    found = set(cone.search(CRAB, radius, verbosity=1, maxrec=100_000)["obs_publisher_did"])
    assert found >= expected


def test_a_larger_cone_never_finds_less(cone):
    numbers = [len(cone.search(CRAB, radius)) for radius in (0.1, 5, 60, 89.9, 90.1, 150, 180)]
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1]


def test_a_cone_outside_of_a_field_finds_it_from_its_edge_on(cone):
    # Run 101007 alone with 101008: 5 deg of field around (150, 30); the polygon goes up to
    # 8 % beyond the circle.
    outside = SkyCoord(150.0, 34.0, unit="deg")
    assert "101007" not in in_cta(cone.search(outside, 1.2))
    assert "101007" in in_cta(cone.search(outside, 1.5))


@pytest.mark.parametrize("ra", [0.0, 360.0])
@pytest.mark.parametrize("dec", [-90.0, 90.0])
def test_poles_and_the_zero_meridian_are_positions(get, ra, dec):
    assert error(get(RA=ra, DEC=dec, SR=0.1)) is None


def test_a_radius_of_zero_asks_for_the_columns(get):
    document = get(RA=CRAB.ra.deg, DEC=CRAB.dec.deg, SR=0)
    assert number_of_rows(document) == 0
    assert set(fields(document)) >= set(MAIN.values())


@pytest.mark.parametrize("verb", [1, 2, 3])
def test_each_verbosity_has_the_main_columns_once(get, verb):
    document = get(RA=CRAB.ra.deg, DEC=CRAB.dec.deg, SR=1, VERB=verb)
    found = fields(document)
    ucds = [field.get("ucd") for field in found.values()]
    for ucd, name in MAIN.items():
        assert ucds.count(ucd) == 1
        assert found[name].get("ucd") == ucd
    assert found["s_ra"].get("datatype") == found["s_dec"].get("datatype") == "double"
    assert found["obs_publisher_did"].get("datatype") == "char"


def test_more_verbosity_gives_more_columns(get):
    few, usual, all_of_them = (set(fields(get(RA=1, DEC=1, SR=1, VERB=verb))) for verb in (1, 2, 3))
    assert few < usual < all_of_them


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"DEC": 1, "SR": 1}, "RA"),
        ({"RA": 1, "SR": 1}, "DEC"),
        ({"RA": 1, "DEC": 1}, "SR"),
        ({}, "RA"),
        ({"RA": "", "DEC": 1, "SR": 1}, "RA"),
        ({"RA": "Crab", "DEC": 1, "SR": 1}, "RA"),
        ({"RA": "05:34:31", "DEC": "22:00:52", "SR": 1}, "RA"),
        ({"RA": 361, "DEC": 1, "SR": 1}, "RA"),
        ({"RA": 1, "DEC": 90.1, "SR": 1}, "DEC"),
        ({"RA": 1, "DEC": 1, "SR": -1}, "SR"),
        ({"RA": 1, "DEC": 1, "SR": 181}, "SR"),
        ({"RA": "nan", "DEC": 1, "SR": 1}, "RA"),
        ({"RA": 1, "DEC": "inf", "SR": 1}, "DEC"),
        ({"RA": 1, "DEC": 1, "SR": "1e999"}, "SR"),
        ({"RA": 1, "DEC": 1, "SR": "1; DROP TABLE cta.gti"}, "SR"),
        ({"RA": 1, "DEC": 1, "SR": 1, "MAXREC": -1}, "MAXREC"),
    ],
)
def test_errors_are_told_in_the_document(get, parameters, named):
    message = error(get(**parameters))
    assert message is not None
    assert named in message


def test_markup_in_an_error_stays_text(get):
    assert "<b>&</b>" in error(get(RA="<b>&</b>", DEC=1, SR=1))


def test_pyvo_raises_what_the_document_says(cone):
    with pytest.raises(pyvo.dal.DALQueryError, match="from 0 to 180"):
        cone.search(CRAB, 200.0)


def test_an_order_or_a_limit_of_the_users_breaks_nothing(get):
    assert number_of_rows(get(RA=1, DEC=1, SR=180, MAXREC=2)) == 2
    document = get(RA=1, DEC=1, SR=180, _DBOPTIONS_ORDER="nothing; DROP TABLE cta.gti")
    assert error(document) is None


def test_what_is_left_out_is_said(get):
    statuses = {
        maxrec: get(RA=1, DEC=1, SR=180, MAXREC=maxrec).xpath(
            "string(//*[local-name()='INFO'][@name='QUERY_STATUS']/@value)"
        )
        for maxrec in (2, 10_000)
    }
    assert statuses == {2: "OVERFLOW", 10_000: "OK"}


def test_rows_lead_to_their_links(archive, cone):
    links = next(iter(cone.search(CRAB, 0.001).iter_datalinks()))
    file = next(links.bysemantics("#package", include_narrower=False))
    assert file.access_url.startswith(f"{archive.url}/dl3/")


def test_stilts_finds_the_runs(archive):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    done = subprocess.run(
        [
            stilts, "cone", f"serviceurl={archive.url}/{PATH}", "lon=83.6331", "lat=22.0145",
            "radius=0.001", "omode=count",
        ],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rows: " in done.stdout
    assert int(done.stdout.partition("rows: ")[2]) >= len(PUBLIC_CRAB | CLOSED_CRAB)

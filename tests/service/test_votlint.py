"""What votlint says about our documents, and what it says about those of stock DaCHS."""

import re
import shutil
import subprocess
from collections import Counter

import pytest
import requests

from service.linkrequests import DID, PROPRIETARY, PUBLIC, ask
from service.owncentre import imported

CONE = "cta/q/cone/scs.xml?RA=83.6331&DEC=22.0145&SR={}"
TABLES = (
    "cta.vo_obscore", "ivoa.obscore", "ivoa.obscore_hea", "cta.gti", "cta.observation",
    "cta.obs_config", "cta.product", "datalink.response", "ivoa.response_psf",
)  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Return what is said of a document: kinds of messages, with their numbers."""
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    path = tmp_path_factory.mktemp("votlint") / "document.xml"

    def lint(document):
        assert b"<VOTABLE" in document, document
        path.write_bytes(document)
        done = subprocess.run(
            [stilts, "votlint", f"votable={path}"],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return Counter(kind(line) for line in (done.stdout + done.stderr).splitlines() if line)

    return lint


def kind(message):
    """Return a message without the place and the name of the element that it is about."""
    message = re.sub(r" ?\((?:l\.\d+, c\.\d+|(?:FIELD|PARAM) \w+)\)", "", message)
    return re.sub(r"\d+", "N", message)


def query(archive, adql, form="votable"):
    values = {"LANG": "ADQL", "QUERY": adql, "RESPONSEFORMAT": form}
    return requests.get(f"{archive.url}/tap/sync", params=values, timeout=60).content


@pytest.fixture(scope="module")
def stock(said, site):
    """Return what is said of a table of DaCHS's own columns of ObsCore."""
    with imported(site, "stock"):
        return said(query(site, "SELECT * FROM stock.obs"))


def test_times_and_regions_are_all_that_stock_dachs_is_blamed_for(stock):
    assert all("xtype value" in message for message in stock), stock
    assert sum(stock.values()) <= 3


@pytest.mark.parametrize("table", TABLES)
def test_results_of_queries_are_as_good_as_those_of_stock_dachs(archive, said, stock, table):
    document = query(archive, f"SELECT * FROM {table}")
    assert b"<FIELD" in document
    assert not said(document) - stock


@pytest.mark.parametrize("form", ["votable/td", "votable/b2"])
def test_so_they_are_in_other_serialisations(archive, said, stock, form):
    assert not said(query(archive, "SELECT * FROM cta.vo_obscore", form)) - stock


@pytest.mark.parametrize("radius", [1, 180, -1])
def test_so_is_a_cone_and_a_refused_one(archive, said, stock, radius):
    answer = requests.get(f"{archive.url}/{CONE.format(radius)}", timeout=30)
    assert not said(answer.content) - stock


@pytest.mark.parametrize("obs_ids", [[PUBLIC], [PUBLIC, PROPRIETARY, "nothing"]])
def test_nothing_is_said_of_links_and_services(archive, said, obs_ids):
    answer = ask(archive, ID=[DID.format(obs_id) for obs_id in obs_ids])
    assert b'utype="adhoc:service"' in answer.content
    assert not said(answer.content)


def test_nothing_is_said_of_links_of_many(archive, said):
    rows = archive.rows("SELECT obs_publisher_did FROM cta.vo_obscore")
    answer = ask(archive, method="POST", ID=[row["obs_publisher_did"] for row in rows])
    assert not said(answer.content)


def test_a_document_with_a_fault_does_not_pass(said):
    """So that silence means something."""
    assert said(
        b'<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        b'<FIELD name="a" datatype="nothing"/></TABLE></RESOURCE></VOTABLE>'
    )

"""The {links} service as clients use it: pyvo, browsers, gammapy, STILTS."""

import gzip
import html
import io
import re
import shutil
import subprocess
from urllib.parse import quote

import pytest
import pyvo
import requests
from astropy.io import fits

from service.linkrequests import DID, MEDIA_TYPE, PROPRIETARY, PUBLIC, ask, links
from service.manyruns import COLLECTION, many_runs

#: Terms of http://www.ivoa.net/rdf/datalink/core that are younger than DataLink 1.0.
TERMS_OF_1_1 = {
    "coderived", "counterpart", "documentation", "package", "preview-image", "preview-plot",
    "thumbnail",
}  # fmt: skip

#: What links of a run lead to, semantics and content_qualifier.
FILES = {
    ("#this", "event-list"), ("#calibration", "aeff"), ("#calibration", "edisp"),
    ("#calibration", "psf"), ("#calibration", "bkgrate"),
}  # fmt: skip


@pytest.fixture(scope="module")
def many(archive, tmp_path_factory):
    """Whether each of many runs is proprietary, by obs_id."""
    with many_runs(archive, tmp_path_factory.mktemp("many")) as closed:
        yield closed


@pytest.mark.parametrize("with_password", [False, True])
def test_pyvo_iterates_over_the_links_of_200_rows(archive, member, many, with_password):
    session = requests.Session()
    session.auth = member.auth if with_password else None
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    found = tap.search(
        f"SELECT TOP 200 * FROM cta.vo_obscore WHERE obs_collection = '{COLLECTION}'"
    )
    # pyvo sorts them by identifier.
    rows = {row["obs_publisher_did"]: row["obs_id"] for row in found}
    assert len(rows) == len(found) == 200
    seen = {}
    for document in found.iter_datalinks():
        (did,) = set(document["ID"])
        authorized = {
            (link.semantics, link["content_qualifier"]): bool(link["link_authorized"])
            for link in document
        }
        (seen[rows.pop(did)],) = {authorized[file] for file in FILES}
    assert not rows
    assert seen == {obs_id: with_password or not closed for obs_id, closed in many.items()}


def test_pyvo_finds_products_and_the_service_that_cuts(archive):
    row = archive.tap.search(f"SELECT * FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'")[0]
    document = row.getdatalink()
    qualified = {(link.semantics, link["content_qualifier"]) for link in document}
    assert ("#this", "event-list") in qualified and ("#calibration", "bkgrate") in qualified
    service = document.get_adhocservice_by_ivoid("ivo://ivoa.net/std/SODA#sync-1.0")
    params = {param.name: param for param in service.groups[0].entries}
    assert params["ID"].value == row["obs_publisher_did"]
    circle = [float(value) for value in str(params["CIRCLE"].values.max).strip("[]").split()]
    assert circle == pytest.approx([row["s_ra"], row["s_dec"], row["s_fov"] / 2])


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("table", ["cta.vo_obscore", "ivoa.obscore"])
def test_results_lead_to_our_links_for_all_their_rows(archive, table, mode):
    query = f"SELECT * FROM {table} WHERE obs_collection = 'SIM-CTAO-N'"
    found = archive.tap.search(query) if mode == "sync" else archive.tap.run_async(query)
    described = [
        param.value
        for resource in found.votable.resources
        if resource.type == "meta" and resource.utype == "adhoc:service"
        for param in resource.params
        if param.name == "accessURL"
    ]
    assert described == [f"{archive.url}/cta/dl/links/dlmeta"]
    ids = [document["ID"][0] for document in found.iter_datalinks()]
    assert sorted(ids) == sorted(found["obs_publisher_did"]) and len(ids) >= 8


def test_browsers_get_a_page_and_programs_a_document(archive):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    did = DID.format(PUBLIC)
    page = ask(archive, ID=did, accept=browser)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Accept" in page.headers["vary"]
    assert f"/dl3/SIM-CTAO-N/{PUBLIC}/events.fits.gz" in page.text
    assert ask(archive, ID=did).headers["content-type"] == MEDIA_TYPE
    wanted = ask(archive, ID=did, accept=browser, RESPONSEFORMAT="votable")
    assert wanted.headers["content-type"] == MEDIA_TYPE
    hostile = ask(archive, ID="<script>alert(1)</script>", accept=browser)
    assert "<script>" not in hostile.text and "&lt;script&gt;" in hostile.text
    assert "obs_publisher_did" in ask(archive, accept=browser).text


def test_what_the_page_says_of_pyvo_is_so(archive, capsys):
    page = ask(archive, ID=DID.format(PUBLIC), accept="text/html").text
    blocks = [html.unescape(block) for block in re.findall("<code>(.*?)</code>", page, re.DOTALL)]
    (code,) = (block for block in blocks if "DatalinkResults" in block)
    exec(compile(code, "page", "exec"), {})
    assert f"#this event-list {archive.url}/dl3/" in capsys.readouterr().out


def test_people_sign_in_on_the_page_and_come_back_to_it(archive, member):
    did = DID.format(PROPRIETARY)
    closed = ask(archive, ID=did, accept="text/html").text
    assert "(closed to you)" in closed
    (sign_in,) = re.findall(f'"({archive.url}/login[^"]*)"', closed)
    assert requests.get(sign_in, timeout=30).status_code == 401
    back = requests.get(sign_in, auth=member.auth, headers={"Accept": "text/html"}, timeout=30)
    assert back.url == f"{archive.url}/cta/dl/links/dlmeta?ID={quote(did, safe='')}"
    assert "(closed to you)" not in back.text and "<img " in back.text


def downloads(found):
    """Fetch what links lead to as gammapy does: bare, by address; return answers by qualifier."""
    return {
        row["content_qualifier"]: requests.get(row["access_url"], stream=True, timeout=60)
        for row in found
        if row["semantics"] in ("#this", "#calibration")
    }


@pytest.mark.parametrize("obs_id", [PUBLIC, PROPRIETARY])
def test_gammapy_gets_a_file_for_the_list_and_for_each_response(archive, member, obs_id):
    """As its make_data_store_from_query_result does."""
    auth = member.auth if obs_id == PROPRIETARY else None
    answers = downloads(links(archive, DID.format(obs_id), auth=auth))
    classes = {}
    for qualifier, answer in answers.items():
        assert answer.status_code == 200
        with fits.open(io.BytesIO(gzip.decompress(answer.content))) as hdus:
            names = [hdu.header.get("HDUCLAS2") or hdu.name for hdu in hdus[1:]]
            classes[qualifier] = (names, len(hdus))
    assert classes.pop("event-list")[1] == 3
    assert classes == {
        "aeff": (["EFF_AREA"], 2), "edisp": (["EDISP"], 2), "psf": (["RPSF"], 2),
        "bkgrate": (["BKG"], 2),
    }  # fmt: skip


def test_protected_addresses_without_a_signature_lead_to_nothing(archive):
    for answer in downloads(links(archive, DID.format(PROPRIETARY))).values():
        assert answer.status_code == 401


def test_addresses_of_members_open_to_bare_clients_and_others_have_none(archive, member):
    def package(auth):
        (found,) = (
            row["access_url"]
            for row in links(archive, DID.format(PROPRIETARY), auth=auth)
            if row["semantics"] == "#package"
        )
        return found

    assert requests.get(package(None), timeout=30).status_code == 401
    opened = requests.get(package(member.auth), timeout=30)
    assert opened.status_code == 200 and opened.content[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("obs_id", [PUBLIC, PROPRIETARY, "nothing"])
def test_datalinklint_finds_no_error(archive, tmp_path, obs_id):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    url = f"{archive.url}/cta/dl/links/dlmeta?ID={quote(DID.format(obs_id), safe='')}"
    done = subprocess.run(
        [stilts, "datalinklint", f"votable={url}"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "Totals: Errors" in done.stdout, done.stdout + done.stderr
    found = [line for line in done.stdout.splitlines() if line[:2] in ("E-", "W-")]
    # Away from the network, it has the vocabulary of DataLink 1.0.
    ours = [
        line
        for line in found
        if not (
            (term := re.search("Unknown predicate '(.*?)' from core", line))
            and term[1] in TERMS_OF_1_1
        )
    ]
    assert ours == []

"""The {links} service as clients use it: pyvo, STILTS, browsers; and as they misuse it."""

import contextlib
import gzip
import html
import io
import re
import shutil
import subprocess
import time
from urllib.parse import quote

import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.io.votable import parse_single_table
from lxml import etree

from iact.access.linkset import MOST_IDENTIFIERS

PUBLIC, PROPRIETARY = "101001", "101005"
DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"
MEDIA_TYPE = "application/x-votable+xml;content=datalink"
#: Terms of http://www.ivoa.net/rdf/datalink/core that are younger than DataLink 1.0.
TERMS_OF_1_1 = {
    "coderived", "counterpart", "documentation", "package", "preview-image", "preview-plot",
    "thumbnail",
}  # fmt: skip


def ask(archive, method="GET", auth=None, accept=None, **parameters):
    kind = "params" if method == "GET" else "data"
    headers = {"Accept": accept} if accept else None
    return requests.request(
        method, f"{archive.url}/cta/dl/links/dlmeta", timeout=120, auth=auth, headers=headers,
        **{kind: parameters},
    )  # fmt: skip


def rows_of(answer):
    assert answer.status_code == 200, answer.text[:1000]
    tree = etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))
    names = [field.get("name") for field in tree.iter("{*}FIELD")]
    return [
        dict(zip(names, [cell.text for cell in row], strict=True)) for row in tree.iter("{*}TR")
    ]


def links(archive, *dids, **options):
    return rows_of(ask(archive, ID=list(dids), **options))


def table_at(url):
    answer = requests.get(url, timeout=30)
    assert answer.headers["content-type"].startswith("application/x-votable+xml")
    return parse_single_table(io.BytesIO(answer.content)).array


def overflow(answer):
    tree = etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))
    found = tree.xpath("//*[local-name()='INFO'][@value='OVERFLOW']")
    assert len(found) < 2
    return found[0].text if found else None


def all_dids(archive):
    return [row["did"] for row in archive.rows("SELECT obs_publisher_did AS did FROM cta.product")]


def test_a_run_has_its_products_each_at_an_address_of_its_own(archive):
    found = links(archive, DID.format(PUBLIC))
    products = [row for row in found if row["content_qualifier"] and row["access_url"]]
    assert {(row["semantics"], row["content_qualifier"]) for row in products} == {
        ("#this", "event-list"), ("#package", "event-bundle"), ("#calibration", "aeff"),
        ("#calibration", "edisp"), ("#calibration", "psf"), ("#calibration", "bkgrate"),
    }  # fmt: skip
    assert len({row["access_url"] for row in products}) == 6
    semantics = {row["semantics"] for row in found}
    assert {"#thumbnail", "#preview-image", "#preview-plot", "#cutout", "#documentation",
            "#counterpart", "#auxiliary"} <= semantics  # fmt: skip


def test_every_dataset_of_the_archive_has_a_complete_document(archive):
    dids = all_dids(archive)
    answer = ask(archive, "POST", ID=dids[:MOST_IDENTIFIERS])
    found = rows_of(answer)
    assert not any(row["error_message"] for row in found)
    assert list(dict.fromkeys(row["ID"] for row in found)) == dids[:MOST_IDENTIFIERS]
    first = [row for row, before in zip(found, [None, *found], strict=False)
             if before is None or before["ID"] != row["ID"]]  # fmt: skip
    assert all(row["semantics"] == "#this" for row in first)
    # All rows of one dataset stand together.
    assert len(first) == len({row["ID"] for row in found})


def test_the_queries_that_links_lead_to_have_answers(archive):
    found = links(archive, DID.format(PUBLIC))
    urls = {
        row["local_semantics"]: row["access_url"]
        for row in found
        if "/tap/sync?" in (row["access_url"] or "")
    }
    assert set(urls) == {"terms", "target"}
    counts = {label: len(table_at(url)) for label, url in urls.items()}
    assert counts["terms"] == 1
    crab = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore WHERE target_name = 'Crab Nebula'")
    assert counts["target"] == crab - 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_identifiers_can_be_repeated(archive, method):
    dids = [DID.format(obs_id) for obs_id in (PUBLIC, PROPRIETARY)]
    answer = ask(archive, method, ID=[*dids, "ivo://nowhere"])
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert list(dict.fromkeys(row["ID"] for row in rows_of(answer))) == [*dids, "ivo://nowhere"]


def test_a_thousand_identifiers_in_one_request(archive):
    dids = [f"ivo://nowhere/{number}" for number in range(900)]
    dids += all_dids(archive)[:100]
    answer = ask(archive, "POST", ID=dids)
    assert list(dict.fromkeys(row["ID"] for row in rows_of(answer))) == dids
    assert overflow(answer) is None


def test_ten_thousand_identifiers_are_answered_in_part_and_said_so(archive):
    dids = [f"ivo://nowhere/{number}" for number in range(10_000)]
    start = time.monotonic()
    answer = ask(archive, "POST", ID=dids)
    assert time.monotonic() - start < 20
    assert [row["ID"] for row in rows_of(answer)] == dids[:MOST_IDENTIFIERS]
    assert "10000" not in overflow(answer) and str(MOST_IDENTIFIERS) in overflow(answer)


def test_maxrec_counts_rows_and_leaves_out_whole_datasets(archive):
    dids = [DID.format(PUBLIC), DID.format(PROPRIETARY)]
    first = len(links(archive, dids[0]))
    for most, whole in ((0, 0), (first - 1, 0), (first, 1)):
        answer = ask(archive, ID=dids, MAXREC=most)
        assert len(rows_of(answer)) == whole * first
        assert overflow(answer)
    assert ask(archive, ID=dids, MAXREC=-1).status_code == 400
    assert ask(archive, ID=dids, MAXREC="many").text.startswith("UsageFault: MAXREC many")


def test_a_megabyte_of_identifier_is_an_error_row(archive):
    did = "x" * 1_000_000
    (row,) = rows_of(ask(archive, "POST", ID=did))
    assert row["ID"] == did
    assert row["error_message"].startswith("NotFoundFault: ") and len(row["error_message"]) < 400


def test_a_line_that_is_too_long_for_http_is_refused_and_harms_nobody(archive):
    # Twisted may close the connection while the client still sends.
    with contextlib.suppress(requests.ConnectionError):
        assert ask(archive, ID="x" * 1_000_000).status_code >= 400
    assert links(archive, DID.format(PUBLIC))


@pytest.mark.parametrize(
    "did",
    [
        "\0", "a\0b", b"\xff\xfe", "\x01", "\ufffe", b"\xed\xa0\x80", "<&>\"'", "x" * 5000,
        "'; DROP TABLE x --", "%", "%s", "%(a)s",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hostile_identifier_is_an_error_row(archive, did, method):
    (row,) = rows_of(ask(archive, method, ID=did))
    assert row["error_message"].startswith("NotFoundFault")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("key", "other", "what"),
    [
        ("MAGIC-RADMAX/5029748", "MAGIC-JOINT-CRAB/5029748", "Another reconstruction"),
        (
            "HAWC-CRAB-PASS4/chunks%20103%20-%20133/8",
            "HAWC-CRAB-PASS4/chunks%20103%20-%20133/9",
            "Another list",
        ),
        ("HESS-DL3-DR1/20136", None, None),
    ],
)
def test_lists_of_the_same_observation_know_each_other(archive, real_data, key, other, what):
    did = "ivo://cta-demo.unregistered/~?cta/{}/events"
    found = [row for row in links(archive, did.format(key)) if row["semantics"] == "#coderived"]
    if other is None:
        assert found == []
        return
    (row,) = found
    assert row["description"].startswith(what) and row["content_type"] == MEDIA_TYPE
    followed = rows_of(requests.get(row["access_url"], timeout=30))
    assert {link["ID"] for link in followed} == {did.format(other)}


@pytest.mark.realdata
def test_responses_in_a_file_that_runs_share_are_links_of_each_run(archive, real_data):
    (did, *_) = (
        row["obs_publisher_did"]
        for row in archive.rows(
            "SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_collection = 'CTA-1DC'"
        )
    )
    found = links(archive, did)
    assert {"aeff", "edisp", "psf", "bkgrate"} <= {row["content_qualifier"] for row in found}
    (package,) = (row for row in found if row["semantics"] == "#package")
    assert package["content_qualifier"] == "event-list"
    response = links(archive, did.removesuffix("events") + "aeff")
    assert response[0]["content_qualifier"] == "aeff"
    assert "#package" not in {row["semantics"] for row in response}


def test_rights_are_told_to_whoever_asks(archive, member):
    did = DID.format(PROPRIETARY)
    expected = {None: "false", member.auth: "true"}
    for who, allowed in expected.items():
        this = links(archive, did, auth=who)[0]
        assert (this["link_auth"], this["link_authorized"]) == ("true", allowed)
        package = f"{archive.url}/dl3/SIM-CTAO-N/{PROPRIETARY}/sim_{PROPRIETARY}.fits.gz"
        status = requests.get(package, auth=who, timeout=30).status_code
        assert (status == 200) == (allowed == "true")
    this = links(archive, DID.format(PUBLIC))[0]
    assert (this["link_auth"], this["link_authorized"]) == ("false", "true")


def test_a_wrong_password_is_not_taken_for_nobody(archive, member):
    answer = ask(archive, ID=DID.format(PROPRIETARY), auth=(member.name, "wrong"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("with_password", [False, True])
def test_pyvo_iterates_over_the_links_of_200_rows(archive, member, with_password):
    session = requests.Session()
    session.auth = member.auth if with_password else None
    tap = pyvo.dal.TAPService(f"{archive.url}/tap", session=session)
    found = tap.search("SELECT TOP 200 * FROM cta.vo_obscore ORDER BY obs_id")
    # pyvo sorts them by identifier.
    rows = {row["obs_publisher_did"]: row["obs_id"] for row in found}
    allowed = {}
    for document in found.iter_datalinks():
        (this,) = (link for link in document if link.semantics == "#this")
        allowed[rows.pop(this["ID"])] = bool(this["link_authorized"])
    assert not rows
    assert allowed[PUBLIC] and allowed[PROPRIETARY] == with_password


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


def test_products_of_dachs_are_answered_by_its_own_identifiers(archive):
    archive.sql(
        "INSERT INTO dc.products (accref, mime, embargo, accesspath, sourcetable)"
        " VALUES ('links test/a+b.fits', 'image/fits', '2100-01-01', 'x', 'y')"
    )
    try:
        did = f"ivo://cta-demo.unregistered/~?{quote('links test/a+b.fits')}"
        (row,) = links(archive, did)
    finally:
        archive.sql("DELETE FROM dc.products WHERE sourcetable = 'y'")
    assert row["ID"] == did
    assert row["access_url"] == f"{archive.url}/getproduct/links%20test/a%2Bb.fits"
    assert (row["link_auth"], row["content_type"]) == ("true", "image/fits")


def test_tables_of_others_that_do_not_answer_keep_no_link_of_ours_back(archive):
    with archive.connect() as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE dc.products IN ACCESS EXCLUSIVE MODE")
        ours, *_, other = links(archive, DID.format(PUBLIC), "ivo://nowhere")
    assert ours["access_url"]
    assert other["error_message"].startswith("TransientFault: ")
    assert other["semantics"] == "#this"


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


def test_what_is_told_of_files_and_documents_is_so(archive):
    found = [
        row
        for row in links(archive, DID.format(PUBLIC))
        if row["semantics"] in ("#this", "#package", "#calibration", "#auxiliary", "#documentation")
    ]
    assert len(found) == 9
    for row in found:
        answer = requests.head(row["access_url"], timeout=30)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == row["content_type"]
        if row["content_length"]:
            assert answer.headers["content-length"] == row["content_length"]


def test_people_sign_in_on_the_page_and_come_back_to_it(archive, member):
    did = DID.format(PROPRIETARY)
    closed = ask(archive, ID=did, accept="text/html").text
    assert "(closed to you)" in closed
    (sign_in,) = re.findall(f'"({archive.url}/login[^"]*)"', closed)
    assert requests.get(sign_in, timeout=30).status_code == 401
    back = requests.get(sign_in, auth=member.auth, headers={"Accept": "text/html"}, timeout=30)
    assert back.url == f"{archive.url}/cta/dl/links/dlmeta?ID={quote(did, safe='')}"
    assert "(closed to you)" not in back.text and "<img " in back.text


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

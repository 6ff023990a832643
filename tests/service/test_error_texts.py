"""Whatever goes wrong, users are told what helps them, and nothing of the server's inside."""

from __future__ import annotations

import re
import socket
from urllib.parse import quote

import pytest
import requests

from service.people import NOBODY
from service.test_links import raw
from service.uwsjobs import CUTS, PACKAGES, QUERIES, Job

TABLE = "cta.vo_obscore"
#: Queries that fail, and a word of what helps whoever asked.
QUERIES_WITH_FAULTS = {
    f"SELECT CAST(target_name AS INTEGER) FROM {TABLE}": "invalid input syntax",
    f"SELECT nix FROM {TABLE}": "nix",
    "SELECT * FROM nix.nix": "nix.nix",
    "SELECT * FROM cta.hidden_observations": "hidden_observations",
    "SELECT * FROM dc.users": "dc.users",
    f"SELECT t_exptime/0 FROM {TABLE}": "division by zero",
    f"SELECT target_name+1 FROM {TABLE}": "operator does not exist",
    f"SELECT target_name, COUNT(*) FROM {TABLE} GROUP BY obs_id": "GROUP BY",
    f"SELECT ivo_hasword(t_min, t_max) FROM {TABLE}": "does not exist",
    f"SELECT POINT('ICRS', target_name, 1) FROM {TABLE}": "does not exist",
    f"SELECT * FROM {TABLE} AS a, {TABLE} AS b WHERE obs_id='x'": "ambiguous",
    f"SELECT obs_id FROM {TABLE} ORDER BY 99": "position 99",
    "SELECT FROM": "Could not parse",
    "SELECT 'a\0b' AS x FROM tap_schema.tables": "",
    "": "",
}
FORMATS = ["votable", "votable/td", "csv", "json", "html", "fits", "txt", "nix"]
ADDRESSES = [
    "/tap/sync?LANG=nix&QUERY=SELECT", "/tap/sync", "/tap/sync?REQUEST=nix",
    "/tap/async?PHASE=nix&LAST=x&AFTER=x", "/tap/async/nix", "/tap/async/nix/results/result",
    "/tap/async/nix/error", "/cta/dl/soda/dlasync/nix", "/cta/dl/package/async/nix/phase",
    "/cta/q/cone/scs.xml?RA=x&DEC=1&SR=1", "/cta/q/cone/scs.xml?RA=1&DEC=1&SR=-1",
    "/cta/q/cone/scs.xml?RA=1&DEC=1&SR=1&MAXREC=x&VERB=x&RESPONSEFORMAT=nix",
    "/cta/q/cone/scs.xml?RA=1&DEC=1&SR=1&_DBOPTIONS_ORDER=nix&_DBOPTIONS_LIMIT=x",
    "/cta/q/form/form?__nevow_form__=nix", "/cta/q/form/form?__nevow_form__=genForm&pos=%ff",
    "/cta/q/form/form?__nevow_form__=genForm&_FORMAT=nix&MAXREC=x&_VERB=x&_ADDITEM=nix",
    "/cta/q/form/form?__nevow_form__=genForm&_DBOPTIONS_ORDER=nix&_DBOPTIONS_LIMIT=x",
    "/__system__/adql/query/form?__nevow_form__=genForm&query=SELECT&_FORMAT=nix",
    "/__system__/dc_tables/list/form?__nevow_form__=genForm&_FORMAT=FITS",
    "/__system__/services/overview/form?__nevow_form__=genForm&setName=%ff",
    "/cta/dl/soda/dlget?ID=x&CIRCLE=a", "/cta/dl/soda/dlget", "/cta/dl/links/dlmeta?ID=%ff",
    "/cta/dl/package/custom?ID=x", "/cta/dl/package/custom?QUERY=SELECT", "/dl3/x/y/z",
    "/oai.xml", "/oai.xml?verb=nix", "/oai.xml?verb=GetRecord&identifier=x&metadataPrefix=y",
    "/oai.xml?verb=ListRecords&metadataPrefix=ivo_vor&resumptionToken=x",
    "/oai.xml?verb=ListRecords&metadataPrefix=ivo_vor&from=x&until=%ff",
    "/__system__/siap2/sitewide/siap2.xml?POS=x&BAND=y&TIME=z&MAXREC=x",
    "/__system__/obscore/dl/dlmeta?ID=x", "/__system__/products/dl/dlmeta?ID=%ff",
    "/__system__/products/getTar/form?__nevow_form__=genForm&pattern=%ff&accref=x",
    "/getproduct", "/getproduct/x", "/getproduct?key=%ff", "/getproduct/x?preview=True",
    "/tableinfo", "/tableinfo/nix", "/tablenote/nix/x", "/browse/nix", "/browse/%ff", "/getRR",
    "/getRR/x", "/getRR/cta/q/nix", "/schemata/nix", "/schemata/", "/static/", "/static/js",
    "/static/%ff", "/static/nix", "/coverage/nix", "/login?relog=nix", "/tap/tables/nix",
    "/.well-known/x", "/.well-known/acme-challenge/x", "/cta/nix", "/cta/q/nix/form", "/nix",
    "/tap/examples/x", "/cta/q/form/info/x", "/%ff", "/;", "/cta/q/cone/scs.xml?RA=%00",
]  # fmt: skip
INSIDE = re.compile(
    r"/usr/|/var/|/home/|/tmp/|/etc/|\.py\b|\.s\.PGSQL|Traceback|File \"|generated code"
    r"|offending code|cursor0x|object at 0x|\bLINE \d+:|CONTEXT:|\buntrusted\b|gavoadmin|pgadmin"
    r"|psycopg|SELECT .* AS ndslo|exception to occur|has no attribute|\bgavo\.\w+\."
)


def inside(text):
    """Return what an answer tells of the server's inside, but for what it repeats of the query."""
    return [found for found in INSIDE.findall(text) if found not in TABLE]


@pytest.mark.parametrize("output", FORMATS)
def test_a_query_that_fails_is_told_what_is_wrong_with_it(archive, output):
    for query, helps in QUERIES_WITH_FAULTS.items():
        words = {"LANG": "ADQL", "QUERY": query, "FORMAT": output}
        answer = requests.post(f"{archive.url}/tap/sync", words, timeout=60)
        assert answer.status_code in (200, 400, 500)
        assert 'value="ERROR"' in answer.text, (query, answer.text)
        assert inside(answer.text) == [], (query, answer.text)
        if output != "nix":
            assert helps in answer.text


def test_so_is_a_job_that_fails(archive):
    jobs = [
        (Job(archive, NOBODY, QUERIES, LANG="ADQL", QUERY=query), helps)
        for query, helps in list(QUERIES_WITH_FAULTS.items())[:4]
    ]
    jobs += [(Job(archive, NOBODY, CUTS, ID="x", CIRCLE="a"), "")]
    jobs += [(Job(archive, NOBODY, PACKAGES, QUERY="SELECT nix FROM nix"), "")]
    for job, helps in jobs:
        message = job.failure()
        assert helps in message
        texts = (message, job.get(f"{job.url}/error").text, job.get(job.url).text)
        assert [found for text in texts for found in inside(text)] == []
        job.delete()


def test_the_adql_form_shows_no_sql_of_the_server(archive):
    for query in QUERIES_WITH_FAULTS:
        form = {"__nevow_form__": "genForm", "query": query, "_FORMAT": "HTML"}
        answer = requests.post(f"{archive.url}/__system__/adql/query/form", form, timeout=60)
        assert answer.status_code in (200, 400)
        assert inside(answer.text) == [], (query, answer.text)


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_address_tells_of_the_inside(archive, path):
    for method in ("GET", "POST", "HEAD", "DELETE", "PUT"):
        status, body, headers = raw(archive, path, method)
        assert status < 500 or status == 501, (method, body)
        assert inside(body.decode("utf-8", "replace")) == [], (path, body)
        assert inside(headers.get("Location", "")) == []


@pytest.mark.parametrize(
    "path", ["/tap/async?x=1", "/cta/dl/soda/dlasync", "/cta/dl/package/async"]
)
@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_a_list_of_jobs_says_by_what_methods_it_can_be_asked_for(archive, path, method):
    status, body, headers = raw(archive, path, method)
    assert status == 405 and headers["Allow"] == "GET, HEAD, POST"
    assert b"This address answers GET, HEAD, POST only." in body


UPLOADS = [
    b"", b"nix", b"<VOTABLE/>", b"<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='nix'/>"
    b"<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
    b"<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='int'/><DATA><TABLEDATA><TR><TD>x</TD>"
    b"</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>", b"\x1f\x8b\0", b"\xff" * 99,
]  # fmt: skip


@pytest.mark.parametrize("content", UPLOADS)
def test_an_upload_that_is_none_tells_nothing_of_the_inside(archive, content):
    words = {"LANG": "ADQL", "QUERY": "SELECT * FROM TAP_UPLOAD.t", "UPLOAD": "t,param:x"}
    answer = requests.post(
        f"{archive.url}/tap/sync", words, files={"x": ("/tmp/x.vot", content)}, timeout=60
    )
    assert 'value="ERROR"' in answer.text
    assert inside(answer.text) == [], answer.text


BROKEN = """<resource schema="broken" resdir="broken">
  <meta name="title">Broken</meta>
  <service id="s" allowed="form,api">
    <meta name="title">A service whose code is wrong</meta>
    <pythonCore>
      <inputTable/>
      <outputTable><outputField name="said" type="text"/></outputTable>
      <coreProc><code>raise {error}</code></coreProc>
    </pythonCore>
  </service>
</resource>
"""
SAID = f"/srv/archive/secret of {socket.gethostname()}"


@pytest.fixture
def broken(archive):
    """A resource of the operator's with a fault in its code, and one that cannot be read."""
    folder = archive.var / "gavo" / "inputs" / "broken"
    folder.mkdir(parents=True, exist_ok=True)
    for name, error in {"key": "KeyError", "value": "ValueError", "own": "base.Error"}.items():
        (folder / f"{name}.rd").write_text(BROKEN.format(error=f'{error}("{SAID}")'))
    (folder / "unreadable.rd").write_text("<resource schema='x'><nix/></resource>")
    yield
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_what_nobody_has_thought_of_is_told_by_a_number_that_the_log_has(archive, broken):
    for name in ("key", "value"):
        for page in (f"/broken/{name}/s/form?__nevow_form__=genForm", f"/broken/{name}/s/api"):
            text = raw(archive, page)[1].decode()
            number = re.search(r"the number ([0-9a-f]{8}),", text)
            assert number and SAID not in text and inside(text) == [], text
            log = (archive.var / "log" / "dcErrors").read_text(encoding="utf-8", errors="replace")
            entry = log.partition(f"Number {number.group(1)}:")[2]
            assert SAID in entry and "Traceback" in entry


def test_paths_go_from_what_is_meant_for_users(archive, broken):
    text = raw(archive, "/broken/own/s/api")[1].decode()
    assert "/srv/" not in text and "a file of the server" in text


def test_resources_that_cannot_be_read_say_nothing_of_why(archive, broken):
    for page in (
        "/broken/unreadable/s/form",
        "/browse/broken/unreadable",
        "/getRR/broken/unreadable/s",
    ):
        status, body, _ = raw(archive, page)
        assert status in (404, 500)
        assert inside(body.decode()) == [] and b"nix" not in body.replace(page.encode(), b"")


def test_a_file_name_that_is_markup_stays_text(archive):
    words = {"LANG": "ADQL", "QUERY": "SELECT", "FORMAT": "<b>x</b>"}
    for page in ("/tap/sync", "/cta/q/form/form"):
        answer = requests.get(f"{archive.url}{page}", params=words, timeout=60)
        assert "<b>x</b>" not in answer.text
    assert b"<b>x</b>" not in raw(archive, f"/{quote('<b>x</b>')}")[1]

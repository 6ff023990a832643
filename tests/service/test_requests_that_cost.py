"""Small requests cost little: of time, of memory, and of what belongs to others."""

from __future__ import annotations

import ast
import base64
import re
import struct
import zlib
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import requests

from service.livearchive import wait_until
from service.rawrequests import fetch, post

NAMED = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
FORM = "multipart/form-data; boundary=b"
QUERY = "SELECT TOP 1 1+1 AS two FROM tap_schema.tables"


def ask(archive, query=QUERY, **parameters):
    form = {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", **parameters}
    return requests.post(f"{archive.url}/tap/sync", data=form, timeout=60)


def test_a_form_in_parts_is_read(archive):
    parts = {"LANG": "ADQL", "QUERY": QUERY, "FORMAT": "csv"}
    body = b"".join(NAMED % (key.encode(), text.encode()) for key, text in parts.items())
    status, _, answer = post(archive.url, "/tap/sync", body + b"--b--\r\n", FORM)
    assert (status, answer) == (200, b"two\r\n2\r\n")


@pytest.mark.parametrize("path", ["/tap/sync", "/tap/async", "/cta/dl/links/dlmeta", "/"])
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (NAMED % (b"a" + b";" * 10_000, b"x"), 400, "more than 2000 bytes of headers"),
        (b"".join(NAMED % (b"a%d" % n, b"x") for n in range(600)), 413, "at most 500 parts"),
        (b"--b\r\n" + b"A: b\r\n" * 5000, 400, "more than 2000 bytes of headers"),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n",
            400,
            "cannot have parts",
        ),
    ],
)
def test_a_form_that_would_take_long_to_read_is_refused(archive, path, body, status, said):
    found, headers, answer = post(archive.url, path, body, FORM)
    assert found == status
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert said in answer.decode()


@pytest.mark.parametrize(
    "media_type", ["multipart/form-data", f"{FORM}; boundary=c", "a/b; c=" + '";' * 7000]
)
def test_a_media_type_that_is_no_plain_one_is_refused(archive, media_type):
    assert post(archive.url, "/tap/sync", b"", media_type)[0] == 400


READ = """
import io
from twisted.web.http_headers import Headers
from gavo.web import common

common.Request.requestReceived = lambda request, *line: print(len(request.content.getvalue()))
from iact.dachs import bodies

bodies.install()
for name in (b"a", b";" * 3000):
    request = common.Request.__new__(common.Request)
    request.content = io.BytesIO(b"--b\\r\\nA: " + name + b"\\r\\n\\r\\n--b--")
    request.requestHeaders = Headers({b"content-type": [b"multipart/form-data; boundary=b"]})
    request.requestReceived(b"POST", b"/", b"HTTP/1.1")
"""


def test_the_reader_of_forms_never_sees_what_is_refused(archive):
    assert archive.gavo_python(READ).split() == ["18", "0"]


@pytest.mark.parametrize("name", ["FORMAT", "RESPONSEFORMAT"])
@pytest.mark.parametrize(
    "asked",
    ["text/plain;x=,text/html", "text/plain,text/html", "text/xml;a=b,text/html;c=d",
     "application/x-votable+xml;x=,text/html", 'text/plain;x="', "text/plain;<b>=c"],
)  # fmt: skip
def test_a_result_has_a_media_type_of_ours(archive, name, asked):
    form = {"LANG": "ADQL", "QUERY": QUERY, name: asked}
    answer = requests.post(f"{archive.url}/tap/sync", data=form, timeout=60)
    assert re.fullmatch(r"[a-z]+/[a-z+-]+(;[a-z =0-9.;-]+)?", answer.headers["content-type"], re.I)
    assert "html" not in answer.headers["content-type"]


def test_a_result_of_a_job_has_a_media_type_of_ours(archive):
    form = {"LANG": "ADQL", "QUERY": QUERY, "FORMAT": "text/plain;x=,text/html", "PHASE": "RUN"}
    job = requests.post(f"{archive.url}/tap/async", data=form, timeout=60).url
    try:
        phase = f"{job}/phase"
        wait_until(lambda: requests.get(phase, timeout=60).text == "COMPLETED", 90, "done")
        document = requests.get(job, timeout=60).text
        result = requests.get(f"{job}/results/result", timeout=60)
        assert result.status_code == 200
        assert "html" not in result.headers["content-type"]
        assert "text/html" not in document.partition("<uws:results>")[2]
    finally:
        requests.delete(job, timeout=60)


@pytest.mark.parametrize(
    "asked",
    ["text/xml", "text/plain", "application/x-votable+xml;serialization=tabledata", "text/xml;a=b"],
)
def test_media_types_that_are_asked_for_are_given_back(archive, asked):
    assert ask(archive, FORMAT=asked).headers["content-type"] == asked


def test_a_format_that_is_no_format_is_refused_whatever_its_length(archive):
    for length in (1, 100_000):
        answer = ask(archive, FORMAT='a/b;"' + ";" * length)
        assert "Cannot serialize in" in answer.text
        assert len(answer.content) < 3000


def form_of_adql(archive, query, **parameters):
    address = f"{archive.url}/__system__/adql/query/form"
    asked = {"__nevow_form__": "genForm", "query": query, "_FORMAT": "CSV", **parameters}
    return requests.get(address, params=asked, timeout=90)


def test_a_client_cannot_lift_the_time_limit_of_a_form(archive):
    # As the server's statements have it, whichever is asked for.
    look = "import gavo.api as api, sys; from gavo import svcs; from iact.dachs import webqueries;"
    look += "webqueries.install();"
    look += "print(*[svcs.QueryMeta({'_TIMEOUT': t})['timeout'] for t in sys.argv[1:]])"
    found = archive.gavo_python(look, "1", "6", "2000000", "1e300", "nan", "x", "-5").split()
    seconds = [float(each) for each in found]
    assert seconds[:2] == [1, 6]
    assert all(0 < each <= 15 for each in seconds)


def test_a_client_cannot_have_the_form_hold_as_many_rows_as_it_likes(archive):
    query = "SELECT a.table_name FROM tap_schema.columns AS a, tap_schema.columns AS b"
    for asked in ("100000", "20000000", "-1"):
        answer = form_of_adql(archive, query, MAXREC=asked)
        assert answer.status_code < 500
        assert len(answer.text.splitlines()) <= 10_010, asked


def harvest(archive, **parameters):
    address = f"{archive.url}/oai.xml"
    return requests.post(address, data={"verb": "ListIdentifiers", **parameters}, timeout=60)


def token(**parameters):
    told = {"verb": "ListIdentifiers", "metadataPrefix": "ivo_vor", "nextOffset": "0",
            "queryDate": "9999999999", **parameters}  # fmt: skip
    return base64.b64encode(zlib.compress(urlencode(told).encode())).decode()


GOES_ON = """
from gavo import api
from gavo.registry import oaiinter
from iact.dachs import harvests

harvests.install()
told = {"verb": "ListRecords", "metadataPrefix": "ivo_vor", "from": "2020-01-01T00:00:00Z"}
token = oaiinter.makeResumptionToken(told, 500)
print(oaiinter.parseResumptionToken({"verb": "ListRecords", "resumptionToken": token}))
"""


def test_a_harvest_goes_on(archive):
    assert ast.literal_eval(archive.gavo_python(GOES_ON)) == {
        "verb": "ListRecords",
        "metadataPrefix": "ivo_vor",
        "from": "2020-01-01T00:00:00Z",
        "resumptionToken": 500,
    }


@pytest.mark.parametrize(
    "sent",
    [token(x="a" * 1_000_000), token(x="a" * 5000), "a" * 100_000, "?", "", "YQ==",
     token(nextOffset="-1"), token()[:-8]],
    ids=["million", "thousands", "long", "letters", "empty", "bytes", "negative", "cut"],
)  # fmt: skip
def test_a_harvest_that_the_server_has_not_begun_does_not_go_on(archive, sent):
    answer = harvest(archive, resumptionToken=sent)
    assert answer.status_code == 200
    assert "This is no resumptionToken of this server" in answer.text
    assert 'code="badResumptionToken"' in answer.text


UNPACKED = """
import sys, zlib
from gavo.registry import oaiinter
from gavo.registry.common import BadResumptionToken
from iact.dachs import harvests

harvests.install()
def unpack(*arguments): raise AssertionError("all of it")
zlib.decompress = unpack
try:
    oaiinter.parseResumptionToken({"verb": "ListIdentifiers", "resumptionToken": sys.argv[1]})
except BadResumptionToken as refusal:
    print(refusal)
"""


def test_only_the_begin_of_a_token_is_unpacked(archive):
    said = archive.gavo_python(UNPACKED, token(x="a" * 1_000_000))
    assert "This is no resumptionToken" in said


@pytest.mark.parametrize("records", ["0", "-1", "1000000000", "x", "1;2"])
def test_a_harvester_gets_a_number_of_records_that_can_be(archive, records):
    answer = harvest(archive, metadataPrefix="ivo_vor", maxRecords=records)
    assert answer.status_code == 200
    assert 'code="badArgument"' in answer.text


FUNCTIONS = {
    "gavo_vocmatch('datalink/core', 'this', table_name)": "name the terms",
    "GAVO_VOCMATCH('no/such', 'this', table_name)": "name the terms",
    "gavo_simbadpoint('M 1')": "look the name up in Simbad",
    "ivo_simbadpoint('M 1')": "look the name up in Simbad",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_query_asks_another_server(archive, function):
    answer = ask(archive, f"SELECT TOP 1 {function} AS x FROM tap_schema.tables")
    assert "This server has no function" in answer.text and FUNCTIONS[function] in answer.text


def test_functions_that_would_are_not_announced(archive):
    status, _, body = fetch(archive.url, "/tap/capabilities")
    assert status == 200 and b"ivo_healpix_index" in body
    assert b"vocmatch" not in body and b"simbadpoint" not in body.lower()


@pytest.mark.parametrize(
    "unit", ["0+7m", "0/0m", "0,5m", "m**(1/0)", "m**99999999", "m" * 200, "'"]
)
def test_what_is_no_unit_is_not_evaluated(archive, unit):
    quoted = unit.replace("'", "''")
    query = f"SELECT TOP 1 gavo_specconv(1.0, '{quoted}', 'Hz') AS x FROM tap_schema.tables"
    answer = ask(archive, query)
    assert 'value="ERROR"' in answer.text
    assert "division" not in answer.text and "unsupported" not in answer.text


@pytest.mark.parametrize(("unit", "hertz"), [("0.1m", 2997924580.0), ("10**-1m", 2997924580.0)])
def test_units_are_converted(archive, unit, hertz):
    query = f"SELECT TOP 1 gavo_specconv(1.0, '{unit}', 'Hz') AS x FROM tap_schema.tables"
    assert float(ask(archive, query).text.split()[1]) == pytest.approx(hertz)


JOB_PARAMETERS = """
from gavo import utils
from gavo.web import asyncrender

def keep(page, name, request):
    print(sorted(request.strargs))

asyncrender.DatalinkAsyncRenderer.getChild = keep
from iact.dachs import datalinkjobs

datalinkjobs.install()
page = asyncrender.DatalinkAsyncRenderer.__new__(asyncrender.DatalinkAsyncRenderer)

class Request:
    _strargs = utils.CaseSemisensitiveDict(
        {"serviceid": ["a/b#c"], "ServiceId": ["a/b#c"], "DLARGS": [""], "ID": ["x"]})
    strargs = property(lambda request: request._strargs)

request = Request()
page.getChild(b"job", request)
request._strargs = {"dlargs": {"ID": ["x"]}, "serviceid": ["cta/dl#cuts"]}
page.getChild(None, request)
"""


def test_a_client_cannot_say_which_service_a_job_calls(archive):
    of_client, of_dachs = archive.gavo_python(JOB_PARAMETERS).splitlines()
    assert ast.literal_eval(of_client) == ["ID"]
    assert ast.literal_eval(of_dachs) == ["dlargs", "serviceid"]


def test_texts_with_characters_that_xml_has_not_are_written_as_xml(archive):
    text = "a\x01b\x0b<&\r"
    cell = base64.b64encode(struct.pack(">I", len(text)) + text.encode()).decode()
    table = (
        '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        '<FIELD name="a" datatype="char" arraysize="*"/><DATA><BINARY><STREAM encoding="base64">'
        f"{cell}</STREAM></BINARY></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    answer = requests.post(
        f"{archive.url}/tap/sync",
        data={"LANG": "ADQL", "QUERY": "SELECT a FROM TAP_UPLOAD.mine", "UPLOAD": "mine,param:t",
              "FORMAT": "votable/td"},
        files={"t": ("t.vot", table)},
        timeout=60,
    )  # fmt: skip
    cells = ElementTree.fromstring(answer.content).findall(".//{*}TD")
    assert [one.text for one in cells] == ["a\ufffdb\ufffd<&\r"]


def test_a_part_of_a_static_file_is_not_sent_a_hundred_times(archive):
    address = f"{archive.url}/static/css/gavo_dc.css"
    asked = {"Accept-Encoding": "identity"}
    size = len(requests.get(address, headers=asked, timeout=60).content)
    many = requests.get(
        address, headers={**asked, "Range": "bytes=" + ",".join(["0-"] * 100)}, timeout=60
    )
    assert (many.status_code, len(many.content)) == (200, size)
    one = requests.get(address, headers={**asked, "Range": "bytes=0-9"}, timeout=60)
    assert (one.status_code, len(one.content)) == (206, 10)


@pytest.fixture
def pending(archive):
    """The address of a job that waits to be run."""
    job = requests.post(f"{archive.url}/tap/async", data={"QUERY": QUERY}, timeout=60).url
    yield job
    requests.delete(job, timeout=60)


def test_a_client_waits_for_a_job(pending):
    for seconds in ("0", "1"):
        answer = requests.get(pending, params={"WAIT": seconds}, timeout=60)
        assert answer.status_code == 200 and ">PENDING<" in answer.text


@pytest.mark.parametrize("sent", ["x", "-2", "1e9", ""])
def test_a_wait_that_is_no_number_is_refused(pending, sent):
    answer = requests.get(pending, params={"WAIT": sent}, timeout=60)
    # What is empty is as if it were not there.
    assert answer.status_code == (400 if sent else 200)


WAITED = """
from unittest import mock
from gavo import base
from gavo.protocols import uwsactions
from iact.dachs import jobrequests, jobwaits

jobwaits.install()
most = base.getConfig("async", "maxslowpollwait")
for sent in ("999999999", "-1", "7", "0"):
    given = {"wait": sent}
    delay = uwsactions.RootAction._delayIfWAIT
    answer = delay(None, mock.Mock(phase="QUEUED"), mock.Mock(uwsArgs=given))
    print(answer is jobrequests.LATER, given["wait"] in (most - 1, 6))
    # A job that has begun to run is no longer waited for.
    assert delay(None, mock.Mock(phase="EXECUTING"), mock.Mock(uwsArgs=given)) is None
"""


def test_no_client_waits_longer_than_the_server_lets_it(archive):
    found = archive.gavo_python(WAITED).splitlines()
    assert found == [*["True True"] * 3, "False False"]


def test_a_list_of_less_than_no_jobs_is_refused(archive):
    for last, status in (("-1", 400), ("0", 200), ("x", 400)):
        answer = requests.get(f"{archive.url}/tap/async", params={"LAST": last}, timeout=60)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "files", "parameters"),
    [
        ("/tap/async", {"QUERY": b"\xff"}, {}),
        ("/cta/dl/soda/dlasync", {"ID": b"\xff"}, {}),
        ("/cta/dl/soda/dlasync", {"f": b"\xff\x00"}, {"UPLOAD": "x,param:f"}),
    ],
)
def test_a_job_with_what_is_no_text_is_refused(archive, path, files, parameters):
    answer = requests.post(f"{archive.url}{path}", data=parameters, files=files, timeout=60)
    assert answer.status_code == 400
    assert "not in UTF-8" in answer.text


def test_a_job_does_not_get_what_is_no_text(pending):
    answer = requests.post(f"{pending}/parameters", files={"QUERY": b"\xff"}, timeout=60)
    assert answer.status_code == 400


MANY_NAMES = "&".join(f"a{number}=1" for number in range(3000))
FORM_AS_ADDRESS = "application/x-www-form-urlencoded"


def test_a_request_with_many_parameters_is_refused(archive):
    answer = post(archive.url, "/tap/async", MANY_NAMES.encode(), FORM_AS_ADDRESS)
    assert answer[0] == 413 and b"names here" in answer[2]
    answer = fetch(archive.url, f"/tap/sync?{MANY_NAMES}")
    assert answer[0] == 413 and b"names here" in answer[2]


LINES = """
import cgi, io
from gavo.web import common
from iact.dachs import bodies

bodies.install()
class Content(io.BytesIO):
    lines = 0
    def readline(self, *size):
        Content.lines += 1
        return super().readline(*size)

bodies.io.BytesIO = Content
head = b'--b\\r\\nContent-Disposition: form-data; name="a"; filename="t"\\r\\n\\r\\n'
body = head + b"\\n" * 500_000 + b"\\r\\n--b--\\r\\n"
given = {"boundary": b"b", "CONTENT-LENGTH": len(body)}
read = cgi.parse_multipart(io.BytesIO(body), given, encoding="utf8", errors="surrogateescape")
print(read["a"] == [b"\\n" * 500_000], Content.lines < 20)
"""


def test_a_part_of_many_lines_is_read_at_once(archive):
    if archive.gavo_python("import sys; print(sys.version_info >= (3, 13))").strip() == "True":
        pytest.skip("Python has no such reader any more")
    assert archive.gavo_python(LINES).split() == ["True", "True"]

"""Addresses that nobody needs are answered with 404, and those of other resources as ever."""

from __future__ import annotations

import shutil

import pytest

from iact.access.doors import DESCRIBING
from service.test_links import raw

#: Services of the archive and of DaCHS, those that are only for its developers, too.
SERVICES = [
    "cta/q/cone", "cta/q/form", "cta/dl/links", "cta/dl/get", "cta/dl/package", "cta/dl/soda",
    "cta/dl/coverage", "__system__/adql/query", "__system__/dc_tables/show",
    "__system__/dc_tables/list", "__system__/obscore/dl", "__system__/products/getTar",
    "__system__/products/dl", "__system__/products/p", "__system__/run/genrd",
    "__system__/services/overview", "__system__/services/root", "__system__/services/cacheclear",
    "__system__/services/registry", "__system__/siap2/sitewide", "__system__/tap/run",
    "__system__/tests/timeout", "__system__/tests/errors", "__system__/tests/uploads",
    "__system__/tests/dyntemplate", "__system__/tests/limited", "__system__/uws/x",
]  # fmt: skip
#: Every renderer that some version of DaCHS knows, and one that none does.
RENDERERS = [
    "admin", "api", "async", "availability", "capabilities", "coverage", "custom", "dali",
    "dlasync", "dlget", "dlmeta", "edition", "examples", "external", "fixed", "form", "get",
    "hips", "howtocite", "info", "mimg.jpeg", "mupload", "nothing", "pubreg.xml", "qp", "rdinfo",
    "scs.xml", "siap.xml", "siap2.xml", "slap.xml", "soap", "ssap.xml", "static", "sync",
    "tableMetadata", "tableinfo", "tablenote", "tables", "upload", "uws.xml", "volatile",
]  # fmt: skip
TAILS = ["", "/", "/x", "/go?wsdl", "?wsdl", "?__nevow_form__=x&key=%ff&ID="]
#: What is there, by service; besides, what describes each of them.
OPEN = {
    "cta/q/cone": {"scs.xml"},
    "cta/q/form": {"form"},
    "cta/dl/links": {"dlmeta"},
    "cta/dl/get": {"custom"},
    "cta/dl/package": {"custom", "async", "uws.xml"},
    "cta/dl/soda": {"dlget", "dlasync"},
    "cta/dl/coverage": {"custom"},
    "__system__/adql/query": {"form"},
    "__system__/dc_tables/show": {"tableinfo", "tablenote"},
    "__system__/dc_tables/list": {"form"},
    "__system__/obscore/dl": {"dlmeta"},
    "__system__/products/getTar": {"form"},
    "__system__/products/dl": {"dlmeta"},
    "__system__/products/p": {"get"},
    "__system__/services/overview": {"form", "rdinfo"},
    "__system__/services/root": {"fixed"},
    "__system__/services/registry": {"pubreg.xml"},
    "__system__/siap2/sitewide": {"siap2.xml"},
    "__system__/tap/run": {"sync", "async", "uws.xml"},
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_shown_in_the_ways_that_somebody_publishes_and_no_other(archive, service):
    closed = set(RENDERERS) - OPEN.get(service, set())
    if service in OPEN:
        closed -= DESCRIBING
    for renderer in RENDERERS:
        for tail in TAILS:
            path = f"/{service}/{renderer}{tail}"
            status, body, _ = raw(archive, path)
            if renderer in closed:
                assert status == 404, path
            assert status < 500, path
            assert b"Traceback" not in body


@pytest.mark.parametrize(
    "path",
    ["/seffe", "/seffe/cta/q", "/clientcount", "/teapot", "/teapot/x", "/test", "/debug",
     "/formatted", "/myproject", "/3rdparty/aladin.min.js", "/genrd", "/odoc/x", "/datalinkuws",
     "/fancyroot/titles", "/fancyroot/serviceInfo", "/browse/__system__/users",
     "/browse/__system__/tests", "/getRR/__system__/tests/timeout", "/__system__/users/x"],
)  # fmt: skip
def test_pages_for_developers_and_operators_are_not_there(archive, path):
    for method in ("GET", "POST"):
        assert raw(archive, path, method)[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/tap", "/tap/capabilities", "/tap/tables", "/tap/availability", "/tap/examples",
     "/tap/async", "/oai.xml?verb=Identify", "/tableinfo/cta.vo_obscore", "/browse/cta/q",
     "/browse/__system__/tap", "/browse", "/cta/q/form", "/cta/q/form/form", "/cta/q/form/info",
     "/cta/q/cone/scs.xml", "/__system__/dc_tables/list/form", "/__system__/adql/query/form",
     "/coverage/moc.json", "/robots.txt", "/static/js/gavo.js", "/static/js/jquery-gavo.js",
     "/static/xsl/vosi.xsl", "/getRR/cta/q/cone", "/cta/dl/links/info"],
)  # fmt: skip
def test_what_people_and_programs_need_is_there(archive, path):
    assert raw(archive, path)[0] == 200


RESOURCE = """<resource schema="neighbour" resdir="neighbour">
  <meta name="title">An operator's own</meta>
  <service id="s" allowed="form,qp,static,fixed">
    <meta name="title">A service</meta>
    <property name="queryField">word</property>
    <property name="staticData">files</property>
    <template key="fixed">page.html</template>
    <pythonCore>
      <inputTable><inputKey name="word" type="text"/></inputTable>
      <outputTable><outputField name="said" type="text"/></outputTable>
      <coreProc><code>
        return rsc.TableForDef(self.outputTable, rows=[{"said": "heard"}])
      </code></coreProc>
    </pythonCore>
  </service>
</resource>
"""
SCRIPT = "document.title = 'of the operator';"
PAGE = f"""<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>
<script type="text/javascript">{SCRIPT}</script></head><body onclick="clicked(this)"/></html>"""


@pytest.fixture(scope="module")
def neighbour(archive):
    """A resource of the operator's own on the same server."""
    folder = archive.var / "gavo" / "inputs" / "neighbour"
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "q.rd").write_text(RESOURCE)
    (folder / "page.html").write_text(PAGE)
    (folder / "files" / "own.html").write_text(PAGE)
    yield "/neighbour/q/s"
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("tail", "status"),
    [("form", 200), ("qp/x", 200), ("static/own.html", 200), ("fixed", 200), ("info", 200),
     ("soap", 404), ("edition", 404), ("scs.xml?RA=1", 404), ("admin", 404)],
)  # fmt: skip
def test_other_resources_publish_what_they_like(archive, neighbour, tail, status):
    assert raw(archive, f"{neighbour}/{tail}")[0] == status


def test_scripts_in_an_operator_s_own_pages_run(archive, neighbour):
    from iact.access.pagepolicy import source

    for tail in ("fixed", "static/own.html"):
        policy = raw(archive, f"{neighbour}/{tail}")[2]["Content-Security-Policy"]
        assert source(SCRIPT) in policy and source("clicked(this)") in policy
    elsewhere = raw(archive, "/tableinfo/cta.vo_obscore")[2]["Content-Security-Policy"]
    assert source(SCRIPT) not in elsewhere

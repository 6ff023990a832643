"""What browsers are told of every page, so that nobody's script runs in one."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import requests

from iact.access.pagepolicy import OF_RESULTS, source
from service.crawler import crawl
from service.people import NOBODY
from service.test_links import PUBLIC, raw
from service.uwsjobs import QUERIES, Job

QUERY = quote(f"SELECT TOP 3 obs_id, access_url FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'")
STARTS = [
    "/", "/tap", "/tap/capabilities", "/tap/tables", "/tap/examples", "/tap/async", "/login",
    "/tap/availability", "/oai.xml?verb=Identify", "/browse/cta/q", "/tableinfo/cta.vo_obscore",
    "/cta/q/form/form?pos=Crab+Nebula&__nevow_form__=genForm", "/cta/q/form/form?__nevow_form__=x",
    "/cta/q/cone/scs.xml?RA=83.63&DEC=22.01&SR=1", "/nothing", "/cta/q/form/soap", "/%ff",
    f"/tap/sync?LANG=ADQL&FORMAT=html&QUERY={QUERY}", "/tap/sync?LANG=ADQL&QUERY=SELECT",
    f"/__system__/adql/query/form?__nevow_form__=genForm&_FORMAT=HTML&query={QUERY}",
    "/static/help.shtml", "/static/xsl/vosi.xsl", "/static/nothing", "/schemata/", "/getproduct",
    "/..%2f", "/tap/sync?QUERY=%00", "/adql",
]  # fmt: skip
SHOWN = re.compile(r"html|xml|svg", re.IGNORECASE)


def directives(policy):
    return {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}


def test_every_page_has_a_policy_that_runs_no_script_of_anybody_s(archive):
    seen = {}

    def fetch(path):
        status, body, headers = raw(archive, path)
        seen[path] = status, headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), path
        if SHOWN.search(headers.get("Content-Type", "text/html")):
            policy = directives(headers["Content-Security-Policy"])
            scripts = policy.get("script-src", policy["default-src"])
            assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "blob:"} & set(scripts)
            assert not [word for word in scripts if word in ("http:", "https:", "data:")]
            assert policy["base-uri"] == ["'none'"]
            assert policy["frame-ancestors"] in (["'self'"], ["'none'"])
        return [body, headers.get("Location", "").encode()]

    crawl(STARTS, archive.url, fetch, limit=600)
    kinds = {status for status, _ in seen.values()}
    assert {200, 301, 400, 401, 404} <= kinds
    assert len(seen) > 80


@pytest.mark.parametrize("output", ["html", "text/html"])
def test_results_are_shown_in_a_sandbox(archive, output):
    words = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 1+1 AS n FROM tap_schema.tables"}
    answer = requests.get(f"{archive.url}/tap/sync", words | {"FORMAT": output}, timeout=60)
    assert answer.headers["Content-Security-Policy"] == OF_RESULTS
    job = Job(archive, NOBODY, QUERIES, FORMAT=output, **words)
    try:
        from service.livearchive import wait_until

        wait_until(job.finished, 60, "the job ends")
        answer = job.get(f"{job.url}/results/result")
        assert "html" in answer.headers["Content-Type"]
        assert answer.headers["Content-Security-Policy"] == OF_RESULTS
    finally:
        job.delete()


def test_the_scripts_of_the_pages_may_run(archive):
    """Those that stand in pages as they are sent, and their handlers."""
    pages = [
        "/cta/q/form/form?pos=Crab+Nebula&__nevow_form__=genForm", "/", "/tap", "/tap/examples",
        "/__system__/adql/query/form", "/__system__/dc_tables/list/form", "/browse/cta/q",
    ]  # fmt: skip
    found = 0
    for page in pages:
        _, body, headers = raw(archive, page)
        policy, text = headers["Content-Security-Policy"], body.decode()
        for script in re.findall(r'<script type="text/javascript">(.*?)</script>', text, re.S):
            assert source(script) in policy, (page, script)
            found += 1
        for handler in re.findall(r'\son[a-z]+="([^"]*)"', text):
            assert source(handler) in policy, (page, handler)
            found += 1
    assert found > 10


def test_a_script_that_somebody_brings_may_not(archive):
    for page in ("/cta/q/form/form", "/__system__/adql/query/form", "/nothing", "/tap"):
        policy = raw(archive, page)[2]["Content-Security-Policy"]
        for script in ("alert(1)", "document.title = 1", "", "//"):
            assert source(script) not in policy


def test_no_text_becomes_a_script_in_the_page_s_own(archive):
    _, body, _ = raw(archive, "/static/js/jquery-gavo.js")
    script = body.decode()
    assert "window.renderTemplate=filled" in script.replace(" ", "")
    assert b"let renderTemplate" not in raw(archive, "/static/js/sodapars.js")[1]


def test_names_of_columns_are_no_markup_of_plots(archive):
    script = raw(archive, "/static/js/flotplot.js")[1]
    assert b"$(head).text()+" not in script and b".text($(head).text())" in script


def test_files_and_their_parts_are_taken_as_what_they_are(archive):
    for path in (
        "/coverage/moc.fits",
        "/static/js/gavo.js",
        "/robots.txt",
        "/static/css/gavo_dc.css",
    ):
        headers = raw(archive, path)[2]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" not in headers


@pytest.fixture
def template(archive):
    """A template of the operator's, which any page may have."""
    path = archive.var / "gavo" / "web" / "templates" / "of_a_test.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path
    path.unlink()


def test_scripts_of_the_operators_templates_run_as_soon_as_they_are_edited(archive, template):
    for script in ("var first = 1;", "var second = 2;"):
        template.write_text(f"<html><script>{script}</script></html>")
        assert source(script) in raw(archive, "/nothing")[2]["Content-Security-Policy"]


def test_a_template_that_cannot_be_read_breaks_no_page(archive, template):
    template.write_text("<html><script>var third = 3;</script></html>")
    template.chmod(0)
    status, body, headers = raw(archive, "/nothing")
    assert status == 404 and b"There is nothing at this address" in body
    assert source("var third = 3;") not in headers["Content-Security-Policy"]


SCRIPTS = """
from gavo.web import ifpages
from iact.dachs import scripts
known = scripts.misfits()
ifpages.StaticFile.processors = {".js": lambda request, path: b"let x = 1"}
print(len(known), *scripts.misfits(), sep="; ")
"""


def test_other_scripts_than_those_that_are_known_are_named(archive):
    said = archive.gavo_python(SCRIPTS)
    assert (
        said.startswith("0; ") and "another sodapars.js" in said and "another flotplot.js" in said
    )

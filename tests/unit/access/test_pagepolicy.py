"""Which scripts browsers may run in our pages."""

import base64
import hashlib

import pytest

from iact.access.pagepolicy import OF_RESULTS, of_pages, source, sources_in

SERVER = "https://archive.example.org/dachs"


def named(script):
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@pytest.mark.parametrize("attributes", ["", ' type="text/javascript"', ' type="module" id="a"'])
def test_a_script_that_stands_in_a_template_is_named_as_it_stands(attributes):
    content = "//<![CDATA[\n  if (a < b) { c(); }\n//]]>"
    assert sources_in(f"<p/><script{attributes}>{content}</script>") == {named(content)}


def test_files_and_templates_are_no_scripts_of_the_page():
    assert sources_in('<script src="/static/js/a.js" type="text/javascript"/>') == set()
    assert sources_in('<script src="/static/js/a.js"></script><p>x</p>') == set()
    assert sources_in('<script type="text/html" id="t"><b>$x</b></script>') == set()


def test_a_file_s_script_element_does_not_hide_the_next():
    text = '<script src="a.js"/>\n<script>b()</script>'
    assert sources_in(text) == {named("b()")}


def test_handlers_are_named_as_browsers_see_them():
    assert sources_in('<a onclick="f(&quot;x&quot;)">') == {named('f("x")')}
    assert sources_in("<a onclick='f(1)'>") == {named("f(1)")}
    assert sources_in('<select onchange="a(\n  b)">') == {named("a(   b)")}
    in_template = '<script type="text/html"><button onclick="g(this)"/></script>'
    assert sources_in(in_template) == {named("g(this)")}


def test_ends_of_lines_are_those_that_browsers_make():
    assert sources_in("<script>a()\r\nb()</script>") == {named("a()\nb()")}


def directives(policy):
    return {
        name: values.split()
        for name, _, values in (part.strip().partition(" ") for part in policy.split(";"))
    }


def test_pages_run_named_scripts_and_those_of_the_server_only():
    policy = directives(of_pages({source("a()")}, SERVER))
    assert policy["script-src"] == [
        "'self'", "https://archive.example.org", "'unsafe-hashes'", source("a()"),
    ]  # fmt: skip
    for words in policy.values():
        assert "'unsafe-eval'" not in words
    assert policy["object-src"] == ["'none'"] and policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]


def test_results_run_nothing():
    policy = directives(OF_RESULTS)
    assert policy["default-src"] == ["'none'"] and "script-src" not in policy
    assert "sandbox" in policy and "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]

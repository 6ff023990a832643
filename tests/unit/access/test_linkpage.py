"""The page of links for people: whole HTML, nothing in it that its values bring along."""

import base64
import hashlib
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from iact.access.elsewhere import Elsewhere
from iact.access.linkpage import MOST_SHOWN, SECURITY_POLICY, page
from iact.access.linkset import link_set
from iact.access.negotiation import prefers_page
from unit.access.linkeddata import (
    DID,
    SERVER,
    closed,
    dataset,
    for_member,
    linked,
    open_to_all,
)  # fmt: skip

EVENTS = DID.format("events")
HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror='a'>\"&\x00"


class Elements(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def hrefs(self):
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def elements(dids, known=None, elsewhere=None, access=open_to_all):
    known = {EVENTS: linked()} if known is None else known
    links = link_set(dids, known, elsewhere or {}, access, SERVER)
    found = Elements(page(links, SERVER))
    assert found.open == []
    return found


def test_the_page_of_a_dataset_has_its_links_its_size_and_its_picture():
    found = elements([EVENTS])
    assert f"{SERVER}/dl3/C%26A/7/events.fits.gz" in found.hrefs()
    assert "1.2 kB" in found.text
    (image,) = (attributes for tag, attributes in found.tags if tag == "img")
    assert image["src"] == f"{SERVER}/dl3/C%26A/7/thumbnail.png"
    assert found.text.count("run <7> & more") == 2
    queries = [href for href in found.hrefs() if "/tap/sync?" in href]
    assert len(queries) == 2
    assert all(href.endswith("&RESPONSEFORMAT=text%2Fhtml") for href in queries)


@pytest.mark.parametrize("place", ["did", "title", "target", "elsewhere"])
def test_no_value_becomes_markup(place):
    known, elsewhere, did = {EVENTS: linked()}, {}, EVENTS
    if place == "did":
        did = HOSTILE
    elif place == "title":
        known = {EVENTS: linked(dataset=dataset(title=HOSTILE), collection_title=HOSTILE)}
    elif place == "target":
        known = {EVENTS: linked(row={"target_name": HOSTILE})}
    else:
        did = "ivo://o"
        elsewhere = {did: Elsewhere(did, f"http://{HOSTILE}", HOSTILE, HOSTILE, None, HOSTILE)}
    found = elements([did], known, elsewhere)
    assert "<script>alert(1)</script>" in found.text
    assert not any(tag == "script" or "onerror" in attributes for tag, attributes in found.tags)
    assert sum(tag == "style" for tag, _ in found.tags) == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:1", "//x"])
def test_only_web_addresses_are_linked(url):
    elsewhere = {"ivo://o": Elsewhere("ivo://o", url, "", "", None, url)}
    assert elements(["ivo://o"], {}, elsewhere).hrefs() == ["#", "#"]


def test_the_policy_lets_in_our_style_and_our_pictures_only():
    html = page(link_set([], {}, {}, open_to_all, SERVER), SERVER)
    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in SECURITY_POLICY
    assert "default-src 'none'" in SECURITY_POLICY and "unsafe" not in SECURITY_POLICY
    assert "style=" not in html and "<script" not in html


def test_without_an_identifier_the_page_says_what_it_wants():
    assert "obs_publisher_did" in elements([]).text


def test_what_is_closed_is_said_to_be_and_not_loaded():
    found = elements([EVENTS], access=closed)
    assert "(closed to you)" in found.text
    (sign_in,) = (href for href in found.hrefs() if href.startswith(f"{SERVER}/login?"))
    (back,) = parse_qs(urlsplit(sign_in).query)["nextURL"]
    assert parse_qs(urlsplit(back).query) == {"ID": [EVENTS]}
    assert not any("/login" in href for href in elements([EVENTS]).hrefs())
    assert not any(tag == "img" for tag, _ in found.tags)
    assert "--user NAME" in found.text and "session" in found.text


def test_signed_addresses_are_in_links_but_not_in_examples():
    found = elements([EVENTS], access=for_member)
    assert any("signature=" in href for href in found.hrefs())
    assert "signature=" not in found.text


def test_an_unknown_dataset_is_said_to_be_unknown():
    assert "there is no dataset ivo://nowhere" in elements(["ivo://nowhere"]).text


def test_a_page_shows_some_datasets_and_says_that_there_are_more():
    known = {f"{EVENTS}{number}": linked() for number in range(MOST_SHOWN + 3)}
    found = elements(list(known), known)
    assert sum(tag == "section" for tag, _ in found.tags) == MOST_SHOWN
    assert "3 more datasets" in found.text


def test_who_has_signed_in_is_not_told_to_do_so():
    links = link_set([EVENTS], {EVENTS: linked()}, {}, closed, SERVER)
    assert "Sign in" in Elements(page(links, SERVER)).text
    for_otto = Elements(page(links, SERVER, "otto & <co>")).text
    assert "Sign in" not in for_otto
    assert "Not all of this is open to you now. You have signed in as otto & <co>." in for_otto


def test_code_on_the_page_is_python():
    found = page(link_set([EVENTS], {EVENTS: linked()}, {}, closed, SERVER), SERVER)
    blocks = [Elements(block).text for block in re.findall("<pre>.*?</pre>", found, re.DOTALL)]
    assert [block.split()[0] for block in blocks] == ["curl", "curl", "import", "from"]
    for block in blocks[:2]:
        assert len(shlex.split(block)) <= 7
    for block in blocks[2:]:
        compile(block, "page", "exec")


def test_the_largest_unit_takes_everything():
    big = linked()
    package = replace(big.dataset.package, size=10**18)
    products = big.dataset.products | {"package": package}
    known = {EVENTS: linked(dataset=dataset(products=products))}
    assert "1000000.0 TB" in elements([EVENTS], known).text


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/x-votable+xml, text/html;q=0.9", False),
        ("application/x-votable+xml;content=datalink;q=0.5, text/html", True),
        ("text/html;q=0", False),
        ("text/html;q=much", False),
        ("text/html; q=0.2, application/x-votable+xml", False),
        # Java's own, with which TOPCAT and STILTS ask.
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", False),
        ("text/html, image/gif, image/jpeg, */*; q=0.2", False),
        (";;,,;q=,=", False),
    ],
)
def test_pages_are_for_those_who_prefer_them(accept, is_page):
    assert prefers_page(accept) == is_page

"""The links of datasets as a page for people; it works without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

from iact.access.descriptors import SYNC_PATH
from iact.access.link import LINKS_PATH, Link
from iact.access.linkset import Group, LinkSet
from iact.access.relations import QUERIES
from iact.access.xmltext import attribute, text

#: Datasets that one page shows; programs get the others.
MOST_SHOWN = 20

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1f28; background: #fff;
  max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin: 2rem 0 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.did, pre, code { font-family: ui-monospace, monospace; font-size: .85rem; }
.did { color: #555f6e; overflow-wrap: anywhere; margin: 0 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid #d9dee5; }
td.size { text-align: right; white-space: nowrap; }
img { float: right; max-width: 12rem; height: auto; margin: 0 0 1rem 1rem; }
pre { background: #f3f5f8; padding: .75rem; overflow-x: auto; }
a { color: #0b57a4; }
@media (max-width: 48rem) { img { float: none; margin: 0; } th, td { padding-right: .5rem; } }
.closed { color: #9a3412; } .fault { color: #9a3412; font-weight: bold; }
@media (prefers-color-scheme: dark) {
  body { background: #12161c; color: #e6e9ee; } a { color: #7db8f5; }
  .did { color: #a5afbd; } pre { background: #1c222b; } th, td { border-color: #333b47; }
  .closed, .fault { color: #fdba74; } }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii")

#: Nothing but our own pictures and our own style can be loaded by the page, whatever is in it.
SECURITY_POLICY = (
    f"default-src 'none'; img-src 'self'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)

_UNITS = ("B", "kB", "MB", "GB", "TB")


def page(links: LinkSet, server_url: str, asker: str = "") -> str:
    """Return the page as HTML.

    Parameters
    ----------
    links
        What the request is answered with.
    server_url
        Address of the server, without a slash at the end.
    asker
        Name of whoever has signed in; empty for nobody.
    """
    shown = links.groups[:MOST_SHOWN]
    title = shown[0].title or shown[0].did if len(shown) == 1 else "Links of datasets"
    hidden = len(links.groups) - len(shown)
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{text(title)}</h1>\n"
    ]
    if not shown:
        parts.append(
            "<p>This address tells where the files of a dataset are. It wants the dataset's"
            f" identifier: <code>{text(server_url + LINKS_PATH)}?ID=</code> and what is in the"
            " column <code>obs_publisher_did</code> of the tables.</p>\n"
        )
    if any(link.link_authorized is False for group in shown for link in group.links):
        # Who has signed in would be asked for the same name again.
        advice = f"You have signed in as {text(asker)}."
        if not asker:
            sign_in = _href(_sign_in_url(shown, server_url))
            advice = f'<a href="{sign_in}">Sign in</a> if you may have it.'
        parts.append(f'<p class="closed">Not all of this is open to you now. {advice}</p>\n')
    for group in shown:
        parts += _section(group, server_url, alone=len(shown) == 1)
    if hidden:
        parts.append(f"<p>{hidden} more datasets are not shown here; programs get them.</p>\n")
    if links.overflow:
        parts.append(f'<p class="fault">{text(links.overflow)}</p>\n')
    parts.append("</main>\n</body>\n</html>\n")
    return "".join(parts)


def _sign_in_url(groups: Sequence[Group], server_url: str) -> str:
    """Return where DaCHS asks for name and password, and comes back from to this page."""
    back = f"{LINKS_PATH}?{urlencode({'ID': [group.did for group in groups]}, doseq=True)}"
    return f"{server_url}/login?{urlencode({'nextURL': back})}"


def _section(group: Group, server_url: str, alone: bool) -> Iterator[str]:
    yield "<section>\n"
    if not alone:
        yield f"<h2>{text(group.title or 'Dataset')}</h2>\n"
    for link in group.links:
        if link.semantics == "#thumbnail" and link.link_authorized:
            yield f'<img src="{_href(link.access_url)}" alt="Counts map">\n'
    yield f'<p class="did">{text(group.did)}</p>\n'
    listed = [link for link in group.links if not link.service_def]
    yield (
        '<div class="wide"><table>\n<thead><tr><th scope="col">What</th><th scope="col">Relation'
        '</th><th scope="col">Type</th><th scope="col">Size</th></tr></thead>\n<tbody>\n'
    )
    yield from (_row(link, group.title) for link in listed)
    yield "</tbody>\n</table></div>\n"
    yield from _how_to(group, server_url)
    yield "</section>\n"


def _row(link: Link, title: str) -> str:
    if link.error_message:
        what = f'<span class="fault">{text(link.error_message)}</span>'
    else:
        # The title of the dataset stands above.
        description = link.description.removesuffix(f": {title}")
        what = f'<a href="{_href(_readable(link))}">{text(description)}</a>'
    if link.link_authorized is False:
        what += ' <span class="closed">(closed to you)</span>'
    relation = link.semantics.removeprefix("#")
    if link.content_qualifier:
        relation += f": {link.content_qualifier}"
    size = "" if link.content_length is None else _size(link.content_length)
    return (
        f"<tr><td>{what}</td><td>{text(relation)}</td><td>{text(link.content_type)}</td>"
        f'<td class="size">{size}</td></tr>\n'
    )


def _readable(link: Link) -> str:
    """Return a link's address; that of a query with an answer as people read it."""
    is_query = link.local_semantics in QUERIES
    return f"{link.access_url}&RESPONSEFORMAT=text%2Fhtml" if is_query else link.access_url


def _how_to(group: Group, server_url: str) -> Iterator[str]:
    """Yield commands and lines of code for what there is."""
    files = [
        link
        for link in group.links
        if link.access_url and link.semantics in ("#this", "#package") and link.link_auth
    ]
    if not files:
        return
    whole = files[-1]
    user = " --user NAME" if whole.link_auth == "true" else ""
    # Addresses that were signed for whoever asks are no examples.
    address = whole.access_url.partition("?")[0]
    links_url = f"{server_url}{LINKS_PATH}?ID={quote(group.did, safe='')}"
    session = ""
    if user:
        session = (
            'import requests\n\nsession = requests.Session()\nsession.auth = ("NAME", "PASSWORD")\n'
        )
    keyword = ", session=session" if user else ""
    yield "<h3>With curl</h3>\n"
    yield _code(f"curl --fail --remote-name{user} '{_for_shell(address)}'")
    if any(link.service_def for link in group.links):
        cut = urlencode({"ID": group.did, "ENERGY": "1 10"}, quote_via=quote)
        yield "<h3>Only the events between 1 and 10 TeV, with curl</h3>\n"
        yield _code(
            f"curl --fail --remote-name --remote-header-name{user}"
            f" '{_for_shell(server_url + SYNC_PATH)}?{_for_shell(cut)}'"
        )
    yield "<h3>With pyvo</h3>\n"
    yield _code(
        f"{session}from pyvo.dal.adhoc import DatalinkResults\n\n"
        f"links = DatalinkResults.from_result_url(\n    {links_url!r}{keyword})\n"
        "for link in links:\n"
        '    print(link.semantics, link["content_qualifier"], link.access_url)'
    )
    if group.links[0].content_qualifier in ("event-list", "event-bundle") and (
        whole.content_qualifier == "event-bundle"
    ):
        yield "<h3>With gammapy, when curl has fetched the file</h3>\n"
        name = address.rpartition("/")[2]
        yield _code(
            "from gammapy.data import Observation\n\n"
            f"observation = Observation.read({name!r})\nprint(observation)"
        )


def _code(content: str) -> str:
    return f"<pre><code>{text(content)}</code></pre>\n"


def _for_shell(address: str) -> str:
    """Return an address to stand between single quotes."""
    return address.replace("'", "%27")


def _href(address: str) -> str:
    """Return an address as an attribute; what is no web address leads nowhere.

    Those of other resources on the server are whatever these resources say.
    """
    return attribute(address) if address.startswith(("http://", "https://")) else "#"


def _size(size: int) -> str:
    value = float(size)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit fits everything")

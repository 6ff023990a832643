"""What browsers are told of every answer: which scripts may run, and to take types as they are.

It is the second line: what comes from users is escaped where it is written. See
`iact.access.pagepolicy`.
"""

import stat
from functools import lru_cache
from pathlib import Path

import gavo
from gavo import base

from iact.access import pagepolicy
from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "which scripts of files may run",
    {"gavo.web.ifpages:StaticFile.render": {"85a10710c45ed9be"}},
    "scripts that stand in HTML files of yours may not run",
    protects=True,
)

_POLICY = b"content-security-policy"
_TYPE = b"content-type"
#: What browsers show as a page: HTML, and XML, which may have a stylesheet or be SVG.
_PAGES = (b"html", b"xml", b"svg")
#: Renderers of results. What is wrong is told by them, too, in pages that need no scripts.
_RESULTS = {"sync", "async", "dlasync", "dlget"}
#: Handlers that code of DaCHS's makes (gavo.svcs, gavo.formal.widget, gavo.web.grend).
_HANDLERS = (
    "output_broadcast(this.value)",
    "this.href=makeResultLink(getEnclosingForm(this))",
    "this.href=makeBookmarkLink(getEnclosingForm(this))",
    "insertPreview(this, null)",
    "Forms.Util.updateLabel(this)",
    "Forms.Util.labelClick(this)",
)
#: One of a service's own, with what its RD says of plots.
_PLOT = "openFlotPlot($('table.results')%s)"
#: Bytes of an operator's file that is looked into for scripts.
_MOST = 2**20


def watch_files():
    """Note at each request which file of the operator's it is answered with."""
    KNOWN.fits()
    known.replace("gavo.web.ifpages:StaticFile.render", _noting_file)


def _noting_file(stock):
    def render(page, request):
        request.shown_file = page.path
        return stock(page, request)

    return render


def instruct(request):
    """Put the headers for browsers into an answer, before its first byte."""
    headers = request.responseHeaders
    headers.setRawHeaders(b"x-content-type-options", [b"nosniff"])
    if not headers.hasHeader(b"referrer-policy"):
        # Addresses may open something for minutes.
        headers.setRawHeaders(b"referrer-policy", [b"same-origin"])
    # Without a type, Twisted says that it is HTML.
    media_type = headers.getRawHeaders(_TYPE, [b"text/html"])[0].lower()
    if not headers.hasHeader(_POLICY) and any(word in media_type for word in _PAGES):
        headers.setRawHeaders(_POLICY, [_policy(request, b"html" in media_type)])


def _policy(request, is_html):
    page = getattr(request, "page", None)
    service = getattr(page, "service", None)
    paths = [getattr(request, "shown_file", None)]
    options = None
    if service is not None:
        # Stylesheets make pages of XML, such as lists of jobs; for a sandbox there are none.
        if is_html and page.name in _RESULTS:
            return pagepolicy.OF_RESULTS.encode("ascii")
        named = (getattr(page, "customTemplate", None), *service.templates.values())
        paths += [page.rd.getAbsPath(path) for path in named if isinstance(path, str)]
        options = base.getMetaText(service, "_plotOptions")
    paths += sorted((Path(base.getConfig("webDir")) / "templates").glob("*.html"))
    states = tuple((path, _state(path)) for path in paths if path)
    return _made(states, f", {options}" if options else "", base.getConfig("web", "serverURL"))


def _state(path):
    try:
        status = Path(path).stat()
    except OSError:
        # One of DaCHS's, which is named by what it is for, or one that is not there.
        return None
    is_small_file = stat.S_ISREG(status.st_mode) and status.st_size <= _MOST
    # Changes with the content and with who may read it.
    return status.st_ctime_ns if is_small_file else None


@lru_cache(maxsize=200)
def _made(states, plot_options, server_url):
    sources = set(_of_dachs())
    for path, state in states:
        if state is not None:
            sources |= _sources_of(Path(path))
    sources.add(pagepolicy.source(_PLOT % plot_options))
    return pagepolicy.of_pages(sources, server_url).encode("ascii", "ignore")


@lru_cache(maxsize=1)
def _of_dachs():
    """Return the names of all scripts and handlers in DaCHS's own templates."""
    stock = Path(gavo.__file__).parent / "resources"
    folders = (
        (stock / "templates", "*.html"),
        (stock / "web" / "xsl", "*.xsl"),
    )
    sources = {pagepolicy.source(handler) for handler in _HANDLERS}
    for folder, names in folders:
        for path in folder.glob(names):
            sources |= _sources_of(path)
    return sources


def _sources_of(path):
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Its own page says what is wrong with it; here it must not break another answer.
        return set()
    return pagepolicy.sources_in(text)

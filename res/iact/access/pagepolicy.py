"""What browsers may do with what the server sends: Content-Security-Policy (W3C, level 3).

Pages of DaCHS's have scripts and handlers of events in them. Browsers run those that stand in its
templates, which are known by their digests, and scripts that the server has as files. Whatever
else looks like a script, wherever in a page it stands, they do not run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

#: Hubs of SAMP (SAMP 1.3, section 5.2) are on the user's own machine.
_SAMP = "http://localhost:21012 http://127.0.0.1:21012"

_SCRIPT = re.compile(r"<script\b([^>]*?)(?<!/)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(r"\bsrc\s*=", re.IGNORECASE)
_TYPE = re.compile(r"""\btype\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_JAVASCRIPT = ("", "text/javascript", "application/javascript", "module")
_HANDLER = re.compile(r"""\son[a-z]+\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BLANK = re.compile(r"[\t\r\n]")

#: Of results, whose names and values are of whoever asked: no scripts at all, and of no origin.
OF_RESULTS = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox allow-popups"
    " allow-popups-to-escape-sandbox allow-downloads"
)


def source(script: str) -> str:
    """Return what names a script, or a handler, in a policy (section 2.3.1)."""
    made = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(made).decode('ascii')}'"


def sources_in(template: str) -> set[str]:
    """Return the names of the scripts and handlers that stand in a template.

    Parameters
    ----------
    template
        Text of HTML, or of XML that becomes HTML. Nothing of it may come from a request.
    """
    text = template.replace("\r\n", "\n")
    found = set()
    for attributes, content in _SCRIPT.findall(text):
        kind = _TYPE.search(attributes)
        is_script = (kind.group(1).strip().lower() if kind else "") in _JAVASCRIPT
        if is_script and not _SOURCE.search(attributes):
            found.add(source(content))
    for quoted, single in _HANDLER.findall(text):
        # XML has blanks in the place of the ends of lines in attributes (XML 1.0, section 3.3.3).
        found.add(source(_BLANK.sub(" ", html.unescape(quoted or single))))
    return found


def of_pages(sources: Iterable[str], server_url: str) -> str:
    """Return the policy of pages whose scripts and handlers have these names.

    Parameters
    ----------
    sources
        As `source` makes them.
    server_url
        Address that links begin with, which may differ from the one that a browser has used.
    """
    parts = urlsplit(server_url)
    here = f"'self' {parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"
    names = " ".join(sorted(sources))
    return (
        f"default-src {here}; script-src {here} 'unsafe-hashes' {names};"
        f" style-src {here} 'unsafe-inline'; img-src * data: blob:; connect-src {here} {_SAMP};"
        f" object-src 'none'; base-uri 'none'; form-action {here}; frame-ancestors 'self'"
    )

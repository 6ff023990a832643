"""Web pages of other hosts may ask: portals, notebooks in a browser, Aladin Lite.

Browsers let scripts read what other hosts answer where these allow it (Fetch Standard, section
3.2, "CORS protocol"). All may here, but without what the browser keeps for the user: its stored
passwords do not go with such requests. A page that sends credentials has got them from its user.
"""

_METHODS = "GET, HEAD, POST, DELETE"
#: All headers; this one only where it is named (section 3.2.3).
_SENT = "*, Authorization"
#: What scripts may read besides the few headers that they always may.
_READ = (
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Location,"
    " Repr-Digest, Retry-After, WWW-Authenticate, X-VO-Authenticated"
)
#: For so many seconds, browsers need not ask again.
_REMEMBERED = 86_400


#: What goes with every answer: the same for all, so that caches may keep it for all.
HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _READ}


def allow(request):
    """Say in the answer to any request that its page may read it."""
    for name, value in HEADERS.items():
        request.setHeader(name, value)


def is_question(request):
    """Tell whether a browser asks whether it may send the request that its page has made."""
    return request.method == b"OPTIONS" and request.requestHeaders.hasHeader(
        b"access-control-request-method"
    )


def say_yes(request):
    """Answer such a question. It has no credentials, nor does the answer depend on any."""
    request.setResponseCode(204)
    request.setHeader("access-control-allow-methods", _METHODS)
    request.setHeader("access-control-allow-headers", _SENT)
    request.setHeader("access-control-max-age", str(_REMEMBERED))
    request.finish()

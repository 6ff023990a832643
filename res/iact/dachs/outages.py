"""While the database is away or the disk is full, services of DaCHS's own say so, and till when.

Stock DaCHS answers then as it does to wrong parameters: with status 200 or 500, and PostgreSQL's
words, which tell where the database's socket is.
"""

import psycopg2
from gavo import base
from twisted.web import resource, server

from iact.dachs import known
from iact.dachs.refusals import database_away, send_refusal, why_not_now

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how it is told that the database is away",
    {
        "gavo.svcs.standardcores:mapDBErrors": {"baf2f815853ca63e"},
        "gavo.protocols.dali:serveDALIError": {
            "ccb774c507551384", "e2aca469f34882df", "647000e3dcbf29b2",
        },
        "gavo.web.vodal:SCSRenderer._writeErrorTable": {
            "5d05eba7684649da", "da4d7a673b5d1fb3", "b65371cd502a00bc",
        },
        "gavo.web.vodal:SIAP2Renderer._handleInputErrors": {"7cb59152d43d3a28"},
        "gavo.web.vodal:SIAP2Renderer._handleRandomFailure": {"e1e5fedce9433a2b"},
        "gavo.web.vodal:RegistryRenderer": {"3a15354bc8e3c427"},
    },
    "clients cannot tell an outage from a wrong query, and are told where the database's socket is",
    protects=True,
)  # fmt: skip
#: SQLSTATEs (PostgreSQL, appendix A) that do not come from what was asked: connections,
#: a full disk, too many sessions, sessions that are ended.
_AWAY = ("08", "53100", "53300", "57P")


def tell():
    """Answer with status 503 while the database is away or the disk is full.

    Pages of errors are chosen by `errortexts`, which makes them a `RefusalPage` then.
    """
    KNOWN.fits()
    for name, make in (
        ("gavo.svcs.standardcores:mapDBErrors", _not_mapping),
        # Where others look for it.
        ("gavo.svcs:mapDBErrors", _not_mapping),
        ("gavo.protocols.dali:serveDALIError", _document),
        ("gavo.web.vodal:SCSRenderer._writeErrorTable", _cone),
        ("gavo.web.vodal:SIAP2Renderer._handleInputErrors", _images),
        ("gavo.web.vodal:SIAP2Renderer._handleRandomFailure", _images),
        ("gavo.web.vodal:RegistryRenderer._renderError", _registry),
    ):
        known.replace(name, make)


def is_away(error):
    """Tell whether an error has nothing to do with what was asked."""
    if isinstance(error, OSError):
        return why_not_now(error) is not None
    if isinstance(error, base.QueryCanceledError):
        return False
    code = getattr(error, "pgcode", None) or ""
    return database_away(error) is not None and (not code or code.startswith(_AWAY))


def _not_mapping(stock):
    def map_errors(kind, error, traceback):
        if isinstance(error, psycopg2.Error) and is_away(error):
            raise error
        return stock(kind, error, traceback)

    return map_errors


def _document(stock):
    def serve(request, error, *args, **kwargs):
        # Of jobs that have failed, the error is no exception but what is known of it.
        refusal = isinstance(error, Exception) and why_not_now(error)
        if not refusal:
            return stock(request, error, *args, **kwargs)
        request.setHeader("retry-after", str(refusal.retry_after))
        return stock(request, str(refusal), httpStatus=refusal.status)

    return serve


def _cone(stock):
    def write(page, request, error, *args, **kwargs):
        refusal = isinstance(error, Exception) and why_not_now(error)
        if not refusal:
            return stock(page, request, error, *args, **kwargs)
        if not request.client:
            # Whoever asked has hung up.
            return None
        request.setHeader("retry-after", str(refusal.retry_after))
        request.setResponseCode(refusal.status)
        return stock(page, request, str(refusal), *args, **kwargs)

    return write


def _images(stock):
    def handle(page, failure, request):
        if why_not_now(failure.value) is None:
            return stock(page, failure, request)
        # Stock DaCHS makes a text of the error first, which says no more what it is.
        return page._writeErrorTable(request, failure.value)

    return handle


def _registry(stock):
    def render(page, failure, request, parameters):
        refusal = why_not_now(failure.value)
        if refusal is None or request.channel is None:
            return stock(page, failure, request, parameters)
        # OAI-PMH 2.0, section 3.1.2.2: servers tell harvesters so to come again.
        return send_refusal(request, refusal)

    return render


class RefusalPage(resource.Resource):
    """Says why a page cannot be had."""

    isLeaf = True

    def __init__(self, refusal):
        resource.Resource.__init__(self)
        self._refusal = refusal

    def render(self, request):
        """Send it."""
        if request.startedWriting:
            # Another answer behind the first would be taken for that of the next request.
            request.channel.transport.abortConnection()
        else:
            send_refusal(request, self._refusal)
        return server.NOT_DONE_YET

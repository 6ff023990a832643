"""The page behind /cta/dl/links/dlmeta: as a document to programs, to people as a page.

Stock DaCHS makes a page of its own for whatever calls itself Mozilla, and a core cannot know
what a client accepts (from 2.11 on, DaCHS keeps it to itself). So this answers in its place.
"""

from gavo import base
from twisted.internet import threads
from twisted.web import resource

from iact.access.link import MEDIA_TYPE
from iact.access.linkpage import SECURITY_POLICY, page
from iact.access.negotiation import prefers_page
from iact.dachs import links
from iact.dachs.pages import ASKING, answer_later, asker_of, values_of
from iact.dachs.refusals import Refusal, end, refuse_method


class LinksPage(resource.Resource):
    """Looks up links and sends them."""

    isLeaf = True

    def render(self, request):
        """Look up in a thread, then send."""
        if request.method not in ASKING:
            return refuse_method(request, "Links are asked for by GET or POST.", *ASKING)
        return answer_later(request, lambda _: threads.deferToThread(_find, request), _send)


def _find(request):
    """Return media type and content of the answer.

    Raises
    ------
    Refusal
        A parameter cannot be answered (DALI 1.1, section 4.2), or name and password are wrong.
    """
    wanted, most = (_first(request, name) for name in ("RESPONSEFORMAT", "MAXREC"))
    dids = [did for did in values_of(request, "ID") if did]
    asker = asker_of(request, takes_signed=False)
    try:
        found = links.find_links(dids, wanted, most, asker)
    except links.UsageFault as fault:
        raise Refusal(400, fault.sentence) from fault
    if wanted is None and prefers_page(request.getHeader("accept")):
        text = page(found, base.getConfig("web", "serverURL"), asker.name)
        return "text/html; charset=utf-8", text.encode("utf-8")
    return MEDIA_TYPE, found.as_votable().encode("utf-8")


def _first(request, name):
    values = values_of(request, name)
    return values[0] if values else None


def _send(answer, request, gone):
    if gone:
        return
    media_type, body = answer
    if media_type != MEDIA_TYPE:
        request.setHeader("content-security-policy", SECURITY_POLICY)
        request.setHeader("referrer-policy", "no-referrer")
    request.setHeader("content-type", media_type)
    request.setHeader("x-content-type-options", "nosniff")
    # It tells who may have what now, and has addresses that open for minutes.
    request.setHeader("cache-control", "private, no-cache")
    request.setHeader("vary", "Accept, Accept-Encoding, Authorization")
    end(request, body)

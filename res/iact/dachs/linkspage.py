"""How links go out: as a document to programs, as a page to people, at one address.

Stock DaCHS makes a page of its own for whatever calls itself Mozilla, and a core cannot know
what a client accepts (from 2.11 on, DaCHS keeps it to itself). So answers of ours are sent
here. Where DaCHS's code is not as this module knows it, answers go the stock way.
"""

from gavo.web import vodal

from iact.access.link import MEDIA_TYPE
from iact.access.linkpage import SECURITY_POLICY, page
from iact.access.negotiation import prefers_page
from iact.dachs import known

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "pages of links for people",
    {vodal.DatalinkGetMetaRenderer._formatData: {"29254444d6bebcd8"}},
    "browsers get the document as DaCHS shows it",
)


class Answer(tuple):
    """Media type and document, as stock DaCHS wants them, with what a page is made of."""

    def __new__(cls, links, server_url, may_be_page):
        """Write the document of a LinkSet.

        Parameters
        ----------
        links
            An `iact.access.linkset.LinkSet`.
        server_url
            Address of the server, without a slash at the end.
        may_be_page
            False where the request names the document's format.
        """
        made = tuple.__new__(cls, (MEDIA_TYPE, links.as_votable().encode("utf-8")))
        made.links, made.server_url, made.may_be_page = links, server_url, may_be_page
        return made


def answer_people():
    """Have this process's server send answers so; return whether it does."""
    if not KNOWN.fits():
        return False
    renderer = vodal.DatalinkGetMetaRenderer
    stock = renderer._formatData

    def send(page_of_dachs, answer, request):
        if not isinstance(answer, Answer):
            return stock(page_of_dachs, answer, request)
        _send(answer, request)
        return None

    renderer._formatData = send
    return True


def _send(answer, request):
    media_type, body = answer
    if answer.may_be_page and prefers_page(request.getHeader("accept")):
        media_type, body = "text/html; charset=utf-8", page(answer.links, answer.server_url)
        body = body.encode("utf-8")
        request.setHeader("content-security-policy", SECURITY_POLICY)
        request.setHeader("referrer-policy", "no-referrer")
    request.setHeader("content-type", media_type)
    request.setHeader("x-content-type-options", "nosniff")
    # It tells who may have what now, and has addresses that open for minutes.
    request.setHeader("cache-control", "private, no-cache")
    request.setHeader("vary", "Accept, Accept-Encoding, Authorization")
    request.setHeader("content-length", str(len(body)))
    request.write(body)
    request.finish()

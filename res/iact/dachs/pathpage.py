"""What our pages for `custom` renderers share: the path of a URL, and refusals in plain words."""

from gavo import base
from gavo.web import grend

#: The pages hand out; they take nothing in.
READING = (b"GET", b"HEAD")


def refuse(request, status, sentence):
    """Set status and media type of an error; return its body.

    With 401, clients are told how to sign in (RFC 9110, section 11.6.1).
    """
    request.setResponseCode(status)
    if status == 401:
        realm = base.getConfig("web", "realm")
        request.setHeader("www-authenticate", f'Basic realm="{realm}", charset="UTF-8"')
    request.setHeader("content-type", "text/plain; charset=utf-8")
    return (sentence + "\n").encode("utf-8")


class PathPage(grend.ServiceBasedPage):
    """Collects the parts of the path behind the service's address in `segments`, decoded."""

    name = "custom"

    def __init__(self, request, service, segments=()):
        grend.ServiceBasedPage.__init__(self, request, service)
        self.segments = tuple(segments)

    @classmethod
    def isBrowseable(cls, service):
        """Tell DaCHS that this is not a page for people."""
        return False

    def getChild(self, name, request):
        """Take one more part of the path."""
        return type(self)(request, self.service, (*self.segments, name.decode("utf-8", "replace")))

    def refuse(self, request, status, sentence):
        """Do as the function `refuse`."""
        return refuse(request, status, sentence)

    def refuse_method(self, request, sentence):
        """Do as `refuse`, to methods other than `READING`."""
        request.setHeader("allow", "GET, HEAD")
        return self.refuse(request, 405, sentence)

"""What our pages for `custom` renderers share: the path of a URL, and refusals in plain words."""

from gavo import base, svcs
from gavo.web import grend

from iact.dachs import identity

#: The pages hand out; they take nothing in.
READING = (b"GET", b"HEAD")

WRONG_CREDENTIALS = "The user name or the password is wrong."


class Refusal(Exception):
    """Why nothing is sent: HTTP status and a sentence for whoever asked.

    With `retry_after`, they are told to ask again after so many seconds.
    """

    def __init__(self, status, sentence, retry_after=None):
        super().__init__(sentence)
        self.status, self.retry_after = status, retry_after


def asker_of(request):
    """Return who sent a request, as `identity.of_request` does.

    Raises
    ------
    Refusal
        Name or password are wrong, or the address was signed and is not good (any more).
    """
    try:
        return identity.of_request(request)
    except svcs.Authenticate:
        raise Refusal(401, WRONG_CREDENTIALS) from None
    except svcs.ForbiddenURI as fault:
        raise Refusal(403, str(fault)) from None


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

    def __init__(self, request, service):
        grend.ServiceBasedPage.__init__(self, request, service)
        self.segments = ()

    @classmethod
    def isBrowseable(cls, service):
        """Tell DaCHS that this is not a page for people."""
        return False

    def getChild(self, name, request):
        """Take one more part of the path."""
        # The page is of this request alone, and takes DaCHS long to make.
        self.segments = (*self.segments, name.decode("utf-8", "replace"))
        return self

    def refuse(self, request, status, sentence):
        """Do as the function `refuse`."""
        return refuse(request, status, sentence)

    def refuse_method(self, request, sentence):
        """Do as `refuse`, to methods other than `READING`."""
        request.setHeader("allow", "GET, HEAD")
        return self.refuse(request, 405, sentence)

    def say_failure(self, failure, request, gone):
        """Answer with what went wrong, as a Deferred's errback.

        Parameters
        ----------
        failure
            Of a `Refusal`, or of what nobody has thought of.
        request
            What could not be answered.
        gone
            Not empty where whoever asked has hung up.
        """
        if gone:
            return
        if failure.check(Refusal):
            refusal = failure.value
            if refusal.retry_after is not None:
                request.setHeader("retry-after", str(refusal.retry_after))
            body = self.refuse(request, refusal.status, str(refusal))
        else:
            base.ui.notifyFailure(failure)
            body = self.refuse(request, 500, "Internal error.")
        request.setHeader("content-length", str(len(body)))
        request.write(body)
        request.finish()

"""What our pages share: who asks, parameters, the path of a URL, answers that come later."""

from gavo import svcs
from gavo.web import grend
from twisted.web import server

from iact.dachs import identity
from iact.dachs.refusals import WRONG_CREDENTIALS, Refusal, say_failure

#: Methods by which pages hand out, and those by which they take parameters, too.
READING = (b"GET", b"HEAD")
ASKING = (*READING, b"POST")


def values_of(request, name):
    """Return the texts of a parameter, in the case of letters that it is asked for or another.

    What is not UTF-8 comes as an object of DaCHS's, whose text says so, or with surrogates,
    which nothing can be written with.
    """
    found = request.strargs.get(name) or ()
    return [str(value).encode("utf-8", "replace").decode("utf-8") for value in found]


def asker_of(request, takes_signed=True):
    """Return who sent a request, as `identity.of_request` does.

    Parameters
    ----------
    request
        Whoever sent it.
    takes_signed
        Whether its address may stand for who has signed it.

    Raises
    ------
    Refusal
        Name or password are wrong, or the address was signed and is not good (any more).
    """
    try:
        return identity.of_request(request, takes_signed)
    except svcs.Authenticate:
        raise Refusal(401, WRONG_CREDENTIALS) from None
    except svcs.ForbiddenURI as fault:
        raise Refusal(403, str(fault)) from None


def answer_later(request, begin, send):
    """Answer a request when what is to be sent has been looked up or made.

    Parameters
    ----------
    request
        What is answered.
    begin
        Begins with it: takes `gone`, which has something in it as soon as whoever asked has hung
        up, and returns a Deferred.
    send
        Takes what comes of it, the request, and `gone`.
    """
    gone = []
    request.notifyFinish().addErrback(gone.append)
    begin(gone).addCallback(send, request, gone).addErrback(say_failure, request, gone)
    return server.NOT_DONE_YET


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

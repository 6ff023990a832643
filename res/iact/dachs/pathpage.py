"""What our pages for `custom` renderers share: the path of a URL, and refusals in plain words."""

import psycopg2
from gavo import base, svcs
from gavo.web import grend

from iact.dachs import identity

#: The pages hand out; they take nothing in.
READING = (b"GET", b"HEAD")

WRONG_CREDENTIALS = "The user name or the password is wrong."

_COME_AGAIN = "The archive's database does not answer now; ask again in a minute."
_MINUTE = 60


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


def refuse_method(request, sentence, *allowed):
    """Do as `refuse`, to methods other than those that are allowed."""
    request.setHeader("allow", b", ".join(allowed).decode("ascii"))
    return refuse(request, 405, sentence)


def end(request, body):
    """Send the whole of an answer."""
    request.setHeader("content-length", str(len(body)))
    request.write(body)
    request.finish()


def say_failure(failure, request, gone):
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
    refusal = failure.value
    if not failure.check(Refusal):
        base.ui.notifyFailure(failure)
        refusal = database_away(refusal) or Refusal(500, "Internal error.")
    send_refusal(request, refusal)


def send_refusal(request, refusal):
    """Send the whole of a `Refusal`."""
    if refusal.retry_after is not None:
        request.setHeader("retry-after", str(refusal.retry_after))
    end(request, refuse(request, refusal.status, str(refusal)))


def database_away(error):
    """Return what is told where the database has gone or takes too long, else None."""
    is_so = (
        isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        # What psycopg2 and DaCHS (gavo.base.sqlsupport) make of a connection that breaks, and of
        # one that cannot be made.
        or type(error) is psycopg2.DatabaseError
        or (isinstance(error, base.ReportableError) and "database server" in str(error))
    )
    return Refusal(503, _COME_AGAIN, _MINUTE) if is_so else None


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

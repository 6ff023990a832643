"""What our pages share: who asks, parameters, the path of a URL, and refusals in plain words."""

import psycopg2
from gavo import base, svcs
from gavo.web import grend
from psycopg2.pool import PoolError
from twisted.web import server

from iact.dachs import identity

#: Methods by which pages hand out, and those by which they take parameters, too.
READING = (b"GET", b"HEAD")
ASKING = (*READING, b"POST")

WRONG_CREDENTIALS = "The user name or the password is wrong."

_AWAY = "The archive's database does not answer now; ask again in a minute."
_TOO_LONG = "The archive's database takes too long now; ask again in a minute."
_MINUTE = 60
#: SQLSTATE begins so where a role or its password is refused: the operator's business.
_REFUSED = "28"


class Refusal(Exception):
    """Why nothing is sent: HTTP status and a sentence for whoever asked.

    With `retry_after`, they are told to ask again after so many seconds.
    """

    def __init__(self, status, sentence, retry_after=None):
        super().__init__(sentence)
        self.status, self.retry_after = status, retry_after


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


def refuse(request, status, sentence):
    """Set status and media type of an error; return its body.

    With 401, clients are told how to sign in (RFC 9110, section 11.6.1).
    """
    request.setResponseCode(status)
    if status == 401:
        realm = base.getConfig("web", "realm")
        request.setHeader("www-authenticate", f'Basic realm="{realm}", charset="UTF-8"')
    request.setHeader("content-type", "text/plain; charset=utf-8")
    return (sentence + "\n").encode("utf-8", "replace")


def refuse_method(request, sentence, *allowed):
    """Do as `refuse`, to methods other than those that are allowed."""
    request.setHeader("allow", b", ".join(allowed).decode("ascii"))
    return refuse(request, 405, sentence)


def end(request, body):
    """Send the whole of an answer."""
    request.setHeader("content-length", str(len(body)))
    request.write(body)
    request.finish()


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
    if request.startedWriting:
        # Another answer behind the first would be taken for that of the next request.
        base.ui.notifyFailure(failure)
        request.channel.transport.abortConnection()
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
    if isinstance(error, base.QueryCanceledError):
        return Refusal(503, _TOO_LONG, _MINUTE)
    is_away = (
        isinstance(error, psycopg2.InterfaceError | PoolError)
        or (
            isinstance(error, psycopg2.OperationalError)
            and not (error.pgcode or "").startswith(_REFUSED)
        )
        # What psycopg2 and DaCHS (gavo.base.sqlsupport) make of a connection that breaks, and of
        # one that cannot be made.
        or type(error) is psycopg2.DatabaseError
        or (isinstance(error, base.ReportableError) and "database server" in str(error))
    )
    return Refusal(503, _AWAY, _MINUTE) if is_away else None


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

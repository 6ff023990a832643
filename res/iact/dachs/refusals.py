"""Why nothing is sent: statuses and plain words for whoever asked."""

import errno

import psycopg2
from gavo import base
from psycopg2.pool import PoolError

from iact.errors import WANT_OF_ROOM

WRONG_CREDENTIALS = "The user name or the password is wrong."
NOT_UTF8 = "A parameter is not in UTF-8."

_AWAY = "The archive's database does not answer now; ask again in a minute."
_TOO_LONG = "The archive's database takes too long now; ask again in a minute."
_NO_ROOM = "There is no room on the archive's disk for this now; ask again later, or for less."
_MINUTE = 60
#: Numbers of the system's errors that come of doing too much.
_TOO_MUCH = (*WANT_OF_ROOM, errno.EMFILE, errno.ENFILE)
#: SQLSTATE begins so where a role or its password is refused: the operator's business.
_REFUSED = "28"
#: SQLSTATE of a disk without room, as PostgreSQL finds it.
_DISK_FULL = "53100"


class Refusal(Exception):
    """Why nothing is sent: HTTP status and a sentence for whoever asked.

    With `retry_after`, they are told to ask again after so many seconds.
    """

    def __init__(self, status, sentence, retry_after=None):
        super().__init__(sentence)
        self.status, self.retry_after = status, retry_after


def challenge():
    """Return what tells clients how to sign in (RFC 7617, section 2)."""
    return f'Basic realm="{base.getConfig("web", "realm")}", charset="UTF-8"'


def refuse(request, status, sentence):
    """Set status and media type of an error; return its body.

    With 401, clients are told how to sign in (RFC 9110, section 11.6.1).
    """
    request.setResponseCode(status)
    if status == 401:
        request.setHeader("www-authenticate", challenge())
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
        refusal = why_not_now(refusal) or Refusal(500, "Internal error.")
    send_refusal(request, refusal)


def send_refusal(request, refusal):
    """Send the whole of a `Refusal`."""
    if refusal.retry_after is not None:
        request.setHeader("retry-after", str(refusal.retry_after))
    end(request, refuse(request, refusal.status, str(refusal)))


def why_not_now(error):
    """Return what is told where something fails that will work later, else None."""
    if isinstance(error, Refusal) and error.retry_after is not None:
        return error
    if isinstance(error, OSError) and error.errno in _TOO_MUCH:
        return Refusal(503, _NO_ROOM, _MINUTE)
    return database_away(error)


def database_away(error):
    """Return what is told where the database has gone or takes too long, else None."""
    if isinstance(error, base.QueryCanceledError):
        return Refusal(503, _TOO_LONG, _MINUTE)
    if getattr(error, "pgcode", None) == _DISK_FULL:
        return Refusal(503, _NO_ROOM, _MINUTE)
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

"""Errors are told to users in words that are meant for them, whatever is answered with.

All that DaCHS answers errors by gets them from here: pages, VOTables, plain texts, documents of
jobs and of the Registry. What nobody has thought of is told by a number, under which the log has
all of it.
"""

import builtins
import secrets
import traceback

import psycopg2
from gavo import base, svcs
from gavo.web import common
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.error import FlattenerError
from twisted.web.template import tags

from iact.access import wording
from iact.dachs import known, outages
from iact.dachs.refusals import NOT_UTF8, Refusal, why_not_now
from iact.errors import CtaError

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how errors are told without the server's inside",
    {
        "gavo.protocols.dali:getDALIError": {
            "235f93752044290e", "f3292808c94f40d6", "a7ad728e3ab2ec01",
        },
        "gavo.protocols.uws:BaseUWSJob._decode_error": {"f8503eb928a371a1"},
        "gavo.web.weberrors:getDCErrorPage": {"099466e89d700b78"},
        "gavo.formal.nevowc:TemplatedPage.handleError": {"170e4add4f58d546", "ca7d4af8f26d81c5"},
        "gavo.formal.form:ResourceWithForm.crash": {"163e0ea14a135b01"},
        "gavo.web.formrender:FormMixin._handleInputErrors": {"dc0c3e0dc83abbd4"},
        "gavo.web.vodal:SIAP2Renderer._handleInputErrors": {"7cb59152d43d3a28"},
        "gavo.web.vodal:SIAP2Renderer._handleRandomFailure": {"e1e5fedce9433a2b"},
        "gavo.web.vodal:SCSRenderer._writeErrorTable": {
            "5d05eba7684649da", "da4d7a673b5d1fb3", "b65371cd502a00bc",
        },
        "gavo.web.vodal:RegistryRenderer._getErrorTree": {"465c2d8746357808"},
        "gavo.web.vodal:_DatalinkRendererBase._reportError": {"3d195acb68647e82"},
    },
    "errors may show paths and code of the server",
    protects=True,
)  # fmt: skip
#: Which argument of theirs is an error, or has one.
_TELLING = {
    "gavo.protocols.dali:getDALIError": 0,
    "gavo.web.formrender:FormMixin._handleInputErrors": 1,
    "gavo.web.vodal:SIAP2Renderer._handleInputErrors": 1,
    "gavo.web.vodal:SIAP2Renderer._handleRandomFailure": 1,
    "gavo.web.vodal:SCSRenderer._writeErrorTable": 2,
    "gavo.web.vodal:RegistryRenderer._getErrorTree": 1,
    "gavo.web.vodal:_DatalinkRendererBase._reportError": 1,
}
#: By what pages of errors are chosen; from 2.13 on, in two modules.
_CHOOSING = ("gavo.web.weberrors:getDCErrorPage", "gavo.svcs.weberrors:getDCErrorPage",
    "gavo.svcs:getDCErrorPage")  # fmt: skip
#: What stock pages do with errors of their own.
_HANDLING = ("gavo.formal.nevowc:TemplatedPage.handleError",
    "gavo.formal.form:ResourceWithForm.crash")  # fmt: skip
_MEANT_FOR_USERS = (base.Error, base.ExecutiveAction, CtaError, Refusal)
#: Errors of RDs and of DaCHS's own code.
_OF_OPERATORS = (
    base.BadCode,
    base.RestrictedElement,
    base.SourceParseError,
    known.base_class("gavo.rsc.common:DBTableError"),
)
#: How errors show that a parameter is no text for DaCHS, or for PostgreSQL.
_BAD_TEXTS = {
    "BinaryItem": NOT_UTF8,
    "NUL (0x00)": "A parameter must not have NUL in it.",
}
#: How documents of jobs call errors that are not meant for users.
_INTERNAL_TYPES = {
    *(name for name, thing in vars(builtins).items() if isinstance(thing, type)),
    *(kind.__name__ for kind in (psycopg2.Error, *psycopg2.Error.__subclasses__())),
    *(kind.__name__ for kind in psycopg2.DatabaseError.__subclasses__()),
    *(kind.__name__ for kind in _OF_OPERATORS),
    "StructureError",
} - {"Error"}  # fmt: skip


#: DaCHS's pages of errors, which moved with 2.13.
_ErrorPage = known.base_class(
    "gavo.svcs.weberrors:ErrorPage", known.base_class("gavo.web.weberrors:ErrorPage")
)


class Unexpected(base.Error):
    """What is told of an error that is not meant for users."""


def choose():
    """Tell users of errors what helps them, and number the rest for the log."""
    KNOWN.fits()
    for name, place in _TELLING.items():
        known.replace(name, _telling(place))
    for name in _CHOOSING:
        known.replace(name, _page)
    for name in _HANDLING:
        known.replace(name, _rendering)
    known.replace("gavo.protocols.uws:BaseUWSJob._decode_error", _of_job)


def told(error):
    """Return what users are told of an error; the log has what they are not.

    Parameters
    ----------
    error
        An exception, a Failure of one, a text, or a dictionary of DaCHS's with ``msg``.

    Returns
    -------
    object
        Something of the same kind; other things as they are.
    """
    if isinstance(error, Failure):
        error.value = _exception(error.value, error)
        return error
    if isinstance(error, Exception):
        return _with_status(_exception(error, error))
    if isinstance(error, str):
        return _text(error)
    if isinstance(error, dict) and isinstance(error.get("msg"), str):
        hint = error.get("hint")
        return error | {
            "msg": _text(error["msg"]),
            "hint": wording.cleaned(hint) if isinstance(hint, str) else hint,
        }
    return error


def _exception(error, origin):
    if isinstance(error, Unexpected | svcs.RedirectBase) or type(error).__name__ == "_Silence":
        return error
    if why_not_now(error) is not None:
        # What is told then has a module of its own: outages.
        return error
    root = _root(error)
    # What a value meets (SQLSTATE 22), or is wrong with somebody's own query (42).
    kinds = (psycopg2.DataError, psycopg2.ProgrammingError)[: 1 + (type(error) is base.Error)]
    if isinstance(root, kinds) and not wording.is_internal(str(root)):
        said = root.diag.message_primary or str(root)
        return base.ValidationError(wording.cleaned(said), "query")
    if not _is_meant_for_users(root):
        for sign, sentence in _BAD_TEXTS.items():
            if sign in str(root):
                return base.ValidationError(sentence, "request")
        return _unexpected(origin)
    for name in ("msg", "hint"):
        text = getattr(error, name, None)
        if not isinstance(text, str):
            continue
        if wording.is_internal(text):
            return _unexpected(origin)
        cleaned = wording.cleaned(text)
        if cleaned != text:
            setattr(error, name, cleaned)
            error.args = tuple(cleaned if arg == text else arg for arg in error.args)
    return _unexpected(origin) if wording.is_internal(str(error)) else error


def _with_status(error):
    """Give an error the status that DaCHS has from 2.11 on; it takes 500 for most without one."""
    if isinstance(error, Refusal):
        error.httpCode = error.status
    elif isinstance(error, base.Error) and not isinstance(error, Unexpected):
        error.httpCode = getattr(error, "httpCode", 400)
    return error


def _root(error):
    """Return what an error that only tells of another one tells of."""
    while True:
        if isinstance(error, FlattenerError):
            inner = error._exception
        else:
            # Queries tell so of all that went wrong with them.
            inner = error.__cause__ if type(error) is base.Error else None
        if not isinstance(inner, Exception):
            return error
        error = inner


def _is_meant_for_users(error):
    if isinstance(error, base.StructureError) and not isinstance(error, base.LiteralParseError):
        return False
    return isinstance(error, _MEANT_FOR_USERS) and not isinstance(error, _OF_OPERATORS)


def _text(message):
    if wording.is_internal(message):
        return str(_unexpected(message))
    return wording.cleaned(message)


def _unexpected(origin):
    """Write an error to the log; return what is told of it."""
    number = secrets.token_hex(4)
    if isinstance(origin, Failure):
        lines = origin.getTraceback()
    elif isinstance(origin, Exception):
        lines = "".join(traceback.format_exception(origin))
    else:
        lines = origin
    base.ui.notifyError(f"Number {number}: {lines}")
    return Unexpected(wording.of_unexpected(number))


def _telling(place):
    def replaced(stock):
        def tell(*arguments, **named):
            changed = list(arguments)
            changed[place] = told(changed[place])
            return stock(*changed, **named)

        return tell

    return replaced


def _page(stock):
    def page(failure):
        failure = told(failure or Failure())
        error = failure.value
        if (refusal := why_not_now(error)) is not None:
            return outages.RefusalPage(refusal)
        if isinstance(error, Unexpected):
            return _Fault(failure)
        if isinstance(error, base.ValidationError):
            return _BadRequest(failure)
        return stock(failure)

    return page


def _rendering(stock):
    return lambda page, failure, request: common.produceErrorDocument(failure, request)


def _of_job(stock):
    def decode(job, value):
        error = stock(job, value)
        if not isinstance(error, dict) or not isinstance(error.get("msg"), str):
            return error
        if error.get("type") in _INTERNAL_TYPES or wording.is_internal(error["msg"]):
            return error | {"msg": wording.of_job(str(job.jobId)), "hint": None}
        return told(error)

    return decode


class _Fault(_ErrorPage):
    """Tells what nobody has thought of."""

    handles = None
    titleMessage = "Internal Error"
    beforeMessage = "We are sorry:"
    afterMessage = tags.p["The operator is at the address below."]

    def render(self, request):
        """Send it, or what of it fits behind what has been sent."""
        if request.startedWriting:
            request.write(f"<p>{self.flr.value}</p>")
            request.finish()
            return server.NOT_DONE_YET
        return _ErrorPage.render(self, request)


class _BadRequest(_Fault):
    """Tells what is wrong with a parameter."""

    status = 400
    titleMessage = "Bad Request"
    beforeMessage = "Something is wrong with the request:"
    afterMessage = ""

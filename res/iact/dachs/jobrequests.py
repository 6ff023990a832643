"""Requests for jobs are answered by threads of their own, which may wait for the database.

Stock DaCHS looks jobs up in the thread that answers all requests: while a table of jobs is locked,
one client that asks for a job keeps all others from everything. That thread only sends here what
the others have found, and waits with clients that ask for that (WAIT).
"""

from functools import partial

from twisted.internet import reactor, task
from twisted.web import server

from iact.dachs import known
from iact.dachs.refusals import end
from iact.dachs.workers import Workers

#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "answering requests for jobs in threads",
    {
        "gavo.web.asyncrender:JobResource.render": {"95a10dc77c438c92"},
        "gavo.web.asyncrender:JobResource._deliverResult": {"d710b01a9f56807b"},
        "gavo.web.asyncrender:JobResource._redirectAsNecessary": {"71c0a275a4eaffeb"},
        "gavo.protocols.uwsactions:doJobAction": {"83a805c5dd375315"},
        "gavo.protocols.uwsactions:JobActions.dispatch": {"235ac097e3a6dab9"},
    },
    "a table of jobs that is locked may hold up all requests",
    protects=True,
)

#: Threads, and how many requests may be in work or wait for them.
_ANSWERERS = (2, 200)
_answerers = []
#: Actions that send answers themselves, which the reactor only may do.
_SENDING = ("error", "owner")
#: Seconds between looks at a job with whose end a client waits.
_INTERVAL = 1
#: What an action returns where its client is to wait, and the job to be looked at again.
LATER = object()


def install():
    """Answer requests for jobs, and for lists of them, in threads."""
    KNOWN.fits()
    known.replace("gavo.web.asyncrender:JobResource.render", _rendering_job)
    known.replace("gavo.web.asyncrender:JoblistResource.render_GET", _rendering_list)


def _ask(gone, function, *arguments):
    if not _answerers:
        _answerers.append(Workers("jobs", *_ANSWERERS))
    return _answerers[0].do(gone, function, *arguments)


def _client_of(request):
    """Return a list that has something in it as soon as the client has hung up."""
    gone = []
    request.notifyFinish().addErrback(gone.append)
    return gone


def _rendering_job(stock):
    del stock

    def render(page, request):
        _answer_with_job(page, request, _client_of(request))
        return server.NOT_DONE_YET

    return render


def _answer_with_job(page, request, gone):
    """Have a thread do what is asked for, and answer with the outcome."""
    _ask(gone, _act, page, request).addCallback(_finish, page, request, gone).addErrback(
        _unless(gone, page._redirectAsNecessary), request
    ).addErrback(_unless(gone, page._deliverError), request)


def _act(page, request):
    """Do what is asked for, in a thread; return what the reactor calls for the answer."""
    name, *segments = page.segments
    action, *rest = segments or [""]
    job = page.workerSystem.getJob(name)
    do = partial(page.workerSystem.jobActions.dispatch, action, job, request, rest)
    if action in _SENDING or any(rest):
        return do
    result = do()
    return lambda: result


def _finish(answer, page, request, gone):
    if gone:
        return None
    result = answer()
    if result is LATER:
        return task.deferLater(reactor, _INTERVAL, _answer_with_job, page, request, gone)
    if hasattr(result, "addCallback"):
        return result.addCallback(page._deliverResult, request)
    return page._deliverResult(result, request)


def _rendering_list(stock):
    def render(page, request):
        gone = _client_of(request)
        _ask(gone, stock, page, request).addCallback(_send, request, gone).addErrback(
            _unless(gone, page._deliverError), request
        )
        return server.NOT_DONE_YET

    return render


def _send(document, request, gone):
    if not gone:
        end(request, document)


def _unless(gone, deliver):
    """Return an errback that tells clients what went wrong, unless they have hung up."""
    return lambda failure, request: None if gone else deliver(failure, request)

"""What UWS 1.1 says of jobs and stock DaCHS leaves out, for TAP, cuts and packages alike.

- A job that is posted with PHASE=RUN runs at once (section 2.2.3.1); stock DaCHS leaves it PENDING.
- Lists have the jobs that PHASE, AFTER and LAST ask for (2.2.2.1), those of dlasync, too.
- Documents have a parameter for each value, and results of jobs that are COMPLETED, in their
  order; stock DaCHS shows Python's own texts, and results that are not there.
- Errors have a status that says so (DALI 1.1, section 4.2), and what can be read answers HEAD.
"""

from collections.abc import Mapping

from gavo import base, svcs, utils
from gavo.protocols import dali, uws, uwsactions
from gavo.web import asyncrender, weberrors
from twisted.web import server
from twisted.web.error import UnsupportedMethod

from iact.dachs import jobroom, known, receiving
from iact.dachs.jobqueue import JobFault
from iact.dachs.workers import Workers

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "what UWS says of jobs",
    {
        "gavo.web.asyncrender:JoblistResource.render_POST": {"f3d54d2c0390f725"},
        "gavo.web.asyncrender:JoblistResource.render_GET": {"8c5f5c42664f3c11"},
        "gavo.web.asyncrender:UWSResource._deliverError": {
            "8c46ffaae2a13d67",
            "9078138235ac9b5e",
            "b6de62f7b44735ef",
        },
        "gavo.protocols.uwsactions:getParametersElement": {"a82f225c89b532fd"},
        "gavo.protocols.uwsactions:_getResultsElement": {"d994aac8a117cd4e"},
    },
    "PHASE=RUN counts only when it is posted to the job's phase, and errors have status 200",
)

#: Seconds that DaCHS itself takes for a change of phase at most.
_TIMEOUT = 10
#: Threads that make jobs, and how many requests may be in work or wait for it.
_MAKERS = (2, 50)
_makers = []
#: Statuses of errors; what is not among them is a defect.
_STATUS = {
    uws.JobNotFound: 404,
    svcs.UnknownURI: 404,
    svcs.BadMethod: 405,
    UnsupportedMethod: 405,
    svcs.ForbiddenURI: 403,
    JobFault: 503,
    base.ValidationError: 400,
    uws.UWSError: 400,
}
# DaCHS 2.11 has these, too.
for _name, _code in (("RequestEntityTooLarge", 413), ("BadRequest", 400)):
    if hasattr(svcs, _name):
        _STATUS[getattr(svcs, _name)] = _code
#: What is said to UWS and not to the service, or by DaCHS to itself.
_NO_PARAMETERS = {"PHASE", "SERVICEID"}


def complete():
    """Answer requests for jobs as UWS wants it; return whether this is done."""
    if not KNOWN.fits():
        return False
    stock_list = asyncrender.JoblistResource.render_GET

    def render_list(page, request):
        request._strargs = request.strargs.get("dlargs") or request.strargs
        return stock_list(page, request)

    asyncrender.JoblistResource.render_GET = render_list
    asyncrender.JoblistResource.render_POST = _post
    asyncrender.UWSResource._deliverError = _deliver_error
    uwsactions.getParametersElement = _parameters
    uwsactions._getResultsElement = _results
    # Twisted leaves the content out.
    uwsactions.JobAction.doHEAD = lambda action, job, request: action.doGET(job, request)
    return True


def _post(page, request):
    """Make a job in a thread: tables that come with it are written to disk."""
    gone = []
    request.notifyFinish().addErrback(gone.append)
    _making(gone, _make, page.workerSystem, request).addCallback(
        _lead_to, page, request, gone
    ).addErrback(_deliver, page, request, gone)
    return server.NOT_DONE_YET


def _making(gone, function, *arguments):
    if not _makers:
        _makers.append(Workers("new jobs", *_MAKERS))
    return _makers[0].do(gone, function, *arguments)


def _make(system, request):
    """Return the name of a new job, as a request wants it."""
    owner = request.getUser() if request.getAuthUser() else None
    jobroom.make_room(owner, receiving.size_of(request))
    name = system.getNewIdFromRequest(request)
    # Those of dlasync are packed into one.
    given = request.strargs.get("dlargs", request.strargs)
    if not given and "dlargs" in request.strargs:
        with system.changeableJob(name) as job:
            # DaCHS takes what is empty for what is missing.
            job.change(parameters=job.parameters | {"dlargs": utils.CaseSemisensitiveDict()})
    if [text.upper() for text in given.get("PHASE", [])] == ["RUN"]:
        system.changeToPhase(name, uws.QUEUED, timeout=_TIMEOUT)
    return name


def _lead_to(name, page, request, gone):
    if not gone:
        asyncrender.redirectUWS(page.service.getURL(page.renderer), str(name))


def _deliver(failure, page, request, gone):
    if not gone:
        _deliver_error(page, failure, request)


def _deliver_error(page, failure, request, **ignored):
    # What is ignored is called differently in 2.7 and later: a status, whatever the error.
    error = failure.value
    if isinstance(error, svcs.Authenticate | svcs.RedirectBase):
        return weberrors.renderDCErrorPage(failure, request)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), None)
    if isinstance(error, UnsupportedMethod):
        allowed = b", ".join(sorted(error.allowedMethods)).decode("ascii")
        request.setHeader("allow", allowed)
        error = f"This address answers {allowed} only."
    if status is None:
        base.ui.notifyFailure(failure)
        status = 500
    return dali.serveDALIError(request, error, httpStatus=status)


def _parameters(job):
    result = uwsactions.UWS.parameters()
    for name, text in job.iterSerializedPars():
        if isinstance(text, uws.ParameterRef):
            result[uwsactions.UWS.parameter(id=name, byReference="true")[text.url]]
            continue
        value = job.parameters[name]
        values = value if isinstance(value, Mapping) else {name: value}
        for key, one in values.items():
            if key.upper() not in _NO_PARAMETERS:
                texts = one if isinstance(one, list | tuple) else [text if key == name else one]
                for each in texts:
                    result[uwsactions.UWS.parameter(id=key)[str(each)]]
    return result


def _results(job):
    # What others have begun to write is not all there.
    is_complete = job.phase == uws.COMPLETED
    names = [found["resultName"] for found in job.getResults()] if is_complete else []
    there = f"{job.getURL()}/results/"
    # result, result-2, and so on.
    return uwsactions.UWS.results[
        [
            uwsactions.UWS.result(id=name, href=there + name)
            for name in sorted(names, key=lambda name: (len(name), name))
        ]
    ]

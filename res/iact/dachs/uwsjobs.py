"""What UWS and HTTP say of jobs and stock DaCHS leaves out, for TAP, cuts and packages alike.

A job that is posted with PHASE=RUN runs at once (UWS 1.1, section 2.2.3.1), HEAD of a
result is answered (RFC 9110, section 9.3.2), and a result that is not there is not found; stock
DaCHS leaves the job PENDING, never answers, and sends a document with status 200.
"""

from gavo import svcs
from gavo.protocols import uws, uwsactions
from gavo.web import asyncrender
from twisted.web import server

from iact.dachs import known
from iact.dachs.pathpage import end, refuse

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "jobs that run as soon as they are posted, and HEAD of their results",
    {
        asyncrender.JoblistResource.render_POST: {"f3d54d2c0390f725"},
        uwsactions.ResultsAction.getResource: {"7f1ebdfe4ef3aef1"},
    },
    "PHASE=RUN counts only when it is posted to the job's phase, and HEAD waits for ever",
)

#: Seconds that DaCHS itself takes for a change of phase at most.
_TIMEOUT = 10


def complete():
    """Have this process's server do so; return whether it does."""
    if not KNOWN.fits():
        return False
    stock = uwsactions.ResultsAction.getResource

    def get_resource(action, job, request, segments):
        try:
            made = stock(action, job, request, segments)
        except svcs.UnknownURI:
            end(request, refuse(request, 404, "The job has no such result (yet)."))
            return server.NOT_DONE_YET
        if segments and request.method == b"HEAD" and made is server.NOT_DONE_YET:
            request.finish()
        return made

    uwsactions.ResultsAction.getResource = get_resource
    asyncrender.JoblistResource.render_POST = _post
    return True


def _post(page, request):
    name = page.workerSystem.getNewIdFromRequest(request)
    # Those of dlasync are packed into one.
    given = request.strargs.get("dlargs") or request.strargs
    if [text.upper() for text in given.get("PHASE", [])] == ["RUN"]:
        page.workerSystem.changeToPhase(name, uws.QUEUED, timeout=_TIMEOUT)
    asyncrender.redirectUWS(page.service.getURL(page.renderer), str(name))

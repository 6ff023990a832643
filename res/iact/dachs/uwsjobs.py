"""Jobs that are posted with PHASE=RUN run at once (UWS 1.1, section 2.2.3.1), of all services.

Stock DaCHS leaves them PENDING.
"""

from gavo.protocols import uws
from gavo.web import asyncrender

from iact.dachs import known

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "jobs that run as soon as they are posted",
    {asyncrender.JoblistResource.render_POST: {"f3d54d2c0390f725"}},
    "PHASE=RUN counts only when it is posted to the job's phase",
)

#: Seconds that DaCHS itself takes for a change of phase at most.
_TIMEOUT = 10


def complete():
    """Have this process's server do so; return whether it does."""
    if not KNOWN.fits():
        return False
    asyncrender.JoblistResource.render_POST = _post
    return True


def _post(page, request):
    name = page.workerSystem.getNewIdFromRequest(request)
    # Those of dlasync are packed into one.
    given = request.strargs.get("dlargs") or request.strargs
    if [text.upper() for text in given.get("PHASE", [])] == ["RUN"]:
        page.workerSystem.changeToPhase(name, uws.QUEUED, timeout=_TIMEOUT)
    asyncrender.redirectUWS(page.service.getURL(page.renderer), str(name))

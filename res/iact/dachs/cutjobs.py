"""Jobs of dlasync at addresses that lead to them, with results for those who may have them.

DaCHS's documents place jobs and results below /datalinkuws, for a service that does not take
them (403).
"""

from gavo import base
from gavo.protocols import dlasync

from iact.dachs import cutresults, known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "addresses of asynchronous cuts",
    {"gavo.protocols.dlasync:DLUWS.getURLForId": {"ccbd087a6650922d"}},
    "results of jobs are at addresses that answer 403",
)


def give_out():
    """Give out jobs and results of cuts; return whether this is done."""
    # Whatever version of DaCHS it is: rights depend on it.
    for action in (cutresults.Results, cutresults.Parameters):
        dlasync.DL_WORKER.jobActions.actions[action.name] = action()
    if not KNOWN.fits():
        return False
    dlasync.DLUWS.getURLForId = _address
    return True


def _address(worker, job_id):
    """Return where a job is: at the service that it was sent to."""
    service = base.resolveCrossId(worker.getJob(job_id).parameters["serviceid"])
    return f"{service.getURL('dlasync')}/{job_id}"

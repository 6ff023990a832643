"""Asynchronous cuts: a few at a time, at addresses that lead to them.

Stock DaCHS starts a process for each job of dlasync at once, however many there are, each with
all of DaCHS in it, and lets it run for however long. And its documents place jobs and results
below /datalinkuws, for a service that does not take them (403).
"""

from operator import itemgetter

from gavo import base
from gavo.protocols import dlasync, uws
from twisted.internet import reactor, task

from iact.dachs import cutresults, known
from iact.dachs.jobwatch import JobFault
from iact.events.faults import unavailable

#: Jobs that run at the same time, each of somebody else. Who has not signed in is one user.
AT_A_TIME = 2
#: Jobs of one user that may wait.
MAX_WAITING = 20
#: Seconds between looks at jobs that wait.
_INTERVAL = 0.5
#: Seconds without looks after one that has failed.
_REST = 10.0

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "a queue for asynchronous cuts",
    {
        dlasync.DLTransitions.queueJob: {"531099499e7c0725"},
        dlasync.DLUWS.getURLForId: {"ccbd087a6650922d"},
    },
    "results of jobs are at addresses that answer 403, and nothing limits how many run",
)

_EXECUTING = "SELECT jobId, owner FROM {} WHERE phase = 'EXECUTING'"
#: Of each user the job that has waited longest.
_NEXT = (
    "SELECT DISTINCT ON (owner) creationTime, jobId, owner FROM {} WHERE phase = 'QUEUED'"
    " ORDER BY owner, creationTime"
)
_COUNT = "SELECT count(*) FROM {} WHERE phase = 'QUEUED' AND owner IS NOT DISTINCT FROM %(owner)s"

#: Names of the jobs whose processes this server has started, and which have not ended.
_started = set()
# Jobs may have waited or run when the server ended.
_busy = [True]


def take_turns():
    """Have this process's server run jobs of dlasync so; return whether it does."""
    # Whatever version of DaCHS it is: rights depend on it.
    for action in (cutresults.Results, cutresults.Parameters):
        dlasync.DL_WORKER.jobActions.actions[action.name] = action()
    if not KNOWN.fits():
        return False

    def queue(transitions, state, job, ignored):
        ((waiting,),) = _query(_COUNT, owner=job.owner)
        if waiting >= MAX_WAITING:
            raise JobFault(unavailable(f"{waiting} jobs of yours wait already; ask again later."))
        uws.ProcessBasedUWSTransitions.queueJob(transitions, state, job, ignored)
        _busy[0] = True

    dlasync.DLTransitions.queueJob = queue
    dlasync.DLUWS.getURLForId = _address
    reactor.callWhenRunning(_keep_looking)
    return True


def _keep_looking():
    task.LoopingCall(_look).start(_INTERVAL).addErrback(_go_on)


def _go_on(failure):
    # Such as a database that has been restarted: jobs must not wait for ever.
    base.ui.notifyFailure(failure)
    reactor.callLater(_REST, _keep_looking)


def _address(worker, job_id):
    """Return where a job is: at the service that it was sent to."""
    service = base.resolveCrossId(worker.getJob(job_id).parameters["serviceid"])
    return f"{service.getURL('dlasync')}/{job_id}"


def _query(query, **values):
    with base.getTableConn() as connection:
        return list(connection.query(query.format(dlasync.DLJob.jobsTD.getQName()), values))


def _look():
    """Start jobs that wait, as many as others have ended."""
    if not _busy[0]:
        return
    executing, waiting = _query(_EXECUTING), _query(_NEXT)
    _started.intersection_update(name for name, _ in executing)
    served = {owner for name, owner in executing if name in _started}
    for _, name, owner in sorted(waiting, key=itemgetter(0)):
        if owner not in served and len(_started) < AT_A_TIME:
            _started.add(name)
            served.add(owner)
            dlasync.DL_WORKER.changeToPhase(name, uws.EXECUTING)
    _busy[0] = bool(executing or waiting)

"""Asynchronous cuts: a few at a time, at addresses that lead to them.

Stock DaCHS starts a process for each job of dlasync at once, however many there are, each with
all of DaCHS in it, and lets it run for however long. And its documents place jobs and results
below /datalinkuws, for a service that does not take them (403).
"""

import contextlib
import os
import signal
from datetime import timedelta
from operator import itemgetter

from gavo import base
from gavo.protocols import dlasync, uws, uwsactions
from twisted.internet import reactor, task, threads

from iact.access.decision import utc_now
from iact.dachs import cutresults, known
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

_EXECUTING = (
    "SELECT jobId, owner, pid, startTime, executionDuration FROM {} WHERE phase = 'EXECUTING'"
)
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


class JobFault(base.ValidationError):
    """Why a job has failed, in the words of SODA and nothing else."""

    def __init__(self, fault):
        super().__init__(fault.text, "soda")

    def __str__(self):
        return self.msg


def take_turns():
    """Have this process's server run jobs of dlasync so; return whether it does."""
    # Whatever version of DaCHS it is: rights depend on it.
    dlasync.DL_WORKER.jobActions = cutresults.actions(_Root)
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
    """Start jobs that wait, as many as others have ended; end those whose time is over."""
    if not _busy[0]:
        return
    executing, waiting = _query(_EXECUTING), _query(_NEXT)
    running = {name for name, *_ in executing}
    if not running >= _started:
        _started.intersection_update(running)
        threads.deferToThread(cutresults.make_room).addErrback(base.ui.notifyFailure)
    now, most = utc_now(), base.getConfig("async", "defaultExecTime")
    for name, _, pid, begun, seconds in executing:
        if begun is not None and now - begun > timedelta(seconds=seconds or most):
            _end(name, pid)
    served = {owner for name, owner, *_ in executing if name in _started}
    for _, name, owner in sorted(waiting, key=itemgetter(0)):
        if owner not in served and len(_started) < AT_A_TIME:
            _started.add(name)
            served.add(owner)
            dlasync.DL_WORKER.changeToPhase(name, uws.EXECUTING)
    _busy[0] = bool(executing or waiting)


def _end(name, pid):
    """End a job that has run for too long."""
    sentence = "The job took longer than its executionDuration; ask for less in one job."
    dlasync.DL_WORKER.changeToPhase(name, uws.ERROR, JobFault(unavailable(sentence)))
    _kill(name, pid)


def _kill(name, pid):
    # What an earlier server started has gone with it, and others may have the number now.
    if name in _started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class _Root(uwsactions.RootAction):
    """Ends a job that is deleted; stock DaCHS lets its process go on while its place is free."""

    def doDELETE(self, job, request):
        """End its process where it runs, then delete it."""
        if job.phase == uws.EXECUTING:
            _kill(job.jobId, job.pid)
        super().doDELETE(job, request)

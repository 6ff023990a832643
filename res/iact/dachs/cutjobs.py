"""Asynchronous cuts: a few at a time, at addresses that lead to them.

Stock DaCHS starts a process for each job of dlasync at once, however many there are, each with
all of DaCHS in it. And its documents place jobs and results below /datalinkuws, for a
service that does not take them (403).
"""

from gavo import base
from gavo.protocols import dlasync, uws
from twisted.internet import reactor, task

from iact.dachs import cutresults, known

#: Jobs that run at the same time.
AT_A_TIME = 2
#: Seconds between looks at jobs that wait.
_INTERVAL = 0.5
#: Jobs that are looked at.
_MOST = 10_000
#: Seconds without looks after one that has failed.
_REST = 10.0

#: Debian 12 (2.7) and Debian 13 (2.11).
_KNOWN = {
    dlasync.DLTransitions.queueJob: {"531099499e7c0725"},
    dlasync.DLUWS.getURLForId: {"ccbd087a6650922d"},
}

_started = set()
# Jobs may have waited when the server ended.
_waiting = [True]


def take_turns():
    """Have this process's server run jobs of dlasync so; return whether it does."""
    # Whatever version of DaCHS it is: rights depend on it.
    dlasync.DL_WORKER.jobActions = cutresults.actions()
    if not known.are_known("a queue for asynchronous cuts", _KNOWN):
        return False

    def queue(transitions, state, job, ignored):
        uws.ProcessBasedUWSTransitions.queueJob(transitions, state, job, ignored)
        _waiting[0] = True

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


def _look():
    """Start jobs that wait, as many as others have ended."""
    if not _waiting[0]:
        return
    # The latest first.
    phases = dict(dlasync.DL_WORKER.getIdsAndPhases(last=_MOST))
    _started.intersection_update(name for name, phase in phases.items() if phase == uws.EXECUTING)
    waiting = [name for name, phase in phases.items() if phase == uws.QUEUED][::-1]
    for name in waiting[: max(0, AT_A_TIME - len(_started))]:
        _started.add(name)
        dlasync.DL_WORKER.changeToPhase(name, uws.EXECUTING)
    _waiting[0] = bool(waiting)

"""Jobs of all services: TAP queries, cuts, packages. DaCHS keeps each kind in its own table."""

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from gavo import base
from gavo.protocols import dlasync, tap, useruws, uws

from iact.access.decision import utc_now

#: For somebody else's lock on a job's row, s: as DaCHS waits for a change of phase.
_LOCK_SECONDS = 10
_SELECT = (
    "SELECT jobId, {job_class}, owner, phase, pid, startTime, executionDuration FROM {table}"
    " WHERE {condition} ORDER BY coalesce(endTime, startTime, creationTime)"
)


@dataclass(frozen=True)
class Job:
    """What a table has of a job.

    Parameters
    ----------
    system
        DaCHS's object for jobs of its kind.
    name, owner, phase
        Texts; who has not signed in is None.
    pid
        Of its process; None where it has had none.
    begun, seconds
        When its process has begun with it, UTC, None if it has not; how long it may take.
    """

    system: uws.UWS
    name: str
    owner: str | None
    phase: str
    pid: int | None
    begun: object
    seconds: int | None

    def bytes_taken(self):
        """Return the size of what is in the job's folder."""
        taken = 0
        for path in (Path(base.getConfig("uwsWD")) / self.name).glob("*"):
            # Somebody may destroy the job meanwhile.
            with contextlib.suppress(FileNotFoundError):
                taken += path.stat().st_size
        return taken

    def abort(self):
        """End its process, if it runs, and say that somebody wanted that."""
        with self.system.changeableJob(self.name, _LOCK_SECONDS) as row:
            if row.phase == uws.EXECUTING:
                row.change(phase=uws.ABORTED, endTime=utc_now())
        self.end_process()

    def fail(self, error):
        """End its process, and say why in the job's error."""
        self.system.changeToPhase(self.name, uws.ERROR, error)
        self.end_process()

    def end_process(self):
        """End its process, where there is one, and let the next job have its place."""
        if self.pid and _runs(self.pid, self.name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        let_next_run(self.system)


def let_next_run(system):
    """Have jobs of a kind started that wait, where there are places; cuts have a queue of ours."""
    if isinstance(system, uws.UWSWithQueueing):
        system.scheduleProcessQueueCheck()
        system.checkProcessQueue()


def of_dachs(job):
    """Return what DaCHS's own object for a job stands for."""
    return Job(
        job.uws, job.jobId, job.owner, job.phase, job.pid, job.startTime, job.executionDuration
    )


def select(condition):
    """Return the jobs of all kinds for which an SQL condition holds, the oldest first.

    The order is that of their last change, within a kind.
    """
    found = []
    with base.getTableConn() as connection:
        for table, job_class, system_of in _kinds():
            sql = _SELECT.format(table=table, job_class=job_class, condition=condition)
            for name, known_class, *rest in connection.query(sql):
                found.append(Job(system_of(known_class), name, *rest))
    return found


def _kinds():
    """Return table, what its jobs' class is in SQL, and what finds their system by that."""
    return (
        (tap.TAPJob.jobsTD.getQName(), "NULL", lambda job_class: tap.WORKER_SYSTEM),
        (dlasync.DLJob.jobsTD.getQName(), "NULL", lambda job_class: dlasync.DL_WORKER),
        (useruws.UserUWSJobBase.jobsTD.getQName(), "jobclass", _system_of_service),
    )


def _system_of_service(name):
    return base.resolveCrossId(name).getUWS()


def _runs(pid, name):
    """Tell whether a process is that of a job: the number may be another's by now."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[-2:] == [b"--", name.encode()]

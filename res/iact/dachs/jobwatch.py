"""What becomes of jobs that wait, and of those that take too long or too much, of all services.

A query's time counts in PostgreSQL only, not while its text is read; what a package takes is not
limited at all. Stock DaCHS keeps the results of all jobs, however much that is. And it looks once
a minute only whether a package that waits can have the place of one that has ended.
"""

from datetime import timedelta

from gavo import base
from gavo.protocols import uws
from twisted.internet import reactor, task, threads

from iact.access.decision import utc_now
from iact.dachs import jobs
from iact.events.faults import unavailable

#: Bytes that results and uploads of all jobs together may take, and those of one.
ROOM, ROOM_FOR_ONE = 20 * 1024**3, 4 * 1024**3
#: As much counts each job at least: there must not be any number of empty ones.
_LEAST = 1024**2
#: Seconds between looks at jobs that run; after one that has failed; between looks at what ended
#: jobs take.
_INTERVAL, _REST, _CLEANING = 2.0, 10.0, 60.0
#: A query that PostgreSQL has ended says so itself, within this.
_GRACE = timedelta(seconds=5)


class JobFault(base.ValidationError):
    """Why a job has failed, in the words of SODA and nothing else."""

    def __init__(self, fault):
        super().__init__(fault.text, "soda")

    def __str__(self):
        return self.msg


def begin():
    """Have this process's server watch its jobs."""
    reactor.callWhenRunning(_keep, look, _INTERVAL)
    reactor.callWhenRunning(_keep, make_room_later, _CLEANING)


def _keep(look, seconds):
    def go_on(failure):
        # Such as a database that has been restarted.
        base.ui.notifyWarning(f"Jobs are not watched now: {failure.getErrorMessage()}")
        reactor.callLater(_REST, _keep, look, seconds)

    task.LoopingCall(look).start(seconds).addErrback(go_on)


def look(room=ROOM_FOR_ONE):
    """End jobs that run for too long, or whose results become too large; start those that wait."""
    found = jobs.select("phase IN ('QUEUED', 'EXECUTING')")
    for job in found:
        if job.phase == uws.QUEUED:
            continue
        seconds = job.seconds or base.getConfig("async", "defaultExecTime")
        if job.begun is not None and utc_now() - job.begun > timedelta(seconds=seconds) + _GRACE:
            job.fail(_fault("took longer than its executionDuration; ask for less in one job"))
        elif job.bytes_taken() > room:
            job.fail(_fault(f"has more than {room / 1024**3:.3g} GB; ask for less in one job"))
    for system in {job.system for job in found if job.phase == uws.QUEUED}:
        jobs.let_next_run(system)


def _fault(what):
    return JobFault(unavailable(f"The job {what}."))


def make_room_later():
    """Make room in a thread: there may be many jobs."""
    return threads.deferToThread(make_room)


def make_room(room=ROOM):
    """Destroy jobs that do not run where the files of all take more than so many bytes.

    Those of the user whose files take most go first, the oldest of them before the others:
    nobody's jobs go because of what others have made. Who has not signed in is one user.
    """
    by_owner, taken = {}, {}
    for job in jobs.select("phase NOT IN ('QUEUED', 'EXECUTING')"):
        by_owner.setdefault(job.owner, []).append(job)
        taken[job] = max(job.bytes_taken(), _LEAST)
    sizes = {owner: sum(taken[job] for job in theirs) for owner, theirs in by_owner.items()}
    while sum(sizes.values()) > room:
        owner = max(sizes, key=sizes.get)
        job = by_owner[owner].pop(0)
        sizes[owner] -= taken[job]
        job.system.destroy(job.name)

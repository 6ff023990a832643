"""What becomes of jobs, of all services: their turn comes, they end in time, and are removed.

A query's time counts in PostgreSQL only, not while its text is read; what a package takes is not
limited at all. Jobs whose process has gone with an earlier server run for ever, say stock DaCHS's
documents. It removes jobs whose time is over twice a day, and keeps the results of all others,
however much that is.
"""

import time
from datetime import timedelta

from gavo import base
from gavo.protocols import uws
from twisted.internet import reactor, task

from iact.access.decision import utc_now
from iact.dachs import jobqueue, jobroom, jobs, jobthreads
from iact.dachs.jobqueue import JobFault
from iact.events.faults import unavailable

#: Bytes that results and uploads of all jobs together may take, and those of one.
ROOM, ROOM_FOR_ONE = 20 * 1024**3, 4 * 1024**3
#: Bytes of memory that the process of a job may take. Some hundred characters of ADQL can double
#: its columns again and again.
MEMORY = 2 * 1024**3
#: As much counts each job at least: there must not be any number of empty ones.
_LEAST = 10 * 1024**2
#: Seconds between looks at jobs while some run or wait, and otherwise; after one that has failed.
_INTERVAL, _LONG_INTERVAL, _REST = 0.5, 10.0, 10.0
#: Seconds between looks at what ended jobs take.
_CLEANING = 60.0
#: A query that PostgreSQL has ended says so itself, within this.
_GRACE = timedelta(seconds=5)
#: Seconds for a process to become what it is to be, or to leave a word before it ends.
_GONE_AFTER = 3.0

_looked = [float("-inf")]
#: Since when jobs that run have had no process, by their names.
_gone = {}


def begin():
    """Have this process's server watch its jobs."""
    reactor.callWhenRunning(_keep, _look_when_needed, _INTERVAL)
    reactor.callWhenRunning(_keep, _clean_later, _CLEANING)


def _keep(look, seconds):
    def go_on(failure):
        # Such as a database that has been restarted.
        base.ui.notifyWarning(f"Jobs are not watched now: {failure.getErrorMessage()}")
        reactor.callLater(_REST, _keep, look, seconds)

    task.LoopingCall(look).start(seconds).addErrback(go_on)


def _look_when_needed():
    if jobqueue.busy.is_set() or time.monotonic() - _looked[0] > _LONG_INTERVAL:
        _looked[0] = time.monotonic()
        # The next one waits for the end of this.
        return jobthreads.later(look)
    return None


def look(room=ROOM_FOR_ONE, memory=MEMORY):
    """End jobs that take too long or too much, or have no process; start those that wait.

    It asks the database, which may take as long as others lock tables of jobs.
    """
    # What comes after this is found by the next look.
    jobqueue.busy.clear()
    found = jobs.select("phase IN ('QUEUED', 'EXECUTING')", order="created")
    running = [job for job in found if job.phase == uws.EXECUTING]
    now = time.monotonic()
    since = {job.name: _gone.get(job.name, now) for job in running if not job.has_process()}
    _gone.clear()
    _gone.update(since)
    for job in running:
        reason = _reason_to_end(job, room, memory)
        if reason:
            job.fail(JobFault(unavailable(reason)))
    jobqueue.start_next(found)


def _reason_to_end(job, room, memory):
    seconds = job.seconds or base.getConfig("async", "defaultExecTime")
    if job.begun is not None and utc_now() - job.begun > timedelta(seconds=seconds) + _GRACE:
        return "The job took longer than its executionDuration; ask for less in one job."
    if job.bytes_taken() > room:
        return f"The job has more than {_gigabytes(room)} on disk; ask for less in one job."
    if job.bytes_taken() > jobroom.SMALL and jobroom.lacking() > 0:
        return "There is no room left on the server's disk; ask for less, or send the job later."
    if job.name not in _gone and job.memory() > memory:
        return f"The job takes more than {_gigabytes(memory)} of memory; ask for less in one job."
    if time.monotonic() - _gone.get(job.name, float("inf")) > _GONE_AFTER:
        return "The job has ended with the server, or for want of memory; send it again."
    return ""


def _gigabytes(size):
    return f"{size / 1024**3:.3g} GB"


def _clean_later():
    """Remove jobs in a thread: there may be many."""
    return jobthreads.later(clean)


def clean():
    """Destroy jobs whose time is over, and those that `make_room` would."""
    for job in jobs.select("destructionTime < now() AT TIME ZONE 'UTC'"):
        job.system.destroy(job.name)
        job.end_process()
    make_room()


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
    missing = jobroom.lacking()
    while sizes and (sum(sizes.values()) > room or missing > 0):
        owner = max(sizes, key=sizes.get)
        if sum(sizes.values()) <= room and sizes[owner] == _LEAST * len(by_owner[owner]):
            # What fills the disk is something else.
            break
        job = by_owner[owner].pop(0)
        sizes[owner] -= taken[job]
        missing -= taken[job]
        job.system.destroy(job.name)

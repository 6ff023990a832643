"""Whose turn it is: some jobs of each kind run, and nobody's wait because of one user's.

Stock DaCHS takes queries and packages as they come, however many one user sends. Those of dlasync
it starts at once, each a process with all of DaCHS in it. Where the queue is DaCHS's own, the
process of a query that ends starts the next; so DaCHS is set to start none
(`iact.operate.gavo_root`).
"""

import threading
from collections import Counter
from functools import partial

from gavo import base
from gavo.protocols import dlasync, uws

from iact.dachs import jobs, jobthreads, known
from iact.events.faults import unavailable

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "how many jobs run and wait",
    {
        "gavo.protocols.dlasync:DLTransitions.queueJob": {"531099499e7c0725"},
        "gavo.protocols.tap:TAPTransitions.queueJob": {"f252e5af58a68b21"},
        "gavo.protocols.useruws:UserUWSTransitions.queueJob": {"f252e5af58a68b21"},
        "gavo.protocols.uws:SimpleUWSTransitions.queueJob": {"7119decbcbb140ed"},
        "gavo.protocols.uws:UWSWithQueueing._processQueue": {"4ec354c5997deedd"},
    },
    "nothing limits how many cuts run, nor how many jobs wait",
)

_COUNT = "SELECT count(*) FROM {} WHERE phase = 'QUEUED' AND owner IS NOT DISTINCT FROM %(owner)s"
#: For somebody else's lock on a job's row, s: while the reactor waits, nobody is answered.
_LOCK_SECONDS = 1
#: Set where there may be jobs that wait or run: when the server ended, there may have been.
busy = threading.Event()
busy.set()


class JobFault(base.ValidationError):
    """Why a job has failed, in the words of SODA and nothing else."""

    def __init__(self, fault):
        super().__init__(fault.text, "job")

    def __str__(self):
        return self.msg


def take_turns():
    """Have this process's server keep jobs waiting; return whether it does."""
    if not KNOWN.fits():
        return False
    stock = uws.SimpleUWSTransitions.queueJob

    def queue(transitions, state, job, ignored):
        kind = jobs.of_dachs(job).kind
        with base.getTableConn() as connection:
            counted = connection.query(_COUNT.format(kind.table), {"owner": job.owner})
            ((waiting,),) = list(counted)
        if waiting >= kind.may_wait:
            raise JobFault(unavailable(f"{waiting} jobs of yours wait already; ask again later."))
        stock(transitions, state, job, ignored)
        busy.set()

    # The others' call this one.
    uws.SimpleUWSTransitions.queueJob = queue
    dlasync.DLTransitions.queueJob = queue
    return True


def _start(job):
    job.system.changeToPhase(job.name, uws.EXECUTING, timeout=_LOCK_SECONDS)


def start_next(found):
    """Start jobs that wait, where there are places for them and their users.

    Parameters
    ----------
    found
        All that run or wait, those that have been there for longest first.
    """
    running, of_user = Counter(), Counter()
    waiting = []
    for job in found:
        if job.phase == uws.QUEUED:
            waiting.append(job)
        else:
            running[job.kind] += 1
            of_user[job.kind, job.owner] += 1
    for job in waiting:
        kind, whose = job.kind, (job.kind, job.owner)
        if running[kind] < kind.at_a_time and of_user[whose] < kind.of_one_user:
            running[kind] += 1
            of_user[whose] += 1
            # The reactor starts its process.
            jobthreads.by_reactor(partial(_start, job))
    if found:
        busy.set()

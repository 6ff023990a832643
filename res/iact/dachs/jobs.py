"""Jobs of all services: TAP queries, cuts, packages. DaCHS keeps each kind in its own table."""

import contextlib
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gavo import base
from gavo.protocols import dlasync, tap, useruws, uws

from iact.access.decision import utc_now

#: For somebody else's lock on a job's row, s: as DaCHS waits for a change of phase.
_LOCK_SECONDS = 10
_SELECT = (
    "SELECT {number}, jobId, {job_class}, owner, phase, pid, startTime, executionDuration,"
    " coalesce(endTime, startTime, creationTime) AS changed, creationTime AS created"
    " FROM {table} WHERE {condition}"
)


@dataclass(frozen=True)
class Kind:
    """Jobs that DaCHS keeps together.

    Parameters
    ----------
    of_class
        DaCHS's class of them, or what their classes have in common.
    system_of
        Takes what the table has of a job's class, returns DaCHS's object for such jobs.
    at_a_time, of_one_user
        How many run, of all and of one user. Who has not signed in is one user.
    may_wait
        How many of one user may wait.
    has_classes
        Whether the table has such a column.
    """

    of_class: type
    system_of: Callable[[str | None], uws.UWS]
    at_a_time: int
    of_one_user: int
    may_wait: int
    has_classes: bool = False

    @property
    def table(self):
        """Where they are."""
        return self.of_class.jobsTD.getQName()


KINDS = (
    Kind(tap.WORKER_SYSTEM.jobClass, lambda job_class: tap.WORKER_SYSTEM, 3, 2, 100),
    # Each keeps a core busy.
    Kind(dlasync.DL_WORKER.jobClass, lambda job_class: dlasync.DL_WORKER, 2, 1, 20),
    Kind(
        useruws.UserUWSJobBase,
        lambda job_class: base.resolveCrossId(job_class).getUWS(),
        2, 1, 20, has_classes=True,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What a table has of a job.

    Parameters
    ----------
    kind
        One of `KINDS`.
    system
        DaCHS's object for jobs like it.
    name, owner, phase
        Texts; who has not signed in is None.
    pid
        Of its process; None where it has had none.
    begun, seconds
        When its process has begun with it, UTC, None if it has not; how long it may take.
    """

    kind: Kind
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
        # Somebody may destroy the job meanwhile.
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(Path(base.getConfig("uwsWD")) / self.name):
                taken += entry.stat(follow_symlinks=False).st_size
        return taken

    def memory(self):
        """Return the bytes of memory that its process has now."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return int(pages) * resource.getpagesize()

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
        """End its process, where there is one."""
        if self.has_process():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def has_process(self):
        """Tell whether its process is there: the number may be another's by now."""
        if self.pid is None:
            return False
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return words[-2:] == [b"--", self.name.encode()]


def of_dachs(job):
    """Return what DaCHS's own object for a job stands for."""
    (kind,) = (kind for kind in KINDS if isinstance(job, kind.of_class))
    return Job(
        kind, job.uws, job.jobId, job.owner, job.phase, job.pid, job.startTime,
        job.executionDuration,
    )  # fmt: skip


def note_end(job):
    """Write down that a job, DaCHS's own object for it, ends now.

    For processes of jobs: stock DaCHS does so for those that have failed only.
    """
    with job.getWritable() as writable:
        writable.change(endTime=utc_now())


def select(condition, order="changed", values=None):
    """Return the jobs of all kinds for which an SQL condition holds.

    Parameters
    ----------
    condition
        About columns of DaCHS's tables of jobs, with places for values (``%(name)s``).
    order
        What comes first: ``changed``, what has not changed for longest; ``created``, what has
        been there for longest.
    values
        By name.
    """
    selects = [
        _SELECT.format(
            number=number,
            job_class="jobclass" if kind.has_classes else "NULL",
            table=kind.table,
            condition=condition,
        )
        for number, kind in enumerate(KINDS)
    ]
    query = f"{' UNION ALL '.join(selects)} ORDER BY {order}"
    with base.getTableConn() as connection:
        rows = list(connection.query(query, values or {}))
    made = (_job(KINDS[number], *rest) for number, *rest, _, _ in rows)
    return [job for job in made if job is not None]


def _job(kind, name, job_class, *rest):
    try:
        system = kind.system_of(job_class)
    except base.NotFoundError:
        # Its service has been removed, which must not stop all others.
        return None
    return Job(kind, system, name, *rest)

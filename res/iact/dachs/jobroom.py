"""Room for what comes with jobs that have not been started.

Stock DaCHS takes any number of jobs, each with 20 MB of tables and more by posting to it, and keeps
them for days, whether they are ever run or not.
"""

import os
from pathlib import Path

from gavo import base

from iact.dachs import jobs
from iact.dachs.refusals import Refusal
from iact.dachs.syncresults import LEFT

#: Jobs of one user that are not started, and bytes that came with them. All who have not signed
#: in are one user, so who has signed in finds room when these use up theirs.
MOST, ROOM = 300, 2 * 10**9
#: For so little there always is room.
SMALL = 2**20
_MINUTE = 60
_NO_ROOM = (
    "There is no room on the server's disk for tables now: send smaller ones, or all again later."
)


def make_room(owner, size, name=None):
    """Make room for what comes with a job; a user's oldest jobs that are not started go for it.

    Who starts a job at once, as clients do, is so in nobody's way and loses nothing. Of requests at
    the same time each may find the same room: as many as there are threads for them, with 25 MB.

    Parameters
    ----------
    owner
        Whose it is; None for who has not signed in.
    size
        Bytes that come.
    name
        Of the job, where it is there already.

    Raises
    ------
    Refusal
        There is none.
    """
    condition = "phase = 'PENDING' AND owner IS NOT DISTINCT FROM %(owner)s"
    there = jobs.select(condition, order="created", values={"owner": owner})
    own = sum(job.bytes_taken() for job in there if job.name == name)
    others = [job for job in there if job.name != name]
    sizes = [job.bytes_taken() for job in others]
    missing = lacking(size) if size > SMALL else 0
    if own + size > ROOM or missing > sum(sizes):
        raise Refusal(503, _NO_ROOM, _MINUTE)
    for job in others[: number_to_remove(sizes, own + size, missing)]:
        job.system.destroy(job.name)


def number_to_remove(sizes, size, missing):
    """Return how many jobs go, from the first on.

    Parameters
    ----------
    sizes
        Bytes of each.
    size
        Bytes of the one for which there is to be room.
    missing
        Bytes that the disk has not for it; 0 or less where it has.
    """
    going, taken, freed = 0, sum(sizes) + size, 0
    while going < len(sizes) and (
        len(sizes) - going >= MOST or taken - freed > ROOM or freed < missing
    ):
        freed += sizes[going]
        going += 1
    return going


def lacking(size=0):
    """Return the bytes that the disk lacks for so many more; 0 or less where it lacks none."""
    folder = Path(base.getConfig("uwsWD"))
    # DaCHS makes it with the first job.
    disk = os.statvfs(next(path for path in (folder, *folder.parents) if path.exists()))
    return LEFT + size - disk.f_bavail * disk.f_frsize

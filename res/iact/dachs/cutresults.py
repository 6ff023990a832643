"""What can be done with jobs of dlasync: who may have results, and for how long they are kept.

Stock DaCHS compares the owner of a job with who asks, and nothing else: a result would go to
people who have lost their rights since. It gives out all files in a job's folder, keeps jobs
until whatever date a client sets, and lets clients name another service for a job.
"""

import contextlib
import json
from datetime import timedelta
from pathlib import Path

from gavo import base, svcs, utils
from gavo.protocols import dlasync, uws, uwsactions
from twisted.internet import threads
from twisted.web import server

from iact.access.answer import disposition
from iact.access.decision import utc_now
from iact.dachs import identity
from iact.dachs.cutpages import MEDIA_TYPE
from iact.dachs.cuttask import dataset_for, label_of
from iact.dachs.pathpage import refuse
from iact.events.cut import file_name
from iact.events.faults import Fault

#: Jobs of other services have results of which we know nothing.
_SERVICE = "cta/dl#soda"
#: A file in the job's folder: what each result was asked for with.
_REQUESTS = "requests.json"
#: Bytes that results of all jobs together may take.
ROOM = 10 * 1024**3
_ENDED = (
    "SELECT jobId, owner FROM {} WHERE phase IN ('COMPLETED', 'ERROR', 'ABORTED')"
    " ORDER BY coalesce(endTime, startTime, creationTime)"
)


def note_requests(job, requests):
    """Write down what a job's results are asked for with: the values of each one's parameters."""
    with job.openFile(_REQUESTS, "w") as stream:
        json.dump({result_name(number): one for number, one in enumerate(requests, 1)}, stream)


def result_name(number):
    """Return the name of a result, counted from 1."""
    return "result" if number == 1 else f"result-{number}"


def make_room(room=ROOM):
    """Destroy jobs that have ended where results of all take more than so many bytes.

    Those of the user whose results take most go first, the oldest of them before the others:
    nobody's jobs go because of what others have made. Who has not signed in is one user.
    """
    with base.getTableConn() as connection:
        query = _ENDED.format(dlasync.DLJob.jobsTD.getQName())
        ended = list(connection.query(query))
    taken = {name: _bytes_of(name) for name, _ in ended}
    if sum(taken.values()) <= room:
        # Nearly always; whose service each job is costs a query.
        return
    by_owner = {}
    for name, owner in ended:
        if _is_ours(name):
            by_owner.setdefault(owner, []).append(name)
    sizes = {owner: sum(taken[name] for name in names) for owner, names in by_owner.items()}
    while sum(sizes.values()) > room:
        owner = max(sizes, key=sizes.get)
        name = by_owner[owner].pop(0)
        sizes[owner] -= taken[name]
        dlasync.DL_WORKER.destroy(name)


def _bytes_of(name):
    taken = 0
    for path in (Path(base.getConfig("uwsWD")) / name).glob("*"):
        # Somebody may destroy the job meanwhile.
        with contextlib.suppress(FileNotFoundError):
            taken += path.stat().st_size
    return taken


def _is_ours(name):
    try:
        return dlasync.DL_WORKER.getJob(name).parameters.get("serviceid") == _SERVICE
    except base.NotFoundError:
        return False


def actions(*further):
    """Return what can be done with jobs, by classes of actions; further ones win."""
    return uwsactions.JobActions(_Results, _Destruction, _Duration, _Parameters, *further)


class _Results(uwsactions.ResultsAction):
    """Gives results to those who may have their datasets at that moment, and no other files."""

    def getResource(self, job, request, segments):
        """Answer to a request for the list of results, or for one of them."""
        if not segments or job.parameters.get("serviceid") != _SERVICE:
            return super().getResource(job, request, segments)
        return threads.deferToThread(_check, job, segments).addCallbacks(
            self._send, _refuse, (job, request, segments), errbackArgs=(request,)
        )

    def _send(self, name, job, request, segments):
        if request.channel is None:
            # Whoever asked has hung up.
            return server.NOT_DONE_YET
        if name:
            request.setHeader("content-disposition", disposition(name))
        return super().getResource(job, request, segments)


def _check(job, segments):
    """Return what a result is called as a file; empty for a sentence that is there instead.

    Raises
    ------
    Fault
        There is none, or it is not for the owner of its job (any more).
    """
    # DaCHS has compared the owner with who asks.
    missing = Fault("UsageError", 404, "The job has no such result.")
    if len(segments) != 1:
        raise missing
    try:
        media_type = job.getResult(segments[0])[1]
    except base.NotFoundError:
        raise missing from None
    if media_type != MEDIA_TYPE:
        return ""
    try:
        with job.openFile(_REQUESTS, "r") as stream:
            values = json.load(stream)[segments[0]]
    except FileNotFoundError:
        # Of a version before, or destroyed just now.
        raise missing from None
    (did,) = values["ID"]
    dataset = dataset_for(did, identity.of_name(job.owner))
    return file_name(label_of(dataset), values)


def _refuse(failure, request):
    failure.trap(Fault)
    if request.channel is not None:
        request.write(refuse(request, failure.value.status, failure.value.text))
        request.finish()
    return server.NOT_DONE_YET


class _Destruction(uwsactions.DestructionAction):
    """Takes dates as far ahead as those that DaCHS sets itself, and no later ones."""

    @staticmethod
    def deserializeValue(literal):
        """Return the date, naive in UTC."""
        lifetime = timedelta(seconds=base.getConfig("async", "defaultLifetime"))
        return min(utils.parseISODT(literal), utc_now() + lifetime)


class _Duration(uwsactions.ExecDAction):
    """Takes times as long as those that DaCHS sets itself, and no longer ones."""

    @staticmethod
    def deserializeValue(literal):
        """Return the time, s; 0 asks for no limit (UWS 1.1, section 2.2.1.2)."""
        most, seconds = base.getConfig("async", "defaultExecTime"), float(literal)
        if not seconds >= 0:
            raise ValueError("A time is not negative.")
        return max(1, int(min(seconds or most, most)))


class _Parameters(uwsactions.ParameterAction):
    """Takes parameters of the service that the job was sent to, and none of DaCHS's own.

    With those, a job would be another service's; and stock DaCHS drops all others.
    """

    def doPOST(self, job, request):
        """Set the parameters of a job that has not been started (UWS 1.1, section 2.2.2.4)."""
        if job.phase != uws.PENDING:
            raise base.ValidationError(
                f"Parameters cannot be changed in phase {job.phase}", "phase"
            )
        with job.getWritable() as writable:
            # Not by setPar, which fails where there are some already.
            given = writable.parameters["dlargs"] | request.strargs
            writable.change(parameters=writable.parameters | {"dlargs": given})
        raise svcs.SeeOther(job.jobId)

"""What can be done with jobs of dlasync in particular: who may have results, and what is set.

Stock DaCHS compares the owner of a job with who asks, and nothing else: a result would go to
people who have lost their rights since. It gives out all files in a job's folder, and lets
clients name another service for a job.
"""

import json

from gavo import base, svcs
from gavo.protocols import uws, uwsactions
from twisted.internet import threads
from twisted.web import server

from iact.dachs import identity, jobresults, known
from iact.dachs.cutpages import MEDIA_TYPE
from iact.dachs.cuttask import dataset_for, label_of
from iact.dachs.refusals import end, refuse
from iact.events.cut import file_name
from iact.events.faults import Fault

#: Jobs of other services have results of which we know nothing.
_SERVICE = "cta/dl#soda"
#: A file in the job's folder: what each result was asked for with.
_REQUESTS = "requests.json"


def note_requests(job, requests):
    """Write down what a job's results are asked for with: the values of each one's parameters."""
    with job.openFile(_REQUESTS, "w") as stream:
        json.dump({result_name(number): one for number, one in enumerate(requests, 1)}, stream)


def result_name(number):
    """Return the name of a result, counted from 1."""
    return "result" if number == 1 else f"result-{number}"


class Results(jobresults.Results):
    """Gives results to those who may have their datasets at that moment, and no other files."""

    def getResource(self, job, request, segments):
        """Answer to a request for the list of results, or for one of them."""
        if not any(segments) or job.parameters.get("serviceid") != _SERVICE:
            return super().getResource(job, request, segments)
        return threads.deferToThread(_check, job, segments).addCallbacks(
            self._send, _refuse, (job, request, segments), errbackArgs=(request,)
        )

    def _send(self, name, job, request, segments):
        # Else whoever asked has hung up.
        if request.channel is not None:
            self.send(job, request, segments, name)
        return server.NOT_DONE_YET


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
        end(request, refuse(request, failure.value.status, failure.value.text))
    return server.NOT_DONE_YET


class Parameters(
    known.base_class("gavo.protocols.uwsactions:ParameterAction", uwsactions.JobAction)
):
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
            given = (writable.parameters["dlargs"] or {}) | request.strargs
            writable.change(parameters=writable.parameters | {"dlargs": given})
        raise svcs.SeeOther(job.jobId)

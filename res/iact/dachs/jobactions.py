"""What clients can do with jobs of all services, within limits.

Stock DaCHS lets them keep jobs until whatever date, and run for however long, 0 s for ever. The
process of a job that is deleted goes on while its place is free; one that is aborted ends, but
its job says ERROR. And it explains TAP queries, in the server, with estimates of numbers of rows
that tell of those that are hidden.
"""

from datetime import timedelta

from gavo import base, svcs, utils
from gavo.protocols import dlasync, tap, uws, uwsactions

from iact.access.decision import utc_now
from iact.dachs import jobresults, jobroom, jobs, known, receiving

#: Debian 12 (2.7) and Debian 13 (2.11).
KNOWN = known.Known(
    "limits of jobs",
    {
        "gavo.protocols.uwsactions:JobActions": {"58973e4660a1cf0f"},
        "gavo.protocols.uwsactions:ParameterAction": {"2fd84ff6b109a7be"},
        "gavo.protocols.uwsactions:PhaseAction": {"3531c0ccbce3af43"},
        "gavo.protocols.uwsactions:RootAction.doDELETE": {"53ca8cedc8081d0a"},
        "gavo.protocols.uwsactions:RootAction.doPOST": {"f557839831ff4d71"},
        "gavo.protocols.uwsactions:_SettableAction": {"4e0a7afb2e58d44b"},
        "gavo.protocols.uwsactions:ResultsAction": {"870ab0ed456b3511"},
        "gavo.protocols.uws:UWSJobWithWD.getResult": {"92f259227575be46"},
        "gavo.protocols.uws:UWS.destroy": {"fce61a9c1ad4c820"},
    },
    "see what clients can do with jobs there before others reach it",
    protects=True,
)


def limit():
    """Have this process's server do so with jobs of all services."""
    KNOWN.fits()
    of_tap, of_cuts = (
        system.jobActions.actions for system in (tap.WORKER_SYSTEM, dlasync.DL_WORKER)
    )
    for action in (_Destruction, _Duration, _Parameters, _Phase, _Root, jobresults.Results):
        if issubclass(action, known.Missing):
            continue
        # For services whose jobs nobody has asked for yet.
        tap.WORKER_SYSTEM.jobActions.addStandardAction(action)
        for actions in (of_tap, of_cuts):
            actions[action.name] = action()
    of_tap.pop("plan", None)


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


class _Parameters(
    known.base_class("gavo.protocols.uwsactions:ParameterAction", uwsactions.JobAction)
):
    """Takes tables for which there is room."""

    def doPOST(self, job, request):
        """Change the job's parameters."""
        if job.phase == uws.PENDING:
            jobroom.make_room(job.owner, receiving.size_of(request), job.jobId)
        super().doPOST(job, request)


class _Phase(known.base_class("gavo.protocols.uwsactions:PhaseAction")):
    """Aborts what runs so that its phase is ABORTED (UWS 1.1, section 2.2.3.2)."""

    def doPOST(self, job, request):
        """Run or abort the job."""
        if request.uwsArgs["phase"] == "ABORT" and job.phase == uws.EXECUTING:
            jobs.of_dachs(job).abort()
            raise svcs.SeeOther(job.jobId)
        super().doPOST(job, request)


class _Root(uwsactions.RootAction):
    """Ends a job that is deleted."""

    def doDELETE(self, job, request):
        """Delete it, then end its process where it runs."""
        deleted = jobs.of_dachs(job)
        try:
            # It ends with an exception, which leads to the list of jobs.
            super().doDELETE(job, request)
        finally:
            deleted.end_process()

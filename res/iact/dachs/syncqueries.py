"""Synchronous queries leave no job: who asks waits for the answer, and nobody else needs it.

Stock DaCHS makes a job of every synchronous TAP query: a row in its table of jobs, written
and read in ten transactions, and a folder, both removed with the answer. Meanwhile
anybody sees the query in the list of asynchronous jobs. Here the job is an object in
memory. What the query goes through, and what comes out, is DaCHS's own.
"""

from contextlib import nullcontext

from gavo import base
from gavo.protocols import tap, taprunner

from iact.dachs import connections, known, outages, syncresults

#: In the place of a job's id, in the log.
_NAME = "of a synchronous query"
_PROFILE = "untrustedquery"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "its faster synchronous queries",
    {
        "gavo.protocols.tap:TAPCore.run": {"f57901f1d7454494", "7c5c7ff51dd02201"},
        "gavo.protocols.tap:TAPJob": {"c07c7a38b4b22589", "e6dfbe074bb3065e"},
        "gavo.protocols.tap:TAPTransitions.errorOutJob": {"6f5807e9c0fc49bc"},
        "gavo.protocols.taprunner:runSyncTAPJob": {"5541d39e6f2caac3"},
        "gavo.protocols.taprunner:runTAPJob": {"68b5d0c234af8aec"},
        "gavo.protocols.taprunner:runTAPJobNoState": {"7aab1c666584d81b"},
        "gavo.protocols.taprunner:getQTableFromJob": {"6a2d39403814185d", "382a609d368d3c6d"},
        "gavo.protocols.taprunner:_ingestUploads": {"2f7c2a1387cc6e61"},
        "gavo.protocols.uws:BaseUWSJob": {"fc57a01f1d195536", "742cf847b40a5213"},
        "gavo.protocols.uws:UWSJobWithWD": {"44be20eaa5af4627"},
        "gavo.protocols.uws:UWSTransitions.flagError": {"70d8bc1a90fbd998"},
        "gavo.protocols.uws:SimpleUWSTransitions.errorOutJob": {"618176182329cd62"},
    },
)


class SyncJob(known.base_class("gavo.protocols.tap:TAPJob")):
    """A job without a row and a folder, for as long as one request.

    Parameters
    ----------
    parameters
        What DaCHS's grammar made of the request.
    owner
        Who asks; None for anybody.
    """

    def __init__(self, parameters, owner):
        properties = self.getDefaults(None) | {"jobId": _NAME, "owner": owner}
        tap.TAPJob.__init__(self, properties, tap.WORKER_SYSTEM, writable=True)
        self.uploads, self.result, self.media_type = {}, None, None
        self.setParamsFromDict(parameters)

    def _saveUpload(self, localName, uploadFile):
        self.uploads[localName] = uploadFile
        return f"file://{localName}"

    def openFile(self, name, mode="rb"):
        """Return a table that came with the request."""
        return self.uploads[name]

    def openResult(self, mimeType, name):
        """Return a file for the result."""
        self.media_type = mimeType
        # Whoever sends it closes it.
        self.result = syncresults.Result()
        return self.result.writer()


def keep_no_jobs():
    """Answer synchronous queries without jobs; return whether this is done."""
    if not (KNOWN.fits() and syncresults.send_patiently()):
        return False
    stock = tap.WORKER_SYSTEM.getJob
    tap.WORKER_SYSTEM.getJob = lambda job: job if isinstance(job, SyncJob) else stock(job)
    tap.TAPCore.run = _run
    connections.lend_connections()
    return True


def _run(core, service, inputTable, queryMeta):
    """Return a result and its media type; stands for TAPCore.run."""
    # Only from 2.11 on do synchronous jobs have an owner.
    owner = queryMeta.getAuthUser() if queryMeta.get("user_pretend") else None
    job = SyncJob(inputTable.getParamDict(), owner)
    seconds = base.getConfig("async", "defaultExecTimeSync")
    try:
        # Uploads become temporary tables, which must go with the connection.
        with nullcontext() if job.uploads else connections.lent_connection():
            taprunner.runTAPJobNoState(job.parameters, job, _PROFILE, seconds)
    except Exception as error:
        if job.result is not None:
            job.result.close()
        if outages.is_away(error):
            raise
        if not isinstance(error, base.Error):
            base.ui.notifyError(f"While executing TAP job {_NAME}: {error}")
        if not isinstance(error, base.ValidationError):
            base.ui.notifyError(f"Error during UWS execution of job {_NAME}")
        # As stock DaCHS has it, which keeps no more of an error than this.
        raise base.Error(str(error), hint=getattr(error, "hint", None)) from error
    return job.result, job.media_type

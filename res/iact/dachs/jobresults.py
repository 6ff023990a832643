"""Results of jobs of all services, as files go out everywhere here.

Stock DaCHS never answers HEAD, nor whoever asks whether a result has changed, and sends a
document with status 200 for one that is not there.
"""

from pathlib import Path

from gavo import base
from gavo.protocols import uws, uwsactions
from twisted.web import server

from iact.access.answer import Labels
from iact.access.checked import open_plain, state
from iact.access.content import Content
from iact.access.mediatypes import UNKNOWN, is_one
from iact.dachs import known
from iact.dachs.answering import send
from iact.dachs.pages import READING
from iact.dachs.refusals import Refusal, send_refusal

_MISSING = "The job has no such result."
_STOCK = "gavo.protocols.uwsactions:ResultsAction"


class Results(known.base_class(_STOCK, otherwise=uwsactions.JobAction)):
    """Gives out results, and tables that came with the job."""

    name = "results"

    def getResource(self, job, request, segments):
        """Answer to a request for the list of results, or for one of them."""
        if not any(segments):
            return super().getResource(job, request, ())
        return self.send(job, request, segments)

    def send(self, job, request, segments, file_name=""):
        """Answer with the file that the end of a path names.

        Parameters
        ----------
        job
            Whoever asks may have its results.
        request
            What is answered.
        segments
            The end of the path.
        file_name
            Under which to save it; empty: whatever the client thinks of.
        """
        try:
            if request.method not in READING:
                raise Refusal(405, "Results can be read only, by GET and HEAD.")
            content, media_type = _opened(job, segments)
        except Refusal as refusal:
            send_refusal(request, refusal)
        else:
            send(request, content, Labels(media_type, file_name, public=False))
        return server.NOT_DONE_YET


def _opened(job, segments):
    """Return a file of a job as a content, and its media type."""
    (name, *below) = segments
    media_type = UNKNOWN
    if below or name != Path(name).name:
        raise Refusal(404, _MISSING)
    try:
        path, written = job.getResult(name)
    except base.NotFoundError:
        # A table that came with it, say.
        path = Path(job.getWD()) / name
    else:
        if job.phase != uws.COMPLETED:
            # Somebody may be writing to it.
            raise Refusal(404, _MISSING)
        # Jobs of earlier versions have whatever the client has asked for.
        media_type = str(written) if is_one(str(written)) else UNKNOWN
    try:
        stream = open_plain(path)
    except (FileNotFoundError, IsADirectoryError):
        # Destroyed just now, perhaps.
        raise Refusal(404, _MISSING) from None
    now = state(stream)
    return Content(stream, now[2], "", now[3] / 1e9, now), media_type

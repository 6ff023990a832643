"""Keep files that clients send with a job apart from DaCHS's own in the job's folder.

DaCHS saves an uploaded table under the name that the client gives it, and keeps the list of the
job's results in the same folder as a pickle, which becomes code when it is read.
"""

import pickle
import re

from gavo import base

from iact.dachs import known

_JOB = "gavo.protocols.uws:UWSJobWithWD"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how uploads are kept apart from what describes a job",
    {f"{_JOB}._loadResults": {"25a4b4081ae19244"}, f"{_JOB}._saveUpload": {"d0e1ceaacd038640"}},
    "let nobody send jobs to it",
    protects=True,
)
#: DaCHS's own names begin with _; result is what a query has found.
_UPLOAD = re.compile(r"(?!result\Z)[A-Za-z][A-Za-z0-9_]{0,62}\Z", re.IGNORECASE)


def install():
    """Refuse uploads with names of other files, and read lists of results without running code."""
    KNOWN.fits()
    known.replace(f"{_JOB}._saveUpload", _of_plain_name)
    known.replace(f"{_JOB}._loadResults", lambda stock: _load_results)


def _of_plain_name(stock):
    def save(job, name, file):
        if not _UPLOAD.match(name):
            raise base.ValidationError(
                f"An uploaded table cannot be called {name!a}: use up to 63 letters, digits and _,"
                " with a letter first, and not result.",
                "UPLOAD",
            )
        return stock(job, name, file)

    return save


class _OfPlainData(pickle.Unpickler):
    """Reads lists, dictionaries and texts only; nothing that has to be imported."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"A list of results has nothing of {module!a} in it.")


def _load_results(job):
    try:
        with open(job._resultsDirName, "rb") as file:  # noqa: PTH123
            return _OfPlainData(file).load()
    except FileNotFoundError:
        return []
    except pickle.UnpicklingError as error:
        base.ui.notifyError(f"The list of results of job {job.jobId} is not read: {error}")
        return []

"""The core behind /cta/dl/soda/dlget and /cta/dl/soda/dlasync: cuts of event lists.

DaCHS's renderers take what `Core.run` returns: a page that renders itself for dlget; for
dlasync, whose jobs are processes of their own, media type and bytes of the first result.
"""

import mmap
import os
import tempfile
from pathlib import Path

from gavo import base, svcs, utils

from iact.dachs import identity
from iact.dachs.cutpages import MEDIA_TYPE, Cutting, Refusal
from iact.dachs.cutresults import note_datasets, result_name
from iact.dachs.cuttask import task_of
from iact.dachs.pathpage import WRONG_CREDENTIALS
from iact.errors import CtaError
from iact.events.cut import cut
from iact.events.faults import Fault, NothingLeft, unavailable
from iact.events.parameters import PARAMETERS
from iact.events.selection import combined_requests, selection_of, single_request

_NOTHING = "Error: Nothing of the dataset is in the selection."


class JobFault(base.ValidationError):
    """Why a job has failed, in the words of SODA and nothing else."""

    def __str__(self):
        return self.msg


class Core(svcs.Core):
    """Answers requests for cuts; texts of parameters are read by `iact.events`."""

    inputTableXML = (
        "<inputTable>"
        + "".join(
            f'<inputKey name="{key.name}" type="text" ucd="{key.ucd}" unit="{key.unit}"'
            f' multiplicity="multiple" tablehead="{key.name}" description="{key.description}"/>'
            for key in PARAMETERS
        )
        + "</inputTable>"
    )

    outputTableXML = """<outputTable/>"""

    def run(self, service, inputTable, queryMeta):
        """Return what the renderer sends."""
        given = ((key.name, inputTable.args.get(key.name)) for key in PARAMETERS)
        # What is not UTF-8 comes as an object of DaCHS's, whose text says so.
        values = {name: [str(text) for text in texts] for name, texts in given if texts}
        if queryMeta is svcs.emptyQueryMeta:
            # Only child processes of jobs have no query, and know who asks by the job alone.
            return _results(values, utils.stealVar("job"))
        try:
            values = single_request(values)
            selection = selection_of(values)
            return Cutting(task_of(values, selection, identity.of_query(queryMeta)))
        except svcs.Authenticate:
            return Refusal(Fault("AuthenticationError", 401, WRONG_CREDENTIALS))
        except Fault as fault:
            return Refusal(fault)
        except (CtaError, OSError) as fault:
            return Refusal(_untold(fault))


def _untold(fault):
    """Return what users hear of a fault whose words are for the operator, who finds them logged."""
    base.ui.notifyError(f"A cut has failed: {fault}")
    return unavailable("The server cannot read or write what it needs now; tell the operator.")


def _results(values, job):
    """Make the results of an asynchronous job; return the first as DaCHS wants it.

    What concerns one result of several is that result's text; the job has failed only if
    the request is wrong, or its only result cannot be had.
    """
    try:
        requests = combined_requests(values)
        selections = [selection_of(request) for request in requests]
        # DaCHS has checked the password of whom it says the job belongs to.
        asker = identity.of_name(job.owner)
        note_datasets(job, [did for request in requests for did in request["ID"]])
        made = []
        for request, selection in zip(requests, selections, strict=True):
            made.append(_result(request, selection, asker, job.getWD(), len(requests) == 1))
    except Fault as fault:
        raise JobFault(fault.text, "soda") from fault
    except (CtaError, OSError) as fault:
        raise JobFault(_untold(fault).text, "soda") from fault
    for number, (media_type, content) in enumerate(made[1:], 2):
        with job.openResult(media_type, result_name(number)) as stream:
            stream.write(content)
    return made[0]


def _result(request, selection, asker, folder, only):
    """Return media type and content of one result."""
    handle, name = tempfile.mkstemp(prefix="cut-", suffix=".fits", dir=folder)
    with os.fdopen(handle, "rb") as stream:
        try:
            cut(task_of(request, selection, asker, Path(name)))
            # Mapped and not read: it may be large, and there may be many.
            return MEDIA_TYPE, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except NothingLeft:
            return "text/plain", f"{_NOTHING}\n".encode()
        except Fault as fault:
            if only:
                raise
            return "text/plain", f"{fault.text}\n".encode()
        finally:
            Path(name).unlink(missing_ok=True)

"""The core behind /cta/dl/soda/dlget and /cta/dl/soda/dlasync: cuts of event lists.

DaCHS's renderers take what `Core.run` returns: a page that renders itself for dlget; for
dlasync, whose jobs are processes of their own, media type and bytes of the first result.
"""

import mmap
from pathlib import Path

import psycopg2
from gavo import base, svcs, utils

from iact.dachs import identity
from iact.dachs.cutpages import MEDIA_TYPE, Cutting, FaultPage
from iact.dachs.cutresults import note_requests, result_name
from iact.dachs.cuttask import task_of
from iact.dachs.jobqueue import JobFault
from iact.dachs.jobs import note_end
from iact.dachs.refusals import WRONG_CREDENTIALS, database_away
from iact.errors import CtaError
from iact.events.cut import cut
from iact.events.faults import Fault, NothingLeft, unavailable
from iact.events.parameters import PARAMETERS
from iact.events.reading import shown
from iact.events.selection import combined_requests, selection_of, single_request

#: Bytes of a job's results after which no more are made.
MAX_BYTES = 2_000_000_000
_TEXT = "text/plain"
_FULL = f"Error: The results before this one have {MAX_BYTES / 1e9:g} GB; ask in another job.\n"


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
            asker = identity.of_query(queryMeta)
            return Cutting(task_of(values, selection, asker), asker)
        except svcs.Authenticate:
            return FaultPage(Fault("AuthenticationError", 401, WRONG_CREDENTIALS))
        except Fault as fault:
            return FaultPage(fault)
        except (CtaError, OSError) as fault:
            return FaultPage(_untold(fault))
        except (psycopg2.Error, base.ReportableError) as error:
            refusal = database_away(error)
            if refusal is None:
                raise
            return FaultPage(unavailable(str(refusal)))


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
        note_requests(job, requests)
        first, size = None, 0
        for number, request in enumerate(requests, 1):
            target = Path(job.getWD()) / f"cut-{number}.fits"
            said = _FULL
            if size < MAX_BYTES:
                task = (request, selections[number - 1], asker, target)
                said = _outcome(task, only=len(requests) == 1)
            if not said:
                size += target.stat().st_size
            if number == 1:
                first = (_TEXT, said.encode()) if said else (MEDIA_TYPE, _taken(target))
            else:
                _add(job, result_name(number), said, target)
        note_end(job)
        return first
    except Fault as fault:
        raise JobFault(fault) from fault
    except (CtaError, OSError) as fault:
        raise JobFault(_untold(fault)) from fault


def _outcome(task, only):
    """Cut one result; return the sentence that is there instead, empty where it is there."""
    try:
        cut(task_of(*task))
    except NothingLeft:
        values, *_ = task
        asked = " ".join(f"{name}={text}" for name, texts in values.items() for text in texts)
        return f"Error: Nothing is left of the dataset by {shown(asked, 300)}\n"
    except Fault as fault:
        if only:
            raise
        return f"{fault.text}\n"
    return ""


def _taken(path):
    """Return the content of a file, which goes when that is forgotten."""
    with path.open("rb") as stream:
        path.unlink()
        # Mapped and not read: it may be large.
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _add(job, name, said, path):
    """Add a result to those of a job: a sentence, or a file."""
    with job.openResult(_TEXT if said else MEDIA_TYPE, name) as stream:
        stream.write(said.encode())
    if not said:
        path.replace(path.with_name(name))

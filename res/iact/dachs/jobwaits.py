"""Clients wait for jobs as long as the server lets them, and ask for lists that can be.

Stock DaCHS waits with a client for as long as the client says (WAIT of UWS 1.1, section 2.2.1.1),
and looks into the database every second meanwhile, in the thread that answers all requests.
"""

from gavo import base

from iact.dachs import jobrequests, known

#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how long clients wait for jobs",
    {
        "gavo.protocols.uwsactions:RootAction._delayIfWAIT": {"fd5c0184d49c3b15"},
        "gavo.protocols.uwsactions:getJobList": {"0232592e12650833"},
    },
    "one client can have the server look into the database without end",
    protects=True,
)
_WAIT, _LAST = "wait", "last"
_FOR_EVER = -1
_GOING_ON = ("PENDING", "QUEUED", "EXECUTING")


def install():
    """Let clients wait for so long."""
    KNOWN.fits()
    known.replace("gavo.protocols.uwsactions:RootAction._delayIfWAIT", _for_a_while)
    known.replace("gavo.protocols.uwsactions:getJobList", _of_a_number)


def _for_a_while(stock):
    del stock

    def delay(action, job, request):
        given = request.uwsArgs
        if given.get(_WAIT) is None:
            return None
        seconds = _number(given[_WAIT], "WAIT", _FOR_EVER)
        most = base.getConfig("async", "maxslowpollwait")
        seconds = most if seconds == _FOR_EVER else min(seconds, most)
        phase = given.get("phase")
        if seconds <= 0 or job.phase not in _GOING_ON or phase not in (None, job.phase):
            return None
        # The next look, a second later.
        given[_WAIT], given["phase"] = seconds - 1, job.phase
        return jobrequests.LATER

    return delay


def _of_a_number(stock):
    def list_jobs(*arguments, **filters):
        if filters.get(_LAST) is not None:
            _number(filters[_LAST], "LAST", 0)
        return stock(*arguments, **filters)

    return list_jobs


def _number(text, name, least):
    try:
        found = int(text)
    except ValueError:
        found = None
    if found is None or found < least:
        raise base.ValidationError(f"{name} is a number, not {str(text)[:20]!a}.", name)
    return found

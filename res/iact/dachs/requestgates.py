"""Gates that a request goes through in the server, before any page of DaCHS has it.

What becomes of a query has gates of its own, in the processes of jobs too: see `inputgates`.
"""

from iact.dachs import bodies, datalinkjobs, harvests, jobwaits, paths, webqueries


def install():
    """Install all of them, in the server's process."""
    for gate in (bodies, datalinkjobs, harvests, jobwaits, paths, webqueries):
        gate.install()

"""Check what clients send before DaCHS makes source, SQL, files or markup of it.

The server and the processes of its jobs go through the same gates.
"""

from iact.dachs import (
    adqlfunctions,
    adqlliterals,
    columnnames,
    expressions,
    formats,
    jobfolders,
    markup,
    nesting,
    sqlsize,
    unitstrings,
    uploadcolumns,
    usertables,
    votablefields,
)

_GATES = (
    adqlfunctions,
    adqlliterals,
    columnnames,
    expressions,
    formats,
    jobfolders,
    markup,
    nesting,
    sqlsize,
    unitstrings,
    uploadcolumns,
    usertables,
    votablefields,
)


def install():
    """Install all gates, in this process."""
    for gate in _GATES:
        gate.install()

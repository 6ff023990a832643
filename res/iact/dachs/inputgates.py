"""Check what clients send before DaCHS makes source, SQL, files or markup of it.

The server and the processes of its jobs go through the same gates.
"""

from iact.dachs import (
    adqlliterals,
    columnnames,
    jobfolders,
    nesting,
    uploadcolumns,
    votablefields,
)


def install():
    """Install all gates, in this process."""
    for gate in (adqlliterals, columnnames, jobfolders, nesting, uploadcolumns, votablefields):
        gate.install()

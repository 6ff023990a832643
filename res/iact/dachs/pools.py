"""Connections that DaCHS keeps are looked at before they are used again.

Stock DaCHS learns of a session that PostgreSQL has ended from the request that fails with it, one
request for each session. After a restart of the database it throws its pools away: where two
threads do so at once, one pool may stay that is closed, and all that needs it fails until the
server is restarted. And it reads lists of jobs from connections that it has given back, which
may be closed by then, or in use for another request.
"""

import select

from gavo import base

from iact.dachs import known

#: Debian 12 (2.7), Debian 13 (2.11) and 2.13.
KNOWN = known.Known(
    "how connections to the database are found to be broken",
    {
        "gavo.base.sqlsupport:CustomConnectionPool": {"95b10acc01a6e9c5", "f5732713ee910f47"},
        "gavo.base.sqlsupport:_cleanupAfterDBError": {"4ba28bb1119d460f", "9455ab9d831e4b43"},
        "gavo.base.sqlsupport:_makeConnectionManager": {
            "78aa2121fbbf2db0", "47ce664fa82bbb36", "545aa707277d10e6",
        },
        "gavo.protocols.uws:UWS.getIdsAndPhases": {"ee14c8c3eed28658"},
    },
    "see that services answer again when the database has been restarted",
    protects=True,
)  # fmt: skip


def check_connections():
    """Have this process's pools hand out connections that work."""
    KNOWN.fits()
    known.replace("gavo.base.sqlsupport:CustomConnectionPool.getconn", _taking)
    known.replace("gavo.base.sqlsupport:CustomConnectionPool.serverRestarted", _keeping)
    known.replace("gavo.protocols.uws:UWS.getIdsAndPhases", _listing)


def _taking(stock):
    """Return what takes a connection from a pool, or makes one where none of these works."""

    def getconn(pool, key=None):
        while True:
            connection = stock(pool, key)
            if works(connection):
                return connection
            pool.putconn(connection, close=True)

    return getconn


def _keeping(stock):
    """Return what is done where DaCHS suspects a restart: nothing, for `getconn` sees to it."""
    del stock
    return classmethod(lambda pools: None)


def works(connection):
    """Tell whether PostgreSQL is at the other end of a connection that is not in use.

    It says nothing to such a one but that it is ending the session.
    """
    if connection.closed:
        return False
    looking = select.poll()
    looking.register(connection, select.POLLIN)
    return not looking.poll(0)


def _listing(stock):
    """Return what finds the jobs of a service, with DaCHS's parameters."""
    del stock

    def ids_and_phases(
        system, owner=None, phase=None, last=None, after=None, initFragments=None, initPars=None
    ):
        values = {"owner": owner, "phase": phase, "limit": last, "after": after}
        conditions = [
            condition
            for name, condition in (
                ("owner", "owner=%(owner)s"),
                ("phase", "phase=%(phase)s"),
                ("after", "creationTime>%(after)s"),
            )
            if values[name] is not None
        ]
        query = system.jobClass.jobsTD.getSimpleQuery(
            ["jobId", "phase"],
            fragments=base.joinOperatorExpr("AND", [*(initFragments or ()), *conditions]),
            postfix=None if last is None else "ORDER BY creationTime DESC LIMIT %(limit)s",
        )
        with base.getTableConn() as connection:
            return list(connection.query(query, values | (initPars or {})))

    return ids_and_phases

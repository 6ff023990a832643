"""Who asks: from DaCHS's users and groups to an `Identity`. Everything else asks here.

Users sign in by HTTP Basic, with names and passwords that `dachs adm adduser` keeps.
"""

from gavo import base, svcs, utils

from iact.access.decision import ANYBODY, Identity
from iact.dachs.versions import name_and_check


def of_request(request):
    """Return who sent a request; may be called in a thread.

    Raises
    ------
    gavo.svcs.Authenticate
        The name or the password is wrong: a silent "nobody" would hide the mistake.
    """
    return _identity(request.getUser(), request.getAuthUser)


def of_query(query_meta):
    """Return who asks a service's core; as `of_request`."""
    return _identity(*name_and_check(query_meta))


def of_name(name):
    """Return the identity of somebody who signed in earlier, such as a job's owner."""
    if not name:
        return ANYBODY
    if name == "gavoadmin":
        # The operator, who has a password in the configuration but no row in dc.users.
        return Identity(name, utils.AllEncompassingSet())
    with base.getAdminConn() as connection:
        found = connection.query(
            "SELECT groupname FROM dc.groups WHERE username = %(name)s", {"name": name}
        )
        return Identity(name, frozenset(row[0] for row in found))


def _identity(name, check):
    if not name:
        return ANYBODY
    if not check():
        raise svcs.Authenticate()
    return of_name(utils.debytify(name, "utf-8"))

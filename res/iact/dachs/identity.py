"""Who asks: from DaCHS's users and groups to an `Identity`. Everything else asks here.

Users sign in by HTTP Basic, with names and passwords that `dachs adm adduser` keeps. For some
minutes, signed addresses stand for them.
"""

from functools import lru_cache

from gavo import base, svcs, utils

from iact.access import signing, signingkeys
from iact.access.decision import ANYBODY, Identity, utc_now
from iact.dachs.site import site_config_path
from iact.dachs.versions import name_and_check

#: The file of the keys, beside the site's configuration.
_KEYS = "signing.keys"
#: Whether this process's server takes signed addresses: `iact.dachs.guard` sees to it.
takes_signed = False


def of_request(request, with_signature=True):
    """Return who sent a request; may be called in a thread.

    Who signs in is whose name they give. A signed address counts for those who do not.

    Parameters
    ----------
    request
        Whoever sent it.
    with_signature
        Whether a signed address counts: those of files do.

    Raises
    ------
    gavo.svcs.Authenticate
        The name or the password is wrong: a silent "nobody" would hide the mistake.
    gavo.svcs.ForbiddenURI
        The address is not as it was signed, or its time is over.
    """
    asker = _identity(request.getUser(), request.getAuthUser)
    query = request.signed if takes_signed and with_signature else None
    if asker.name or query is None:
        return asker
    try:
        name = signing.verified(request.path.decode("latin-1"), query, utc_now(), _keys())
    except signing.InvalidSignature as fault:
        raise svcs.ForbiddenURI(str(fault)) from fault
    asker = of_name(name)
    if asker.name:
        request.tell_asker(name)
    return asker


def of_query(query_meta):
    """Return who asks a service's core; as `of_request`."""
    return _identity(*name_and_check(query_meta))


def of_name(name):
    """Return the identity of somebody who signed in earlier, such as a job's owner.

    Their groups are those of now. Who is no user any more is nobody.
    """
    if not name:
        return ANYBODY
    if name == "gavoadmin":
        # The operator, who has a password in the configuration but no row in dc.users. Without
        # a password there is no operator, though DaCHS 2.13 itself verifies an empty one then.
        has_password = bool(base.getConfig("web", "adminpasswd"))
        return Identity(name, utils.AllEncompassingSet()) if has_password else ANYBODY
    with base.getAdminConn() as connection:
        found = connection.query(
            "SELECT groupname FROM dc.users LEFT JOIN dc.groups USING (username)"
            " WHERE username = %(name)s",
            {"name": name},
        )
        groups = [row[0] for row in found]
    return Identity(name, frozenset(groups) - {None}) if groups else ANYBODY


def signed(path, asker):
    """Return a file's path with what opens it to the asker for some minutes.

    Parameters
    ----------
    path
        As `iact.access.dataset.Dataset.url_path` gives it.
    asker
        Whoever has signed in.

    Returns
    -------
    str
        The path as it is where the server takes no signed addresses.
    """
    if not takes_signed:
        return path
    return signing.signed(path, asker, utc_now(), _keys()[-1])


def _identity(name, check):
    if not name:
        return ANYBODY
    if not check():
        raise svcs.Authenticate()
    return of_name(utils.debytify(name, "utf-8"))


def _keys():
    path = site_config_path().with_name(_KEYS)
    try:
        info = path.stat()
    except FileNotFoundError:
        return signingkeys.load(path)
    return _read_once(path, info.st_ino, info.st_mtime_ns, info.st_mode)


@lru_cache(maxsize=1)
def _read_once(path, *version):
    """Read the keys again when there is another version of their file."""
    return signingkeys.load(path)

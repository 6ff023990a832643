"""What differs between versions of DaCHS; the other adapters ask here.

Tests have run with 2.7 (Debian 12), 2.11 (Debian 13) and 2.13. Resource descriptors are the
same for all: where versions want other declarations, as for the frames of columns in
``rd/tables.rd``, they have both.
"""

import gc

from gavo.protocols import creds
from twisted.internet import reactor


def settle_memory():
    """Keep what this process holds for good out of its garbage collections.

    After every tenth request for a resource, DaCHS 2.11 and 2.13 collect garbage before
    they go on (gavo.web.root.ArchiveService.getChild; 2.7 does not). Where a collection goes
    through all modules of DaCHS and astropy, that takes longer than answering the ten.
    """
    # As soon as the server runs, all of these are loaded.
    reactor.callWhenRunning(_freeze)


def spare_collection(root_page):
    """Leave a request out of those after which DaCHS collects garbage.

    It is to be called while the request is looked for, and for pages that leave none of the
    structures behind that DaCHS collects.
    """
    if hasattr(root_page, "rdRequestsSinceLastGC"):
        root_page.rdRequestsSinceLastGC -= 1


def _freeze():
    gc.collect()
    gc.freeze()


def name_and_check(query_meta):
    """Return which user a core's query claims to be of, and a function that checks it.

    Parameters
    ----------
    query_meta
        gavo.svcs.QueryMeta: 2.7 has name and password in it, 2.11 and later the name and a
        method of the request's.
    """
    if hasattr(query_meta, "getAuthUser"):
        return query_meta["user_pretend"], query_meta.getAuthUser
    name, password = query_meta["user"], query_meta["password"]
    return name, lambda: creds.hasCredentials(name, password, None)

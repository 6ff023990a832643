"""Resource descriptors are loaded before anybody asks, and again where that could not be done.

Stock DaCHS loads a descriptor in the thread of the request that needs it first. If that fails, it
keeps the error until the file is edited, and that of its table of tables until it is started again:
a database that was away for a moment leaves tables dead for all. And two threads that load
descriptors which need each other wait for each other for ever.
"""

import sys
import threading
import time
from pathlib import Path

from gavo import base, rscdesc
from gavo.web import root

from iact.dachs import known
from iact.dachs.refusals import database_away

#: The second has passed away with what it needed at the time, and may do so again.
_PASSING = (MemoryError, RecursionError)
#: Seconds for which any other error is kept: to read what is broken again and again costs.
_KEPT = 10.0
#: Whose tables and services TAP and its form need.
_OF_DACHS = ("//tap", "//adql", "//obscore")
_OURS = "cta"

KNOWN = known.Known(
    "loading again what could not be loaded",
    {
        # Debian 12 (2.7), Debian 13 (2.11), and 2.13.
        "gavo.rscdesc:getRD": {"37cd42e007aa8fe5"},
        "gavo.rscdesc:_makeRDCache": {"49133949b2fb13c7", "affae46a9837f091"},
        "gavo.rscdesc:_loadRDIntoCache": {"028ff82545fc1865", "ce8d68035a5e14f8"},
        "gavo.rscdesc:CachedException": {"cbdc04b609ce3366", "8dccabbe9b0e8939"},
        "gavo.rsc.metatable:_getMetaTable": {"f79b02878d85a3b0"},
        "gavo.rsc.metatable:MetaTableHandler": {"656637399c2bb6d9", "031b56abff3c0b11"},
        "gavo.base.caches:_makeCache": {"7f9576971a77c3ef", "3edc777b9bf7fe3a"},
    },
    "what is asked for while the database is away may stay broken until the next start",
)

#: Held by the thread that loads something.
_one_at_a_time = threading.RLock()
#: When descriptors failed, by their names.
_failed = {}


def load_patiently():
    """Have this process load descriptors so; return whether it does."""
    if not KNOWN.fits():
        return False
    known.replace("gavo.rscdesc:getRD", _noting_failures)
    known.replace("gavo.base.caches:getRD", _trying_again)
    tables = {}

    def get_tables(key):
        # Other than DaCHS's own makeCache, this keeps no errors.
        if key not in tables:
            tables[key] = _Tables()
        return tables[key]

    base.caches.registerCache("getMTH", tables, get_tables)
    if not hasattr(root, "loadUserVanity"):
        # When it is to read its settings anew, DaCHS (2.7 to 2.13) calls this, which it lacks, and
        # leaves the rest of them as they were.
        root.loadUserVanity = root.ArchiveService.installVanityMap.__func__
    return True


class _Tables(known.base_class("gavo.rsc.metatable:MetaTableHandler")):
    """Where DaCHS looks for tables by their names."""

    def getTableDefForTable(self, tableName):
        """Return the definition of a table; raise a NotFoundError where there is none.

        DaCHS closes the connection in which an error is raised, whatever that is. Each name of
        a table in a query is looked for, those that the query itself gives, too.
        """
        with base.getTableConn() as connection:
            try:
                return base.getTableDefForTable(connection, tableName)
            except base.NotFoundError as error:
                missing = error
        raise missing


def load_all():
    """Load what users will ask for; what cannot be loaded now is tried when somebody asks."""
    folder = Path(base.getConfig("inputsDir")) / _OURS
    ours = sorted(f"{_OURS}/{path.stem}" for path in folder.glob("*.rd"))
    for name in (*_OF_DACHS, *ours):
        try:
            base.caches.getRD(name)
        except Exception as error:
            # What is broken in one, or a database that is away, must not keep all else from users.
            print(f"{name} cannot be loaded now: {error}", file=sys.stderr, flush=True)


def _noting_failures(load):
    def load_and_note(name, *args, **kwargs):
        try:
            return load(name, *args, **kwargs)
        except Exception as error:
            if isinstance(error, _PASSING) or database_away(error):
                # For DaCHS, which has set it.
                error.cacheable = False
            else:
                _failed[rscdesc.canonicalizeRDId(name)] = time.monotonic()
            raise

    return load_and_note


def _trying_again(get):
    """Return a function that gets descriptors as DaCHS's does, which has its cache."""
    cache = get.cacheCopy

    def get_or_try_again(name, **kwargs):
        canonical = rscdesc.canonicalizeRDId(name)
        found = cache.get(canonical)
        if not (kwargs or _needs_work(canonical, found)):
            return found
        with _one_at_a_time:
            _forget_failures(cache)
            if canonical not in _failed:
                _drop_failure(cache, canonical)
            try:
                return get(name, **kwargs)
            except base.Error as error:
                raise _copied(error) from error.__cause__

    get_or_try_again.cacheCopy = cache
    return get_or_try_again


def _copied(error):
    """Return an error like one that the cache keeps, which is left without its frames.

    These have the request of the client that asked, with all that it sent, and so would be kept.
    """
    copied = type(error).__new__(type(error), *error.args)
    vars(copied).update(vars(error))
    copied.__traceback__ = error.__traceback__
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    return copied


def _forget_failures(cache):
    """Keep no error longer than it counts: clients can ask for any number of names."""
    for name, when in tuple(_failed.items()):
        if time.monotonic() - when > _KEPT:
            _failed.pop(name, None)
            _drop_failure(cache, name)


def _drop_failure(cache, name):
    if isinstance(cache.get(name), rscdesc.CachedException):
        cache.pop(name, None)


def _needs_work(canonical, found):
    return (
        found is None
        or isinstance(found, rscdesc.CachedException)
        or canonical in rscdesc._CURRENTLY_PARSING
        # What stands for userconfig.rd has no such thing.
        or getattr(found, "isDirty", bool)()
    )

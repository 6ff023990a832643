"""The grammar of cta/q: ``dachs imp cta/q`` ingests the registered data roots.

DaCHS asks this module for `RowIterator` and, where the answer has no parameters of
its own, calls it with the data being made (gavo.rsc.data._processSourceReal). So the
rows go in through the archive's bulk path, in DaCHS's transaction.
"""

from __future__ import annotations

import os

from gavo import base

from iact.archive import fileurl, lock, schemachange
from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.ingest import Options, Progress, ingest
from iact.archive.served import set_server_url
from iact.archive.site import SiteConfig
from iact.dachs.site import site_config_path
from iact.errors import printable

#: Environment variable that, when set, has an import make tables and read no files:
#: `bin/cta setup` must not start what takes hours.
TABLES_ONLY = "CTA_TABLES_ONLY"


def _tell_waiting(holder: str) -> None:
    base.ui.notifyWarning(f"Another command works on the archive ({holder}); waiting for its end.")


class RowIterator:
    """Ingests when it is called.

    Parameters
    ----------
    grammar, sourceToken, sourceRow
        What DaCHS passes; the sources are the site configuration's business.
    """

    def __init__(self, grammar, sourceToken, sourceRow=None):
        self.source = sourceToken

    def __call__(self, data):
        """Bring the tables of a data element up to date with the data roots."""
        connection = data.tables["observation"].connection
        tables_only = bool(os.environ.get(TABLES_ONLY))
        if not tables_only:
            # DaCHS commits when the whole import has succeeded. Who has only the tables made
            # holds the lock already.
            lock.take_until_commit(connection, "dachs imp cta/q", _tell_waiting)
        with connection.cursor() as cursor:
            set_server_url(cursor, base.getConfig("web", "serverURL"))
            fileurl.define(cursor)
            schemachange.hide(cursor)
        path = site_config_path()
        if tables_only:
            return
        if not path.exists():
            base.ui.notifyWarning(f"No data roots: there is no {path} yet.")
            return
        site = SiteConfig.load(path)
        roots = site.roots
        readable = {name for name, path in roots.items() if os.access(path, os.R_OK | os.X_OK)}
        for name in sorted(roots.keys() - readable):
            base.ui.notifyWarning(f"Data root {name} cannot be read now: {roots[name]}")
        summary = ingest(
            connection,
            roots,
            CollectionSet.load(
                INSTRUMENTS, path.parent / "instruments", default_rights=site.default_rights
            ),
            site.authority,
            Options(jobs=os.cpu_count() or 1, only=readable, media_type=site.media_type),
            Progress(),
            commit=None,
        )
        for root, name, place, reason in summary.quarantined:
            base.ui.notifyWarning(printable(f"Quarantined: {root}/{name}{place}: {reason}"))
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(summary.counts.items()))
        base.ui.notifyInfo(f"Files: {counts or 'nothing new'}, {summary.unchanged} unchanged")

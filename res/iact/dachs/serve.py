"""The web server: DaCHS's own, which wastes less time and keeps users from harming others.

``python3 -m iact.dachs.serve``; it stays in the foreground.
"""

import os
import sys

from gavo.user import cli

from iact.dachs import (
    accesslog,
    badrequests,
    browsers,
    cutjobs,
    doors,
    effort,
    errortexts,
    guard,
    inputgates,
    jobactions,
    jobprocess,
    jobqueue,
    jobrequests,
    jobthreads,
    jobwatch,
    loading,
    memory,
    outages,
    parsing,
    pools,
    receiving,
    requestgates,
    rowfetching,
    saying,
    scripts,
    shortways,
    slowqueries,
    stockdoors,
    syncqueries,
    uploads,
    uwsjobs,
    versions,
)
from iact.unprivileged import stay_unprivileged

#: Environment variable that, when set, leaves queries to DaCHS's own code, for comparison.
STOCK_QUERIES = "CTA_STOCK_QUERIES"


def main():
    """Serve until the process is ended."""
    stay_unprivileged()
    # First, so that what the others say of themselves cannot end the process.
    saying.go_on()
    # Here and not in a preloaded RD: DaCHS loads those only after it has begun to
    # answer, and goes on if they are broken.
    _install_adapters()
    loading.load_all()
    sys.argv[1:] = ["serve", "start", "--foreground"]
    cli.main()


def _install_adapters():
    """Put ours in the place of DaCHS's functions; of one that two replace, the last is outermost.

    All gates are listed in `inputgates` and `requestgates`.
    """
    # Connections and requests, before any page has them.
    guard.watch_requests()
    requestgates.install()
    receiving.limit()
    accesslog.keep_apart()
    # Jobs, whose processes go through the same gates.
    inputgates.install()
    jobprocess.install()
    uwsjobs.complete()
    jobrequests.install()
    jobactions.limit()
    jobqueue.take_turns()
    jobthreads.use()
    jobwatch.begin()
    cutjobs.give_out()
    # Queries: what is too long must not reach the gates, so effort comes after them.
    effort.limit_queries()
    memory.limit()
    rowfetching.fetch_few()
    slowqueries.make_room()
    uploads.refuse_urls()
    shortways.take()
    if not os.environ.get(STOCK_QUERIES):
        parsing.remember_outcomes()
        syncqueries.keep_no_jobs()
    # Descriptors: a failure is noted outside of the limits that effort lifts for them.
    loading.load_patiently()
    # Pages.
    stockdoors.close_doors()
    doors.close()
    scripts.mend()
    browsers.watch_files()
    badrequests.tell()
    # Errors: their words are chosen first, and then their status, by what they are.
    outages.tell()
    errortexts.choose()
    # The database, and what this process keeps of it.
    pools.check_connections()
    versions.settle_memory()


if __name__ == "__main__":
    main()

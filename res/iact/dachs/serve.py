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
    channel,
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
    # Here and not in a preloaded RD: DaCHS loads those only after it has begun to
    # answer, and goes on if they are broken.
    saying.go_on()
    inputgates.install()
    jobprocess.install()
    guard.watch_requests()
    requestgates.install()
    pools.check_connections()
    outages.tell()
    stockdoors.close_doors()
    uploads.refuse_urls()
    effort.limit_queries()
    memory.limit()
    rowfetching.fetch_few()
    slowqueries.make_room()
    shortways.take()
    accesslog.keep_apart()
    channel.answer_long_requests()
    receiving.limit()
    scripts.mend()
    browsers.watch_files()
    doors.close()
    errortexts.choose()
    badrequests.tell()
    uwsjobs.complete()
    jobrequests.install()
    jobactions.limit()
    jobqueue.take_turns()
    jobthreads.use()
    jobwatch.begin()
    cutjobs.give_out()
    versions.settle_memory()
    loading.load_patiently()
    if not os.environ.get(STOCK_QUERIES):
        parsing.remember_outcomes()
        syncqueries.keep_no_jobs()
    loading.load_all()
    sys.argv[1:] = ["serve", "start", "--foreground"]
    cli.main()


if __name__ == "__main__":
    main()

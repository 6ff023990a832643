"""What each command does, as the user who serves."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from iact.errors import CtaError, printable
from iact.operate import account, cluster, gavo_root, server, settings, textfile
from iact.operate import setup as steps
from iact.operate.layout import DATABASE, PG_PORT, SUPERUSER, Layout

NOT_RUNNING = 3


def say(line: str) -> None:
    """Print a progress line at once."""
    print(line, flush=True)


def setup(layout: Layout, args: argparse.Namespace) -> int:
    """Make the data centre, or complete it."""
    steps.complete(layout, args, say)
    say(f"The data centre in {layout.var} is ready; `bin/cta start` starts it.")
    return 0


def start(layout: Layout, args: argparse.Namespace) -> int:
    """Start PostgreSQL and the web server."""
    _check(layout)
    if not server.start(layout, say, args.public):
        is_public = settings.load(layout.server_settings).public
        if args.command == "start" and is_public and not args.public:
            raise CtaError(
                "The server is running and serves every network, as it was started; to have it"
                " serve this machine only: `bin/cta stop`, then `bin/cta start`."
            )
        if not server.answers(settings.load(layout.server_settings).port):
            raise CtaError(
                f"The server runs but does not answer; see {layout.server_log}. To start it"
                " anew: `bin/cta stop`, then `bin/cta start`."
            )
        say("The server is running already; `bin/cta stop` stops it.")
        if not server.is_current(layout):
            say(
                "It runs with the code and settings of its start, which have changed since:"
                " `bin/cta stop`, then `bin/cta start`."
            )
    _print_addresses(layout)
    return 0


def stop(layout: Layout, args: argparse.Namespace) -> int:
    """Stop both."""
    _check(layout)
    say("Stopped." if server.stop(layout) else "Nothing was running; `bin/cta start` starts it.")
    return 0


def status(layout: Layout, args: argparse.Namespace) -> int:
    """Print the state of the data centre."""
    from iact.operate import status as report

    _check(layout)
    port = settings.load(layout.server_settings).port
    answers = server.is_running(layout) and server.answers(port)
    for line in report.lines(layout, answers):
        say(line)
    if args.tables and not _tables_agree(layout):
        return 1
    return 0 if answers else NOT_RUNNING


def _tables_agree(layout: Layout) -> bool:
    """Print what is wrong with the tables; return whether nothing is."""
    from iact.archive import consistency
    from iact.operate.database import connect

    with cluster.running(layout), connect(layout) as connection, connection.cursor() as cursor:
        faults = consistency.faults(cursor)
    for fault in faults:
        say(f"Tables: {printable(fault.sentence)}")
    for remedy in dict.fromkeys(fault.remedy for fault in faults):
        say(remedy)
    if not faults:
        say("The tables agree with each other.")
    return not faults


def profile(layout: Layout, args: argparse.Namespace) -> int:
    """Print the vocabulary profile, or switch to another one."""
    from iact.archive.site import SiteConfig
    from iact.operate import tables

    _check(layout)
    old = layout.site_config.read_text(encoding="utf-8")
    if args.name is None:
        say(SiteConfig.of_text(layout.site_config, old).profile)
        return 0
    was_current = server.is_running(layout) and server.is_current(layout)
    new = steps.with_values(old, {"profile": args.name})
    with cluster.running(layout):
        textfile.write_if_changed(layout.site_config, new)
        try:
            tables.follow_settings(layout, say)
        except CtaError:
            textfile.write_if_changed(layout.site_config, old)
            raise
    if was_current:
        # Views are no concern of the web server's: it need not be started anew.
        server.mark_current(layout)
    return 0


def doctor(layout: Layout, args: argparse.Namespace) -> int:
    """Look for what is wrong, and say what mends it; return 1 where there are faults."""
    from iact.operate.doctor import run

    _check(layout)
    results: list[run.Result] = []

    def tell(result: run.Result) -> None:
        results.append(result)
        if not args.json:
            for line in run.lines(result):
                say(line)

    well = run.examine(layout, tell)
    say(run.document(results, well) if args.json else run.verdict(results))
    return 0 if well else 1


def ingest(layout: Layout, args: argparse.Namespace) -> int:
    """Read a folder, or all registered ones, into the archive."""
    from iact.operate import ingest as reading

    _check(layout)
    if args.folder is not None:
        account.check_readable_by(account.current(), args.folder)
    with cluster.running(layout):
        return reading.main(layout, args)


def forget(layout: Layout, args: argparse.Namespace) -> int:
    """Remove what came from a data root, and the root from the list."""
    from iact.operate import ingest as reading

    _check(layout)
    with cluster.running(layout):
        return reading.forget(layout, args)


def previews(layout: Layout, args: argparse.Namespace) -> int:
    """Draw the previews that are not there yet."""
    from iact.operate import previews as drawing

    _check(layout)
    with cluster.running(layout):
        return drawing.main(layout, args)


def publish(layout: Layout, args: argparse.Namespace) -> int:
    """Publish the archive's records, or withdraw them."""
    from iact.operate import registry

    _check(layout)
    with cluster.running(layout):
        action = registry.withdraw if args.withdraw else registry.publish
        action(layout, say)
    return 0


def newkey(layout: Layout, args: argparse.Namespace) -> int:
    """Make a new key that signs addresses of protected files."""
    from iact.access import signingkeys

    _check(layout)
    signingkeys.rotate(layout.signing_keys, keep=not args.only)
    if args.only:
        say("Addresses are signed with a new key. All that were given out before have ended.")
    else:
        say(
            "Addresses are signed with a new key. Those given out before go on until they expire;"
            f" older keys are the lines above the last one of {layout.signing_keys}."
        )
    return 0


def files(layout: Layout, args: argparse.Namespace) -> int:
    """List what became of every file."""
    from iact.operate.database import list_files

    _check(layout)
    with cluster.running(layout):
        return list_files(layout, args)


def check(args: argparse.Namespace) -> int:
    """Check files, without a data centre.

    Raises
    ------
    CtaError
        If the Python packages that read FITS are missing.
    """
    try:
        from iact.check.command import main
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("astropy", "numpy"):
            raise
        raise CtaError(
            f"Python's package {error.name} is missing. As root: apt-get install python3-astropy;"
            " or use another Python that has astropy:"
            " PYTHONPATH=res python3 -m iact.operate check FILE"
        ) from error
    return main(args)


def demo(layout: Layout, args: argparse.Namespace) -> int:
    """Make, fill and start a data centre.

    Quarantined files are listed, but the demonstration itself has succeeded.
    """
    from iact.operate.ingest import SOME_QUARANTINED

    if args.data is not None:
        account.check_readable_by(account.current(), args.data)
    steps.complete(layout, args, say)
    args.folder, args.public = args.data or simulated(layout.demo_data), False
    code = ingest(layout, args)
    if code not in (0, SOME_QUARANTINED):
        return code
    if server.is_running(layout) and not server.is_current(layout):
        say("Code or settings have changed: starting the server anew.")
        server.stop(layout)
    return start(layout, args)


def simulated(folder: Path) -> Path:
    """Return the folder of simulated files below another, and make it where it is missing."""
    from iact.sim.challenge import write_challenge

    done, fresh = folder / "challenge", folder / "challenge.new"
    if not done.exists():
        say("Simulating observations.")
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir()
        write_challenge(fresh)
        fresh.rename(done)
    return done


def dachs(layout: Layout, args: argparse.Namespace) -> int:
    """Run a command of DaCHS's with this data centre's settings."""
    return _with_database(layout, [gavo_root.DACHS, *args.arguments])


def psql(layout: Layout, args: argparse.Namespace) -> int:
    """Run psql on this data centre's database."""
    program = cluster.program(layout, "psql")
    where = ["-h", str(layout.sock), "-p", str(PG_PORT), "-U", SUPERUSER, "-d", DATABASE]
    return _with_database(layout, [program, *where, *args.arguments])


def _with_database(layout: Layout, command: list[str]) -> int:
    _check(layout)
    terminal = {name: os.environ[name] for name in ("TERM",) if name in os.environ}
    with cluster.running(layout):
        return subprocess.run(
            command, check=False, env={**layout.environment(), **terminal}
        ).returncode


def _check(layout: Layout) -> None:
    account.check_owner(layout)
    layout.require_setup()


def _print_addresses(layout: Layout) -> None:
    from iact.archive.site import SiteConfig

    server_settings = settings.load(layout.server_settings)
    url = gavo_root.server_url(SiteConfig.load(layout.site_config), server_settings)
    reach = "every network" if server_settings.public else "this machine only"
    say(f"TAP         {url}/tap")
    say(f"Search form {url}/cta/q/form/form")
    say(f"Query form  {url}/__system__/adql/query/form")
    say(f"Listens on  port {server_settings.port}, {reach}")
    sys.stdout.flush()

"""The private PostgreSQL cluster: started, stopped and asked by its owner."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from iact.errors import CtaError
from iact.operate import packages, pgsphere, process, room
from iact.operate.layout import DATABASE, PG_PORT, SUPERUSER, Layout

if TYPE_CHECKING:
    from psycopg2.extensions import connection

_START_SECONDS = 300
"""How long PostgreSQL may take to start: after a crash it repeats what its log has."""

_CRASH_SECONDS = 3.0
"""How long processes of a crashed server may go on before they are ended."""

SESSION_BYTES = 1024**3
"""Of data that one process of PostgreSQL's may have in memory, besides what they share."""


def program(layout: Layout, name: str) -> str:
    """Return the path of one of PostgreSQL's programs.

    Raises
    ------
    CtaError
        The version that the cluster needs is not installed.
    """
    version = packages.postgres_version(layout.pg)
    path = packages.POSTGRES_ROOT / version / "bin" / name
    if not path.exists():
        raise CtaError(
            f"The database in {layout.pg} needs PostgreSQL {version}, which is not installed;"
            f" install it: {packages.install_line(_parts(version))}"
        )
    return str(path)


def _parts(version: str) -> list[str]:
    return [part.format(version) for part in packages.POSTGRES_PARTS]


def is_running(layout: Layout) -> bool:
    """Tell whether this cluster's server runs; a stale pid file does not count."""
    pid = process.read_pid(layout.pg / "postmaster.pid")
    return pid is not None and process.belongs_to(pid, str(layout.pg))


def takes_connections(layout: Layout) -> bool:
    """Tell whether this cluster's server lets clients in."""
    asked = subprocess.run(
        [
            program(layout, "pg_isready"), "-q", "-h", str(layout.sock), "-p", str(PG_PORT),
            # Else PostgreSQL notes each time that there is no role of the system user's name.
            "-U", SUPERUSER, "-d", "postgres",
        ],
        check=False,
    )  # fmt: skip
    return asked.returncode == 0


def start(layout: Layout) -> None:
    """Start PostgreSQL and wait until it takes connections.

    One that runs may be about to end, or be recovering from a crash of one of its
    processes.

    Raises
    ------
    CtaError
        It did not start; the message has the log's last lines.
    """
    until = time.monotonic() + _START_SECONDS
    while is_running(layout):
        if takes_connections(layout):
            return
        if time.monotonic() > until:
            raise CtaError(
                f"PostgreSQL runs, but takes no connections; its own last lines"
                f" ({layout.pg_log}):\n{process.tail_of(layout.pg_log)}"
            )
        time.sleep(0.1)
    _clear_after_crash(layout)
    try:
        process.run(
            [
                # A session that takes more gets an error; else the system would end one, and
                # PostgreSQL all others with it.
                "prlimit",
                f"--data={SESSION_BYTES}:",
                program(layout, "pg_ctl"),
                f"--pgdata={layout.pg}",
                f"--log={layout.pg_log}",
                f"--timeout={_START_SECONDS}",
                "--wait",
                "--silent",
                "start",
            ],
            "Starting PostgreSQL",
            layout.environment(),
            layout.log / "pg_ctl.log",
        )
    except CtaError as error:
        raise CtaError(
            f"{error}\nPostgreSQL's own last lines ({layout.pg_log}):\n"
            f"{process.tail_of(layout.pg_log)}\n{room.advice(layout.pg)}".rstrip()
        ) from error


def _clear_after_crash(layout: Layout) -> None:
    """Remove the lock files of a server that is gone, and end what is left of it.

    PostgreSQL keeps to them if another process has its old number by now.

    Raises
    ------
    CtaError
        Some of its processes still work on the data, and cannot be ended.
    """
    locks = (layout.pg / "postmaster.pid", layout.sock / f".s.PGSQL.{PG_PORT}.lock")
    if not any(lock.exists() for lock in locks):
        return
    # Most end by themselves when the server does; one in a long query does not notice.
    # What it has not committed is lost already, and shared memory is made anew.
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        for pid in process.working_in(layout.pg):
            if number is not None and process.runs(pid, "postgres"):
                process.send(pid, number)
        until = time.monotonic() + _CRASH_SECONDS
        while (left := process.working_in(layout.pg)) and time.monotonic() < until:
            time.sleep(0.1)
    if left:
        raise CtaError(
            "PostgreSQL has crashed, and some processes still work in its folder: "
            f"{', '.join(map(str, left))}. Wait for them, or end them with kill; then start"
            " again."
        )
    for lock in locks:
        lock.unlink(missing_ok=True)


def stop(layout: Layout) -> bool:
    """Stop PostgreSQL; return whether it was running.

    Raises
    ------
    CtaError
        It does not stop.
    """
    if not is_running(layout):
        return False
    process.run(
        [
            program(layout, "pg_ctl"),
            f"--pgdata={layout.pg}",
            "--mode=fast",
            "--timeout=60",
            "--wait",
            "--silent",
            "stop",
        ],
        "Stopping PostgreSQL",
        layout.environment(),
    )
    return True


@contextlib.contextmanager
def running(layout: Layout) -> Iterator[None]:
    """Have PostgreSQL running for a while, and leave it as it was before."""
    was_running = is_running(layout)
    try:
        # Inside: an interruption while it starts must not leave it behind.
        start(layout)
        yield
    finally:
        if not was_running:
            stop(layout)


def connect(layout: Layout, database: str = DATABASE) -> connection:
    """Return a connection of the superuser's.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    database
        The database's name.

    Raises
    ------
    CtaError
        Nobody answers.
    """
    import psycopg2

    try:
        return psycopg2.connect(
            host=str(layout.sock), port=PG_PORT, dbname=database, user=SUPERUSER
        )
    except psycopg2.OperationalError as error:
        raise CtaError(
            f"The database does not answer: {' '.join(str(error).split())} Start it with"
            f" `bin/cta start` and see {layout.pg_log}."
        ) from error


def ensure_database(layout: Layout, say: Callable[[str], None] = print) -> bool:
    """Make DaCHS's database and its pg_sphere where missing; return whether it was made."""
    with contextlib.closing(connect(layout, "postgres")) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if missing := cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
    with contextlib.closing(connect(layout)) as db:
        pgsphere.ensure(db, say)
    return missing


def server_version(layout: Layout) -> str:
    """Return PostgreSQL's version as its programs report it."""
    return process.run([program(layout, "postgres"), "--version"], "Asking PostgreSQL").split()[2]

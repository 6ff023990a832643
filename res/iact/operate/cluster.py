"""The private PostgreSQL cluster: made, started and stopped by its owner."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from iact.errors import CtaError
from iact.operate import packages, pgsphere, process, room, textfile
from iact.operate.layout import DATABASE, PG_PORT, SUPERUSER, Layout

if TYPE_CHECKING:
    from psycopg2.extensions import connection

FREE_BYTES = 500 * 1024**2
"""What a new cluster, its write-ahead log and DaCHS's tables take, rounded up."""

_START_SECONDS = 300
"""How long PostgreSQL may take to start: after a crash it repeats what its log has."""

_CRASH_SECONDS = 3.0
"""How long processes of a crashed server may go on before they are ended."""
_OWN_SETTINGS = "# Own settings of PostgreSQL; they win over those of `bin/cta setup`.\n"

_STATEMENTS_OFF = {
    # What users ask is their own affair.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
}
_TUNING = {
    # Compiling a plan costs more than the short queries of an archive.
    "jit": "off",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "timezone": "UTC",
    # A statement whose client was killed ends, and gives its locks back.
    "client_connection_check_interval": "2s",
}


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


def create(layout: Layout, say: Callable[[str], None]) -> None:
    """Make the cluster where it is missing, and bring its settings up to date.

    Raises
    ------
    CtaError
        The disk is full, or initdb failed.
    """
    if not (layout.pg / "PG_VERSION").exists():
        check_space(layout.var)
        say("Making the PostgreSQL cluster.")
        _initialise(layout)
    textfile.write_if_changed(layout.pg / "cta.conf", settings(layout))
    if not (layout.etc / "postgresql.conf").exists():
        (layout.etc / "postgresql.conf").write_text(_OWN_SETTINGS, encoding="ascii")


def check_space(folder: Path, needed: int = FREE_BYTES) -> None:
    """Refuse a disk without room for a new cluster.

    Parameters
    ----------
    folder
        A folder on that disk.
    needed
        Bytes that must be free.

    Raises
    ------
    CtaError
        There are fewer.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CtaError(
            f"Only {free // 1024**2} MB are free below {folder}, a new data centre needs"
            f" {needed // 1024**2} MB; make room, or choose another disk with --var."
        )


def _initialise(layout: Layout) -> None:
    """Run initdb, and put what marks a cluster as one in place last of all."""
    fresh = layout.pg / "new"
    # Without its mark this never was a cluster: an interrupted run left it.
    for left_over in layout.pg.iterdir():
        if left_over.is_dir():
            shutil.rmtree(left_over)
        else:
            left_over.unlink()
    process.run(
        [
            program(layout, "initdb"),
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        "Making the PostgreSQL cluster",
        layout.environment(),
    )
    with (fresh / "postgresql.conf").open("a", encoding="ascii") as stream:
        stream.write("\ninclude 'cta.conf'\n")
        # The operator's own settings come last and win.
        stream.write(f"include_if_exists '{layout.etc}/postgresql.conf'\n")
    mark = "PG_VERSION"
    for path in sorted(fresh.iterdir(), key=lambda path: path.name == mark):
        path.rename(layout.pg / path.name)
    fresh.rmdir()


def settings(layout: Layout) -> str:
    """Return the cluster's settings: a socket for its owner, no network."""
    own = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.sock),
        "unix_socket_permissions": "0700",
        "port": str(PG_PORT),
        **_TUNING,
        **_STATEMENTS_OFF,
    }
    lines = ["# Written by `bin/cta setup`; own settings go to VAR/etc/postgresql.conf."]
    return "\n".join(lines + [f"{key} = '{value}'" for key, value in own.items()]) + "\n"


def is_running(layout: Layout) -> bool:
    """Tell whether this cluster's server runs; a stale pid file does not count."""
    pid = process.read_pid(layout.pg / "postmaster.pid")
    return pid is not None and process.belongs_to(pid, str(layout.pg))


def takes_connections(layout: Layout) -> bool:
    """Tell whether this cluster's server lets clients in."""
    asked = subprocess.run(
        [program(layout, "pg_isready"), "-q", "-h", str(layout.sock), "-p", str(PG_PORT)],
        check=False,
    )
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

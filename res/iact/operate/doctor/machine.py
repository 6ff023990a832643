"""Whether the machine gives what the data centre needs: room, the right time, versions."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iact.operate import cluster, gavo_root, room, server
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note, psql, warning
from iact.operate.status import megabytes

LOW_BYTES = 2 * 1000**3
"""Free bytes below which a large query's temporary files may fill a disk."""

LOW_FILES = 10_000
LEAP_SECONDS = Path("/usr/share/zoneinfo/leap-seconds.list")
DACHS_TRIED = ((2, 7), (2, 13))
POSTGRES_TRIED = (15, 17)
"""Oldest and newest versions that the tests have run with."""

EXTENSIONS = ("pg_sphere", "q3c")

_EXPIRY = re.compile(r"^#@\s+([0-9]+)", re.MULTILINE)
_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_SOON = timedelta(days=30)
_PATIENCE = 60.0
"""Seconds for which a busy server is waited for, where it has not answered at once."""
_TIMEX_BYTES, _TIME_ERROR = 512, 5


def disk(case: Case) -> Iterator[Finding]:
    """Find disks of the data centre that are nearly full."""
    devices = {
        folder.stat().st_dev: folder
        for folder in (case.layout.var, case.layout.pg, case.layout.gavo, case.layout.log)
        if folder.exists()
    }
    for folder in devices.values():
        found = os.statvfs(folder)
        yield from disk_findings(
            folder, found.f_bavail * found.f_frsize, found.f_favail if found.f_files else LOW_FILES
        )


def disk_findings(folder: Path, free: int, files: int) -> Iterator[Finding]:
    """Judge the room of a disk.

    Parameters
    ----------
    folder
        On that disk.
    free
        Bytes that are left.
    files
        Inodes that are left.
    """
    if free < room.FULL_BYTES:
        yield fault(
            f"The disk of {folder} is full ({megabytes(free)} left): PostgreSQL cannot write.",
            "Make room there; old logs are in VAR/log.",
        )
    elif free < LOW_BYTES:
        yield warning(
            f"The disk of {folder} has {megabytes(free)} left; queries write large results there"
            " before they send them.",
            "Make room there, or move VAR to a larger disk.",
        )
    if files < LOW_FILES:
        yield warning(
            f"The disk of {folder} has room for {files:,} more files only.",
            "Remove small files there.",
        )


def clock(case: Case) -> Iterator[Finding]:
    """Find a clock that nobody sets: rights end and begin by it."""
    if is_unsynchronised():
        yield warning(
            "The kernel says that nothing sets this machine's clock: data become public by it.",
            "As root: apt-get install systemd-timesyncd (in a container: on its host).",
        )


def is_unsynchronised() -> bool:
    """Tell whether the kernel's clock follows no reference; adjtimex(2)."""
    # All zeros: only asks. The buffer is larger than the kernel's struct timex.
    answer: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return answer == _TIME_ERROR


def leap_seconds(case: Case) -> Iterator[Finding]:
    """Find a table of leap seconds that does not reach until now."""
    if not LEAP_SECONDS.exists():
        yield warning(
            f"There is no {LEAP_SECONDS}: a leap second that comes is not known.",
            "As root: apt-get install --reinstall tzdata",
        )
        return
    expiry = expiry_of(LEAP_SECONDS.read_text(encoding="ascii", errors="replace"))
    if expiry is None or expiry < datetime.now(UTC) + _SOON:
        until = f"{expiry:%Y-%m-%d}" if expiry else "no date"
        yield warning(
            f"The table of leap seconds ({LEAP_SECONDS}) holds until {until}: times in TT of"
            " later observations in UTC could be wrong by a second.",
            "As root: apt-get update && apt-get install tzdata",
        )


def expiry_of(table: str) -> datetime | None:
    """Return until when a table of leap seconds holds, UTC; None where it does not say.

    Parameters
    ----------
    table
        The text of IERS's leap-seconds.list: a line ``#@`` has seconds since 1900.
    """
    found = _EXPIRY.search(table)
    return _NTP_EPOCH + timedelta(seconds=int(found[1])) if found else None


def code(case: Case) -> Iterator[Finding]:
    """Find a server that runs with what was changed since it started."""
    if case.server_runs and not server.is_current(case.layout):
        yield fault(
            "The server runs with code or settings of before: they have changed since it started.",
            "`bin/cta stop`, then `bin/cta start`",
        )
    if case.server_runs and not server.answers(case.listening.port):
        yield fault(
            "The server runs, but does not answer a query.",
            f"See {case.layout.server_log}; then `bin/cta stop` and `bin/cta start`.",
        )
    if not case.server_runs:
        yield note("The web server does not run: nothing was asked of it.", "bin/cta start")


def tables(case: Case) -> Iterator[Finding]:
    """Find tables that TAP publishes, and does not answer a query about."""
    if not case.server_runs:
        return
    port = case.listening.port
    names = case.rows("SELECT table_name FROM tap_schema.tables ORDER BY table_name")
    queries = {name: f"SELECT TOP 1 * FROM {name}" for (name,) in names}
    # Twice: it may have to make room for others first, or be busy.
    dead = [
        name
        for name, query in queries.items()
        if not (server.answers(port, query) or server.answers(port, query, _PATIENCE))
    ]
    if dead:
        yield fault(
            f"TAP publishes {', '.join(dead)}, but does not answer a query about it.",
            "bin/cta stop, then bin/cta start",
        )


def database(case: Case) -> Iterator[Finding]:
    """Find a web server without its database, before the doctor starts that for itself."""
    if case.server_runs and not cluster.is_running(case.layout):
        yield fault(
            "The web server runs, but its database does not: nobody gets an answer.",
            f"`bin/cta start`; {case.layout.pg_log} may say why.",
        )


def versions(case: Case) -> Iterator[Finding]:
    """Find versions that nobody has tried."""
    dachs = tuple(int(part) for part in re.findall(r"\d+", gavo_root.dachs_version())[:2])
    postgres = int(re.findall(r"\d+", cluster.server_version(case.layout))[0])
    for name, found, tried in (
        ("DaCHS", dachs, DACHS_TRIED),
        ("PostgreSQL", (postgres,), tuple((number,) for number in POSTGRES_TRIED)),
    ):
        yield from version_findings(name, found, *tried)
    installed = dict(case.rows("SELECT extname, extversion FROM pg_extension"))
    available = dict(case.rows("SELECT name, default_version FROM pg_available_extensions"))
    for name in EXTENSIONS:
        if name not in installed:
            yield fault(f"The database has no extension {name}.", "bin/cta setup")
        elif installed[name] != available.get(name):
            yield warning(
                f"The database has {name} {installed[name]}, the machine has"
                f" {available.get(name, 'none')}.",
                psql(f"ALTER EXTENSION {name} UPDATE"),
            )


def version_findings(
    name: str, found: tuple[int, ...], oldest: tuple[int, ...], newest: tuple[int, ...]
) -> Iterator[Finding]:
    """Judge a version.

    Parameters
    ----------
    name
        Of the software.
    found
        Its version.
    oldest, newest
        Between which the tests have run.
    """
    text, *limits = (".".join(map(str, numbers)) for numbers in (found, oldest, newest))
    if found < oldest:
        yield fault(
            f"{name} {text} is older than {limits[0]}, with which this software was tried first.",
            "Upgrade to Debian 12 or 13.",
        )
    elif found > newest:
        yield warning(
            f"{name} {text} is newer than {limits[1]}, with which this software was tried last.",
            "See CHANGELOG.md of a newer version of this software, or run its tests: make test.",
        )


def adapters(case: Case) -> Iterator[Finding]:
    """Find what the server does not do, or was not tried, as DaCHS has other code than we know."""
    for sentence in case.dachs["misfits"]:
        yield warning(sentence, "Install a version of this software that knows this DaCHS.")

"""The files of the private PostgreSQL cluster: its data, made where missing, and its settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from iact.errors import CtaError
from iact.operate import cluster, process, textfile
from iact.operate.layout import PG_PORT, SUPERUSER, Layout

FREE_BYTES = 500 * 1024**2
"""What a new cluster, its write-ahead log and DaCHS's tables take, rounded up."""

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
            cluster.program(layout, "initdb"),
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

"""What the doctor's checks look at: folders, settings, the database, and what DaCHS says."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iact.archive.site import SiteConfig
from iact.errors import CtaError
from iact.operate import cluster, process, server, settings
from iact.operate.layout import DATABASE, PG_PORT, PYTHON, Layout
from iact.operate.tables import RESOURCES

if TYPE_CHECKING:
    from psycopg2.extensions import connection

TIMEOUT = "30s"
"""Longest time of one statement: the doctor is to take seconds."""


@dataclass
class Case:
    """One data centre under examination.

    Parameters
    ----------
    layout
        Where it lives.
    database
        Of the superuser's, autocommit; None while PostgreSQL does not run.
    dachs
        What DaCHS says about itself, as `iact.dachs.examine` writes it.
    """

    layout: Layout
    database: connection | None = field(default=None)
    dachs: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def site(self) -> SiteConfig:
        """What the operator says about the site."""
        return SiteConfig.load(self.layout.site_config)

    @cached_property
    def listening(self) -> settings.ServerSettings:
        """Where the web server listens."""
        return settings.load(self.layout.server_settings)

    @cached_property
    def server_runs(self) -> bool:
        """Whether the web server runs."""
        return server.is_running(self.layout)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a statement that the superuser runs.

        Parameters
        ----------
        statement
            In SQL.
        values
            For its placeholders.
        """
        if self.database is None:
            raise CtaError("The database does not run; `bin/cta start` starts it.")
        with self.database.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def has(self, relation: str) -> bool:
        """Tell whether a table or view is in the database.

        Parameters
        ----------
        relation
            Its name with the schema.
        """
        return self.rows("SELECT to_regclass(%s) IS NOT NULL", (relation,)) == [(True,)]

    @contextlib.contextmanager
    def session(self, role: str) -> Iterator[connection]:
        """Open a session as DaCHS opens its own, to be rolled back in the end.

        Parameters
        ----------
        role
            The database's user.
        """
        with contextlib.closing(_connect(self.layout, role)) as opened:
            yield opened


def ask_dachs(layout: Layout, queries: Mapping[str, str]) -> dict[str, Any]:
    """Return what DaCHS makes of queries, and how it is set.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    queries
        ADQL by name.

    Returns
    -------
    dict
        As `iact.dachs.examine` writes it.

    Raises
    ------
    CtaError
        DaCHS does not start with its configuration.
    """
    # In a process of its own: what needs DaCHS cannot be imported here.
    done = subprocess.run(
        [PYTHON, "-P", "-s", "-m", "iact.dachs.examine"],
        input=json.dumps({"queries": dict(queries), "resources": list(RESOURCES)}),
        env=layout.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CtaError(f"DaCHS does not start:\n{process.tail(done.stdout + done.stderr)}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _connect(layout: Layout, role: str) -> connection:
    import psycopg2

    return psycopg2.connect(
        host=str(layout.sock),
        port=PG_PORT,
        dbname=DATABASE,
        user=role,
        application_name="cta doctor",
    )


@contextlib.contextmanager
def with_database(case: Case) -> Iterator[None]:
    """Have the database running, and at the case's hand, for a while.

    Parameters
    ----------
    case
        The data centre.

    Raises
    ------
    CtaError
        PostgreSQL does not start, or does not let its superuser in.
    """
    with cluster.running(case.layout), contextlib.closing(cluster.connect(case.layout)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", (TIMEOUT,))
        case.database = opened
        try:
            yield
        finally:
            case.database = None

"""Ingestion in the test's own process, in a transaction that is never committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.ingest import Options, Progress, Summary, ingest
from iact.archive.load import COPY_ORDER
from service.simulatedruns import write_run

AUTHORITY = "cta-demo.unregistered"
#: Tables whose rows belong to an observation.
ABOUT_OBSERVATIONS = COPY_ORDER[: COPY_ORDER.index("obscore_row") + 1]


class Ingestion:
    """Some data roots of their own on the live database.

    Parameters
    ----------
    connection
        To the database; the caller rolls it back.
    folder
        Holds one folder for each data root.
    """

    def __init__(self, connection: Any, folder: Path) -> None:
        self.connection = connection
        self.collections = CollectionSet.load(INSTRUMENTS)
        self.roots: dict[str, Path] = {}
        #: How often ingestion asked for a commit.
        self.commits = 0
        self._folder = folder
        self.root = self.add_root("first")

    def add_root(self, name: str) -> Path:
        """Make one more data root."""
        self.roots[f"test-{name}"] = self._folder / name
        self.roots[f"test-{name}"].mkdir()
        return self.roots[f"test-{name}"]

    def write(self, path: str, obs_id: int, seed: int = 1, proposal: str = "") -> Path:
        """Write a run into the first data root."""
        return write_run(self.root / path, obs_id, seed, proposal)

    def run(self, progress: Progress | None = None, **options: Any) -> Summary:
        """Ingest all data roots."""
        return ingest(
            self.connection,
            self.roots,
            self.collections,
            AUTHORITY,
            Options(**options),
            progress or Progress(),
            self._commit,
        )

    def _commit(self) -> None:
        self.commits += 1

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement in the transaction."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def kinds(self) -> dict[str, str]:
        """Return what became of each file, by path."""
        return dict(
            self.sql(
                "SELECT path, file_kind FROM cta.source_file WHERE data_root = ANY(%s)",
                list(self.roots),
            )
        )

    def owners(self) -> dict[str, str]:
        """Return the path of each observation's file, by obs_id."""
        return dict(
            self.sql(
                "SELECT obs_id, path FROM cta.observation WHERE data_root = ANY(%s)",
                list(self.roots),
            )
        )

    def reason(self, path: str) -> str:
        """Return why a file is quarantined."""
        ((reason,),) = self.sql(
            "SELECT reason FROM cta.quarantine WHERE data_root = ANY(%s) AND path = %s",
            list(self.roots),
            path,
        )
        return str(reason)


def contents(ingestion: Ingestion) -> dict[str, list[tuple[Any, ...]]]:
    """All rows about observations and files of the data roots, table by table."""
    roots = list(ingestion.roots)
    ids = "SELECT obs_collection, obs_id FROM cta.observation WHERE data_root = ANY(%s)"
    found = {
        table: sorted(
            ingestion.sql(
                f"SELECT t::text FROM cta.{table} AS t WHERE (obs_collection, obs_id) IN ({ids})",
                roots,
            )
        )
        for table in ABOUT_OBSERVATIONS
    }
    for table in ("source_file", "quarantine"):
        found[table] = sorted(
            ingestion.sql(f"SELECT t::text FROM cta.{table} AS t WHERE data_root = ANY(%s)", roots)
        )
    return found


def make_old(ingestion: Ingestion) -> None:
    """Have all rows that carry a time carry an old one."""
    ingestion.sql(
        "UPDATE cta.source_file SET imported = '2001-01-01' WHERE data_root = ANY(%s)",
        list(ingestion.roots),
    )


def reasons(ingestion: Ingestion) -> dict[str, str]:
    """Why files are in quarantine, by path."""
    return dict(
        ingestion.sql("SELECT path, reason FROM cta.quarantine WHERE data_root = 'test-first'")
    )


def assert_settled(ingestion: Ingestion) -> None:
    """A further ingestion changes nothing."""
    make_old(ingestion)
    before = contents(ingestion)
    assert ingestion.run().counts == {}
    assert contents(ingestion) == before

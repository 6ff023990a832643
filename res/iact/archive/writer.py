"""Writing what ingestion decided, in batches, each file all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg2
import psycopg2.errors

from iact.archive import load
from iact.archive.collections import Collection, CollectionSet
from iact.archive.decide import Verdict
from iact.archive.ledger import KnownFile, ledger_rows, quarantine_row
from iact.archive.plan import Contexts, Plan
from iact.archive.rows import Rows, name_rows, observation_rows
from iact.dl3.observation import FileReport

#: Files whose rows are written, and committed, together.
BATCH = 100

#: Interval rows after which a batch is written early: some files have 40,000.
GTI_BATCH = 200_000

#: What the rows of one file can be to blame for: values, keys, texts that are too long for
#: an index, and texts with NUL.
REFUSALS = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    psycopg2.errors.ProgramLimitExceeded,
    ValueError,
)


class Writer:
    """Writes one data root's files.

    Parameters
    ----------
    connection
        A psycopg2 connection of a role that may write to schema cta.
    plan
        Of the data root.
    collections, authority
        The configuration.
    commit
        Called after each batch.
    """

    def __init__(
        self,
        connection: Any,
        plan: Plan,
        collections: CollectionSet,
        authority: str,
        commit: Callable[[], None],
        media_type: str,
    ) -> None:
        self._connection = connection
        self._data_root = plan.data_root
        self._collections = collections
        self._authority = authority
        self._commit = commit
        self._media_type = media_type
        self._contexts = Contexts(collections, plan.indexes, plan.found)
        self._waiting: list[Verdict] = []
        self._intervals = 0
        #: Files written, by what they turned out to be.
        self.counts: dict[str, int] = {}
        #: Data root, path, place and reason of files quarantined.
        self.quarantined: list[tuple[str, str, str, str]] = []

    def names(self) -> None:
        """Bring what the tables say of collections, proposals and sites up to date.

        Only collections with data are there; others come with their first observation.
        """
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT obs_collection FROM cta.collection")
            present = {row[0] for row in cursor} & set(self._collections.names)
            load.upsert_names(
                cursor, load.merge(self._names(self._collections.by_name(n)) for n in present)
            )
        self._commit()

    def _names(self, collection: Collection) -> Rows:
        site = self._collections.sites.get(collection.site)
        return name_rows([collection], [site] if site else [])

    def prune(self, paths: Sequence[str]) -> None:
        """Remove what came from files that are gone."""
        with self._connection.cursor() as cursor:
            load.forget_observations(cursor, self._data_root, paths)
            load.forget_files(cursor, self._data_root, paths)
            load.sweep_names(cursor)
        self._commit()

    def touch(self, files: Sequence[KnownFile]) -> None:
        """Take note of new times of files whose bytes are the same."""
        with self._connection.cursor() as cursor:
            for item in files:
                cursor.execute(
                    "UPDATE cta.source_file SET mtime_ns = %s WHERE data_root = %s AND path = %s",
                    (item.mtime_ns, item.data_root, item.path),
                )
        self._commit()

    def add(self, verdict: Verdict) -> None:
        """Take a decided file; it is written with its batch."""
        self._waiting.append(verdict)
        if verdict.report.observation is not None:
            self._intervals += len(verdict.report.observation.gti)
        if len(self._waiting) >= BATCH or self._intervals >= GTI_BATCH:
            self.flush()

    def take_back(self, paths: Sequence[str]) -> None:
        """Uncount files that stood back behind another, before they are decided again."""
        self.flush()
        refused = [item for item in self.quarantined if item[1] in paths]
        self.quarantined = [item for item in self.quarantined if item[1] not in paths]
        for kind, number in (
            ("quarantined", len(refused)),
            ("duplicate", len(paths) - len(refused)),
        ):
            self.counts[kind] = self.counts.get(kind, 0) - number

    def flush(self) -> None:
        """Write and commit what is waiting.

        Should the database refuse a batch, its files are written one by one and the one
        to blame is quarantined.

        Raises
        ------
        psycopg2.OperationalError
            If the database cannot be reached or has no room.
        """
        batch, self._waiting, self._intervals = self._waiting, [], 0
        if not batch:
            return
        try:
            with self._savepoint():
                self._write(batch)
        except REFUSALS:
            # Written again file by file, where the error is reported.
            for verdict in batch:
                self._write_alone(verdict)
        if any(verdict.replaces for verdict in batch):
            # With the observations, so that nobody ever sees names without any.
            with self._connection.cursor() as cursor:
                load.sweep_names(cursor)
        self._commit()

    def _write_alone(self, verdict: Verdict) -> None:
        try:
            with self._savepoint():
                self._write([verdict])
        except REFUSALS as error:
            refused = replace(
                verdict.report,
                kind="quarantined",
                observation=None,
                reason=f"its rows cannot be stored: {str(error).strip()}",
            )
            with self._savepoint():
                self._write([Verdict(refused)])

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        counts, quarantined = dict(self.counts), list(self.quarantined)
        with self._connection.cursor() as cursor:
            cursor.execute("SAVEPOINT batch")
            try:
                yield
                # Checks that the tables defer to the end of the transaction come here,
                # where the file to blame is known.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            except REFUSALS:
                self.counts, self.quarantined = counts, quarantined
                cursor.execute("ROLLBACK TO SAVEPOINT batch")
                raise
            cursor.execute("RELEASE SAVEPOINT batch")

    def _write(self, verdicts: Sequence[Verdict]) -> None:
        with self._connection.cursor() as cursor:
            for verdict in verdicts:
                for data_root, path in verdict.replaces:
                    load.forget_observations(cursor, data_root, [path])
            load.forget_files(
                cursor, self._data_root, [verdict.report.path for verdict in verdicts]
            )
            rows = load.merge(self._rows(verdict.report) for verdict in verdicts)
            load.upsert_names(cursor, rows)
            load.copy_rows(cursor, rows)

    def _rows(self, report: FileReport) -> Rows:
        self.counts[report.kind] = self.counts.get(report.kind, 0) + 1
        products = report.observation.products if report.observation else ()
        responses = tuple(sorted({product.path for product in products} - {report.path}))
        known = KnownFile(
            self._data_root,
            report.path,
            report.kind,
            report.size,
            report.mtime_ns,
            report.sha256,
            self._contexts.of(report.path, report.kind, report.collection, responses),
            report.collection,
            report.observation.obs_id if report.observation else report.obs_id,
            responses,
        )
        rows: Rows = {"source_file": [ledger_rows(known)]}
        if report.kind == "quarantined":
            place = "".join(f"[{part}]" for part in (report.hdu, report.keyword) if part)
            self.quarantined.append((self._data_root, report.path, place, report.reason))
            rows["quarantine"] = [
                quarantine_row(
                    self._data_root, report.path, report.reason, report.hdu, report.keyword
                )
            ]
        if report.observation is not None:
            collection = self._collection(report)
            rows |= observation_rows(
                report, collection, self._data_root, self._authority, self._media_type
            )
            rows |= self._names(collection)
        return rows

    def _collection(self, report: FileReport) -> Collection:
        obs = report.observation
        assert obs is not None  # the caller has looked
        return self._collections.by_name(
            report.collection, {"TELESCOP": obs.telescop, "INSTRUME": obs.instrume}
        )

"""One exercise: an ingestion that is disturbed, what must hold then, and its completion."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drill import tables
from drill.roots import NAMES, write_after, write_before
from iact.archive.consistency import Fault, faults
from iact.operate import cluster, process, server
from iact.operate.layout import Layout
from service.livearchive import CTA, INTERRUPTIBLE, SUPERUSER, LiveArchive, wait_until

INGEST = ("ingest", "--prune")
IMPORT = ("dachs", "imp", "cta/q")
#: Good ends of an ingestion: some of the files are broken.
GOOD = (0, 4)
_SETTLED = 5.0
#: Folders with what commands have not made.
_OF_OTHERS = {"cache", "logs", "matplotlib", "packages", "uwsjobs", "__pycache__"}


@dataclass
class Running:
    """A command of the operator's that is running, as the leader of a group of its own."""

    child: subprocess.Popen[bytes]
    output: Path
    started: float

    def wait_for(self, moment: float) -> None:
        """Wait until so many seconds after its start."""
        time.sleep(max(0.0, self.started + moment - time.monotonic()))

    def kill(self) -> None:
        """Kill it, and nothing else."""
        self.child.kill()
        self.child.wait()

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started, as a terminal does."""
        os.killpg(self.child.pid, number)

    def group(self) -> list[int]:
        """Return the processes of its group that are alive."""
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and process.is_alive(int(place.name)):
                try:
                    if os.getpgid(int(place.name)) == self.child.pid:
                        found.append(int(place.name))
                except ProcessLookupError:
                    # It has ended in between.
                    continue
        return found

    def children(self) -> list[int]:
        """Return the processes that it has started itself."""
        return [pid for pid in self.group() if _parent(pid) == self.child.pid]

    @property
    def said(self) -> str:
        """What it has written."""
        return self.output.read_text(encoding="utf-8")

    def complaints(self) -> list[str]:
        """Return the sentences for the operator."""
        return [line for line in self.said.splitlines() if line.startswith("cta: ")]


def _parent(pid: int) -> int | None:
    try:
        status = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(status.rpartition(")")[2].split()[1])


@dataclass
class Exercise:
    """Ingests the same changes again and again.

    Parameters
    ----------
    archive
        A data centre that nothing else is in.
    folder
        For the data roots.
    """

    archive: LiveArchive
    folder: Path
    #: Seconds that an undisturbed command takes.
    duration: dict[tuple[str, ...], float] = field(default_factory=dict)
    #: The tables after it.
    result: dict[tuple[str, ...], tables.Snapshot] = field(default_factory=dict)
    #: How far the disturbed ones had come.
    phases: Counter[tuple[str, str]] = field(default_factory=Counter)

    def prepare(self) -> None:
        """Ingest what was before, then see what undisturbed commands make of the changes."""
        for root in write_before(self.folder):
            done = self.archive.cta("ingest", root)
            assert done.returncode in GOOD, done.stderr
        with self.archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
            tables.keep(cursor)
            self.before = tables.snapshot(cursor)
            connection.commit()
        write_after(self.folder)
        self.litter = self._files()
        for words in (INGEST, ("ingest",), IMPORT):
            self.put_back()
            run = self.begin(*words)
            assert run.child.wait(120) in GOOD, run.said
            self.duration[words] = time.monotonic() - run.started
            self.result[words] = self.snapshot()
            assert self.faults() == []
        assert tables.difference(self.result[IMPORT], self.result[("ingest",)]) == []

    def clear(self) -> None:
        """Have the data centre as empty as it was."""
        self.recover()
        for name in NAMES:
            done = self.archive.cta("forget", self.folder / name)
            assert done.returncode == 0, done.stderr

    def begin(self, *words: str) -> Running:
        """Start a command of the operator's."""
        output = self.folder / "output"
        command = [*INTERRUPTIBLE, str(CTA), words[0], "--var", str(self.archive.var), *words[1:]]
        with output.open("wb") as stream:
            started = time.monotonic()
            child = subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)
        return Running(child, output, started)

    def put_back(self) -> None:
        """Have the tables as they were before the changes."""
        with self.archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
            tables.put_back(cursor)
            connection.commit()

    def snapshot(self) -> tables.Snapshot:
        """Return the tables as they are."""
        with self.archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
            return tables.snapshot(cursor)

    def faults(self) -> list[Fault]:
        """Return what is wrong with the tables."""
        with self.archive.connect() as connection, connection.cursor() as cursor:
            return faults(cursor)

    def is_running(self) -> bool:
        """Tell whether database and web server run."""
        layout = Layout(self.archive.var)
        return cluster.is_running(layout) and server.is_running(layout)

    def recover(self) -> None:
        """Do what an operator does after a crash."""
        done = self.archive.cta("start")
        assert done.returncode == 0, done.stderr

    def check(self, kind: str, run: Running, words: Sequence[str] = INGEST) -> None:
        """See that nothing is lost, then complete it and see that nothing is missing.

        Parameters
        ----------
        kind
            What disturbed it, for the report.
        run
            The command, which has ended.
        words
            The command that completes it.
        """
        wait_until(lambda: not run.group(), _SETTLED, "all that it started has ended")
        wait_until(lambda: not self._busy(), _SETTLED, "PostgreSQL has given back its locks")
        found = self.snapshot()
        self.phases[kind, self._phase(found, tuple(words))] += 1
        assert self.faults() == []
        self._check_whole(found, tuple(words))
        self._check_tap()
        left = self._files() ^ self.litter
        assert not left, f"Left behind, or taken away: {sorted(left)}"
        done = self.archive.cta(*words)
        assert done.returncode in GOOD, done.stderr
        assert "Another command works" not in done.stderr
        assert tables.difference(self.snapshot(), self.result[tuple(words)]) == []

    def _phase(self, found: tables.Snapshot, words: tuple[str, ...]) -> str:
        if found == self.before:
            return "before the first commit"
        return "after the last" if found == self.result[words] else "in between"

    def _check_whole(self, found: tables.Snapshot, words: tuple[str, ...]) -> None:
        before, after = map(tables.observations, (self.before, self.result[words]))
        now = tables.observations(found)
        for key, rows in now.items():
            assert rows in (before.get(key), after.get(key)), f"a part of {key} only"
        for key in before.keys() & after.keys():
            assert key in now, f"{key} is away meanwhile"

    def _check_tap(self) -> None:
        stored = self.archive.sql("SELECT obs_publisher_did, ev_xel FROM cta.obscore_row")
        answered = self.archive.rows("SELECT obs_publisher_did, ev_xel FROM cta.vo_obscore")
        assert sorted((row["obs_publisher_did"], row["ev_xel"]) for row in answered) == sorted(
            stored
        )
        answered = self.archive.rows("SELECT obs_publisher_did FROM ivoa.obscore")
        assert sorted(row["obs_publisher_did"] for row in answered) == sorted(
            did for did, _ in stored
        )

    def _busy(self) -> list[object]:
        """What an ingestion left behind in PostgreSQL: locks, and backends at work."""
        return self.archive.sql(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
            " UNION SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
        )

    def _files(self) -> set[str]:
        """Names of what commands leave behind; the server, its users and PostgreSQL leave more."""
        places = [self.archive.var / "etc", self.archive.var / "run", self.archive.var / "gavo"]
        places.append(self.folder)
        return {
            str(path)
            for place in places
            for path in place.rglob("*")
            if not _OF_OTHERS.intersection(path.parts) and path.name != "output"
        }

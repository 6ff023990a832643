"""The rival: a data centre of DaCHS and PostgreSQL as Debian installs them."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from bench.archive import CODE, Archive
from iact.operate import packages, ports, server
from iact.operate.layout import DATABASE, PG_PORT, SUPERUSER, Layout

_DACHS = "/usr/bin/dachs"
#: Each table of stock.rd, and where its rows come from.
_SOURCES = {
    "obs": "ivoa.obscore",
    "hea": "cta.vo_obscore",
    "gti": "cta.gti",
}
START_S = 60.0
#: What any DaCHS can answer: this one has none of our tables.
_PROBE = "SELECT TOP 1 table_name FROM tap_schema.tables"


class Stock:
    """A data centre below a folder, with stock.rd as its only resource.

    Parameters
    ----------
    folder
        Is made; its path must be short enough for a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, ports.free_port()
        self.url = f"http://localhost:{self.port}"
        self._indexes: list[str] = []
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def postmaster(self) -> int:
        """Process id of its PostgreSQL."""
        return int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])

    @property
    def server(self) -> int:
        """Process id of its web server."""
        assert self._server is not None
        return self._server.pid

    @contextmanager
    def running(self) -> Iterator[None]:
        """Make it and have it run, without rows and indexes, and throw it away in the end."""
        self._make()
        try:
            self._start_server()
            yield
        finally:
            if self._server is not None:
                self._server.terminate()
                self._server.wait()
            self._postgres("pg_ctl", "-D", self.folder / "pg", "-m", "fast", "-w", "stop")
            shutil.rmtree(self.folder)

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the superuser, each committed; return the last's rows."""
        with self._connected() as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def fill(self, archive: Archive) -> None:
        """Copy the archive's rows, and have statistics."""
        for table, source in _SOURCES.items():
            columns = ", ".join(
                row[0]
                for row in self.sql(
                    "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
                    f" AND attrelid = 'benchstock.{table}'::regclass ORDER BY attnum"
                )
            )
            # Through a pipe of the system's: neither side is held in memory.
            read, write = os.pipe()
            with os.fdopen(write, "wb") as target:
                child = subprocess.Popen(
                    [
                        self._program("psql"), "-qX", "-h", archive.var / "sock",
                        "-p", str(PG_PORT), "-U", SUPERUSER, "-d", DATABASE,
                        "-c", f"COPY (SELECT {columns} FROM {source}) TO STDOUT",
                    ],
                    stdout=target,
                )  # fmt: skip
            with os.fdopen(read, "rb") as stream, self._connected() as connection:
                connection.cursor().copy_expert(
                    f"COPY benchstock.{table} ({columns}) FROM STDIN", stream
                )
                connection.commit()
            if child.wait() != 0:
                raise RuntimeError(f"psql could not read {source}.")
        self._vacuum()

    def publish(self, name: str, description: str, files: Iterable[Path]) -> None:
        """Import another resource.

        Parameters
        ----------
        name
            Of the resource's folder.
        description
            Its RD.
        files
            Get into ``data``.
        """
        folder = self.folder / "gavo" / "inputs" / name
        (folder / "data").mkdir(parents=True)
        (folder / "q.rd").write_text(description)
        for path in files:
            shutil.copyfile(path, folder / "data" / path.name)
        self._dachs("imp", f"{name}/q")

    def make_indexes(self) -> None:
        """Make the indexes of stock.rd, and spare its users' queries the JIT."""
        self.sql("SET maintenance_work_mem = '128MB'", *self._indexes)
        self.sql("ALTER ROLE untrusted SET jit = off")
        self._vacuum()

    def _vacuum(self) -> None:
        self.sql(*(f"VACUUM (ANALYZE) benchstock.{table}" for table in _SOURCES))

    def _make(self) -> None:
        folder = self.folder
        for name in ("pg", "sock", "gavo", "gavo/etc", "gavo/inputs/benchstock", "log", "home"):
            (folder / name).mkdir(parents=True, mode=0o700)
        group = grp.getgrgid(os.getgid()).gr_name
        (folder / "gavo.rc").write_text(
            f"[general]\nrootDir: {folder}/gavo\nlogDir: {folder}/log\n"
            f"gavoGroup: {group}\ngroup: {group}\n"
            f"[web]\nbindAddress: 127.0.0.1\nserverPort: {self.port}\nserverURL: {self.url}\n"
            "user:\n"
            f"[db]\nprofilePath: {folder}/gavo/etc\n[ivoa]\nauthority: bench.unregistered\n"
        )
        shutil.copyfile(
            CODE / "tests" / "bench" / "stock.rd", folder / "gavo/inputs/benchstock/q.rd"
        )
        self._postgres(
            "initdb", "-D", folder / "pg", "-U", SUPERUSER, "--auth-local=trust",
            "--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        with (folder / "pg" / "postgresql.conf").open("a") as stream:
            # All else is as Debian has it.
            stream.write(
                f"listen_addresses = ''\nunix_socket_directories = '{folder}/sock'\n"
                f"port = {PG_PORT}\n"
            )
        self._postgres(
            "pg_ctl", "-D", folder / "pg", "-l", folder / "log" / "pg.log", "-w", "start"
        )
        self._postgres(
            "createdb", "-h", folder / "sock", "-p", str(PG_PORT), "-U", SUPERUSER,
            "--encoding=UTF8", "--template", "template0", DATABASE,
        )  # fmt: skip
        self._dachs("init", "-d", self._dsn)
        self._dachs("imp", "//obscore")
        self._dachs("imp", "benchstock/q")
        made = self.sql(
            "SELECT indexdef, format('DROP INDEX %I.%I', schemaname, indexname) FROM pg_indexes"
            " WHERE schemaname = 'benchstock'"
        )
        self._indexes = [definition for definition, _ in made]
        self.sql(*(drop for _, drop in made))

    def _start_server(self) -> None:
        with (self.folder / "log" / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [_DACHS, "serve", "start", "--foreground"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_S
        while not server.answers(self.port, _PROBE):
            if self._server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log" / "server.log").read_text())
            time.sleep(0.2)

    @property
    def _dsn(self) -> str:
        return f"host={self.folder}/sock port={PG_PORT} dbname={DATABASE} user={SUPERUSER}"

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        connection = psycopg2.connect(self._dsn)
        try:
            yield connection
        finally:
            connection.close()

    def _environment(self) -> dict[str, str]:
        return Layout(self.folder).environment() | {
            "GAVOSETTINGS": str(self.folder / "gavo.rc"),
            "PYTHONPATH": "",
        }

    def _dachs(self, *words: str) -> None:
        self._run([_DACHS, *words])

    def _program(self, name: str) -> str:
        version = packages.postgres_version(self.folder / "pg")
        return str(packages.POSTGRES_ROOT / version / "bin" / name)

    def _postgres(self, name: str, *words: object) -> None:
        self._run([self._program(name), *map(str, words)])

    def _run(self, command: list[str]) -> None:
        # To a file: what pg_ctl starts would keep a pipe open.
        log = self.folder / "log" / "commands.log"
        with log.open("ab") as stream:
            done = subprocess.run(
                command, env=self._environment(), stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream, check=False,
            )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}:\n{log.read_text()[-3000:]}")

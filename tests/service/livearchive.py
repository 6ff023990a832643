"""The data centre that the tests talk to, as its operator and as its users."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pyvo

from iact.operate.gavo_root import dachs_version
from iact.operate.layout import PYTHON, Layout

CTA = Path(__file__).resolve().parents[2] / "bin" / "cta"
#: Begins a command that Ctrl-C shall end, even where a shell runs the tests in the background.
INTERRUPTIBLE = ("env", "--default-signal=INT")
#: DaCHS's role that owns the tables, and PostgreSQL's superuser.
OWNER, SUPERUSER = "gavoadmin", "pgadmin"


@dataclass(frozen=True)
class LiveArchive:
    """A running data centre.

    Parameters
    ----------
    url
        Of its web server, without a slash at the end.
    var
        Where its state is.
    """

    url: str
    var: Path

    def cta(self, command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a command of the operator's; its exit code is the caller's business."""
        words = [str(CTA), command, "--var", str(self.var), *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)

    def gavo_python(self, program: str, *words: str) -> str:
        """Run a program where DaCHS is, as this data centre's; return what it prints."""
        done = subprocess.run(
            [PYTHON, "-P", "-s", "-c", program, *words],
            env=Layout(self.var).environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish_simulations(self) -> None:
        """Have simulated runs in ivoa.obscore from the next start on, as in a demonstration."""
        settings = self.var / "etc" / "cta.yaml"
        text = settings.read_text(encoding="utf-8")
        assert text.count('simulations: "apart"') == 1
        settings.write_text(text.replace('"apart"', '"published"'), encoding="utf-8")

    def files(self, data_root: Path) -> dict[str, dict[str, str]]:
        """Return the lines of ``bin/cta files`` about one folder, by path."""
        done = self.cta("files")
        assert done.returncode == 0, done.stderr
        name = self.root_name(data_root)
        return {
            line["path"]: line
            for line in csv.DictReader(io.StringIO(done.stdout))
            if line["data_root"] == name
        }

    def root_name(self, folder: Path) -> str:
        """Return the name under which a folder is registered."""
        from iact.archive.site import SiteConfig

        root = SiteConfig.load(self.var / "etc" / "cta.yaml").root_of(folder)
        assert root is not None, f"{folder} is no data root"
        return root.name

    @contextmanager
    def connect(self, user: str = OWNER) -> Iterator[Any]:
        """Connect to the database over its socket."""
        connection = psycopg2.connect(
            host=str(self.var / "sock"), port=5432, dbname="gavo", user=user
        )
        try:
            yield connection
        finally:
            connection.close()

    def sql(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one SQL statement as the database's superuser and commit it."""
        with self.connect(SUPERUSER) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []

    @property
    def dachs(self) -> tuple[int, ...]:
        """The version of DaCHS that serves, such as (2, 11)."""
        return tuple(int(part) for part in re.findall(r"\d+", dachs_version())[:2])

    @property
    def tap(self) -> pyvo.dal.TAPService:
        """The TAP service."""
        return pyvo.dal.TAPService(f"{self.url}/tap")

    def rows(self, adql: str) -> list[dict[str, Any]]:
        """Return the rows that TAP answers a synchronous query with."""
        return [dict(row) for row in self.tap.search(adql, maxrec=100_000)]

    def scalar(self, adql: str) -> Any:
        """Return the only value that TAP answers a synchronous query with."""
        (row,) = self.rows(adql)
        (value,) = row.values()
        return value


def from_environment() -> LiveArchive | None:
    """Return the data centre that the environment names; None where it names none."""
    if not os.environ.get("CTA_URL") or not os.environ.get("CTA_VAR"):
        return None
    return LiveArchive(os.environ["CTA_URL"].rstrip("/"), Path(os.environ["CTA_VAR"]))


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something to become true; fail with what it was after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)

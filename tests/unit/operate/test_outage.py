"""A database that is away, comes back, or is held by another: needs DaCHS, and no root."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from iact.archive import lock
from iact.archive.consistency import faults
from iact.errors import CtaError
from iact.operate import cluster, process, server, settings
from iact.operate.cli import main
from iact.operate.database import connect
from iact.operate.layout import Layout


@pytest.fixture
def database(centre: Layout) -> Iterator[Layout]:
    with cluster.running(centre):
        yield centre


@pytest.fixture
def started(centre: Layout) -> Iterator[Layout]:
    assert main(["start", "--var", str(centre.var)]) == 0
    yield centre
    main(["stop", "--var", str(centre.var)])


def test_a_start_gives_a_running_server_its_database_back(started, capsys):
    web = process.read_pid(started.server_pid)
    os.kill(process.read_pid(started.pg / "postmaster.pid"), signal.SIGKILL)
    assert main(["start", "--var", str(started.var)]) == 0
    assert server.answers(settings.load(started.server_settings).port)
    assert process.read_pid(started.server_pid) == web
    assert "The database was not running; it runs again." in capsys.readouterr().out


def test_a_running_server_that_cannot_use_its_database_is_started_anew(started, monkeypatch):
    web = process.read_pid(started.server_pid)
    cluster.stop(started)
    first, answers = iter([False]), server.answers
    monkeypatch.setattr(server, "answers", lambda port: next(first, True) and answers(port))
    monkeypatch.setattr(server, "RECOVERY_SECONDS", 0.0)
    assert main(["start", "--var", str(started.var)]) == 0
    assert process.read_pid(started.server_pid) != web


def test_a_running_server_that_is_busy_is_left_alone_and_named(started, monkeypatch, capsys):
    web = process.read_pid(started.server_pid)
    monkeypatch.setattr(server, "answers", lambda port: False)
    monkeypatch.setattr(server, "RECOVERY_SECONDS", 0.0)
    assert main(["start", "--var", str(started.var)]) == 1
    assert "runs but does not answer" in capsys.readouterr().err
    assert process.read_pid(started.server_pid) == web


def test_a_database_that_takes_no_connections_is_waited_for_and_then_named(database, monkeypatch):
    monkeypatch.setattr(cluster, "takes_connections", lambda layout: False)
    monkeypatch.setattr(cluster, "_START_SECONDS", 0)
    with pytest.raises(CtaError, match="PostgreSQL runs, but takes no connections; its own last"):
        cluster.start(database)


def test_what_is_left_of_a_crashed_postgresql_is_ended(database, monkeypatch):
    monkeypatch.setattr(cluster, "_CRASH_SECONDS", 1.0)
    with closing(cluster.connect(database)) as db, db.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        # Stopped, it does not notice that its server has gone, nor SIGTERM.
        os.kill(backend, signal.SIGSTOP)
        os.kill(process.read_pid(database.pg / "postmaster.pid"), signal.SIGKILL)
        cluster.start(database)
        assert not process.is_alive(backend)
    assert cluster.takes_connections(database)


def test_the_tables_of_an_empty_archive_are_consistent(database):
    with connect(database) as connection, connection.cursor() as cursor:
        assert faults(cursor) == []


def test_missing_tables_lead_to_setup(database):
    with (
        pytest.raises(CtaError, match=r"not those of this version .*cta\.none.* `bin/cta setup`"),
        connect(database) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM cta.none")


def test_an_error_of_ours_is_not_taken_for_one_of_the_database(database):
    with (
        pytest.raises(psycopg2.errors.SyntaxError),
        connect(database) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELEKT")


def test_a_database_that_does_not_answer_leads_to_start(centre):
    with (
        pytest.raises(CtaError, match=r"cannot be used: .* Now `bin/cta start`, and run the same"),
        connect(centre),
    ):
        pass


def test_one_holds_the_lock_and_others_know_who(database):
    told = []
    with connect(database) as first, connect(database) as second:
        with lock.held(first, "first", told.append), second.cursor() as cursor:
            assert lock.holder(cursor).startswith(f"first, process {os.getpid()}, since 2")
        lock.take_until_commit(second, "second", told.append)
        second.rollback()
        with lock.held(first, "first", told.append):
            pass
    assert told == []

"""One data centre from setup to stop: needs DaCHS and PostgreSQL, and no root."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from contextlib import closing

import pytest

from iact.errors import CtaError
from iact.operate import (
    cluster,
    commands,
    environment,
    folders,
    initdb,
    process,
    server,
    settings,
)
from iact.operate import setup as steps
from iact.operate.cli import main
from iact.operate.status import lines


def cta(layout, *words):
    return main([words[0], "--var", str(layout.var), *words[1:]])


@pytest.fixture
def port(centre):
    return settings.load(centre.server_settings).port


@pytest.fixture
def database(centre):
    with cluster.running(centre):
        yield centre


@pytest.fixture
def started(centre):
    assert cta(centre, "start") == 0
    yield centre
    cta(centre, "stop")


def query(layout, sql):
    with closing(cluster.connect(layout)) as db, db.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def change(layout, sql):
    with closing(cluster.connect(layout)) as db, db.cursor() as cursor:
        cursor.execute(sql)
        db.commit()


def test_setup_leaves_nothing_running(centre):
    assert not cluster.is_running(centre)
    assert not server.is_running(centre)


def test_only_the_owner_can_reach_the_socket(centre):
    assert stat.S_IMODE(centre.sock.stat().st_mode) == 0o700
    assert stat.S_IMODE(centre.pg.stat().st_mode) == 0o700


def test_the_database_has_our_tables_and_no_jit(database):
    names = query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'cta'")
    assert ("observation",) in names
    assert query(database, "SHOW jit") == [("off",)]
    assert query(database, "SHOW listen_addresses") == [("",)]


def test_a_second_setup_says_and_does_nothing_new(centre, capsys):
    assert cta(centre, "setup") == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_a_wrong_address_is_refused_and_not_kept(centre, capsys):
    before = centre.site_config.read_text()
    assert cta(centre, "setup", "--url", "foo") == 1
    assert "is 'foo'" in capsys.readouterr().err
    assert centre.site_config.read_text() == before
    assert cta(centre, "setup") == 0


def test_a_public_server_does_not_pass_for_a_private_one(centre, capsys):
    assert cta(centre, "start", "--public") == 0
    try:
        capsys.readouterr()
        assert cta(centre, "start") == 1
        assert "serves every network" in capsys.readouterr().err
    finally:
        cta(centre, "stop")


def test_a_half_finished_setup_is_completed(centre, capsys):
    (centre.run / "resources.json").unlink()
    centre.version_file.unlink()
    assert cta(centre, "stop") == 1
    assert cta(centre, "setup") == 0
    assert "Importing cta/q." in capsys.readouterr().out
    assert centre.version_file.exists()


def test_an_interrupted_initdb_is_done_again(layout, centre):
    folders.make_own(layout)
    (layout.pg / "new").mkdir()
    (layout.pg / "postgresql.conf").touch()
    initdb.create(layout, print)
    assert (layout.pg / "PG_VERSION").exists()
    assert "include 'cta.conf'" in (layout.pg / "postgresql.conf").read_text()


def test_tables_of_another_dachs_are_upgraded(centre, capsys):
    (centre.run / "dachs-version").write_text("2.6")
    assert cta(centre, "setup") == 0
    assert "Bringing the tables of DaCHS 2.6 up to DaCHS" in capsys.readouterr().out


def test_name_and_authority_can_change_while_the_archive_is_empty(centre):
    assert cta(centre, "setup", "--authority", "other.example", "--name", "other") == 0
    assert "authority: other.example" in centre.gavo_rc.read_text()


@pytest.fixture
def with_a_row(database):
    change(
        database,
        "INSERT INTO cta.source_file (data_root, path, file_kind, content_length, mtime_ns, sha256,"
        " context, imported) VALUES ('root', 'a.fits', 'other', 1, 1, '', '', now())",
    )
    yield database
    change(database, "DELETE FROM cta.source_file")


def test_the_authority_stays_once_there_are_rows(with_a_row, capsys):
    assert cta(with_a_row, "setup", "--authority", "third.example") == 1
    assert "needs a new data centre" in capsys.readouterr().err


@pytest.fixture
def with_old_columns(with_a_row):
    (with_a_row.run / "resources.json").unlink(missing_ok=True)
    change(with_a_row, "ALTER TABLE cta.gti ADD COLUMN of_old_software integer")
    yield with_a_row
    change(with_a_row, "ALTER TABLE cta.gti DROP COLUMN IF EXISTS of_old_software")


@pytest.mark.parametrize("command", ["setup", "demo"])
def test_tables_with_other_columns_are_named_and_kept(with_old_columns, command, capsys):
    assert cta(with_old_columns, command) == 1
    message = capsys.readouterr().err
    assert "columns in cta.gti that cannot be added to what is there." in message
    assert "`bin/cta setup --remake-tables` drops" in message
    assert query(with_old_columns, "SELECT count(*) FROM cta.source_file") == [(1,)]


def test_tables_are_made_anew_on_demand(with_old_columns, capsys):
    assert cta(with_old_columns, "setup", "--remake-tables") == 0
    assert "`bin/cta ingest` reads all data again" in capsys.readouterr().out
    assert query(with_old_columns, "SELECT count(*) FROM cta.source_file") == [(0,)]
    assert cta(with_old_columns, "setup") == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_rows_survive_a_change_of_descriptors_that_leaves_the_columns(with_a_row):
    (with_a_row.run / "resources.json").unlink()
    assert cta(with_a_row, "setup") == 0
    assert query(with_a_row, "SELECT count(*) FROM cta.source_file") == [(1,)]


def test_the_server_answers_after_start_and_not_after_stop(centre, port, capsys):
    assert cta(centre, "status") == 3
    assert cta(centre, "start") == 0
    assert server.answers(port)
    assert f"http://localhost:{port}/tap" in capsys.readouterr().out
    assert cta(centre, "status") == 0
    assert cta(centre, "stop") == 0
    assert not server.answers(port)
    assert not cluster.is_running(centre)


def test_setup_has_nothing_to_do_after_a_start(started, capsys):
    # DaCHS changes the mode of the folder of its logs.
    before = {folder: folder.stat().st_ctime_ns for folder in started.owned_folders}
    assert cta(started, "setup") == 0
    assert capsys.readouterr().out.count("\n") == 1
    changed = {f for f in before if f.stat().st_ctime_ns != before[f]}
    assert not {started.log} & changed
    assert not stat.S_IMODE(started.log.stat().st_mode) & 0o007


def test_starting_twice_says_so(started, capsys):
    assert cta(started, "start") == 0
    assert "running already" in capsys.readouterr().out


def test_the_port_of_a_running_server_stays(started, port, capsys):
    """Else commands would speak of a port on which nobody listens."""
    assert cta(started, "setup", "--port", str(port + 1)) == 1
    assert f"runs on port {port}; `bin/cta stop` first" in capsys.readouterr().err
    assert cta(started, "start") == 0
    assert f":{port}/tap" in capsys.readouterr().out


def test_a_running_server_is_known_to_be_older_than_its_configuration(started, capsys):
    text = started.site_config.read_text()
    started.site_config.write_text(text + "# changed\n")
    assert cta(started, "start") == 0
    assert "have changed since" in capsys.readouterr().out
    started.site_config.write_text(text)
    assert cta(started, "start") == 0
    assert "have changed since" not in capsys.readouterr().out


def test_a_server_that_does_not_answer_is_seen_in_the_status(started, monkeypatch, capsys):
    monkeypatch.setattr(server, "answers", lambda port: False)
    assert cta(started, "status") == 3
    assert "does not answer; see" in capsys.readouterr().out


def test_a_port_in_use_is_refused_and_nothing_stays_running(centre, port, capsys):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert cta(centre, "start") == 1
    assert f"Port {port} is in use" in capsys.readouterr().err
    assert not cluster.is_running(centre)


def test_a_demo_notices_a_port_in_use_before_it_reads_data(centre, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        assert cta(centre, "demo", "--port", str(busy)) == 1
    said = capsys.readouterr()
    assert f"Port {busy} is in use" in said.err
    assert "files to read" not in said.out + said.err
    assert not centre.demo_data.joinpath("challenge").exists()


def test_a_server_that_ends_at_once_shows_why(centre, capsys, monkeypatch):
    monkeypatch.setattr(server, "SERVE", ["/bin/false"])
    assert cta(centre, "start") == 1
    assert "ended at once (exit code 1)" in capsys.readouterr().err
    assert not cluster.is_running(centre)
    assert not centre.server_pid.exists()


def test_a_server_that_never_answers_is_given_up(centre, capsys, monkeypatch):
    monkeypatch.setattr(server, "START_SECONDS", 0.0)
    monkeypatch.setattr(server, "answers", lambda port: False)
    assert cta(centre, "start") == 1
    assert "did not answer within" in capsys.readouterr().err
    assert not server.is_running(centre)


def test_a_postgresql_that_does_not_start_shows_its_log(centre, capsys):
    own = centre.etc / "postgresql.conf"
    before = own.read_text()
    own.write_text("shared_buffers = 'much'\n")
    try:
        assert cta(centre, "start") == 1
    finally:
        own.write_text(before)
    assert "shared_buffers" in capsys.readouterr().err


def test_a_stale_pid_file_of_a_crash_is_no_hindrance(centre, port):
    assert cta(centre, "start") == 0
    pid = process.read_pid(centre.pg / "postmaster.pid")
    process.end_group(process.read_pid(centre.server_pid), 10)
    # The postmaster leads no group of ours: it and its children end by themselves.
    os.kill(pid, signal.SIGKILL)
    while process.is_alive(pid):
        time.sleep(0.02)
    # Another process may have the number by now.
    for lock in (centre.pg / "postmaster.pid", centre.sock / ".s.PGSQL.5432.lock"):
        lock.write_text(lock.read_text().replace(str(pid), str(os.getppid()), 1))
    assert cta(centre, "start") == 0
    assert cta(centre, "stop") == 0


def test_the_address_in_links_follows_the_port(started, port):
    assert query(started, "SELECT cta.server_url()") == [(f"http://localhost:{port}",)]


def test_dachs_and_psql_work_on_this_data_centre(centre, capfd):
    assert cta(centre, "psql", "-Atc", "SELECT 6 * 7") == 0
    assert "42" in capfd.readouterr().out
    assert cta(centre, "dachs", "info", "no/rd") != 0


def test_files_are_listed_while_nothing_runs(centre, capsys):
    assert cta(centre, "files") == 0
    assert capsys.readouterr().out.startswith("data_root,path,class")


def test_demo_makes_fills_and_starts(centre, capsys):
    assert cta(centre, "demo") == 0
    first = capsys.readouterr().out
    assert "Simulating observations." in first
    assert cta(centre, "demo") == 0
    assert "Simulating observations." not in capsys.readouterr().out
    report = dict(line.split(None, 1) for line in lines(centre, answers=True))
    assert int(report["Observations"]) > 20
    assert cta(centre, "stop") == 0


def test_workers_environment_is_made_on_request(centre, monkeypatch):
    asked = []
    monkeypatch.setattr(environment, "ensure", lambda venv, extras, say: asked.append(extras))
    assert cta(centre, "setup", "--workers") == 0
    assert cta(centre, "setup") == 0
    assert asked == [["workers"]]


def test_who_has_no_python_packages_is_told_how_to_do_without(centre, monkeypatch, capsys):
    def fail(venv, extras, say):
        raise CtaError("Installing failed: no network")

    monkeypatch.setattr(environment, "ensure", fail)
    assert cta(centre, "setup", "--workers") == 1
    said = capsys.readouterr().err
    assert "no network" in said and "`bin/cta setup` without --workers" in said


def test_interrupted_simulations_are_done_again(tmp_path, monkeypatch):
    (tmp_path / "challenge.new").mkdir()
    (tmp_path / "challenge.new" / "half").touch()
    monkeypatch.setattr("iact.sim.challenge.write_challenge", lambda folder: None)
    assert list(commands.simulated(tmp_path).iterdir()) == []


def test_the_marks_of_setup_are_readable_json(centre):
    assert set(json.loads((centre.run / "resources.json").read_text())) >= {"q.rd"}
    assert centre.version() == steps.VERSION

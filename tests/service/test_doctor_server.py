"""The doctor finds what is wrong with the machine and the contents; its command tells of all."""

from __future__ import annotations

import json
from dataclasses import replace

from iact.operate.doctor import contents, machine
from iact.operate.doctor.finding import Level
from service.diagnosis import only
from service.simulatedruns import write_run

# The machine.


def test_code_that_the_server_does_not_run(patient):
    mark = patient.layout.server_mark
    before = mark.read_text(encoding="ascii")
    assert list(machine.code(patient)) == []
    mark.write_text("0", encoding="ascii")
    try:
        assert "code or settings of before" in only(machine.code(patient)).what
    finally:
        mark.write_text(before, encoding="ascii")


def test_code_of_dachs_that_is_not_known(patient):
    assert list(machine.adapters(patient)) == []
    other = replace(patient, dachs=patient.dachs | {"misfits": ["DaCHS 99 has another parser."]})
    assert "another parser" in only(machine.adapters(other)).what


def test_versions_of_extensions(archive, patient):
    assert list(machine.versions(patient)) == []
    ((version,),) = archive.sql("SELECT extversion FROM pg_extension WHERE extname = 'q3c'")
    archive.sql("UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'q3c'")
    try:
        assert "The database has q3c 1.0" in only(machine.versions(patient)).what
    finally:
        archive.sql("UPDATE pg_extension SET extversion = %s WHERE extname = 'q3c'", (version,))
    assert list(machine.versions(patient)) == []


def test_tables_that_tap_does_not_answer_about(archive, patient):
    assert list(machine.tables(patient)) == []
    archive.sql(
        "INSERT INTO tap_schema.tables (schema_name, table_name, table_type, sourcerd)"
        " VALUES ('cta', 'cta.dead', 'table', 'cta/q')"
    )
    try:
        assert "TAP publishes cta.dead, but" in only(machine.tables(patient)).what
    finally:
        archive.sql("DELETE FROM tap_schema.tables WHERE table_name = 'cta.dead'")


# The contents.


def test_collections_that_cannot_be_read(patient):
    assert list(contents.collections(patient)) == []
    broken = patient.layout.instruments / "broken.yaml"
    broken.write_text("name: [oops", encoding="utf-8")
    try:
        found = only(contents.collections(patient))
    finally:
        broken.unlink()
    assert found.level is Level.FAULT and str(broken) in found.what


def test_data_roots_and_files(archive, patient, folder):
    write_run(folder / "a.fits.gz", 910501)
    write_run(folder / "b.fits.gz", 910502)
    (folder / "broken.fits").write_bytes(b"SIMPLE  =                    T")
    assert archive.cta("ingest", folder).returncode == 4
    assert list(contents.data_roots(patient)) == []
    assert list(contents.missing_files(patient)) == []
    assert "in quarantine" in only(contents.quarantine(patient)).what
    (folder / "a.fits.gz").unlink()
    (folder / "b.fits.gz").chmod(0)
    gone, closed = contents.missing_files(patient)
    assert f"such as {folder / 'a.fits.gz'}" in gone.what
    assert f"such as {folder / 'b.fits.gz'}" in closed.what
    folder.chmod(0)
    try:
        assert f"{folder} is closed" in only(contents.data_roots(patient)).what
    finally:
        folder.chmod(0o755)
    moved = folder.rename(folder.with_name("elsewhere"))
    try:
        assert f"{folder} is away" in only(contents.data_roots(patient)).what
    finally:
        moved.rename(folder)


# The command.


def test_the_command_on_a_data_centre_that_is_well(archive):
    done = archive.cta("doctor")
    assert done.returncode == 0, done.stdout
    assert "FAULT" not in done.stdout
    assert "ok       indexes\n" in done.stdout


def test_the_command_where_nothing_runs_and_much_is_wrong(archive):
    own = archive.var / "etc" / "postgresql.conf"
    before = own.read_text(encoding="utf-8")
    assert archive.cta("stop").returncode == 0
    try:
        # An address of the loopback interface that nobody else uses.
        own.write_text(
            f"{before}listen_addresses = '127.7.7.7'\nmax_connections = 30\nautovacuum = off\n",
            encoding="utf-8",
        )
        (archive.var / "sock").chmod(0o755)
        done = archive.cta("doctor", "--json")
        assert not (archive.var / "pg" / "postmaster.pid").exists()
    finally:
        (archive.var / "sock").chmod(0o700)
        own.write_text(before, encoding="utf-8")
        assert archive.cta("start").returncode == 0
    report = json.loads(done.stdout)
    assert (done.returncode, report["well"]) == (1, False)
    said = {check["check"]: check["findings"] for check in report["checks"]}
    assert said["folders"][0]["remedy"] == f"chmod 700 {archive.var / 'sock'}"
    assert "listens to the network (127.7.7.7)" in said["PostgreSQL's network"][0]["what"]
    assert "queries fail then" in said["sessions"][0]["what"]
    assert "Autovacuum is off" in said["statistics"][0]["what"]
    assert said["web server"][0]["level"] == "note"

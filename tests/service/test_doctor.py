"""Each check of the doctor's finds what is really broken, and nothing once it is mended.

Where the remedy is a command, that very command mends it.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest

from iact.operate import ports, process
from iact.operate.doctor import case, contents, exposure, machine, postgres, published, queries
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Level
from iact.operate.layout import PYTHON, Layout, checkout
from service.livearchive import OWNER, SUPERUSER, wait_until
from service.simulatedruns import write_run

STORE, SIMULATED = queries.STORES
HEA = "ivoa.obscore_hea"


@pytest.fixture(scope="module")
def layout(archive):
    installed = archive.var / "code"
    return Layout(archive.var, installed if installed.is_dir() else checkout())


@pytest.fixture(scope="module")
def said_by_dachs(layout):
    """What DaCHS says of itself while nothing is broken."""
    healthy = Case(layout)
    with case.with_database(healthy):
        ask(healthy)
    return healthy.dachs


@pytest.fixture
def patient(layout, said_by_dachs):
    """The data centre, with its database."""
    made = Case(layout, dachs=dict(said_by_dachs))
    with case.with_database(made):
        yield made


def ask(patient):
    """Have DaCHS say anew what it makes of queries and settings."""
    patient.dachs = case.ask_dachs(patient.layout, queries.questions(patient))


def faults(check, patient):
    return [finding for finding in check(patient) if finding.level is Level.FAULT]


def only(findings):
    (finding,) = findings
    return finding


def mend(archive, finding):
    """Do what a finding says, as the operator would."""
    for line in finding.remedy.split(", then "):
        program, command, *words = shlex.split(line)
        assert program == "bin/cta"
        done = archive.cta(command, *words)
        assert done.returncode == 0, done.stderr


def statements(archive, *sql):
    for statement in sql:
        archive.sql(statement)


# The database.


def test_compiled_plans(archive, patient):
    assert list(postgres.compiling(patient)) == []
    archive.sql("ALTER ROLE untrusted SET jit = on")
    try:
        found = only(postgres.compiling(patient))
        assert "for the role untrusted" in found.what
        mend(archive, found)
        assert list(postgres.compiling(patient)) == []
    finally:
        archive.sql("ALTER ROLE untrusted RESET jit")


def test_an_index_that_is_gone(archive, patient):
    archive.sql("DROP INDEX cta.obscore_row_region")
    try:
        missing = only(postgres.indexes(patient))
        assert missing.what == f"{STORE} has no index obscore_row_region."
        said = " ".join(finding.what for finding in faults(queries.check, patient))
        for name in ("point in field", "region"):
            for table in queries.TABLES:
                assert f"A query by {name} in {table} reads all of {STORE}" in said
        assert "cone" not in said
    finally:
        mend(archive, missing)
    assert list(postgres.indexes(patient)) == []
    assert faults(queries.check, patient) == []


def test_an_index_of_the_wrong_kind(archive, patient):
    """A b-tree of the positions, as kind="q3c" columns="..." of DaCHS makes, serves no cone."""
    ((definition,),) = archive.sql(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'obscore_row_pos'"
    )
    statements(
        archive,
        "DROP INDEX cta.obscore_row_pos",
        f"CREATE INDEX obscore_row_pos ON {STORE} (s_ra, s_dec)",
    )
    try:
        assert list(postgres.indexes(patient)) == []
        said = [finding.what for finding in faults(queries.check, patient)]
        assert len(said) == len(queries.TABLES)
        assert all("A query by cone" in what for what in said)
    finally:
        statements(archive, "DROP INDEX cta.obscore_row_pos", definition)
    assert faults(queries.check, patient) == []


def test_a_large_table_whose_indexes_are_not_used(archive, patient):
    archive.sql("UPDATE pg_class SET reltuples = 1e6 WHERE oid = %s::regclass", (STORE,))
    try:
        assert list(queries.check(patient)) == []
        statements(
            archive,
            "ALTER ROLE untrusted SET enable_indexscan = off",
            "ALTER ROLE untrusted SET enable_bitmapscan = off",
            "ALTER ROLE untrusted SET enable_indexonlyscan = off",
        )
        said = [finding.what for finding in faults(queries.check, patient)]
        assert any("settings keep PostgreSQL from using an index" in what for what in said)
    finally:
        statements(archive, "ALTER ROLE untrusted RESET ALL", f"ANALYZE {STORE}")
    assert faults(queries.check, patient) == []


def test_an_index_that_was_never_finished(archive, patient):
    with pytest.raises(psycopg2.errors.UniqueViolation):
        archive.sql(f"CREATE UNIQUE INDEX CONCURRENTLY unfinished ON {STORE} (facility_name)")
    found = only(postgres.indexes(patient))
    assert "cta.unfinished" in found.what
    mend(archive, found)
    assert list(postgres.indexes(patient)) == []


def test_an_index_that_is_being_made(archive, patient):
    with archive.connect() as writer, writer.cursor() as cursor:
        # What has changed the table and goes on has an index wait.
        cursor.execute(f"UPDATE {STORE} SET site = site")
        maker = threading.Thread(target=make_index_until_ended, args=(archive,))
        maker.start()
        try:
            wait_until(lambda: bool(list(postgres.indexes(patient))), 10, "an index being made")
            found = only(postgres.indexes(patient))
            assert found.level is Level.NOTE
            assert f"An index of {STORE} is being made" in found.what
            mend(archive, found)
        finally:
            writer.rollback()
            maker.join()
    found = only(postgres.indexes(patient))
    assert "was never finished" in found.what
    mend(archive, found)
    assert list(postgres.indexes(patient)) == []


def make_index_until_ended(archive):
    with contextlib.suppress(psycopg2.errors.AdminShutdown, psycopg2.OperationalError):
        archive.sql(f"CREATE INDEX CONCURRENTLY slow ON {STORE} (facility_name)")


def test_statistics_that_are_out_of_date(archive, patient, monkeypatch):
    monkeypatch.setattr(postgres, "FEW_ROWS", 100)
    archive.sql(f"ALTER TABLE {STORE} SET (autovacuum_enabled = off)")
    try:
        ((rows,),) = archive.sql(f"SELECT count(*) FROM {STORE}")
        # Whoever may still see them keeps PostgreSQL from tidying removed rows away at once.
        with archive.connect() as reader, reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SELECT count(*) FROM {STORE}")
            for _ in range(3 * postgres.FEW_ROWS // rows + 1):
                archive.sql(f"UPDATE {STORE} SET site = site")

        def said():
            return [one for one in postgres.statistics(patient) if STORE in one.remedy]

        # The counters come to other sessions with a delay.
        wait_until(lambda: len(said()) == 3, 10, "three findings")
        exempt, changed, dead = said()
        assert "is exempt from autovacuum" in exempt.what
        assert "have changed since it was analysed" in changed.what
        assert "more removed rows" in dead.what
        for finding in (exempt, changed, dead):
            mend(archive, finding)
        wait_until(lambda: not said(), 10, "no findings")
    finally:
        archive.sql(f"ALTER TABLE {STORE} RESET (autovacuum_enabled)")


def test_transactions_that_stay_open(archive, patient, monkeypatch):
    monkeypatch.setattr(postgres, "LONG_SECONDS", 0)
    with archive.connect("untrusted") as idle, idle.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        (found,) = [one for one in postgres.transactions(patient) if str(pid) in one.remedy]
        assert "of untrusted" in found.what
        mend(archive, found)
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
    assert not [one for one in postgres.transactions(patient) if str(pid) in one.remedy]


# What DaCHS publishes.


@pytest.fixture
def userconfig(archive):
    path = archive.var / "gavo" / "etc" / "userconfig.rd"
    before = path.read_text(encoding="utf-8")
    yield path
    path.write_text(before, encoding="utf-8")


def test_feeds_that_lack_ours_and_have_what_the_database_lacks(patient, userconfig):
    assert list(published.feeds(patient)) == []
    before = userconfig.read_text(encoding="utf-8")
    feed = '<FEED source="cta/ext#obscore-extracolumns"/>'
    assert before.count(feed) == 1
    other = '<column name="moon_phase" type="real" description="Lit part of the Moon"/>'
    userconfig.write_text(before.replace(feed, other), encoding="utf-8")
    ask(patient)
    *not_fed, not_made = published.feeds(patient)
    assert any("The links of ivoa.obscore lead to" in one.what for one in not_fed)
    assert "moon_phase" in not_made.what
    # Both are done, and looked at, in test_extended_columns.
    assert {one.remedy for one in not_fed} == {"bin/cta setup"}
    assert not_made.remedy == (
        "bin/cta dachs imp //obscore refreshAfterSchemaUpdate,"
        " then bin/cta dachs imp //obscore create"
    )


def test_columns_of_ours_that_are_not_in_obscore(patient):
    feed = patient.dachs["feed"]
    patient.dachs["feed"] = feed | {"columns": [*feed["columns"], "nowhere"]}
    assert "lacks columns of ours: nowhere" in only(published.feeds(patient)).what


def test_a_userconfig_that_dachs_cannot_read(patient, userconfig):
    userconfig.write_text("<resource schema='dc'><STREAM", encoding="utf-8")
    assert f"{userconfig} is no XML" in only(published.feeds(patient)).what


@pytest.fixture
def extension(archive):
    """A table in the place of ivoa.obscore_hea, with a row for each of ours."""
    there = archive.sql("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (HEA,))
    if there:
        archive.sql(f"ALTER TABLE {HEA} RENAME TO obscore_hea_aside")
    try:
        archive.sql(f"CREATE TABLE {HEA} AS SELECT obs_publisher_did FROM cta.vo_obscore")
        yield
    finally:
        archive.sql(f"DROP TABLE {HEA}")
        if there:
            archive.sql("ALTER TABLE ivoa.obscore_hea_aside RENAME TO obscore_hea")


def test_rows_without_a_partner(archive, patient, extension):
    assert list(published.partners(patient)) == []
    archive.sql(f"INSERT INTO {HEA} VALUES ('ivo://stranger/~?1')")
    assert f"1 rows of {HEA} have no partner" in only(published.partners(patient)).what
    archive.sql(f"DELETE FROM {HEA} WHERE ctid = (SELECT min(ctid) FROM {HEA})")
    _, ours = published.partners(patient)
    assert "1 of our rows in ivoa.obscore have no partner" in ours.what


def test_an_extension_whose_rows_are_other_ones(archive, patient):
    names = [
        name
        for (name,) in archive.sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " ORDER BY attnum",
            (HEA,),
        )
    ]
    ((query,),) = archive.sql("SELECT pg_get_viewdef(%s::regclass)", (HEA,))
    stranger = "CASE WHEN row_number() OVER () = 1 THEN 'ivo://stranger/~?1' ELSE {0} END AS {0}"
    columns = [stranger.format(name) if name == "obs_publisher_did" else name for name in names]
    archive.sql(
        f"CREATE OR REPLACE VIEW {HEA} AS SELECT {', '.join(columns)}"
        f" FROM ({query.rstrip().rstrip(';')}) AS there"
    )
    strangers, ours = published.partners(patient)
    assert strangers.remedy == ours.remedy
    mend(archive, ours)
    assert list(published.partners(patient)) == []


def test_a_comparison_that_takes_too_long_is_no_fault(archive, patient):
    patient.database.cursor().execute("SET statement_timeout = '300ms'")
    with archive.connect(SUPERUSER) as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {HEA} IN ACCESS EXCLUSIVE MODE")
        found = only(published.partners(patient))
    assert found.level is Level.NOTE
    assert "takes longer than" in found.what
    ((alone,),) = archive.sql(shlex.split(found.remedy)[3])
    assert alone == 0


def test_an_obscore_without_us(archive, patient):
    """As after `dachs imp //obscore recover` while our view could not be read."""
    assert list(published.members(patient)) == []
    before = archive.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did")
    archive.sql("DELETE FROM ivoa._obscoresources WHERE tablename = 'cta.published'")
    lost = only(published.members(patient))
    with in_place_of_obscore(archive, "CREATE VIEW"):
        found = only(published.members(patient))
        assert "is made without cta.published" in found.what
        mend(archive, lost)
        assert list(published.members(patient)) == []
        assert archive.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did") == before
    assert list(published.members(patient)) == []
    with in_place_of_obscore(archive, "CREATE VIEW"):
        assert only(published.members(patient)) == found


def test_an_obscore_that_is_a_copy(archive, patient):
    assert list(published.frozen(patient)) == []
    with in_place_of_obscore(archive, "CREATE MATERIALIZED VIEW"):
        found = only(published.frozen(patient))
        assert "is no view but a copy" in found.what
        mend(archive, found)
        assert list(published.frozen(patient)) == []
        assert list(published.members(patient)) == []
        archive.sql("DROP VIEW ivoa.obscore")
        gone = only(published.feeds(patient))
        assert gone.what == "There is no ivoa.obscore."
        mend(archive, gone)
        assert list(published.feeds(patient)) == list(published.members(patient)) == []


@contextlib.contextmanager
def in_place_of_obscore(archive, create):
    """Have something else there, with the same columns; it may be mended meanwhile."""
    archive.sql("ALTER VIEW ivoa.obscore RENAME TO obscore_aside")
    try:
        statements(
            archive,
            f"{create} ivoa.obscore AS SELECT * FROM cta.vo_obscore WHERE false",
            f"{create.replace('CREATE', 'ALTER')} ivoa.obscore OWNER TO {OWNER}",
        )
        yield
    finally:
        ((is_view,),) = archive.sql(
            "SELECT to_regclass('ivoa.obscore') IN (SELECT oid FROM pg_class WHERE relkind = 'v')"
        )
        statements(
            archive,
            f"DROP {'' if is_view else 'MATERIALIZED'} VIEW ivoa.obscore",
            "ALTER VIEW ivoa.obscore_aside RENAME TO obscore",
        )


def test_a_setting_that_makes_obscore_a_copy(patient):
    rc = patient.layout.gavo_rc
    before = rc.read_text(encoding="utf-8")
    rc.write_text(f"{before}materialiseObscore: True\n", encoding="utf-8")
    try:
        assert "sets materialiseObscore" in only(published.frozen(patient)).what
    finally:
        rc.write_text(before, encoding="utf-8")


# What others could do.


def test_folders_that_are_open(patient):
    assert list(exposure.folders(patient)) == []
    for folder in (patient.layout.sock, patient.layout.etc):
        folder.chmod(0o755)
        try:
            found = only(exposure.folders(patient))
            assert f"Others can enter {folder}" in found.what
            subprocess.run(shlex.split(found.remedy), check=True)
            assert list(exposure.folders(patient)) == []
        finally:
            folder.chmod(0o700)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("ALTER TABLE cta.gti DISABLE ROW LEVEL SECURITY", "cta.gti shows hidden observations"),
        ("ALTER POLICY visible ON cta.site USING (true)", "cta.site shows hidden observations"),
        ("COMMENT ON TABLE cta.obscore_hidden IS 'x'", "was made by another version"),
    ],
)
def test_tables_that_show_what_is_hidden(archive, patient, damage, said):
    assert list(exposure.hidden_rows(patient)) == []
    archive.sql(damage)
    found = only(faults(exposure.hidden_rows, patient))
    assert said in found.what
    mend(archive, found)
    assert list(exposure.hidden_rows(patient)) == []


def test_processes_of_root(patient):
    assert list(exposure.processes(patient)) == []
    pid = patient.layout.server_pid
    before = pid.read_text(encoding="ascii")
    # The machine's first process is root's everywhere but in some containers.
    if Path("/proc/1").stat().st_uid != 0:
        pytest.skip("process 1 is not root's here")
    pid.write_text("1\n", encoding="ascii")
    try:
        assert "The web server (process 1) runs as root" in only(exposure.processes(patient)).what
    finally:
        pid.write_text(before, encoding="ascii")


@pytest.mark.parametrize(
    ("public", "url", "said"),
    [
        (True, "https://archive.example.org", ["without encryption"]),
        (True, "", ["without encryption", "links lead to localhost"]),
        (False, "http://archive.example.org", ["without encryption"]),
        (False, "https://archive.example.org", []),
        (False, "http://localhost:8080", []),
    ],
)
def test_addresses(patient, public, url, said):
    site, listening = patient.layout.site_config, patient.layout.server_settings
    before = [path.read_text(encoding="utf-8") for path in (site, listening)]
    try:
        changed = before[1].replace('"public": false', f'"public": {str(public).lower()}')
        listening.write_text(changed, encoding="utf-8")
        site.write_text(
            before[0].replace("\npublic_url:", f'\npublic_url: "{url}" #'), encoding="utf-8"
        )
        found = list(exposure.address(patient))
    finally:
        for path, text in zip((site, listening), before, strict=True):
            path.write_text(text, encoding="utf-8")
    assert len(found) == len(said)
    assert all(words in one.what for words, one in zip(said, found, strict=True))


def test_a_stock_server_fetches_from_addresses(archive, patient, tmp_path):
    assert list(exposure.uploads(patient)) == []
    port = ports.free_port()
    rc = tmp_path / "gavo.rc"
    text = patient.layout.gavo_rc.read_text(encoding="utf-8")
    rc.write_text(
        text.replace(f"serverPort: {patient.listening.port}", f"serverPort: {port}"),
        encoding="utf-8",
    )
    stock = subprocess.Popen(
        [PYTHON, "-c", STOCK],
        env=patient.layout.environment() | {"GAVOSETTINGS": str(rc)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: accepts(port), 30, "stock DaCHS")
        assert not exposure.refuses_addresses(port)
    finally:
        process.end_group(stock.pid, 5)
        stock.wait()
    assert exposure.refuses_addresses(patient.listening.port)


#: DaCHS as it comes, which has no pid file of its own in the foreground.
STOCK = (
    "import sys; from gavo.user import cli;"
    " sys.argv = ['dachs', 'serve', 'start', '--foreground']; cli.main()"
)


def accepts(port):
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


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

"""A new version of the software comes to an archive that is full and in use."""

import shutil
import subprocess
import threading
import time

import pytest

from iact.archive.queryrole import EXCESSES
from iact.archive.visibility import OUTDATED, UNPROTECTED, VERSION
from service.livearchive import CTA, wait_until
from service.owncentre import own_centre

#: Seconds that a query holds the tables and views while they are to be changed.
HELD = 4.0
#: What others may wait at most behind a change that waits itself.
PATIENCE = 2.0
PARTS = ("bin", "inputs", "rd", "res")


@pytest.fixture(scope="module")
def old():
    """A data centre with two runs, made by this version of the software.

    The tests do not mind what the others have changed in it.
    """
    with own_centre(930001, 930002) as made:
        yield made


@pytest.fixture
def newer(old, tmp_path):
    """A checkout whose tables have one more column, in the middle of the view."""
    copy = tmp_path / "newer"
    for name in PARTS:
        shutil.copytree(CTA.parents[1] / name, copy / name, symlinks=True)
    change(
        copy / "rd" / "ext.rd",
        '<column name="site"',
        '<column name="star_light" type="real" unit="mag/arcsec**2" ucd="phot.mag.sb"'
        ' description="Brightness of the sky"/> <column name="site"',
    )
    change(copy / "rd" / "views.rd", " site, sub_array_name,", " star_light, site, sub_array_name,")
    return copy


def change(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


def run(checkout, archive, command, *more):
    words = [checkout / "bin" / "cta", command, "--var", archive.var, *more]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


class Held:
    """Has a query hold tables and views for a while, as a user's long query does."""

    def __init__(self, archive, seconds):
        self._connection = archive.connect("untrusted")
        self._seconds = seconds

    def __enter__(self):
        connection = self._connection.__enter__()
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM ivoa.obscore, cta.observation")
        self._thread = threading.Thread(target=self._end, args=(connection,))
        self._thread.start()
        return self

    def _end(self, connection):
        time.sleep(self._seconds)
        connection.rollback()

    def __exit__(self, *error):
        self._thread.join()
        self._connection.__exit__(*error)


def test_a_view_gets_another_statement_while_queries_run(old, newer):
    """As a change of the vocabulary does, which is all in the view."""
    shutil.copytree(CTA.parents[1] / "rd", newer / "rd", dirs_exist_ok=True)
    change(newer / "rd" / "views.rd", "CAST('event' AS text)", "CAST('event-list' AS text)")
    told = []
    with Held(old, HELD):
        done = threading.Thread(target=lambda: told.append(run(newer, old, "setup")))
        done.start()
        kinds = []
        while done.is_alive():
            kinds += old.rows("SELECT DISTINCT dataproduct_type FROM ivoa.obscore")
    assert told[0].returncode == 0, told[0].stderr
    assert old.rows("SELECT DISTINCT dataproduct_type FROM ivoa.obscore") == [
        {"dataproduct_type": "event-list"}
    ]
    # Never none, never both.
    assert {kind["dataproduct_type"] for kind in kinds} <= {"event", "event-list"}
    assert len(kinds) > 5
    assert old.scalar("SELECT COUNT(*) FROM ivoa.obscore") == 2


def test_columns_of_a_view_may_change_their_places(old, newer):
    shutil.copytree(CTA.parents[1] / "rd", newer / "rd", dirs_exist_ok=True)
    change(
        newer / "rd" / "q.rd",
        '<LOOP listItems="calib_level obs_collection obs_id obs_publisher_did',
        '<LOOP listItems="obs_id calib_level obs_collection obs_publisher_did',
    )
    done = run(newer, old, "setup")
    assert done.returncode == 0, done.stderr
    assert old.scalar("SELECT COUNT(*) FROM ivoa.obscore") == 2


def test_what_somebody_built_on_a_view_is_named_and_kept(old, newer):
    old.sql("CREATE MATERIALIZED VIEW public.mine AS SELECT obs_id FROM cta.vo_obscore")
    shutil.copytree(CTA.parents[1] / "rd", newer / "rd", dirs_exist_ok=True)
    change(
        newer / "rd" / "q.rd",
        '<LOOP listItems="calib_level obs_collection obs_id obs_publisher_did',
        '<LOOP listItems="obs_collection calib_level obs_id obs_publisher_did',
    )
    try:
        done = run(newer, old, "setup")
        assert done.returncode == 1
        assert "mine, which somebody has built on cta.seen" in done.stderr
        assert "Traceback" not in done.stderr
        assert old.sql("SELECT count(*) FROM public.mine") == [(2,)]
    finally:
        old.sql("DROP MATERIALIZED VIEW public.mine")


def test_columns_are_added_to_a_full_archive_while_queries_run(old, newer):
    before = old.rows("SELECT obs_id, s_ra, t_min FROM ivoa.obscore ORDER BY obs_id")
    answers = []
    with Held(old, HELD):
        start = time.monotonic()
        upgrade = threading.Thread(target=lambda: answers.append(run(newer, old, "setup")))
        upgrade.start()
        slowest, queries = 0.0, 0
        while upgrade.is_alive():
            begun = time.monotonic()
            found = old.rows("SELECT obs_id, s_ra, t_min FROM ivoa.obscore ORDER BY obs_id")
            assert found == before
            assert old.scalar("SELECT COUNT(*) FROM cta.vo_obscore") == 2
            slowest, queries = max(slowest, time.monotonic() - begun), queries + 1
        took = time.monotonic() - start
    (done,) = answers
    assert done.returncode == 0, done.stderr
    assert "Added cta.obscore_row.star_light" in done.stdout
    assert took > HELD, "nothing was held"
    assert queries > 5
    assert slowest < PATIENCE
    # The other views on it are there as before, and the column is seen by users: ivoa.obscore
    # has it too, since it is one of those that the site's userconfig.rd feeds in.
    assert old.rows("SELECT obs_id, s_ra, t_min FROM ivoa.obscore ORDER BY obs_id") == before
    tables = old.sql("SELECT table_name FROM tap_schema.columns WHERE column_name = 'star_light'")
    assert sorted(tables) == [("cta.vo_obscore",), ("ivoa.obscore",)]
    for command in ("stop", "start"):
        assert run(newer, old, command).returncode == 0
    assert old.rows("SELECT star_light FROM cta.vo_obscore WHERE obs_id = '930001'") == [
        {"star_light": pytest.approx(float("nan"), nan_ok=True)}
    ]


def test_a_change_that_cannot_be_made_in_place_is_refused(old, newer):
    old.sql("ALTER TABLE cta.gti ADD COLUMN grade text")
    change(newer / "rd" / "ext.rd", "Brightness of the sky", "How bright the sky was")
    done = run(newer, old, "setup")
    assert done.returncode == 1
    assert "columns in cta.gti that cannot be added" in done.stderr
    assert "--remake-tables" in done.stderr
    assert old.scalar("SELECT COUNT(*) FROM ivoa.obscore") == 2
    wait_until(lambda: not old.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"), 5, "free")


def test_what_hides_observations_comes_back_with_a_new_version(old, newer):
    """As it comes to archives of a version that could hide nothing, or hid it otherwise.

    In profile hea, views that users ask are built on those that tell what is hidden.
    """
    old.sql("ALTER TABLE cta.gti DROP COLUMN IF EXISTS grade")
    done = run(newer, old, "profile", "hea")
    assert done.returncode == 0, done.stderr
    old.sql("COMMENT ON TABLE cta.obscore_hidden IS 'another version'")
    for table in ("gti", "proposal"):
        old.sql(f"ALTER TABLE cta.{table} DISABLE ROW LEVEL SECURITY")
        old.sql(f"DROP POLICY visible ON cta.{table}")
    change(newer / "rd" / "ext.rd", "Brightness of the sky", "How bright the sky is")
    done = run(newer, old, "setup")
    assert done.returncode == 0, done.stderr
    assert old.sql(UNPROTECTED) == old.sql(OUTDATED) == []
    assert old.scalar("SELECT COUNT(DISTINCT obs_id) FROM ivoa.obscore") == 2
    assert run(newer, old, "profile", "rec").returncode == 0


def test_an_archive_whose_policies_looked_names_up_does_so_no_more(old, newer):
    """Versions up to 0.2 let everybody read what the policies needed."""
    for table in ("observation", "gti", "product", "proposal", "collection", "site"):
        old.sql(f"ALTER TABLE cta.{table} DROP COLUMN hidden_until CASCADE")
    old.sql("GRANT SELECT ON cta.hidden_observations TO PUBLIC")
    old.sql("CREATE TABLE cta.hidden_proposal AS SELECT obs_collection, proposal_id,"
            " timestamp '2100-01-01' AS hidden_until FROM cta.proposal")  # fmt: skip
    old.sql("ALTER TABLE cta.hidden_proposal OWNER TO gavoadmin")
    assert old.sql(UNPROTECTED)
    before = old.sql("SELECT count(*) FROM cta.proposal")
    done = run(newer, old, "setup")
    assert done.returncode == 0, done.stderr
    assert old.sql(UNPROTECTED) == old.sql(OUTDATED) == []
    hidden = old.sql("SELECT count(*) FROM cta.proposal WHERE hidden_until = '2100-01-01'")
    assert hidden == before
    assert old.sql("SELECT to_regclass('cta.hidden_proposal') IS NULL") == [(True,)]
    assert old.scalar("SELECT COUNT(*) FROM cta.gti") > 0
    with old.connect("untrusted") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('cta.hidden_observations', 'SELECT')")
        assert cursor.fetchone() == (False,)
    old.sql("UPDATE cta.proposal SET hidden_until = NULL")


@pytest.mark.parametrize("commands", [("setup",), ("stop", "start")])
def test_the_role_of_queries_loses_what_an_earlier_version_let_it_have(old, newer, commands):
    damage = (
        "GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO PUBLIC",
        "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC",
        "GRANT SELECT ON pg_class TO PUBLIC",
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
        "ALTER ROLE untrusted RESET temp_file_limit",
        "REVOKE untrusted FROM gavo",
    )
    for statement in damage:
        old.sql(statement)
    for command in commands:
        done = run(newer, old, command)
        assert done.returncode == 0, done.stderr
    assert "gets no more than it needs" in done.stdout
    assert [old.sql(query) for query in EXCESSES.values()] == [[]] * len(EXCESSES)
    assert old.scalar("SELECT COUNT(*) FROM cta.gti") > 0


def test_tables_that_are_made_anew_hide_what_they_should(old, newer):
    done = run(newer, old, "setup", "--remake-tables")
    assert done.returncode == 0, done.stderr
    assert old.sql(UNPROTECTED) == []
    # Only with all keys is it said to be complete.
    assert old.sql("SELECT obj_description('cta.obscore_hidden'::regclass)") == [(VERSION,)]
    done = run(newer, old, "ingest")
    assert done.returncode == 0, done.stderr
    assert old.scalar("SELECT COUNT(*) FROM ivoa.obscore") == 2

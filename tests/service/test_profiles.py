"""The vocabulary of ObsCore rows, and where simulations are: settings that views follow."""

import collections
import re

import pytest

IMPORTED = "SELECT max(imported), count(*) FROM cta.source_file"
KINDS = "SELECT dataproduct_type, dataproduct_subtype, obs_publisher_did FROM {}"


@pytest.fixture
def settings(archive):
    """Writes a setting into cta.yaml and has it followed; puts the old file back in the end."""
    path = archive.var / "etc" / "cta.yaml"
    old = path.read_text(encoding="utf-8")

    def write(before, after):
        assert old.count(before) == 1
        path.write_text(old.replace(before, after), encoding="utf-8")
        done = archive.cta("setup")
        assert done.returncode == 0, done.stderr

    yield write
    path.write_text(old, encoding="utf-8")
    assert archive.cta("setup").returncode == 0


def kinds(archive, table):
    found = archive.rows(KINDS.format(table))
    identifiers = [row["obs_publisher_did"] for row in found]
    assert len(set(identifiers)) == len(identifiers)
    return collections.Counter(
        (row["dataproduct_type"], row["dataproduct_subtype"]) for row in found
    )


def test_profile_rec_has_the_event_lists_in_the_terms_of_obscore(archive):
    lists = archive.scalar("SELECT COUNT(*) FROM cta.observation")
    assert kinds(archive, "cta.vo_obscore") == {("event", "event-list"): lists}


def test_switching_reads_no_file(archive):
    before = archive.sql(IMPORTED)
    for name in ("hea", "rec"):
        assert archive.cta("profile", name).returncode == 0
        assert archive.cta("profile").stdout == f"{name}\n"
    assert archive.sql(IMPORTED) == before


def test_an_unknown_profile_is_wrong_usage(archive):
    done = archive.cta("profile", "best")
    assert done.returncode == 2
    assert "invalid choice: 'best'" in done.stderr


def test_simulations_can_stay_apart(archive, settings):
    simulated = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore WHERE simulated = 'True'")
    flat = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore")
    assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore") == flat
    settings('simulations: "published"', "simulations: apart")
    assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore") == flat - simulated
    assert archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore") == flat
    # A condition around the flat table would keep queries from being planned as one.
    for question in (
        "t_min > 50000 ORDER BY t_min LIMIT 10",
        "EXISTS (SELECT 1 FROM cta.gti AS g WHERE g.obs_publisher_did = o.obs_publisher_did"
        " AND g.t_start > 50000 AND g.t_start < 50001)",
    ):
        plan = plan_of(archive, f"SELECT obs_id FROM ivoa.obscore AS o WHERE {question}")
        scans = re.findall(r"'(Index Scan|Index Only Scan|Seq Scan)'[^{}]*'obscore_row'", plan)
        assert scans, plan
        assert "Seq Scan" not in scans
        assert "obscore_simulated" not in plan


def plan_of(archive, sql):
    """Return how PostgreSQL answers, where it avoids to read and sort whole tables."""
    with archive.connect("untrusted") as connection, connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
            cursor.execute(f"SET enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        return str(cursor.fetchone()[0])

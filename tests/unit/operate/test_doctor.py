"""What the doctor makes of plans, numbers and texts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from iact.operate.doctor import machine, plans, queries, run
from iact.operate.doctor.finding import Level, fault, note, psql, warning

STORE = queries.STORES[0]
MB = 1000**2


def scan(kind, rows=1, table="obscore_row", **more):
    return {
        "Node Type": kind,
        "Schema": "cta",
        "Relation Name": table,
        "Plan Rows": rows,
        **more,
    }


def plan(*nodes):
    return [{"Plan": {"Node Type": "Append", "Plan Rows": 1, "Plans": list(nodes)}}]


def leaf(**more):
    return {"Node Type": "Bitmap Index Scan", "Plan Rows": 1, **more}


WHOLE = plan(scan("Seq Scan"))
BY_INDEX = plan(scan("Index Scan", **{"Index Cond": "(obs_id = 1)"}))


@pytest.mark.parametrize(
    ("node", "searches"),
    [
        (scan("Seq Scan"), False),
        (scan("Seq Scan", Filter="(obs_id = 1)"), False),
        (scan("Index Scan", **{"Index Cond": "(obs_id = 1)"}), True),
        # The whole table in the order of an index, as enable_seqscan = off may have it.
        (scan("Index Scan", Filter="(obs_id = 1)"), False),
        (scan("Index Only Scan"), False),
        (scan("Bitmap Heap Scan", Plans=[leaf(**{"Index Cond": "x"})]), True),
        (scan("Bitmap Heap Scan", Plans=[leaf()]), False),
    ],
)
def test_a_scan_searches_where_an_index_has_a_condition(node, searches):
    (found,) = plans.scans(plan(node))
    assert (found.table, found.searches) == (STORE, searches)


def test_all_ways_of_a_bitmap_need_a_condition():
    ways = [leaf(**{"Index Cond": "x"}), leaf()]
    either = {"Node Type": "BitmapOr", "Plan Rows": 1, "Plans": ways}
    (found,) = plans.scans(plan(scan("Bitmap Heap Scan", Plans=[either])))
    assert not found.searches


def test_scans_below_joins_and_gathers_are_found():
    inner = {"Node Type": "Gather", "Plan Rows": 1, "Plans": [scan("Seq Scan", table="gti")]}
    join = {"Node Type": "Hash Join", "Plan Rows": 1, "Plans": [scan("Seq Scan"), inner]}
    assert [found.table for found in plans.scans(plan(join))] == [STORE, "cta.gti"]


def test_a_small_archive_needs_an_index_that_fits():
    assert queries.whole_reads(WHOLE, BY_INDEX, {STORE: 24}) == {}
    assert queries.whole_reads(WHOLE, WHOLE, {STORE: 24}) == {STORE: "no index leads to its rows"}


def test_a_small_table_beside_it_may_be_read_as_a_whole():
    beside = plan(scan("Seq Scan", table="site"))
    assert queries.whole_reads(beside, beside, {STORE: 1e6, "cta.site": 3}) == {}


def test_a_join_of_small_tables_may_read_one_as_a_whole():
    assert queries.whole_reads(WHOLE, WHOLE, {STORE: 24}, looked_at=()) == {}
    assert STORE in queries.whole_reads(WHOLE, WHOLE, {STORE: 1e6}, looked_at=())


def test_a_large_archive_needs_the_index_used():
    found = queries.whole_reads(WHOLE, BY_INDEX, {STORE: 1e6})
    assert "settings" in found[STORE]


def test_where_most_rows_answer_all_may_be_read():
    most = plan(scan("Seq Scan", rows=900_000))
    assert queries.whole_reads(most, BY_INDEX, {STORE: 1e6}) == {}


@pytest.mark.parametrize(
    ("free", "files", "levels"),
    [
        (500_000 * MB, 10**6, []),
        (1_999 * MB, 10**6, [Level.WARNING]),
        (60 * MB, 10**6, [Level.FAULT]),
        (500_000 * MB, 9_999, [Level.WARNING]),
    ],
)
def test_room_on_a_disk(free, files, levels):
    found = machine.disk_findings(Path("/var"), free, files)
    assert [finding.level for finding in found] == levels


def test_the_expiry_of_a_table_of_leap_seconds():
    table = "#@\t3960057600\n2272060800\t10\t# 1 Jan 1972\n"
    assert machine.expiry_of(table) == datetime(2025, 6, 28, tzinfo=UTC)
    assert machine.expiry_of("2272060800\t10\n") is None


def test_a_table_of_leap_seconds_that_is_missing_or_old(tmp_path, monkeypatch):
    table = tmp_path / "leap-seconds.list"
    monkeypatch.setattr(machine, "LEAP_SECONDS", table)
    assert "There is no" in next(iter(machine.leap_seconds(None))).what
    table.write_text("#@\t3960057600\n", encoding="ascii")
    assert "holds until 2025-06-28" in next(iter(machine.leap_seconds(None))).what
    table.write_text("#@\t9999999999\n", encoding="ascii")
    assert list(machine.leap_seconds(None)) == []


@pytest.mark.parametrize(
    ("found", "levels"),
    [((2, 6), [Level.FAULT]), ((2, 7), []), ((2, 13), []), ((3, 0), [Level.WARNING])],
)
def test_versions_that_were_tried(found, levels):
    said = machine.version_findings("DaCHS", found, (2, 7), (2, 13))
    assert [finding.level for finding in said] == levels


def test_a_remedy_can_be_pasted_into_a_shell():
    assert psql("SELECT 1 WHERE a = 'b'") == """bin/cta psql -c 'SELECT 1 WHERE a = '"'"'b'"'"''"""


def test_what_is_said():
    results = [
        run.Result("disk", []),
        run.Result("indexes", [fault("One is missing.", "make it"), warning("Old.", "renew it")]),
        run.Result("quarantine", [note("3 files\x1b are there.", "look")]),
    ]
    shown = [line for result in results for line in run.lines(result)]
    assert shown == [
        "ok       disk",
        "FAULT    indexes: One is missing.",
        "         -> make it",
        "WARNING  indexes: Old.",
        "         -> renew it",
        "NOTE     quarantine: 3 files\\x1b are there.",
        "         -> look",
    ]
    assert run.verdict(results) == "Found: 1 fault, 1 warning, 1 note."
    assert run.verdict(results[:1]) == "All is well."

"""What ingestion does to the tables, file by file, run by run."""

import os
from dataclasses import replace
from datetime import datetime

import pytest

from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.load import COPY_ORDER, NAME_KEYS
from service.ingestion import ABOUT_OBSERVATIONS, contents, make_old
from service.simulatedruns import simulated, with_header, write_bytes, write_indexes

BROKEN = b"SIMPLE  = this is no FITS file any more"


def imported_now(ingestion):
    """Paths of the files that were read after `make_old`."""
    found = ingestion.sql(
        "SELECT path FROM cta.source_file WHERE data_root = ANY(%s) AND imported > '2002-01-01'",
        list(ingestion.roots),
    )
    return sorted(path for (path,) in found)


def test_a_run_goes_in_with_all_that_belongs_to_it(ingestion):
    ingestion.write("a.fits.gz", 900001, proposal="SIM-P001")
    assert ingestion.run().counts == {"observation": 1}
    numbers = {table: len(rows) for table, rows in contents(ingestion).items()}
    assert numbers.pop("assumption") >= 0
    assert numbers == {
        "observation": 1, "obs_config": 1, "gti": 1, "product": 7, "provenance": 1,
        "product_hidden": 0, "obscore_row": 1, "source_file": 1, "quarantine": 0,
    }  # fmt: skip
    ((rights, release, group, proposal),) = ingestion.sql(
        "SELECT data_rights, obs_release_date, rights_group, proposal_id"
        " FROM cta.obscore_row WHERE obs_id = '900001'"
    )
    assert (rights, release, group, proposal) == ("proprietary", None, "sim-crab", "SIM-P001")


def test_rows_have_exactly_the_columns_of_their_tables(ingestion):
    from iact.archive.ledger import KnownFile, ledger_rows, quarantine_row
    from iact.archive.rows import name_rows, observation_rows
    from iact.archive.visibility import HIDDEN_PRODUCTS, HIDDEN_ROWS
    from iact.dl3.read import read_file

    path = ingestion.write("a.fits.gz", 900001)
    report = read_file(ingestion.root, path.name, ingestion.collections.rules)
    collection = ingestion.collections.by_name(report.collection)
    known = KnownFile("root", path.name, "observation", 1, 1, "", "", "", "")
    rows = (
        observation_rows(report, collection, "root", "x.test")
        | name_rows(ingestion.collections.collections, ingestion.collections.sites.values())
        | {"source_file": [ledger_rows(known)]}
        | {"quarantine": [quarantine_row("root", path.name, "reason", "", "")]}
    )
    hidden = replace(collection, release_date=datetime.max, hide_until_release=True)
    made_hidden = observation_rows(report, hidden, "root", "x")
    rows |= {table: made_hidden[table] for table in (HIDDEN_ROWS, HIDDEN_PRODUCTS)}
    observed = replace(collection, simulated=False)
    rows["obscore_row"] = observation_rows(report, observed, "root", "x")["obscore_row"]
    assert set(rows) == {*NAME_KEYS, *COPY_ORDER}
    for table, made in rows.items():
        columns = ingestion.sql(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'cta' AND table_name = %s",
            table,
        )
        # Whether this file needs an assumption is not the point here.
        assert made or table == "assumption", table
        for row in made[:1]:
            # Of some names, what is hidden follows from the observations that have them.
            computed = {"hidden_until"} if table in ("site", "collection") else set()
            assert set(row) == {name for (name,) in columns} - computed, table


def test_a_second_ingestion_changes_nothing(ingestion):
    ingestion.write("a.fits.gz", 900001)
    ingestion.write("b/copy.fits.gz", 900001)
    write_bytes(ingestion.root / "broken.fits", BROKEN)
    assert ingestion.run().counts == {"observation": 1, "duplicate": 1, "quarantined": 1}
    make_old(ingestion)
    before = contents(ingestion)
    summary = ingestion.run()
    assert (summary.counts, summary.unchanged) == ({}, 3)
    assert contents(ingestion) == before


def test_all_processes_together_make_the_same_rows_as_one(ingestion):
    for number in range(9):
        ingestion.write(f"{number}.fits.gz", 900001 + number)
    ingestion.run(jobs=1)
    make_old(ingestion)
    one = contents(ingestion)
    ingestion.sql("DELETE FROM cta.source_file WHERE data_root = ANY(%s)", list(ingestion.roots))
    assert ingestion.run(jobs=3).counts == {"observation": 9}
    make_old(ingestion)
    assert contents(ingestion) == one


def test_a_changed_file_replaces_its_own_observation(ingestion):
    ingestion.write("a.fits.gz", 900001, seed=1)
    ingestion.write("b.fits.gz", 900002)
    ingestion.run()
    make_old(ingestion)
    ((before,),) = ingestion.sql("SELECT n_events FROM cta.observation WHERE obs_id = '900001'")
    ingestion.write("a.fits.gz", 900001, seed=2)
    summary = ingestion.run()
    assert (summary.counts, summary.unchanged) == ({"observation": 1}, 1)
    assert imported_now(ingestion) == ["a.fits.gz"]
    ((after,),) = ingestion.sql("SELECT n_events FROM cta.observation WHERE obs_id = '900001'")
    assert after != before


def test_a_file_with_a_new_time_and_the_same_bytes_is_not_read(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    make_old(ingestion)
    os.utime(path, ns=(10**18, 10**18))
    summary = ingestion.run()
    assert (summary.counts, summary.unchanged) == ({}, 1)
    assert imported_now(ingestion) == []
    assert ingestion.sql(
        "SELECT mtime_ns FROM cta.source_file WHERE path = 'a.fits.gz' AND data_root = 'test-first'"
    ) == [(10**18,)]


def test_a_change_that_keeps_size_and_time_is_found_by_verify_only(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    info = path.stat()
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    path.write_bytes(broken)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert ingestion.run().unchanged == 1
    assert ingestion.run(verify=True).counts == {"quarantined": 1}


def test_what_came_from_a_deleted_file_stays_until_prune(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.write("b.fits.gz", 900002)
    ingestion.run()
    path.unlink()
    summary = ingestion.run()
    assert (summary.missing, summary.removed) == (1, 0)
    assert set(ingestion.owners()) == {"900001", "900002"}
    summary = ingestion.run(prune=True)
    assert (summary.missing, summary.removed) == (0, 1)
    assert set(ingestion.owners()) == {"900002"}
    assert ingestion.kinds() == {"b.fits.gz": "observation"}
    for table in ABOUT_OBSERVATIONS:
        assert not ingestion.sql(f"SELECT 1 FROM cta.{table} WHERE obs_id = '900001'"), table


@pytest.mark.parametrize("prune", [False, True])
def test_a_copy_takes_over_when_the_first_file_goes(ingestion, prune):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.write("b.fits.gz", 900001)
    ingestion.run()
    assert ingestion.kinds() == {"a.fits.gz": "observation", "b.fits.gz": "duplicate"}
    path.unlink()
    assert ingestion.run(prune=prune).counts == {"observation": 1}
    assert ingestion.owners() == {"900001": "b.fits.gz"}


def test_a_moved_file_takes_its_observation_along(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    (ingestion.root / "deep").mkdir()
    path.rename(ingestion.root / "deep" / "b.fits.gz")
    assert ingestion.run().counts == {"observation": 1}
    assert ingestion.owners() == {"900001": "deep/b.fits.gz"}
    products = ingestion.sql("SELECT DISTINCT path FROM cta.product WHERE obs_id = '900001'")
    assert products == [("deep/b.fits.gz",)]


def test_prune_does_not_take_away_what_was_only_moved(ingestion, monkeypatch):
    """Not for a moment: everything that is committed on the way has the observation."""
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.write("b.fits.gz", 900002)
    ingestion.run()
    (ingestion.root / "night").mkdir()
    path.rename(ingestion.root / "night" / "a.fits.gz")
    (ingestion.root / "b.fits.gz").unlink()
    seen = []
    monkeypatch.setattr(ingestion, "_commit", lambda: seen.append(ingestion.owners()))
    summary = ingestion.run(prune=True)
    assert (summary.counts, summary.removed) == ({"observation": 1}, 2)
    assert all("900001" in owners for owners in seen)
    assert seen[-1] == {"900001": "night/a.fits.gz"}


def test_a_file_that_breaks_is_reported_and_its_observation_stays(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    before = contents(ingestion)
    write_bytes(path, BROKEN)
    summary = ingestion.run()
    assert summary.counts == {"quarantined": 1}
    ((root, name, _, reason),) = summary.quarantined
    assert (root, name) == ("test-first", "a.fits.gz")
    assert "observation 900001 of SIM-CTAO-N is kept" in reason
    assert ingestion.reason("a.fits.gz") == reason
    after = contents(ingestion)
    assert {table: after[table] for table in ABOUT_OBSERVATIONS} == {
        table: before[table] for table in ABOUT_OBSERVATIONS
    }
    ingestion.write("a.fits.gz", 900001)
    assert ingestion.run().counts == {"observation": 1}
    assert contents(ingestion)["quarantine"] == []


def test_a_copy_takes_over_from_a_file_that_broke(ingestion):
    path = ingestion.write("a.fits.gz", 900001)
    ingestion.write("b.fits.gz", 900001)
    ingestion.run()
    write_bytes(path, BROKEN)
    summary = ingestion.run()
    assert summary.counts == {"observation": 1, "quarantined": 1}
    assert ingestion.owners() == {"900001": "b.fits.gz"}
    assert "is kept" not in ingestion.reason("a.fits.gz")
    path.unlink()
    ingestion.run(prune=True)
    assert ingestion.owners() == {"900001": "b.fits.gz"}


def test_a_copy_is_no_copy_of_what_its_owner_has_become(ingestion):
    ingestion.write("b.fits.gz", 900001, seed=1)
    ingestion.run()
    ingestion.write("a.fits.gz", 900001, seed=1)
    assert ingestion.run().counts == {"duplicate": 1}
    ingestion.write("b.fits.gz", 900001, seed=2)
    summary = ingestion.run()
    assert {kind: n for kind, n in summary.counts.items() if n} == {
        "observation": 1,
        "quarantined": 1,
    }
    assert ingestion.kinds() == {"a.fits.gz": "quarantined", "b.fits.gz": "observation"}
    assert "already in, with other content, from b.fits.gz" in ingestion.reason("a.fits.gz")


def test_a_file_that_becomes_another_observation_frees_the_old_one(ingestion):
    ingestion.write("b.fits.gz", 900001)
    ingestion.run()
    ingestion.write("b.fits.gz", 900002)
    ingestion.write("a.fits.gz", 900001)
    # In the order of paths a.fits.gz comes before b.fits.gz has given the run up.
    ingestion.run()
    assert ingestion.owners() == {"900001": "a.fits.gz", "900002": "b.fits.gz"}


def test_two_files_that_change_places_keep_both_observations(ingestion):
    first, second = (simulated(900001).content, simulated(900002).content)
    for pair in ((first, second), (second, first)):
        for name, content in zip(("a.fits.gz", "b.fits.gz"), pair, strict=True):
            write_bytes(ingestion.root / name, content)
        summary = ingestion.run()
        assert (summary.counts, summary.quarantined) == ({"observation": 2}, [])
    assert ingestion.owners() == {"900002": "a.fits.gz", "900001": "b.fits.gz"}


def test_other_content_under_the_same_identifier_stands_back(ingestion):
    ingestion.write("a.fits.gz", 900001, seed=1)
    ingestion.write("b.fits.gz", 900001, seed=2)
    ingestion.run()
    assert ingestion.owners() == {"900001": "a.fits.gz"}
    assert "already in, with other content, from a.fits.gz" in ingestion.reason("b.fits.gz")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_file_that_becomes_another_ones_loses_nothing(ingestion, seed):
    ingestion.write("a.fits.gz", 900001, seed=1)
    ingestion.write("b.fits.gz", 900002)
    ingestion.run()
    before = contents(ingestion)
    ingestion.write("b.fits.gz", 900001, seed=seed)
    assert ingestion.run().counts == {"quarantined": 1}
    assert "is already in, with" in ingestion.reason("b.fits.gz")
    assert "observation 900002 of SIM-CTAO-N is kept" in ingestion.reason("b.fits.gz")
    after = contents(ingestion)
    for table in ABOUT_OBSERVATIONS:
        assert after[table] == before[table], table
    make_old(ingestion)
    assert ingestion.run().unchanged == 2
    assert imported_now(ingestion) == []
    # When the other one goes, it takes over; when it comes back, all is as before.
    (ingestion.root / "a.fits.gz").unlink()
    ingestion.run(prune=True)
    assert ingestion.owners() == {"900001": "b.fits.gz"}
    ingestion.write("b.fits.gz", 900002)
    ingestion.write("a.fits.gz", 900001, seed=1)
    ingestion.run()
    assert ingestion.owners() == {"900001": "a.fits.gz", "900002": "b.fits.gz"}


def test_a_changed_index_has_its_files_read_again(ingestion):
    files = [simulated(900001), simulated(900002)]
    for item in files:
        write_bytes(ingestion.root / item.folder / item.name, item.content)
    write_indexes(ingestion.root, files)
    assert ingestion.run().counts == {"observation": 2, "index": 2}
    renamed = simulated(900001, name="Taurus A")
    write_indexes(ingestion.root, [renamed, files[1]])
    summary = ingestion.run()
    assert summary.counts["observation"] == 1
    assert ingestion.sql("SELECT target_name FROM cta.obscore_row WHERE obs_id = '900001'") == [
        ("Taurus A",)
    ]


def test_a_changed_configuration_has_its_collections_files_read_again(ingestion, tmp_path):
    ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    own = tmp_path / "instruments"
    own.mkdir()
    text = (INSTRUMENTS / "sim-ctao-n.yaml").read_text(encoding="utf-8")
    (own / "sim-ctao-n.yaml").write_text(
        text.replace("sub_array_name: alpha", "sub_array_name: beta"), encoding="utf-8"
    )
    ingestion.collections = CollectionSet.load(INSTRUMENTS, own)
    assert ingestion.run().counts == {"observation": 1}
    assert ingestion.sql("SELECT sub_array_name FROM cta.obs_config WHERE obs_id = '900001'") == [
        ("beta",)
    ]


def test_an_unknown_instrument_goes_in_with_what_its_headers_say(ingestion):
    content = with_header(simulated(900001).content, TELESCOP="New Array", INSTRUME="Camera 7")
    write_bytes(ingestion.root / "a.fits.gz", content)
    assert ingestion.run().counts == {"observation": 1}
    assert ingestion.sql(
        "SELECT obs_collection, facility_name, instrument_name, data_rights"
        " FROM cta.obscore_row WHERE obs_id = '900001'"
    ) == [("NEW-ARRAY", "New Array", "Camera 7", "proprietary")]
    assert ingestion.sql(
        "SELECT collection_title FROM cta.collection WHERE obs_collection = 'NEW-ARRAY'"
    ) == [("Files of New Array",)]


def test_a_file_that_the_database_refuses_does_not_take_its_batch_along(ingestion):
    for number in (1, 2, 3):
        ingestion.write(f"{number}.fits.gz", 900000 + number)
    ingestion.sql("ALTER TABLE cta.gti ADD CONSTRAINT no_2 CHECK (obs_id <> '900002')")
    summary = ingestion.run()
    assert summary.counts == {"observation": 2, "quarantined": 1}
    assert set(ingestion.owners()) == {"900001", "900003"}
    assert "its rows cannot be stored" in ingestion.reason("2.fits.gz")
    assert not ingestion.sql("SELECT 1 FROM cta.product WHERE obs_id = '900002'")


def test_files_that_must_not_be_opened_are_quarantined(ingestion, tmp_path):
    outside = tmp_path / "outside.fits.gz"
    outside.write_bytes(simulated(900001).content)
    (ingestion.root / "link.fits.gz").symlink_to(outside)
    os.mkfifo(ingestion.root / "pipe.fits")
    assert ingestion.run().counts == {"quarantined": 2}
    assert "leads out of the data root" in ingestion.reason("link.fits.gz")
    assert "not a plain file" in ingestion.reason("pipe.fits")
    make_old(ingestion)
    assert ingestion.run().unchanged == 2
    assert imported_now(ingestion) == []


def test_the_release_of_public_data_is_the_end_of_their_run(ingestion):
    ingestion.write("a.fits.gz", 900001)
    ingestion.run()
    ((release, rights),) = ingestion.sql(
        "SELECT obs_release_date, data_rights FROM cta.vo_obscore WHERE obs_id = '900001'"
    )
    assert rights == "public"
    assert release == datetime(2025, 11, 20, 0, 41)

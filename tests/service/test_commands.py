"""The operator's commands on a running archive."""

import re

import pytest

from iact.operate.ingest import SOME_QUARANTINED
from service.simulatedruns import simulated, with_header, write_bytes, write_run

OWN_TABLES = (
    "site", "collection", "proposal", "processing", "observation", "obs_config", "gti", "product",
    "assumption", "provenance", "obscore_row", "source_file", "quarantine",
)  # fmt: skip


def state(archive):
    """Identity, row count and last import of all that ingestion could touch."""
    relations = archive.sql(
        "SELECT oid::regclass::text, oid FROM pg_class"
        " WHERE relnamespace IN ('cta'::regnamespace, 'ivoa'::regnamespace)"
    )
    counts = {table: archive.sql(f"SELECT count(*) FROM cta.{table}")[0][0] for table in OWN_TABLES}
    imported = archive.sql("SELECT data_root, path, imported FROM cta.source_file")
    return dict(relations), counts, sorted(imported)


def counted(output):
    """The numbers of the table that ``ingest`` ends with."""
    return {
        kind: int(number) for kind, number in re.findall(r"^(\w+) +(\d+)", output, re.MULTILINE)
    }


def in_archive(archive, *obs_ids):
    wanted = ", ".join(f"'{obs_id}'" for obs_id in obs_ids)
    found = archive.rows(f"SELECT obs_id FROM cta.vo_obscore WHERE obs_id IN ({wanted})")
    return {row["obs_id"] for row in found}


def test_a_second_ingestion_of_everything_changes_nothing(archive, challenge):
    before = state(archive)
    done = archive.cta("ingest", challenge)
    assert done.returncode == 0, done.stderr
    assert counted(done.stdout)["unchanged"] == 26
    assert state(archive) == before


def test_new_files_go_in_and_are_served(archive, folder):
    write_run(folder / "a.fits.gz", 910001)
    done = archive.cta("ingest", folder)
    assert done.returncode == 0, done.stderr
    assert counted(done.stdout)["observation"] == 1
    assert in_archive(archive, 910001) == {"910001"}
    assert archive.scalar("SELECT COUNT(*) FROM ivoa.obscore WHERE obs_id = '910001'") == 1
    row = archive.tap.search("SELECT * FROM cta.vo_obscore WHERE obs_id = '910001'")[0]
    (link,) = (link for link in row.getdatalink() if link.semantics == "#package")
    assert link.access_url == f"{archive.url}/dl3/SIM-CTAO-N/910001/a.fits.gz"


def test_a_broken_file_is_named_and_the_exit_code_says_so(archive, folder):
    write_run(folder / "good.fits.gz", 910002)
    write_bytes(folder / "broken.fits.gz", simulated(910003).content[:5000])
    done = archive.cta("ingest", folder)
    assert done.returncode == SOME_QUARANTINED == 4
    assert "broken.fits.gz" in done.stdout
    numbers = counted(done.stdout)
    assert (numbers["observation"], numbers["quarantined"]) == (1, 1)
    lines = archive.files(folder)
    assert lines["good.fits.gz"]["class"] == "observation"
    assert lines["good.fits.gz"]["obs_id"] == "910002"
    assert lines["broken.fits.gz"]["class"] == "quarantined"
    assert lines["broken.fits.gz"]["reason"]
    again = archive.cta("ingest", folder)
    assert counted(again.stdout)["quarantined"] == 0
    assert "In quarantine since an earlier run: " in again.stdout


def test_a_folder_below_a_data_root_has_the_whole_root_read(archive, folder):
    write_run(folder / "a.fits.gz", 910014)
    assert archive.cta("ingest", folder).returncode == 0
    (folder / "below").mkdir()
    write_run(folder / "b.fits.gz", 910015)
    done = archive.cta("ingest", folder / "below")
    assert done.returncode == 0
    assert f"lies in the data root {folder}, which is read as a whole" in done.stderr
    assert in_archive(archive, 910015) == {"910015"}


def test_what_is_gone_stays_until_prune(archive, folder):
    path = write_run(folder / "a.fits.gz", 910004)
    write_run(folder / "b.fits.gz", 910005)
    archive.cta("ingest", folder)
    path.unlink()
    kept = archive.cta("ingest", folder)
    assert (kept.returncode, counted(kept.stdout)["missing"]) == (0, 1)
    assert in_archive(archive, 910004) == {"910004"}
    pruned = archive.cta("ingest", "--prune", folder)
    assert (pruned.returncode, counted(pruned.stdout)["removed"]) == (0, 1)
    assert in_archive(archive, 910004, 910005) == {"910005"}


def test_an_empty_data_root_is_a_disk_that_is_away_until_the_operator_says_otherwise(
    archive, folder
):
    path = write_run(folder / "a.fits.gz", 910006)
    archive.cta("ingest", folder)
    path.unlink()
    for options in ([], ["--prune"]):
        refused = archive.cta("ingest", *options, folder)
        assert refused.returncode == 1
        assert "mount its disk" in refused.stderr
    assert in_archive(archive, 910006) == {"910006"}
    name = archive.root_name(folder)
    assert archive.cta("forget", name).returncode == 0
    assert in_archive(archive, 910006) == set()
    again = archive.cta("forget", name)
    assert again.returncode == 1
    assert "There is no data root" in again.stderr


def test_everything_can_be_read_again(archive, folder):
    write_run(folder / "a.fits.gz", 910007)
    archive.cta("ingest", folder)
    done = archive.cta("ingest", "--reread", folder)
    assert counted(done.stdout)["observation"] == 1
    assert in_archive(archive, 910007) == {"910007"}


def test_names_leave_with_their_last_observation(archive, folder):
    write_bytes(folder / "a.fits.gz", with_header(simulated(910008).content, TELESCOP="Lonely"))
    assert archive.cta("ingest", folder).returncode == 0
    present = "SELECT COUNT(*) FROM cta.collection WHERE obs_collection = 'LONELY'"
    assert archive.scalar(present) == 1
    archive.cta("forget", folder)
    assert archive.scalar(present) == 0


def test_a_copy_in_another_folder_does_not_take_over(archive, folder, challenge):
    original = challenge / "north" / "sim_101001.fits.gz"
    write_bytes(folder / "copy.fits.gz", original.read_bytes())
    done = archive.cta("ingest", folder)
    assert done.returncode == 0, done.stderr
    assert counted(done.stdout)["duplicate"] == 1
    assert archive.scalar("SELECT path FROM cta.observation WHERE obs_id = '101001'") == (
        "north/sim_101001.fits.gz"
    )


def test_a_folder_that_is_not_there_is_a_clear_error(archive, tmp_path):
    done = archive.cta("ingest", tmp_path / "none")
    assert done.returncode == 1
    assert "none is not a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_of_the_state_is_refused(archive):
    done = archive.cta("ingest", archive.var)
    assert done.returncode == 1
    assert "holds the archive's own state" in done.stderr


def test_dachs_imp_alone_takes_new_files_and_is_idempotent(archive, folder):
    # What makes the folder known to the archive.
    assert archive.cta("ingest", folder).returncode == 0
    write_run(folder / "a.fits.gz", 910005)
    relations, _, _ = state(archive)
    done = archive.cta("dachs", "imp", "cta/q")
    assert done.returncode == 0, done.stderr
    assert in_archive(archive, 910005) == {"910005"}
    assert state(archive)[0] == relations
    before = state(archive)
    again = archive.cta("dachs", "imp", "cta/q")
    assert again.returncode == 0, again.stderr
    assert state(archive) == before
    assert archive.cta("ingest", folder).returncode == 0
    assert state(archive) == before


def test_files_lists_one_class_on_demand(archive, challenge):
    done = archive.cta("files", "--class", "index")
    assert done.returncode == 0
    header, *lines = done.stdout.splitlines()
    assert header == "data_root,path,class,obs_collection,obs_id,hdu,keyword,reason"
    assert f"{archive.root_name(challenge)},obs-index.fits.gz,index,,,,," in lines
    assert all(",index," in line for line in lines)


@pytest.mark.parametrize("label", ["Archive", "Observations", "Quarantined", "TAP", "DaCHS"])
def test_status_knows_the_archive(archive, label):
    done = archive.cta("status")
    assert done.returncode == 0
    assert re.search(rf"^{label} +\S", done.stdout, re.MULTILINE)


def test_status_looks_whether_the_tables_agree(archive):
    done = archive.cta("status", "--tables")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("The tables agree with each other.\n")
    archive.sql("INSERT INTO cta.site (site) VALUES ('nowhere')")
    try:
        done = archive.cta("status", "--tables")
        assert done.returncode == 1
        assert "Tables: 1 rows of cta.site are used by no observation, for example nowhere." in (
            done.stdout
        )
        assert "`bin/cta forget ROOT`" in done.stdout
    finally:
        archive.sql("DELETE FROM cta.site WHERE site = 'nowhere'")


def test_the_authority_of_the_identifiers_wins_over_an_edited_one(site):
    path = site.var / "etc" / "cta.yaml"
    before = path.read_text(encoding="utf-8")
    assert before.count('"cta-demo.unregistered"') == 1
    path.write_text(before.replace("cta-demo.unregistered", "other.example"), encoding="utf-8")
    try:
        assert site.cta("stop").returncode == 0
        for command in ("ingest", "start"):
            done = site.cta(command)
            assert done.returncode == 1
            assert "cta: The authority stays cta-demo.unregistered, which" in done.stderr
    finally:
        path.write_text(before, encoding="utf-8")
        assert site.cta("start").returncode == 0

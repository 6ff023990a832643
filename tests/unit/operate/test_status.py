from datetime import datetime

from iact.operate import status

COUNTS = {
    "observations": 24,
    "hidden": 0,
    "products": 144,
    "collections": 2,
    "files": 26,
    "quarantined": 0,
    "last_import": datetime(2030, 1, 2, 3, 4, 5),
}


def test_the_last_import_is_a_time_in_utc():
    assert status.contents(COUNTS)["Last import"] == "2030-01-02 03:04:05 UTC"


def test_an_empty_archive_leads_to_ingest():
    facts = status.contents({**COUNTS, "last_import": None})
    assert "bin/cta ingest FOLDER" in facts["Last import"]


def test_quarantined_files_lead_to_their_reasons():
    assert "bin/cta files" not in status.contents(COUNTS)["Quarantined"]
    assert "bin/cta files" in status.contents({**COUNTS, "quarantined": 3})["Quarantined"]


def test_hidden_observations_are_counted():
    assert status.contents(COUNTS)["Observations"] == "24"
    facts = status.contents({**COUNTS, "hidden": 3})
    assert facts["Observations"] == "24; 3 of them are hidden from users now"


def test_a_stopped_database_is_no_empty_archive():
    assert status.contents(None) == {"Contents": "known when the database runs"}


def test_the_size_of_a_folder_counts_what_is_below_it(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x" * 100_000)
    assert 100_000 <= status.size_below(tmp_path) < 200_000
    assert status.megabytes(2_500_000_000) == "2,500 MB"

"""The rows that keep account of files."""

from datetime import UTC, datetime, timedelta

from iact.archive.ledger import KnownFile, ledger_rows, quarantine_row

KNOWN = KnownFile("root", "a/b.fits", "response", 10, 20, "ab", "cd", "", "")


def is_now(moment):
    return abs(datetime.now(UTC).replace(tzinfo=None) - moment) < timedelta(seconds=10)


def test_a_file_that_is_about_no_observation_has_null_there():
    row = ledger_rows(KNOWN)
    assert (row["obs_collection"], row["obs_id"]) == (None, None)
    assert (row["file_kind"], row["content_length"], row["mtime_ns"]) == ("response", 10, 20)
    assert (row["sha256"], row["context"]) == ("ab", "cd")


def test_times_are_utc_in_whole_seconds():
    imported = ledger_rows(KNOWN)["imported"]
    noticed = quarantine_row("root", "a.fits", "why", "", "")["noticed"]
    for moment in (imported, noticed):
        assert is_now(moment)
        assert moment.microsecond == 0


def test_a_quarantined_file_has_its_reason_and_place():
    row = quarantine_row("root", "a.fits", "no rows", "EVENTS", "NAXIS2")
    del row["noticed"]
    assert row == {
        "data_root": "root", "path": "a.fits", "reason": "no rows", "hdu": "EVENTS",
        "keyword": "NAXIS2",
    }  # fmt: skip
    assert quarantine_row("root", "a.fits", "unreadable", "", "")["hdu"] is None

"""The use cases 1 to 17 of ObsCore's high-energy extension, in profile hea."""

import json
import shutil
from pathlib import Path

import pytest

from service.usecases import USE_CASES, all_datasets


@pytest.fixture(scope="module")
def instruments(archive):
    """The archive in profile hea, with the data sets of other instruments beside its own."""
    folder = archive.var / "gavo" / "inputs" / "usecases"
    folder.mkdir()
    shutil.copyfile(Path(__file__).parent / "usecases" / "q.rd", folder / "q.rd")
    (folder / "rows.json").write_text(json.dumps(all_datasets()), encoding="utf-8")
    try:
        for words in (("dachs", "imp", "usecases/q"), ("profile", "hea")):
            done = archive.cta(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        yield archive
    finally:
        archive.cta("dachs", "drop", "usecases/q")
        archive.cta("profile", "rec")
        shutil.rmtree(folder)


def identifiers(rows):
    return sorted(row["obs_publisher_did"] for row in rows)


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.number)
def test_a_use_case_finds_its_datasets_and_no_other(instruments, case):
    assert identifiers(instruments.rows(case.adql)) == identifiers(case.found)


def test_the_join_keeps_every_row(instruments):
    count = "SELECT COUNT(*) FROM {}"
    both = instruments.scalar(count.format("ivoa.obscore NATURAL JOIN ivoa.obscore_hea"))
    assert both == instruments.scalar(count.format("ivoa.obscore"))
    assert both == instruments.scalar(count.format("ivoa.obscore_hea"))
    own = instruments.scalar("SELECT COUNT(*) FROM cta.vo_obscore")
    assert both == own + len(all_datasets())

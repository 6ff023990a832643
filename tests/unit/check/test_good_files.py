"""Files that keep GADF 0.3 get no finding at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from iact.check.run import Summary, check_paths
from iact.sim.challenge import write_challenge
from unit.check import producer
from unit.dl3 import fitsfiles as ff


@pytest.fixture(scope="module")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("challenge")
    write_challenge(folder)
    return folder


def test_a_file_that_keeps_the_format_has_no_findings(tmp_path: Path) -> None:
    assert producer.findings_of(tmp_path) == ()


def test_a_folder_with_file_and_indexes_that_keep_the_format_has_no_findings(
    tmp_path: Path,
) -> None:
    ff.write(tmp_path, "data/run.fits", *producer.good_file())
    ff.write(tmp_path, "hdu-index.fits.gz", producer.hdu_index())
    ff.write(tmp_path, "obs-index.fits.gz", producer.obs_index())
    assert producer.all_of(tmp_path) == []


def test_the_simulated_challenge_has_no_findings(challenge: Path) -> None:
    summary = Summary()
    assert list(check_paths([challenge], summary)) == []
    assert summary.files == 26


def test_single_runs_and_indexes_of_the_challenge_have_no_findings(challenge: Path) -> None:
    assert producer.all_of(*challenge.rglob("*.fits.gz")) == []

from __future__ import annotations

from pathlib import Path

import pytest

from iact.sim.challenge import write_challenge


@pytest.fixture(scope="session")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data challenge; tests must not change it."""
    folder = tmp_path_factory.mktemp("challenge")
    write_challenge(folder)
    return folder

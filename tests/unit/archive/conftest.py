"""The configuration of an archive that is just being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from iact.archive.site import SiteConfig


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "etc" / "cta.yaml"
    path.parent.mkdir(parents=True)
    SiteConfig.create(path)
    return path

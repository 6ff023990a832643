"""Fixtures of the operator's command."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from iact.operate import packages, ports
from iact.operate.cli import main
from iact.operate.layout import Layout


@pytest.fixture
def layout() -> Iterator[Layout]:
    """A data centre of which nothing is there yet; short path, for its socket."""
    with tempfile.TemporaryDirectory(prefix="cta-") as base:
        yield Layout(Path(base) / "var")


@pytest.fixture
def ordinary_user() -> pwd.struct_passwd:
    """A user whom closed folders keep out: this one, or nobody where this is root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())


@pytest.fixture(scope="session")
def centre() -> Iterator[Layout]:
    """A data centre that is set up but does not run; short path, for its socket."""
    if os.geteuid() == 0:
        pytest.skip("PostgreSQL refuses root; `make unit` runs these as the system user")
    if packages.missing(packages.needed(packages.postgres_version(Path("/")), False)):
        pytest.skip("the Debian packages of a data centre are not installed")
    base = Path(tempfile.mkdtemp(prefix="cta-"))
    made = Layout(base / "var")
    try:
        port = str(ports.free_port())
        assert main(["setup", "--var", str(made.var), "--port", port, "--name", "try"]) == 0
        yield made
    finally:
        main(["stop", "--var", str(made.var)])
        shutil.rmtree(base)

"""A data centre of a test's own, for what must not be done to the one that all tests share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iact.operate import ports
from service.livearchive import LiveArchive
from service.simulatedruns import write_run

DESCRIPTORS = Path(__file__).parent / "descriptors"


@contextmanager
def own_centre(*obs_ids: int) -> Iterator[LiveArchive]:
    """Make and start a data centre with some simulated runs; remove it in the end."""
    base = Path(tempfile.mkdtemp(prefix="cta-"))
    port = ports.free_port()
    made = LiveArchive(f"http://localhost:{port}", base / "var")
    try:
        for obs_id in obs_ids:
            write_run(base / "data" / f"{obs_id}.fits.gz", obs_id)
        assert made.cta("setup", "--port", port).returncode == 0
        made.publish_simulations()
        for words in (("ingest", base / "data"), ("start",)):
            done = made.cta(*words)
            assert done.returncode == 0, done.stderr
        yield made
    finally:
        made.cta("stop")
        shutil.rmtree(base)


def dachs(archive: LiveArchive, *words: str) -> None:
    """Run a command of DaCHS's that must succeed."""
    done = archive.cta("dachs", *words)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def imported(archive: LiveArchive, name: str) -> Iterator[None]:
    """Have a data centre publish a resource of ``descriptors/``; drop it in the end."""
    folder = archive.var / "gavo" / "inputs" / name
    folder.mkdir()
    try:
        shutil.copy(DESCRIPTORS / f"{name}.rd", folder / "q.rd")
        dachs(archive, "imp", f"{name}/q")
        try:
            yield
        finally:
            dachs(archive, "drop", f"{name}/q")
    finally:
        shutil.rmtree(folder)

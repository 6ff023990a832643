"""The live data centre, and folders of files that tests may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iact.operate.doctor import case
from iact.operate.doctor.case import Case
from iact.operate.layout import Layout, checkout
from service.cutrequests import PUBLIC, event_lists
from service.diagnosis import ask
from service.ingestion import Ingestion
from service.livearchive import LiveArchive, from_environment, wait_until
from service.owncentre import own_centre
from service.people import GROUP, MEMBER, NOBODY, Person, signed_up
from service.uwsjobs import CUTS, PACKAGES, QUERIES, Job

HERE = Path(__file__).parent
QUERY = f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{PUBLIC}'"
REAL_DATA = HERE.parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a server where there is none."""
    reason = "no data centre: `make test` starts one and sets CTA_URL and CTA_VAR"
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.service)
            if from_environment() is None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def archive() -> LiveArchive:
    """The running data centre, with the simulated data challenge in it."""
    found = from_environment()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def site(archive: LiveArchive) -> Iterator[LiveArchive]:
    """A data centre with two runs, whose ObsCore tests may change if they put it back."""
    del archive  # without one there are no service tests
    with own_centre(940001, 940002) as made:
        yield made


@pytest.fixture(scope="session")
def challenge(archive: LiveArchive) -> Path:
    """The folder of the simulated data challenge; tests must not change it."""
    return archive.var / "demo-data" / "challenge"


@pytest.fixture(scope="session")
def member(archive: LiveArchive) -> Iterator[Person]:
    """A member of the group whose runs the challenge's proprietary ones are."""
    with signed_up(archive, MEMBER, GROUP) as person:
        yield person


@pytest.fixture(scope="session")
def stranger(archive: LiveArchive) -> Iterator[Person]:
    """Somebody who has signed in, and is in another group."""
    with signed_up(archive, "test-stranger", "others") as person:
        yield person


@pytest.fixture(scope="session")
def real_data(archive: LiveArchive) -> Path:
    """The folder of real files, ingested."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"needs the real files in {REAL_DATA}")
    done = archive.cta("ingest", REAL_DATA)
    # 4: some of the files are broken on purpose.
    assert done.returncode in (0, 4), done.stderr
    return REAL_DATA


@pytest.fixture
def folder(archive: LiveArchive, tmp_path: Path) -> Iterator[Path]:
    """A folder for a data root; what came from it leaves the archive in the end."""
    made = tmp_path / f"root-{tmp_path.name[:30]}"
    made.mkdir()
    yield made
    done = archive.cta("forget", made)
    assert done.returncode == 0 or "no data root" in done.stderr, done.stderr


@pytest.fixture
def ingestion(archive: LiveArchive, tmp_path: Path) -> Iterator[Ingestion]:
    """An empty data root that is ingested in this process; nothing of it is committed."""
    with archive.connect() as connection:
        # Closed without a commit, the connection takes all back.
        yield Ingestion(connection, tmp_path)


@pytest.fixture(scope="session")
def layout(archive: LiveArchive) -> Layout:
    """The folders of the running data centre, and the code that it runs."""
    installed = archive.var / "code"
    return Layout(archive.var, installed if installed.is_dir() else checkout())


@pytest.fixture(scope="session")
def said_by_dachs(layout: Layout) -> dict[str, Any]:
    """What DaCHS says of itself while nothing is broken; it takes seconds to start."""
    healthy = Case(layout)
    with case.with_database(healthy):
        ask(healthy)
    return healthy.dachs


@pytest.fixture
def patient(layout: Layout, said_by_dachs: dict[str, Any]) -> Iterator[Case]:
    """The data centre as the doctor sees it, with its database."""
    made = Case(layout, dachs=dict(said_by_dachs))
    with case.with_database(made):
        yield made


@pytest.fixture(scope="session")
def asked(archive: LiveArchive) -> dict[str, dict[str, str]]:
    """What each service is asked for."""
    did = event_lists(archive)[PUBLIC]
    return {
        CUTS: {"ID": did, "HDU": "gti"},
        QUERIES: {"LANG": "ADQL", "QUERY": QUERY},
        PACKAGES: {"QUERY": QUERY},
    }


@pytest.fixture
def job(archive: LiveArchive, asked: dict[str, dict[str, str]], service: str) -> Iterator[Job]:
    """A job that has not been started."""
    made = Job(archive, NOBODY, service, runs=False, **asked[service])
    yield made
    made.delete()


@pytest.fixture
def running(archive: LiveArchive, job: Job) -> Job:
    """The same as it runs, for as long as the test wants."""
    job.post("phase", PHASE="RUN")
    wait_until(lambda: job.held(archive), 60, "the job runs")
    return job

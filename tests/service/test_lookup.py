"""Products as the database has them, with the rule of their rights."""

from datetime import datetime

import pytest

from iact.access.decision import ANYBODY, Identity, decide
from iact.access.lookup import dataset_by_key, datasets_of

NOW = datetime(2026, 6, 1)
DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"


@pytest.fixture
def connection(archive):
    with archive.connect() as made:
        yield made


def test_datasets_are_found_by_their_identifiers(connection):
    dids = [DID.format(obs_id) for obs_id in ("101001", "101005")]
    found = datasets_of(connection, [*dids, "ivo://nowhere", "a\0b", ""])
    assert set(found) == set(dids)
    dataset = found[dids[0]]
    assert (dataset.collection, dataset.obs_id, dataset.event_type) == ("SIM-CTAO-N", "101001", "")
    assert dataset.kind == "events"
    assert {"package", "events", "gti", "aeff"} <= set(dataset.products)
    assert dataset.has_responses
    package = dataset.package
    assert package.unchanged
    assert package.file.path == "north/sim_101001.fits.gz"
    assert package.media_type == "application/fits"
    assert "101001" in dataset.title
    assert datasets_of(connection, []) == {}


def test_the_rule_of_the_rights_comes_along(connection):
    member = Identity("mia", frozenset({"sim-crab"}))
    for obs_id, expected in (("101001", (True, True)), ("101005", (False, True))):
        dataset = datasets_of(connection, [DID.format(obs_id)])[DID.format(obs_id)]
        answers = tuple(
            decide(who, dataset.rights, dataset.rights.release_date or NOW).allowed
            for who in (ANYBODY, member)
        )
        assert answers == expected


@pytest.mark.parametrize(
    ("key", "is_there"),
    [
        (("SIM-CTAO-N", "101001"), True),
        (("SIM-CTAO-N", "101001", ""), True),
        (("SIM-CTAO-N", "101001", "odd"), False),
        (("SIM-CTAO-S", "101001"), False),
        (("sim-ctao-n", "101001"), False),
        (("%", "%"), False),
    ],
)
def test_a_dataset_is_found_by_its_whole_key_only(connection, key, is_there):
    assert (dataset_by_key(connection, *key) is not None) == is_there

"""Products as the database has them, with the rule of their rights."""

from datetime import datetime

import pytest

from iact.access.decision import ANYBODY, Identity, decide
from iact.access.lookup import package_by_name, packages_of

NOW = datetime(2026, 6, 1)
DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"


@pytest.fixture
def connection(archive):
    with archive.connect() as made:
        yield made


def test_datasets_are_found_by_their_identifiers(connection):
    dids = [DID.format(obs_id) for obs_id in ("101001", "101005")]
    found = packages_of(connection, [*dids, "ivo://nowhere", "a\0b", ""])
    assert set(found) == set(dids)
    product = found[dids[0]]
    assert (product.collection, product.obs_id, product.event_type) == ("SIM-CTAO-N", "101001", "")
    assert product.has_responses
    assert product.unchanged
    assert product.path == "north/sim_101001.fits.gz"
    assert product.media_type == "application/gzip"
    assert "101001" in product.title
    assert packages_of(connection, []) == {}


def test_the_rule_of_the_rights_comes_along(connection):
    member = Identity("mia", frozenset({"sim-crab"}))
    for obs_id, expected in (("101001", (True, True)), ("101005", (False, True))):
        product = packages_of(connection, [DID.format(obs_id)])[DID.format(obs_id)]
        answers = tuple(
            decide(who, product.rights, product.rights.release_date or NOW).allowed
            for who in (ANYBODY, member)
        )
        assert answers == expected


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        (("SIM-CTAO-N", "101001", "sim_101001.fits.gz"), True),
        (("SIM-CTAO-N", "101001", "north/sim_101001.fits.gz"), False),
        (("SIM-CTAO-N", "101001", ""), False),
        (("SIM-CTAO-N", "101005", "sim_101001.fits.gz"), False),
        (("SIM-CTAO-S", "101001", "sim_101001.fits.gz"), False),
        (("sim-ctao-n", "101001", "sim_101001.fits.gz"), False),
        (("%", "101001", "%"), False),
    ],
)
def test_a_file_is_found_by_its_whole_name_only(connection, name, is_there):
    assert (package_by_name(connection, *name) is not None) == is_there

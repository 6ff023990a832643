"""Tables that disagree with each other are found; each is damaged, and nothing is committed."""

import pytest

from iact.archive.consistency import CHECKS, faults
from service.livearchive import SUPERUSER

ONE = "obs_id = '101001'"
#: It is a simulated one.
FLAT = "cta.obscore_simulated"
KIND = "UPDATE cta.source_file SET file_kind = '{}' WHERE path = 'north/sim_101001.fits.gz'"
DAMAGE = {
    f"DELETE FROM cta.obs_config WHERE {ONE}": "1 observations have no row in cta.obs_config, for"
    " example 101001 of SIM-CTAO-N.",
    f"DELETE FROM cta.provenance WHERE {ONE}": "have no row in cta.provenance",
    f"DELETE FROM cta.obscore_row WHERE {ONE}": "have no row in cta.obscore_row",
    f"DELETE FROM cta.gti WHERE {ONE}": "have no row in cta.gti",
    f"DELETE FROM cta.product WHERE {ONE}": "have no row in cta.product",
    f"DELETE FROM cta.observation WHERE {ONE}": "rows of cta.obs_config are of no observation, for"
    " example 101001 of SIM-CTAO-N.",
    "DELETE FROM cta.observation": "rows of cta.assumption are of no observation",
    "DELETE FROM cta.observation WHERE true": "rows of cta.collection are used by no observation",
    "DELETE FROM cta.observation WHERE 1 = 1": "files hold observations that are not in",
    "DELETE FROM cta.gti WHERE interval_no = 1": "have rows missing in cta.gti",
    "UPDATE cta.assumption SET assumption_no = assumption_no + 900": "have rows missing in"
    " cta.assumption",
    "DELETE FROM cta.product WHERE kind = 'package'": "have no product of kind package",
    "DELETE FROM cta.product WHERE kind = 'events'": "have no product of kind events",
    "UPDATE cta.gti SET obs_publisher_did = 'x'": "rows of cta.gti have another obs_publisher_did",
    "UPDATE cta.provenance SET obs_publisher_did = 'x'": "rows of cta.provenance have another",
    f"UPDATE cta.obscore_row SET obs_publisher_did = 'x' WHERE {ONE}": "rows of cta.obscore_row"
    " have another obs_publisher_did",
    "UPDATE cta.product SET obs_publisher_did = 'x'": "rows of cta.product have another",
    f"UPDATE cta.gti SET t_stop = t_stop + 1 WHERE {ONE}": "begin or end at other times than their",
    f"UPDATE cta.obscore_row SET ev_xel = 1 WHERE {ONE}": "1 observations have other times or"
    " numbers of events in cta.obscore_row",
    "DELETE FROM cta.source_file": "come from files that are not in cta.source_file",
    KIND.format("duplicate"): "come from files that are said to hold none",
    "UPDATE cta.source_file SET sha256 = 'x'": "are of another content of their file than",
    KIND.format("quarantined"): "1 files are quarantined for no reason, for example"
    " north/sim_101001.fits.gz of data root ",
    "INSERT INTO cta.quarantine (data_root, path, reason, noticed) VALUES ('a', 'b', 'c', now())":
    "1 rows of cta.quarantine are of files that are not quarantined, for example b of data root a.",
    "INSERT INTO cta.obscore_hidden SELECT (jsonb_populate_record(r, '{\"hidden_until\":"
    f" \"2100-01-01\"}}')).* FROM {FLAT} AS r WHERE {ONE}": "1 observations have more"
    " than one row in cta.obscore_row, for example 101001 of SIM-CTAO-N.",
    f"UPDATE {FLAT} SET hidden_until = '2100-01-01' WHERE {ONE}": "1 observations are"
    " hidden, but their row in cta.obscore_row is seen",
    f"INSERT INTO cta.obscore_row SELECT * FROM {FLAT} WHERE {ONE}": "1 simulated observations are"
    " among those that may be published, for example 101001 of SIM-CTAO-N.",
    "INSERT INTO cta.obscore_hidden SELECT (jsonb_populate_record(r, '{\"hidden_until\":"
    f" \"2100-01-01\"}}')).* FROM {FLAT} AS r WHERE {ONE} ": "1 observations are"
    " hidden, but their products in cta.product are seen, for example 101001 of SIM-CTAO-N.",
    "UPDATE pg_class SET relrowsecurity = false WHERE oid = 'cta.gti'::regclass": "1 tables show"
    " hidden observations to users, for example cta.gti.",
    "UPDATE pg_description SET description = 'x' WHERE objsubid = 0 AND objoid ="
    " 'cta.obscore_hidden'::regclass": "1 tables for what is hidden were made by another version of"
    " the software, for example cta.obscore_hidden.",
    "DELETE FROM cta.processing": "have no row in cta.processing or cta.collection",
    "INSERT INTO cta.obscore_hidden SELECT (jsonb_populate_record(r, '{\"hidden_until\":"
    f" \"2100-01-01\"}}')).* FROM {FLAT} AS r WHERE {ONE}  ": "1 observations are"
    " hidden, but their rows in cta.gti say otherwise, for example 101001 of SIM-CTAO-N.",
    "INSERT INTO cta.processing (processing_id) VALUES ('x')": "1 rows of cta.processing are used"
    " by no observation, for example x.",
    "INSERT INTO cta.proposal (obs_collection, proposal_id) VALUES ('x', 'y')": "rows of"
    " cta.proposal are used by no observation, for example y.",
    "INSERT INTO cta.site (site) VALUES ('x')": "rows of cta.site are used by no observation",
}  # fmt: skip


def test_an_archive_is_consistent(archive):
    with archive.connect() as connection, connection.cursor() as cursor:
        assert faults(cursor) == []


def damaged(archive, damage):
    with archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
        # Without foreign keys, as in a database that is restored.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(damage)
        assert cursor.rowcount > 0
        return [fault.sentence for fault in faults(cursor)]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(archive, damage):
    said = damaged(archive, damage)
    assert [sentence for sentence in said if DAMAGE[damage] in sentence], said


def test_every_check_finds_some_damage(archive):
    said = " ".join(" ".join(damaged(archive, damage)) for damage in DAMAGE)
    assert [check.sentence for check in CHECKS if check.sentence not in said] == []

"""What is hidden until its release leaves no trace, and is seen from its date on.

Every attack asks before there is anything hidden and afterwards: the answers are the same.
"""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
import requests
from astropy.table import Table

from service.hiddenattacks import (
    OF_OBSERVATIONS,
    OVERFLOWS,
    TABLES,
    answers,
    as_role,
    attack_on,
    did,
    file_of,
    links,
    seen,
    sync,
)
from service.hiddenruns import HIDDEN, NEVER, OBS_ID, OPEN, SECRET, TARGET, HiddenRuns
from service.simulatedruns import simulated, with_header, write_bytes

#: Tables that DaCHS's own pages read, and users may not.
PRIVATE = {"obscore_row": "obs_id", "source_file": "path", "quarantine": "path"}
PAGES = (
    "/tap/tables", "/tap/capabilities", "/tap/availability", "/tap/examples", "/tableinfo/cta.site",
    "/tableinfo/cta.observation", "/tableinfo/cta.vo_obscore", "/browse/cta/q",
    "/oai.xml?verb=ListRecords&metadataPrefix=ivo_vor",
)  # fmt: skip


@pytest.fixture(scope="module")
def runs(archive):
    """The data root; what is seen of it is in, then what is hidden goes in too."""
    base = Path(tempfile.mkdtemp(prefix="cta-"))
    made = HiddenRuns(archive, base / "root-with-hidden-runs")
    made.root.mkdir()
    try:
        made.configure(NEVER)
        made.write()
        yield made
    finally:
        made.remove()
        shutil.rmtree(base)


@pytest.fixture(scope="module")
def before(archive, runs):
    """The answers to all attacks while only runs are in that everybody sees."""
    away = runs.root.with_name("away")
    away.mkdir()
    secret = list(runs.root.glob(f"{SECRET}*"))
    for path in secret:
        path.rename(away / path.name)
    runs.ingest()
    found = answers(archive)
    for path in secret:
        (away / path.name).rename(path)
    return found


@pytest.fixture(scope="module")
def hidden(archive, runs, before):
    """The runs, all of them ingested."""
    runs.ingest()
    assert stored(archive) == 2
    return runs


def stored(archive):
    """How many hidden observations the operator sees."""
    ((number,),) = archive.sql(
        "SELECT count(*) FROM cta.observation WHERE obs_id LIKE %s", (f"{SECRET}%",)
    )
    return number


def test_all_tables_that_users_may_query_are_attacked(archive):
    found = archive.rows(
        "SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name IN ('cta', 'ivoa', 'datalink')"
    )
    # The first is empty; the second has no names, and a test of its own, in profile hea.
    others = {"ivoa.emptyobscore", "ivoa.obscore_hea"}
    assert {row["table_name"] for row in found} <= set(TABLES) | others


def test_attacks_would_find_what_is_not_hidden(archive, before):
    """With another name, each of them brings something to light."""
    for table in TABLES:
        query = attack_on(table, "a cast that cannot be").replace(f"'{SECRET}%'", "'%'")
        assert "invalid input syntax for type integer" in sync(archive, query)
    for query in OVERFLOWS:
        assert "overflow" in sync(archive, query.replace(f"'{SECRET}%'", "'%'"))
    assert not any(SECRET in str(answer) for answer in before.values())


def test_no_answer_changes_when_hidden_runs_go_in(archive, before, hidden):
    after = answers(archive)
    assert {query: after[query] for query in after if after[query] != before[query]} == {}


def test_neither_uploads_nor_jobs_of_their_own_bring_it_to_light(archive, hidden):
    mine = Table({"wanted": [OBS_ID, f"{OBS_ID}-2"], "name": [HIDDEN, OPEN]})
    for table in OF_OBSERVATIONS:
        query = (
            f"SELECT t.obs_id FROM {table} AS t JOIN TAP_UPLOAD.mine AS m ON t.obs_id = m.wanted"
        )
        assert len(archive.tap.run_sync(query, uploads={"mine": mine})) == 0
    assert len(archive.tap.run_async(query, uploads={"mine": mine})) == 0
    query = attack_on("cta.observation", "a cast that cannot be")
    assert len(archive.tap.run_async(query)) == 0


@pytest.mark.parametrize("maxrec", ["0", "1"])
def test_no_answer_overflows_because_of_hidden_rows(archive, hidden, maxrec):
    for table in TABLES:
        query = attack_on(table, "by name")
        answer = sync(archive, query, FORMAT="votable/td", MAXREC=maxrec)
        assert "<TR>" not in answer
        assert maxrec == "0" or "OVERFLOW" not in answer


def test_profile_hea_which_has_rows_for_products_tells_no_more(archive, hidden):
    assert archive.cta("profile", "hea").returncode == 0
    try:
        did = "obs_publisher_did"
        for table, column in {
            "cta.vo_obscore": did, "ivoa.obscore": did, "ivoa.obscore_hea": did,
            "ivoa.response_psf": "resp_publisher_did", "datalink.response": "access_url",
        }.items():  # fmt: skip
            like = f"SELECT {column} FROM {table} WHERE {column} LIKE"
            assert sync(archive, f"{like} '%{OBS_ID}%'").split() == [column]
            # The error of a cast quotes what it could not cast.
            cast = f"AND CAST({column} AS INTEGER) = 1"
            assert sync(archive, f"{like} '%{OBS_ID}%' {cast}").split() == [column]
            assert OBS_ID not in sync(archive, f"{like} '%' {cast}")
    finally:
        assert archive.cta("profile", "rec").returncode == 0


def test_our_own_pages_do_not_see_it_where_users_cannot_ask(archive, hidden):
    """Nor do DaCHS's statistics of tables, which it makes as the same role."""
    other = hidden.root / f"{SECRET}-3.fits.gz"
    cards = {"TELESCOP": SECRET, "OBS_ID": OBS_ID}
    write_bytes(other, with_header(simulated(940001, 2).content, **cards))
    try:
        assert archive.cta("ingest", hidden.root).returncode == 4
        queries = [
            f"SELECT {column} FROM cta.{table} WHERE {column} LIKE '{SECRET}%'{cast}"
            for table, column in PRIVATE.items()
            for cast in ("", f" AND CAST({column} AS integer) = 1")
        ]
        assert list(as_role(archive, "gavo", queries).values()) == [[]] * len(queries)
        for refused in as_role(archive, "untrusted", queries).values():
            assert refused.startswith("permission denied")
        assert archive.sql(f"SELECT path FROM cta.quarantine WHERE path = '{other.name}'")
    finally:
        other.unlink()
        assert archive.cta("ingest", hidden.root, "--prune").returncode == 0


def test_links_are_those_of_an_unknown_dataset(archive, hidden):
    for collection, obs_id in hidden.KEYS:
        unknown = links(archive, collection, "unknown")
        assert "NotFoundFault" in unknown
        assert links(archive, collection, obs_id) == unknown.replace("unknown", obs_id)


def test_cuts_are_refused_as_of_an_unknown_dataset(archive, hidden):
    def cut(collection, obs_id):
        address = f"{archive.url}/cta/dl/soda/dlget"
        answer = requests.get(address, params={"ID": did(collection, obs_id)}, timeout=30)
        return answer.status_code, answer.text

    for collection, obs_id in hidden.KEYS:
        status, text = cut(collection, "unknown")
        assert status == 404
        assert cut(collection, obs_id) == (404, text.replace("unknown", obs_id))


@pytest.mark.parametrize("name", ["", "aeff.fits.gz", "provenance.json"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_files_are_unknown_and_not_forbidden(archive, hidden, method, name):
    for key in hidden.KEYS:
        asked = file_of(archive, key, method, name, Range="bytes=0-9")
        unknown = requests.request(method, f"{archive.url}/dl3/a/b/c.fits.gz", timeout=30)
        assert asked.status_code == unknown.status_code == (405 if method == "POST" else 404)
        assert asked.content == unknown.content
        ours = ({**answer.headers, "date": ""} for answer in (asked, unknown))
        assert next(ours).keys() == next(ours).keys()


@pytest.mark.parametrize("name", ["counts.png", "spectrum.png", "thumbnail.png"])
def test_previews_are_unknown_and_not_forbidden(archive, hidden, name):
    unknown = requests.get(f"{archive.url}/dl3/a/b/{name}", timeout=30)
    for collection, obs_id in hidden.KEYS:
        asked = requests.get(f"{archive.url}/dl3/{collection}/{obs_id}/{name}", timeout=30)
        assert (asked.status_code, asked.content) == (404, unknown.content)


def test_packages_know_nothing_of_them(archive, hidden):
    def ask(key, **asked):
        answer = requests.get(f"{archive.url}/cta/dl/package/custom", params=asked, timeout=60)
        return answer.status_code, answer.text.replace(did(*key), "DID")

    for key in hidden.KEYS:
        unknown = ("a", "b")
        assert ask(key, ID=did(*key)) == ask(unknown, ID=did(*unknown))
        named, other = (
            f"SELECT '{collection}' AS obs_collection, '{obs_id}' AS obs_id FROM cta.site"
            for collection, obs_id in (key, unknown)
        )
        assert ask(key, QUERY=named) == ask(unknown, QUERY=other)
        assert ask(key, ID=did(*key))[0] == ask(key, QUERY=named)[0] == 404


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells(archive, hidden, page):
    assert SECRET not in requests.get(archive.url + page, timeout=60).text


def test_the_operator_sees_everything(archive, hidden):
    files = archive.files(hidden.root)
    assert {line["class"] for line in files.values()} == {"observation"}
    assert len(files) == 4
    done = archive.cta("status", "--tables")
    assert done.returncode == 0, done.stdout
    assert "2 of them are hidden from users now" in archive.cta("status").stdout
    shutil.copy(hidden.root / f"{SECRET}-1.fits.gz", hidden.root / "copy.fits.gz")
    hidden.ingest()
    assert archive.files(hidden.root)["copy.fits.gz"]["class"] == "duplicate"
    (hidden.root / "copy.fits.gz").unlink()
    done = archive.cta("ingest", hidden.root, "--prune")
    assert re.search(r"removed +1\n", done.stdout), done.stdout


def test_what_is_open_in_the_same_collection_is_seen(archive, hidden):
    found = archive.rows(f"SELECT obs_id FROM cta.observation WHERE obs_collection = '{OPEN}'")
    assert {row["obs_id"] for row in found} == {"940003", "940004"}
    found = archive.rows(f"SELECT proposal_id FROM cta.proposal WHERE obs_collection = '{OPEN}'")
    assert {row["proposal_id"] for row in found} == {"TEST-SEEN"}
    assert (
        requests.get(f"{archive.url}/dl3/{OPEN}/940004/seen.fits.gz", timeout=30).status_code == 401
    )


def test_all_of_it_is_seen_from_its_date_on_without_an_import(archive, hidden):
    release = hidden.release_soon()
    try:
        asked = seen(archive), [file_of(archive, key).status_code for key in hidden.KEYS]
        assert not release.is_over(), "the machine is too slow for this test"
        assert asked == (set(), [404, 404])
        release.wait()
        assert_seen(archive, hidden)
        # The next ingestion puts the rows to the others.
        hidden.ingest()
        for table in ("obscore_hidden", "product_hidden"):
            assert archive.sql(f"SELECT count(*) FROM cta.{table}") == [(0,)]
        assert_seen(archive, hidden)
    finally:
        hidden.configure(NEVER)
        hidden.ingest()
    assert seen(archive) == set()


def assert_seen(archive, runs):
    assert seen(archive) == set(TABLES)
    for table in OF_OBSERVATIONS:
        found = archive.rows(f"SELECT DISTINCT obs_id FROM {table} WHERE obs_id LIKE '{SECRET}%'")
        assert len(found) == 2, table
    found = archive.rows(
        f"SELECT target_name, data_rights FROM cta.vo_obscore WHERE obs_id LIKE '{SECRET}%'"
    )
    assert found == [{"target_name": TARGET, "data_rights": "public"}] * 2
    for key in runs.KEYS:
        assert "NotFoundFault" not in links(archive, *key)
        assert file_of(archive, key).status_code == 200


@pytest.mark.parametrize(
    ("damage", "table"),
    [
        ("ALTER TABLE cta.gti DISABLE ROW LEVEL SECURITY", "gti"),
        ("DROP POLICY visible ON cta.product", "product"),
        ("ALTER POLICY visible ON cta.site USING (true)", "site"),
        ("CREATE POLICY open ON cta.proposal FOR SELECT USING (true)", "proposal"),
        (
            "CREATE OR REPLACE VIEW cta.hidden_observations AS"
            " SELECT obs_collection, obs_id, event_type FROM cta.obscore_hidden WHERE false",
            "hidden_observations",
        ),
    ],
)
def test_what_hides_it_is_missed_where_it_is_gone(archive, hidden, damage, table):
    """Or says something else; `bin/cta status --tables` tells so, and what mends it."""
    from iact.archive import visibility
    from iact.archive.consistency import faults

    with archive.connect() as connection, connection.cursor() as cursor:
        cursor.execute(damage)
        (fault,) = faults(cursor)
        assert fault.sentence == (
            f"1 tables show hidden observations to users, for example cta.{table}."
        )
        assert fault.remedy.startswith("`bin/cta setup` makes")
        assert visibility.ensure(cursor)
        assert faults(cursor) == []
        cursor.execute("SELECT DISTINCT polname FROM pg_policy")
        assert cursor.fetchall() == [("visible",)]


def test_forgetting_leaves_nothing_of_it(archive, hidden):
    done = archive.cta("forget", hidden.root)
    assert done.returncode == 0, done.stderr
    assert stored(archive) == 0
    for table in ("obscore_hidden", "product_hidden", "proposal"):
        rows = archive.sql(
            f"SELECT count(*) FROM cta.{table} WHERE obs_collection LIKE %s", (f"{SECRET}%",)
        )
        assert rows == [(0,)]

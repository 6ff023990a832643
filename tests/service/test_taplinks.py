"""Tables of links: datalink.response, ivoa.response_psf, dl_association_id."""

from datetime import timedelta

import pytest
import requests

from iact.access.decision import ANYBODY, Rights, decide, utc_now
from iact.access.lookup import datasets_of
from service.livearchive import SUPERUSER
from service.simulatedruns import simulated, with_header, write_bytes

SEMANTICS = {"events": "#this", "package": "#package", "gti": "#auxiliary"}
QUALIFIERS = {"events": "event-list", "bkg": "bkgrate", "gti": None}


def test_columns_say_what_they_are_and_in_which_unit(archive):
    columns = archive.rows(
        "SELECT column_name, datatype, unit, ucd, description FROM TAP_SCHEMA.columns"
        " WHERE table_name IN ('datalink.response', 'ivoa.response_psf')"
    )
    assert len(columns) == 34
    for column in columns:
        name = column["column_name"]
        assert column["ucd"], name
        assert len(column["description"]) > 10, name
        is_number = column["datatype"] in ("double", "float", "long", "int")
        assert bool(column["unit"]) is is_number, name
    tables = archive.rows(
        "SELECT table_name, table_type, description FROM TAP_SCHEMA.tables"
        " WHERE schema_name = 'datalink' OR table_name = 'ivoa.response_psf'"
    )
    assert {row["table_name"] for row in tables} == {"datalink.response", "ivoa.response_psf"}
    assert all(row["table_type"] == "view" and len(row["description"]) > 20 for row in tables)


def links_by_kind(archive, condition):
    """Return links by identifier and kind of product."""
    found = archive.rows(f"SELECT * FROM datalink.response WHERE {condition}")
    links = {(row["id"], row["local_semantics"]): row for row in found}
    assert len(links) == len(found)
    return links


def assert_as_looked_up(archive, links):
    """Compare links with what the archive's own look-up knows of the datasets."""
    with archive.connect() as connection:
        datasets = datasets_of(connection, sorted({did for did, _ in links}))
    assert links.keys() == {
        (did, kind) for did, dataset in datasets.items() for kind in dataset.products
    }
    for (did, kind), row in links.items():
        dataset = datasets[did]
        assert row["access_url"] == archive.url + dataset.url_path(dataset.file_name(kind))
        assert row["content_type"] == dataset.products[kind].media_type
        assert row["description"].startswith(dataset.title)


def test_every_product_of_every_list_has_one_link_to_its_file(archive):
    links = links_by_kind(archive, "id LIKE '%/SIM-CTAO-%'")
    assert_as_looked_up(archive, links)
    assert {did for did, _ in links} == {
        row["obs_publisher_did"]
        for row in archive.rows(
            "SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_collection LIKE 'SIM-CTAO-%'"
        )
    }
    for (_, kind), row in links.items():
        assert row["semantics"] == SEMANTICS.get(kind, "#calibration")
        wanted = "event-bundle" if kind == "package" else QUALIFIERS.get(kind, kind)
        assert (row["content_qualifier"] or None) == wanted
        assert not row["service_def"] and not row["error_message"]


def test_links_are_right_whatever_files_and_runs_are_called(archive, folder):
    """And gone with what they lead to."""
    names = ("psf.fits.gz", "Nébula #1 (a) 100%+x.fits.gz", "a+b'c~d.fits.gz")
    for number, name in enumerate(names):
        cards = {"OBS_ID": f"link a/b c?#%{number}"}
        write_bytes(folder / "a #folder" / name, with_header(simulated(940001).content, **cards))
    for kind in (3, 4):
        cards = {"OBS_ID": "link split", "EV_CLASS": kind}
        write_bytes(
            folder / str(kind) / "run.fits.gz", with_header(simulated(940001).content, **cards)
        )
    assert archive.cta("ingest", folder).returncode == 0
    ours = "id LIKE '%/link%'"
    links = links_by_kind(archive, ours)
    assert len(links) == 5 * 7
    assert_as_looked_up(archive, links)
    ends = {row["access_url"].partition("link%20split/")[2] for row in links.values()}
    assert {"3/run.fits.gz", "4/run.fits.gz", "3/psf.fits.gz", "4/psf.fits.gz"} <= ends
    assert archive.cta("forget", folder).returncode == 0
    assert links_by_kind(archive, ours) == {}


def test_links_show_who_may_follow_them(archive):
    rights = {
        row["obs_publisher_did"]: row["data_rights"]
        for row in archive.rows("SELECT obs_publisher_did, data_rights FROM cta.vo_obscore")
    }
    assert {"public", "proprietary"} <= set(rights.values())
    for row in archive.rows("SELECT * FROM datalink.response WHERE semantics = '#package'"):
        is_public = rights[row["id"]] == "public"
        assert row["link_auth"] == ("false" if is_public else "true")
        assert bool(row["link_authorized"]) is is_public


@pytest.mark.parametrize("rule", ["public", "secure", "proprietary"])
@pytest.mark.parametrize("days", [None, -1, 1])
def test_views_call_public_what_everybody_may_have(archive, rule, days):
    """That is said in SQL and in Python."""
    now = utc_now()
    date = None if days is None else now + timedelta(days=days)
    everybody = decide(ANYBODY, Rights(rule, date, ""), now).allowed
    with archive.connect() as connection, connection.cursor() as cursor:
        # Nothing is committed.
        cursor.execute(
            "UPDATE cta.obscore_row SET data_rights = %s, obs_release_date = %s"
            " WHERE obs_id = '101001'",
            (rule, date),
        )
        cursor.execute("SELECT data_rights FROM cta.vo_obscore WHERE obs_id = '101001'")
        ((told,),) = cursor.fetchall()
        cursor.execute(
            "SELECT DISTINCT link_auth, link_authorized FROM datalink.response"
            " WHERE id LIKE '%%/101001/events'"
        )
        (link,) = cursor.fetchall()
    assert (told == "public") is everybody
    assert link == (("false", True) if everybody else ("true", None))


def test_the_packages_link_leads_to_a_file_of_the_size_it_says(archive):
    links = archive.rows(
        "SELECT access_url, content_length, link_auth FROM datalink.response"
        " WHERE id LIKE '%/SIM-CTAO-N/%' AND semantics = '#package'"
    )
    assert {row["link_auth"] for row in links} == {"false", "true"}
    for row in links:
        answer = requests.head(row["access_url"], timeout=30)
        assert answer.status_code == (200 if row["link_auth"] == "false" else 401)
        if answer.status_code == 200:
            assert int(answer.headers["Content-Length"]) == row["content_length"]


def test_point_spread_functions_have_the_values_of_their_list(archive):
    """Its own numbers are those that ingestion took from the function."""
    names = {
        "obs_id": "obs_id", "target_name": "target_name", "facility_name": "facility_name",
        "instrument_name": "instrument_name", "s_ra": "resp_s_ra", "s_dec": "resp_s_dec",
        "s_region": "resp_s_region", "t_min": "resp_t_min", "t_max": "resp_t_max",
        "t_intervals": "resp_t_intervals", "energy_min": "resp_energy_min",
        "energy_max": "resp_energy_max", "s_resolution": "resp_s_resolution",
        "s_ref_energy": "resp_ref_energy", "s_ref_oaa": "resp_ref_oaa",
    }  # fmt: skip
    psf, lists = (
        archive.sql(f"SELECT {', '.join(columns)} FROM {table} WHERE obs_publisher_did LIKE"
                    " '%%/~?cta/SIM-CTAO-%%' ORDER BY obs_publisher_did")
        for table, columns in (("ivoa.response_psf", names.values()), ("cta.vo_obscore", names))
    )  # fmt: skip
    assert psf == lists
    assert len(psf) >= 24
    products = archive.sql(
        "SELECT resp_publisher_did, resp_access_format, resp_psf_class FROM ivoa.response_psf"
        " EXCEPT SELECT obs_publisher_did, content_type, hdu_class FROM cta.product"
        " WHERE kind = 'psf'"
    )
    assert products == []
    linked = archive.sql(
        "SELECT count(*) FROM ivoa.response_psf JOIN datalink.response"
        " ON id = obs_publisher_did AND access_url = resp_access_url WHERE content_qualifier='psf'"
    )
    assert linked == archive.sql("SELECT count(*) FROM ivoa.response_psf")


def test_association_is_the_lists_identifier(archive):
    for table in ("cta.vo_obscore", "ivoa.obscore"):
        found = archive.rows(
            f"SELECT obs_publisher_did, dl_association_id FROM {table}"
            " WHERE obs_publisher_did LIKE '%/~?cta/%'"
        )
        assert len(found) >= 24
        assert all(row["obs_publisher_did"] == row["dl_association_id"] for row in found)


#: Copies of a run, with all that belongs to its links.
COPIES = """
    SET session_replication_role = replica;
    INSERT INTO cta.obscore_row SELECT (jsonb_populate_record(o, jsonb_build_object(
        'obs_id', n::text, 'obs_publisher_did', 'ivo://x/~?cta/c/' || n || '/events',
        's_region', NULL))).*
      FROM cta.obscore_row AS o, generate_series(1, 3000) AS n WHERE obs_id = '101001';
    INSERT INTO cta.product SELECT (jsonb_populate_record(p, jsonb_build_object(
        'obs_id', n::text, 'obs_publisher_did', 'ivo://x/~?cta/c/' || n || '/' || kind))).*
      FROM ONLY cta.product AS p, generate_series(1, 3000) AS n WHERE obs_id = '101001';
    ANALYZE cta.obscore_row, cta.product;
    SET LOCAL ROLE untrusted"""
ASKED = (
    "FROM datalink.response WHERE id = 'x'",
    "FROM ivoa.obscore JOIN datalink.response ON obs_publisher_did = id"
    " WHERE obs_id = '7' AND content_qualifier = 'psf'",
    "FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea JOIN datalink.response"
    " ON obs_publisher_did = id WHERE s_region && '<(1.46, 0.384), 0.001>'::scircle",
    "FROM ivoa.obscore AS o JOIN datalink.response AS d"
    " ON o.dl_association_id = d.dl_association_id"
    " WHERE s_region && '<(1.46, 0.384), 0.001>'::scircle AND semantics = '#this'",
    "FROM ivoa.obscore NATURAL JOIN ivoa.response_psf WHERE obs_id = '7'",
    "FROM ivoa.obscore JOIN ivoa.response_psf USING (obs_id, obs_publisher_did)"
    " WHERE s_region && '<(1.46, 0.384), 0.001>'::scircle",
    "FROM ivoa.response_psf WHERE obs_id = '7'",
    "FROM ivoa.obscore JOIN datalink.response ON obs_publisher_did = id"
    " WHERE q3c_join(83.63, 22.01, s_ra, s_dec, 0.1)",
)


@pytest.fixture(scope="module")
def plans(archive):
    """The plans of some queries in a larger archive, of which nothing stays."""
    found = {}
    with archive.connect(SUPERUSER) as connection, connection.cursor() as cursor:
        cursor.execute(COPIES)
        for query in ASKED:
            # As DaCHS asks.
            cursor.execute(f"SET LOCAL enable_seqscan = {'no' if 'q3c_' in query else 'yes'}")
            cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 {query}")
            found[query] = cursor.fetchone()[0][0]["Plan"]
        connection.rollback()
        # Sizes of tables are not rolled back.
        cursor.execute("ANALYZE cta.obscore_row, cta.product")
        connection.commit()
    return found


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize("query", ASKED)
def test_links_are_found_without_reading_a_whole_table(plans, query):
    read = [
        node
        for node in nodes(plans[query])
        if node.get("Relation Name") in ("obscore_row", "product")
    ]
    assert {node["Relation Name"] for node in read} == {"obscore_row", "product"}
    whole = [
        node
        for node in read
        # What a bitmap is made of has its condition.
        if "Index Cond" not in node and node["Node Type"] != "Bitmap Heap Scan"
    ]
    assert whole == []

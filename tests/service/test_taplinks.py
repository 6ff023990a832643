"""Tables of links: datalink.response, ivoa.response_psf, dl_association_id."""

import re

import pytest
import requests

from iact.access.lookup import datasets_of
from service.simulatedruns import simulated, with_header, write_bytes, write_run

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


@pytest.mark.parametrize("name", ["psf.fits.gz", "Nébula #1 (a) 100%+x.fits.gz", "a+b'c~d.fits.gz"])
def test_links_are_right_whatever_a_file_is_called(archive, folder, name):
    write_bytes(
        folder / "a #folder" / name, with_header(simulated(940001).content, OBS_ID="a/b c?ü")
    )
    assert archive.cta("ingest", folder).returncode == 0
    links = links_by_kind(archive, "id LIKE '%%2Fb%'")
    assert len(links) == 7
    assert_as_looked_up(archive, links)


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


def test_each_list_of_a_split_run_has_links_of_its_own(archive, folder):
    for kind in (3, 4):
        cards = {"OBS_ID": "split", "EV_CLASS": kind}
        write_bytes(
            folder / str(kind) / "run.fits.gz", with_header(simulated(940001).content, **cards)
        )
    assert archive.cta("ingest", folder).returncode == 0
    links = links_by_kind(archive, "id LIKE '%/split/%'")
    assert_as_looked_up(archive, links)
    packages = {row["access_url"] for (_, kind), row in links.items() if kind == "package"}
    ends = [url.partition("/split/")[2] for url in sorted(packages)]
    assert ends == ["3/run.fits.gz", "4/run.fits.gz"]


def test_an_observation_that_is_forgotten_has_no_links(archive, folder):
    count = "SELECT COUNT(*) FROM {} WHERE {} LIKE '%/940009/%'"
    asked = [
        count.format("datalink.response", "id"),
        count.format("ivoa.response_psf", "obs_publisher_did"),
    ]
    write_run(folder / "run.fits.gz", 940009)
    assert archive.cta("ingest", folder).returncode == 0
    assert [archive.scalar(query) for query in asked] == [7, 1]
    assert archive.cta("forget", folder).returncode == 0
    assert [archive.scalar(query) for query in asked] == [0, 0]


def test_association_is_the_lists_identifier(archive):
    for table in ("cta.vo_obscore", "ivoa.obscore"):
        found = archive.rows(
            f"SELECT obs_publisher_did, dl_association_id FROM {table}"
            " WHERE obs_publisher_did LIKE '%/~?cta/%'"
        )
        assert len(found) >= 24
        assert all(row["obs_publisher_did"] == row["dl_association_id"] for row in found)


@pytest.mark.parametrize(
    ("indexes", "query"),
    [
        ({"obscore_row_pkey", "product_pkey"}, "FROM datalink.response WHERE id = 'x'"),
        (
            {"obscore_row_obs_id", "obscore_row_pkey", "product_pkey"},
            "FROM ivoa.obscore JOIN datalink.response ON obs_publisher_did = id"
            " WHERE obs_id = '101001' AND content_qualifier = 'psf'",
        ),
        (
            {"obscore_row_obs_id", "obscore_row_pkey", "product_pkey"},
            "FROM ivoa.obscore NATURAL JOIN ivoa.response_psf WHERE obs_id = '101001'",
        ),
        (
            {"obscore_row_region", "obscore_row_pkey", "product_pkey"},
            "FROM ivoa.obscore AS o JOIN datalink.response AS d"
            " ON o.dl_association_id = d.dl_association_id"
            " WHERE s_region && '<(1.46, 0.384), 0.001>'::scircle",
        ),
    ],
)
def test_links_are_found_by_indexes(archive, indexes, query):
    with archive.connect("untrusted") as connection, connection.cursor() as cursor:
        # As DaCHS asks; a small table is not worth an index otherwise.
        cursor.execute("SET enable_seqscan = no")
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 {query}")
        used = set(re.findall(r"'Index Name': '([a-z_]+)'", str(cursor.fetchone()[0])))
    assert indexes <= used

"""Nothing that a client sends becomes source, SQL, files or markup of the server."""

from __future__ import annotations

import datetime
import io
import pickle
import shutil
import subprocess

import pytest
import requests
from astropy.io.votable import parse as parse_votable
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from iact.columnrules import for_fits, without_quotes
from service import hostilenames
from service.hostilenames import READERS, SUM, query_of, table_of, votable
from service.livearchive import wait_until
from service.people import NOBODY
from service.uwsjobs import QUERIES, Job

#: Legal names that are out of the way, as real tables have them.
EXOTIC = [
    "Größe (°)", "a'b", "a%b", "n" * 200, "a b", 'say "so"', "1st", "RA(J2000)", "<i>", "a,b",
    "a\\b", "{x}", "&amp;", "select", "user", "table", "order", "Ω_m", "%s", "'", "\\",
]  # fmt: skip
#: As many as 2,000 in all.
_TABLES, _LEAST, _MOST = 40, 25, 30
_SETTINGS = settings(
    max_examples=_TABLES,
    deadline=None,
    derandomize=True,
    # To find the smallest table takes many times as long as to find one.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: PostgreSQL has 63 bytes of a name; those of one table must differ there.
_tables = st.lists(
    hostilenames.names,
    min_size=_LEAST,
    max_size=_MOST,
    unique_by=lambda name: name.lower().encode("utf-8")[:60],
)
MINE = "SELECT * FROM TAP_UPLOAD.mine"


def ask(archive, query, table=None, path="tap/sync", **parameters):
    form = {"LANG": "ADQL", "QUERY": query, **parameters}
    files = None
    if table is not None:
        form |= {"UPLOAD": "mine,param:t"}
        files = {"t": ("t.vot", table)}
    return requests.post(f"{archive.url}/{path}", data=form, files=files, timeout=120)


def said(answer):
    """Return what an answer, a VOTable, says about its query: name and text."""
    (resource,) = parse_votable(io.BytesIO(answer.content)).resources
    info = next(info for info in resource.infos if info.name == "QUERY_STATUS")
    return info.value, (info.content or "").strip()


def assert_refused(answer, *words):
    """Check for an error that has these words, and nothing of what was made of the request."""
    assert answer.status_code < 500, answer.text
    name, text = said(answer)
    assert name == "ERROR"
    for word in words:
        assert word in text
    for inside in ("generated code", "source code", "syntax error", "psycopg", "Traceback"):
        assert inside not in text


def assert_named(content, form, given):
    """Check that a result has the names that were given."""
    read = READERS[form]
    if read is None:
        assert content.strip(), form
    elif form == "fits":
        assert_named_in_fits(read(content), given)
    else:
        assert read(content) == list(given), form


def assert_named_in_fits(names, given):
    """Check names that were read from FITS, which has ASCII and 68 letters only."""
    for found, name in zip(names, map(for_fits, given), strict=True):
        # Debian's astropy reads fewer quotes back than later ones.
        assert found in (name, without_quotes(name))


@pytest.mark.parametrize("form", READERS)
def test_exotic_names_come_back_as_given(archive, form):
    answer = ask(archive, query_of(EXOTIC), FORMAT=form)
    assert answer.status_code == 200, answer.text
    assert_named(answer.content, form, EXOTIC)


@pytest.mark.parametrize("form", READERS)
def test_exotic_names_of_an_uploaded_table_come_back_as_given(archive, form):
    answer = ask(archive, MINE, table_of(EXOTIC), FORMAT=form)
    assert answer.status_code == 200, answer.text
    assert_named(answer.content, form, EXOTIC)


@pytest.mark.parametrize("form", ["votable", "votable/td", "csv", "html", "fits"])
def test_exotic_names_come_back_from_a_job(archive, form):
    answer = ask(archive, MINE, table_of(EXOTIC), "tap/async", FORMAT=form, PHASE="RUN")
    job = answer.url
    try:
        phase = f"{job}/phase"
        wait_until(
            lambda: requests.get(phase, timeout=30).text in ("COMPLETED", "ERROR"), 60, "it ends"
        )
        result = requests.get(f"{job}/results/result", timeout=60)
        assert result.status_code == 200, requests.get(f"{job}/error", timeout=30).text
        assert_named(result.content, form, EXOTIC)
    finally:
        requests.delete(job, timeout=30)


def test_names_can_be_asked_for_wherever_queries_have_names(archive):
    query = """SELECT q."a'b" AS "c%d", q."Größe (°)" + 1 AS e FROM (SELECT "a'b", "Größe (°)"
        FROM TAP_UPLOAD.mine) AS q JOIN TAP_UPLOAD.mine AS m ON q."a'b" = m."a'b"
        WHERE m."a%b" = 2 GROUP BY q."a'b", q."Größe (°)" ORDER BY q."a'b" """
    answer = ask(archive, query, table_of(EXOTIC), FORMAT="csv")
    assert answer.text.splitlines() == ["c%d,e", "1,1"]


@_SETTINGS
@given(given=_tables)
def test_hostile_names_are_names_in_every_format(archive, given):
    for form in READERS:
        answer = ask(archive, query_of(given), FORMAT=form)
        assert answer.status_code == 200, (form, answer.text)
        assert_named(answer.content, form, given)


@_SETTINGS
@given(given=_tables)
def test_hostile_names_of_uploaded_columns_are_names(archive, given):
    answer = ask(archive, MINE, table_of(given), FORMAT="json")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [column["name"] for column in found["columns"]] == given
    assert found["data"] == [list(range(len(given)))]


@_SETTINGS
@given(
    given=st.fixed_dictionaries(
        {"datatype": hostilenames.attributes},
        optional=dict.fromkeys(
            ("arraysize", "xtype", "unit", "ucd", "utype", "ID", "width", "ref"),
            hostilenames.attributes,
        ),
    ),
    null=st.none() | hostilenames.attributes,
    description=st.none() | hostilenames.names,
    value=hostilenames.attributes,
)
def test_hostile_attributes_of_uploaded_columns_are_texts(archive, given, null, description, value):
    table = hostilenames.column_of(given, null, description, value)
    for form in ("votable/td", "html"):
        answer = ask(archive, MINE, table, FORMAT=form)
        assert answer.status_code < 500, answer.text
        assert SUM not in answer.text.replace(f"_{SUM}", ""), answer.text
        if answer.headers["content-type"].startswith("text/html"):
            hostilenames.assert_no_markup(answer.text)
        else:
            name, text = said(answer)
            assert name == "OK" or "generated code" not in text, text


@pytest.mark.parametrize(
    "size", ["3)", "1]; SELECT 1", "a", "-1", "2 x 3", "1_0", "x2", "3**", "٣"]
)
def test_an_arraysize_that_is_none_is_an_error_that_names_the_column(archive, size):
    table = votable(f'<FIELD name="flux" datatype="int" arraysize="{size}"/>', "<TD>1</TD>")
    assert_refused(ask(archive, MINE, table), "flux", "arraysize")


@pytest.mark.parametrize("size", ["*", "4", "4*", "2x2", "2x*", "2x2*"])
def test_arrays_come_back(archive, size):
    table = votable(f'<FIELD name="flux" datatype="int" arraysize="{size}"/>', "<TD>1 2 3 4</TD>")
    answer = ask(archive, MINE, table, FORMAT="votable/td")
    assert "<TR><TD>1 2 3 4</TD></TR>" in answer.text


def test_a_datatype_that_is_none_is_an_error_that_names_the_column(archive):
    table = votable('<FIELD name="flux" datatype="text"/>', "<TD>1</TD>")
    assert_refused(ask(archive, MINE, table), "flux", "datatype")


@pytest.mark.parametrize("null", ['"+20+22+"', "\\x41", "a'b", "1 or 1"])
def test_a_null_value_that_is_no_number_is_an_error_that_names_the_column(archive, null):
    null = null.replace('"', "&quot;")
    field = f'<FIELD name="flux" datatype="int"><VALUES null="{null}"/></FIELD>'
    assert_refused(ask(archive, MINE, votable(field, "<TD>1</TD>")), "flux", "null")


#: ADQL literals, and what they stand for.
LITERALS = {
    "'a\\'": "a\\",
    "'a\\\\'": "a\\\\",
    "'it''s'": "it's",
    "''''": "'",
    "'x' 'y'": "xy",
    "''": "",
    "'50%'": "50%",
    "'100%% %s'": "100%% %s",
    "'--'": "--",
    "'/* a */'": "/* a */",
    "'a\nb'": "a\nb",
    "'\\'''": "\\'",
}


@pytest.mark.parametrize("literal", LITERALS)
def test_a_text_of_a_query_is_what_stands_between_its_quotes(archive, literal):
    answer = ask(archive, f"SELECT TOP 1 {literal} AS x FROM tap_schema.tables", FORMAT="json")
    assert answer.json()["data"] == [[LITERALS[literal]]]


@pytest.mark.parametrize("path", ["tap/sync", "tap/async"])
def test_nothing_behind_a_backslash_and_a_quote_is_sql(archive, path):
    query = "SELECT TOP 1 'a\\' || (20+22)::text --' AS x FROM tap_schema.tables"
    answer = ask(archive, query, path=path, PHASE="RUN", FORMAT="csv")
    if path == "tap/async":
        job = answer.url
        wait_until(lambda: requests.get(f"{job}/phase", timeout=30).text == "ERROR", 60, "an error")
        answer = requests.get(f"{job}/error", timeout=30)
        requests.delete(job, timeout=30)
    assert SUM not in answer.text.replace(query, "")
    assert "parse" in answer.text


def test_a_package_by_a_query_reads_texts_in_the_same_way(archive):
    query = "SELECT TOP 1 'a\\' || (20+22)::text --' AS obs_publisher_did FROM cta.vo_obscore"
    answer = requests.get(f"{archive.url}/cta/dl/package/custom", {"QUERY": query}, timeout=60)
    assert answer.status_code == 400
    assert "parse" in answer.text


def test_a_package_by_a_query_takes_names_that_are_out_of_the_way(archive):
    columns = ", ".join(f"1 AS {hostilenames.quoted(name)}" for name in EXOTIC)
    query = f"SELECT obs_publisher_did, {columns} FROM cta.vo_obscore WHERE obs_id = 'no such'"
    answer = requests.get(f"{archive.url}/cta/dl/package/custom", {"QUERY": query}, timeout=60)
    assert answer.status_code in (400, 404), answer.text
    assert "generated" not in answer.text


@pytest.mark.parametrize(
    "boundary",
    ["----WebKitFormBoundaryvB9K", "-" * 27 + "9051", '"<<<-----MULTIPART-BOUNDARY----->>>"'],
)
@pytest.mark.parametrize("path", ["tap/sync", "__system__/adql/query/form"])
def test_forms_of_browsers_and_stilts_are_read(archive, boundary, path):
    values = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": "SELECT TOP 1 1 AS n FROM cta.site"}
    values |= {"query": values["QUERY"], "_FORMAT": "CSV", "__nevow_form__": "genForm"}
    mark = "--" + boundary.strip('"')
    parts = [
        f'{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    ]
    answer = requests.post(
        f"{archive.url}/{path}",
        data="".join([*parts, f"{mark}--\r\n"]).encode(),
        headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        timeout=60,
    )
    assert answer.text.splitlines() == ["n", "1"]


def test_stilts_sends_a_table(archive, tmp_path):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    path = tmp_path / "mine.xml"
    path.write_bytes(table_of(["a b"]))
    words = [f"tapurl={archive.url}/tap", "sync=true", "nupload=1", f"upload1={path}", "ofmt=csv"]
    words += ["upname1=mine", f"adql={MINE}"]
    done = subprocess.run(
        [stilts, "tapquery", *words], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["a b", "0"]


def test_truth_values_come_back_as_numbers(archive):
    # astropy writes them as bits.
    field = (
        '<FIELD name="flag" datatype="bit"/><FIELD name="b" datatype="unsignedByte" arraysize="*"/>'
    )
    answer = ask(archive, MINE, votable(field, "<TD>1</TD><TD>1 2</TD>"), FORMAT="json")
    assert answer.json()["data"] == [[1, [1, 2]]]


@pytest.mark.parametrize("form", ["HTML", "VOTable", "CSV", "JSON"])
def test_the_form_for_queries_shows_names_as_they_are(archive, form):
    answer = requests.get(
        f"{archive.url}/__system__/adql/query/form",
        {"query": query_of(EXOTIC), "_FORMAT": form, "__nevow_form__": "genForm", "_TIMEOUT": "5"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert_named(answer.content, {"VOTable": "votable"}.get(form, form.lower()), EXOTIC)


def test_an_uploaded_table_has_columns(archive):
    assert_refused(
        ask(archive, "SELECT 1 AS n FROM TAP_UPLOAD.mine", votable("", "")), "no columns"
    )


def test_an_expression_that_multiplies_itself_is_refused(archive):
    query = "SELECT s_ra AS x FROM cta.vo_obscore"
    for _ in range(8):
        query = f"SELECT x*x*x*x AS x FROM ({query}) AS q"
    assert_refused(ask(archive, query), "more than 1,000 times")


def test_a_sum_of_many_columns_is_no_such_expression(archive):
    query = f"SELECT TOP 1 {' + '.join(['s_ra'] * 300)} AS x FROM cta.vo_obscore"
    assert ask(archive, query, FORMAT="csv").text.startswith("x")


def test_a_label_that_is_no_column_s_is_no_markup(archive):
    answer = ask(
        archive, "SELECT TOP 1 '<b>x</b>' || table_name FROM tap_schema.tables", FORMAT="html"
    )
    hostilenames.assert_no_markup(answer.text)
    assert "&lt;b&gt;" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT access_url FROM datalink.response WHERE 1 = 0"
        " UNION SELECT 'javascript:void(0)' AS access_url FROM tap_schema.tables",
        "SELECT TOP 1 'javascript:void(0)' || access_url AS access_url FROM datalink.response",
        "SELECT access_url FROM (SELECT access_url FROM datalink.response WHERE access_url IS NULL)"
        " AS r RIGHT OUTER JOIN TAP_UPLOAD.mine USING (access_url)",
    ],
)
def test_what_is_no_address_becomes_no_link(archive, query):
    table = votable('<FIELD name="access_url" datatype="char" arraysize="*"/>', "<TD>data:,</TD>")
    answer = ask(archive, query, table, FORMAT="html")
    assert answer.status_code == 200, answer.text
    assert "void(0)" in answer.text or "data:," in answer.text
    hostilenames.assert_no_markup(answer.text)


def test_what_is_an_address_becomes_a_link(archive):
    query = "SELECT TOP 1 access_url FROM datalink.response WHERE access_url IS NOT NULL"
    assert f'<a href="{archive.url}/' in ask(archive, query, FORMAT="html").text


def test_columns_that_are_called_as_ours_keep_their_values(archive):
    given = ["given_column_1", "x y", "given_column_0", "z%"]
    answer = ask(archive, MINE, table_of(given), FORMAT="json")
    assert answer.json()["data"] == [[0, 1, 2, 3]]


def test_a_character_that_xml_cannot_have_is_refused_by_name(archive):
    assert_refused(ask(archive, "SELECT TOP 1 '\x01' AS x FROM tap_schema.tables"), "U+0001")
    assert_refused(ask(archive, 'SELECT TOP 1 1 AS "a\x1fb" FROM tap_schema.tables'), "U+001F")


#: What has to be imported to be read from a pickle.
IMPORTED = pickle.dumps([datetime.date(2026, 1, 1)])


@pytest.mark.parametrize("name", ["__RESULTS__", "_x", "result", "RESULT", "a" * 64])
def test_a_table_cannot_have_the_name_of_another_file_of_its_job(archive, name):
    form = {"LANG": "ADQL", "QUERY": MINE, "UPLOAD": f"{name},param:t"}
    files = {"t": ("t.vot", IMPORTED)}
    answer = requests.post(f"{archive.url}/tap/async", data=form, files=files, timeout=60)
    assert_refused(answer, name)


def test_a_list_of_results_is_read_without_running_what_is_in_it(archive):
    job = Job(archive, NOBODY, QUERIES, runs=False, LANG="ADQL", QUERY=MINE)
    folder = archive.var / "gavo" / "state" / "uwsjobs" / job.name
    try:
        (folder / "__RESULTS__").write_bytes(IMPORTED)
        assert requests.get(f"{job.url}/results/x", timeout=60).status_code == 404
        said = (archive.var / "log" / "dcErrors").read_text(encoding="utf-8")
        assert f"The list of results of job {job.name} is not read" in said
    finally:
        job.delete()


@pytest.mark.parametrize("form", ["votable", "votable/td", "votable/b2", "fits"])
def test_stilts_reads_exotic_names_as_given(archive, form, tmp_path):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    path = tmp_path / "table"
    path.write_bytes(ask(archive, query_of(EXOTIC), FORMAT=form).content)
    done = subprocess.run(
        [stilts, "tcopy", f"in={path}", f"ifmt={form.partition('/')[0]}", "ofmt=csv"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    names = READERS["csv"](done.stdout.encode())
    if form == "fits":
        assert_named_in_fits(names, EXOTIC)
    else:
        assert names == EXOTIC

"""The form for people: what they write is understood, and what they get can be read."""

import csv
import io
import re
from urllib.parse import urljoin

import pytest
import requests
from astropy.table import Table
from lxml import html

from service.simulatedruns import simulated, write_bytes

PATH = "cta/q/form/form"
CRAB = "83.6331 22.0145"
HOSTILE = "<script>alert('x')</script><b onmouseover=\"y\">&amp;"


@pytest.fixture(scope="module")
def ask(archive):
    """Send the form; give the parsed page."""

    def send(**values):
        answer = requests.get(
            f"{archive.url}/{PATH}", params={"__nevow_form__": "genForm"} | values, timeout=60
        )
        assert answer.status_code == 200
        return html.fromstring(answer.content)

    return send


@pytest.fixture(scope="module")
def found(ask):
    """Send the form; give the rows of the result by column."""

    def search(**values):
        page = ask(**values)
        assert messages(page) == ""
        if "did not match any data" in page.text_content():
            return []
        (table,) = page.xpath("//table[contains(@class, 'results')]")
        heads = [" ".join(cell.itertext()) for cell in table.xpath(".//thead//th")]
        return [
            dict(zip(heads, (cell.text_content() for cell in row.iterfind("td")), strict=True))
            for row in table.xpath(".//tr[contains(@class, 'data')]")
        ]

    return search


def runs(rows):
    """Return the runs of the simulated collections."""
    return {row["Obs. Id"] for row in rows if row["Collection"].startswith("SIM-")}


def messages(page):
    return " ".join(text.text_content() for text in page.xpath("//*[@class='message']"))


def test_the_empty_form_prefers_nothing(archive):
    page = html.fromstring(requests.get(f"{archive.url}/{PATH}", timeout=30).content)
    (form,) = page.xpath("//form[@id='genForm']")
    given = {name: value for name, value in form.form_values() if value}
    assert given == {"__nevow_form__": "genForm", "MAXREC": "1000", "_FORMAT": "HTML"}
    assert "system-message" not in page.text_content()


def test_a_position_finds_what_sees_it(found):
    rows = found(position=CRAB)
    assert runs(rows) == {f"10100{number}" for number in range(1, 7)}
    offsets = [float(row["Offset [deg]"]) for row in rows if row["Obs. Id"] in runs(rows)]
    assert all(0.4 < offset < 0.6 for offset in offsets)


@pytest.mark.parametrize(
    "position", ["05 34 31.9 +22 00 52", "05h34m31.9s +22d00m52s", "Crab Nebula", "crab nebula"]
)
def test_positions_and_names_of_targets_are_the_same_place(found, position):
    assert runs(found(position=position)) == runs(found(position=CRAB))


def test_a_radius_is_around_the_field_or_around_the_pointing(found):
    assert runs(found(position="150 34")) == set()
    assert runs(found(position="150 34", radius="2")) == {"101007", "101008"}
    assert runs(found(position="150 34", radius="2", match="pointing")) == set()
    assert runs(found(position="150 31", radius="2", match="pointing")) == {"101007", "101008"}


def test_times_are_utc(found):
    # Run 101002 is from 01:12 to 01:40 UTC; TT is 69 s ahead.
    at_its_end = {"time_from": "2025-11-20 01:39:59", "time_to": "2025-11-20 01:43"}
    after_it = {"time_from": "2025-11-20 01:40:01", "time_to": "2025-11-20 01:43"}
    assert runs(found(**at_its_end)) == {"101002"}
    assert runs(found(**after_it, position=CRAB)) == set()


def test_a_date_is_a_whole_day(found):
    day = {"time_from": "2025-11-20", "time_to": "2025-11-20"}
    assert runs(found(**day)) == {"101001", "101002", "101003", "101004"}


def test_results_show_utc_and_tev(found):
    (row,) = (row for row in found(position=CRAB) if row["Obs. Id"] == "101001")
    assert row["Start [UTC]"] == "2025-11-20 00:40:00"
    assert row["Exposure [min]"] == "26.9"
    assert row["E to [TeV]"] == "50"
    assert 0.05 < float(row["E from [TeV]"]) < 0.2


def test_energies_are_tev(archive, found):
    expected = {
        row["obs_id"]
        for row in archive.rows(
            "SELECT obs_id FROM cta.vo_obscore WHERE obs_collection LIKE 'SIM-%'"
            " AND energy_min <= 0.1e12"
        )
    }
    assert expected
    assert runs(found(energy_to="0.1")) == expected
    assert runs(found(energy_from="60")) == {row for row in runs(found()) if row[0] == "2"}


@pytest.mark.parametrize(
    ("values", "condition"),
    [
        ({"site": "CTAO-South"}, "site = 'CTAO-South'"),
        ({"collection": "SIM-CTAO-N"}, "obs_collection = 'SIM-CTAO-N'"),
        ({"obs_mode": "scan"}, "obs_mode = 'scan'"),
        ({"target": "pks 21"}, "target_name LIKE 'PKS 21%'"),
        ({"public_only": "True"}, "data_rights = 'public'"),
        ({"exposure": "25"}, "t_exptime >= 1500"),
    ],
)
def test_each_field_narrows_down(archive, found, values, condition):
    expected = {
        row["obs_id"]
        for row in archive.rows(
            "SELECT obs_id FROM cta.vo_obscore WHERE obs_collection LIKE 'SIM-%' AND " + condition
        )
    }
    assert expected
    assert expected != runs(found())
    assert runs(found(**values)) == expected


def test_simulations_can_be_left_out(found):
    assert runs(found())
    assert runs(found(observed_only="True")) == set()


def test_lists_offer_what_there_is(archive, ask):
    page = ask(radius="1")
    for name, table, column in (
        ("site", "cta.site", "site"),
        ("collection", "cta.collection", "obs_collection"),
    ):
        offered = set(page.xpath(f"//select[@name='{name}']/option/@value"))
        there = {row[column] for row in archive.rows(f"SELECT {column} FROM {table}")}
        assert offered == there | {""}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"position": "No Such Source"}, "No Such Source"),
        ({"position": "10 91"}, "declination from -90 to 90"),
        ({"radius": "1"}, "needs a position"),
        ({"position": CRAB, "match": "pointing"}, "how far"),
        ({"position": CRAB, "radius": "wide"}, "not a number"),
        ({"time_from": "20.11.2025"}, "write 2025-11-20"),
        ({"time_from": "2025-02-30"}, "no date or time of day"),
        ({"time_from": "2025-11-20", "time_to": "2025-11-19"}, "is less than time_from"),
        ({"energy_from": "10 TeV"}, "not a number"),
        ({"energy_from": "2", "energy_to": "1"}, "is less than energy_from"),
        ({"exposure": "-1"}, "not a number from 0"),
        ({"MAXREC": "-1"}, "less than 0"),
        ({"MAXREC": "many"}, "number"),
        ({"position": "a\0b"}, "cannot be printed"),
        ({"target": "x" * 300}, "longer than"),
    ],
)
def test_mistakes_are_told_at_their_field(ask, values, said):
    page = ask(**values)
    assert said in messages(page)
    # What was written is still there, to be mended.
    for name, value in values.items():
        if "\0" not in value:
            assert page.xpath(f"//*[@name='{name}']/@value") or name == "match"


def test_names_fail_clearly_where_nobody_can_be_asked(ask):
    said = messages(ask(position="No Such Source"))
    assert "No Such Source" in said
    assert "83.633 22.014" in said


@pytest.mark.parametrize(
    "field",
    ["position", "radius", "match", "time_from", "energy_to", "target", "exposure", "site",
     "collection", "obs_mode", "public_only", "MAXREC", "_FORMAT", "_ADDITEM", "unknown"],
)  # fmt: skip
def test_markup_in_parameters_is_escaped(archive, field):
    answer = requests.get(
        f"{archive.url}/{PATH}", params={"__nevow_form__": "genForm", field: HOSTILE}, timeout=60
    )
    assert "<script>alert(" not in answer.text
    assert "<b onmouseover" not in answer.text


def test_markup_in_a_file_is_escaped(archive, folder, found):
    write_bytes(folder / "run.fits.gz", simulated(990_001, name="<b>&Nebula</b>").content)
    assert archive.cta("ingest", folder).returncode == 0
    (row,) = found(target="&Nebula")
    assert row["Target Name"] == "<b>&Nebula</b>"


def test_sql_in_parameters_is_text(found, ask):
    before = runs(found())
    for field in ("target", "site", "collection", "obs_mode", "position"):
        page = ask(**{field: "x' OR '1'='1'; DROP TABLE cta.gti; --"})
        assert not page.xpath("//table[contains(@class, 'results')]")
    assert runs(found()) == before


def test_rows_lead_to_their_files(archive, ask):
    page = ask(position=CRAB)
    links = page.xpath("//table[contains(@class, 'results')]//a/@href")
    assert len(links) >= 6
    for link in links[:2]:
        assert link.startswith(f"{archive.url}/cta/dl/links/dlmeta?ID=")
        assert "DataLink" in requests.get(link, timeout=30).text


def test_what_is_left_out_is_said(ask, found):
    assert "first 2 observations" in ask(MAXREC="2").text_content()
    assert len(found(MAXREC="2")) == 2
    assert "There is more" not in ask(position=CRAB).text_content()


def test_the_form_gives_tables_for_programs_too(archive):
    values = {"__nevow_form__": "genForm", "position": CRAB, "_FORMAT": "VOTable"}
    answer = requests.get(f"{archive.url}/{PATH}", params=values, timeout=60)
    table = Table.read(io.BytesIO(answer.content), format="votable")
    # The columns of the table itself: MJD in TT, eV.
    assert {"t_min", "energy_min", "s_ra", "pointing_offset", "access_url"} <= set(table.colnames)
    assert (str(table["t_min"].unit), str(table["energy_min"].unit)) == ("d", "eV")
    answer = requests.get(f"{archive.url}/{PATH}", params=values | {"_FORMAT": "CSV"}, timeout=60)
    assert len(list(csv.DictReader(io.StringIO(answer.text)))) == len(table)


def test_a_post_is_answered_as_a_get(archive, ask):
    answer = requests.post(
        f"{archive.url}/{PATH}", data={"__nevow_form__": "genForm", "position": CRAB}, timeout=60
    )
    assert (
        re.search(r"Matched: ([0-9]+)", answer.text)[1]
        == re.search(r"Matched: ([0-9]+)", ask(position=CRAB).text_content())[1]
    )


def test_the_home_page_leads_here_and_to_tap(archive):
    page = requests.get(f"{archive.url}/", timeout=30).text
    for path in ("/cta/q/form/form", "/__system__/adql/query/form", "/tap/examples"):
        assert f'href="{path}"' in page
        assert requests.get(f"{archive.url}{path}", timeout=30).status_code == 200
    assert 'href="mailto:operator@example.org"' in page


@pytest.mark.parametrize("path", ["/", "/cta/q/form/form", "/tap/examples", "/tableinfo/cta.gti"])
def test_the_scripts_of_pages_are_there(archive, path):
    page = requests.get(archive.url + path, timeout=60)
    sources = html.fromstring(page.content).xpath("//script/@src")
    scripts = {urljoin(page.url, source) for source in sources}
    # Without it, no script of DaCHS's pages does anything.
    assert f"{archive.url}/static/js/jquery-gavo.js" in scripts
    for script in scripts:
        answer = requests.get(script, timeout=60)
        assert answer.status_code == 200, script
        assert "javascript" in answer.headers["content-type"]

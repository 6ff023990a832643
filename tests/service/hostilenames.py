"""Names, types and attributes that would become code, SQL or markup if they were taken for such.

All are harmless: what would be evaluated is a sum, and what would be markup is empty.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from astropy.io import fits
from astropy.io.fits.verify import VerifyWarning
from astropy.io.votable import parse as parse_votable
from hypothesis import strategies as st
from lxml import etree, html

#: What begins or ends a text in Python, SQL, HTML, URLs, formats and macros of DaCHS.
_SEPARATORS = (
    "'", '"', "'''", '"""', "\\", "\\'", '\\"', "''", "%", "%s", "%(a)s", "%%", "{", "}", "{0}",
    "{{", "$$", "$a$", "`", "\\n", "\\x41", "\\u0041", "<", ">", "</th>", "</script>", "<b>",
    "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&#39;", "&lt;", "&", "#", ";", "--", "/*", "*/",
    "(", ")", "[", "]", ",", ".", ":", "=", "+", "-", "*", "/", "|", "||", "@", "~", "?", "!", " ",
    "\\test{20}", "\\getConfig{web}{serverPort}", "\\schema", "://", "\u202e", "°", "ß",
)  # fmt: skip
#: What would be seen if it were evaluated; and what means something somewhere.
_WORDS = (
    "20+22", "str(20+22)", "(20+22)::text", "1/0", "__name__", "__class__", "self", "row", "val",
    "raise", "lambda", "None", "tableRow", "tokens", "select", "from", "null", "user", "oid",
    "ctid", "xmin", "table", "true", "onclick=x", "script", "style", "given_column_1", "Größe",
    "a", "b", "A", "1", "x" * 63, "y" * 64, "z" * 200, "été", "Ω", "数", "\U0001d6fe",
)  # fmt: skip
#: The answer to all of the sums above.
SUM = "42"

names = (
    st.one_of(
        st.lists(st.sampled_from(_SEPARATORS + _WORDS), min_size=1, max_size=6).map("".join),
        st.text(
            st.characters(
                exclude_categories=("Cs", "Cc", "Zl", "Zp"),
                # From 2.11 on, DaCHS takes blanks that must not break for others.
                exclude_characters="\ufffe\uffff\u00a0",
            ),
            min_size=1,
            max_size=40,
        ),
    )
    # DaCHS strips the blanks at the ends of FIELDs' names.
    .map(str.strip)
    .filter(bool)
)
#: For attributes of FIELD: whatever the names are, and what is nearly right.
attributes = st.one_of(
    names,
    st.sampled_from(("", "*", "1", "2", "3*", "2x3", "2x3*", "x", "1x", "**", "-1", "1_0", "٣")),
    st.sampled_from(("int", "char", "double", "unicodeChar", "bit", "boolean", "date", "INT")),
    st.sampled_from(("point", "circle", "polygon", "timestamp", "adql:REGION", "moc", "interval")),
)


def quoted(name: str) -> str:
    """Return a name as a delimited identifier of ADQL."""
    return '"' + name.replace('"', '""') + '"'


def query_of(given: Sequence[str]) -> str:
    """Return ADQL for one row that has a number under each name."""
    columns = ", ".join(f"{number} AS {quoted(name)}" for number, name in enumerate(given))
    return f"SELECT TOP 1 {columns} FROM tap_schema.tables"


def table_of(given: Sequence[str]) -> bytes:
    """Return a VOTable with one row that has a number under each name."""
    fields = "".join(f'<FIELD name={quoteattr(name)} datatype="int"/>' for name in given)
    cells = "".join(f"<TD>{number}</TD>" for number in range(len(given)))
    return votable(fields, cells)


def votable(fields: str, cells: str) -> bytes:
    """Return a VOTable with one row, from the texts of its FIELDs and TDs."""
    text = (
        '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        f"{fields}<DATA><TABLEDATA><TR>{cells}</TR></TABLEDATA></DATA>"
        "</TABLE></RESOURCE></VOTABLE>"
    )
    return text.encode("utf-8")


def _of_votable(content: bytes) -> list[str]:
    return [field.name for field in parse_votable(io.BytesIO(content)).get_first_table().fields]


def _of_csv(content: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def _of_json(content: bytes) -> list[str]:
    return [column["name"] for column in json.loads(content)["columns"]]


def _of_fits(content: bytes) -> list[str]:
    with warnings.catch_warnings(), fits.open(io.BytesIO(content)) as hdus:
        # Of names that are not as FITS recommends them, which these are meant to be.
        warnings.simplefilter("ignore", VerifyWarning)
        return [column.name for column in hdus[1].columns]


def _of_html(content: bytes) -> list[str]:
    page = html.document_fromstring(content.decode("utf-8"))
    heads = page.xpath("//table[contains(@class, 'results')]//th")
    for head in heads:
        assert not list(head), etree.tostring(head)
    return [head.text for head in heads]


#: Formats of TAP results, each with what reads the names of columns from one.
READERS = {
    "votable": _of_votable,
    "votable/td": _of_votable,
    "votable/b2": _of_votable,
    "csv": _of_csv,
    "json": _of_json,
    "html": _of_html,
    "fits": _of_fits,
    # These have no names.
    "tsv": None,
    "txt": None,
}


def column_of(
    attributes_: dict[str, str], null: str | None, description: str | None, value: str
) -> bytes:
    """Return a VOTable whose only column has such attributes, and such a value."""
    written = " ".join(f"{name}={quoteattr(text)}" for name, text in attributes_.items())
    children = f"<DESCRIPTION>{escape(description)}</DESCRIPTION>" if description else ""
    children += f"<VALUES null={quoteattr(null)}/>" if null is not None else ""
    return votable(f'<FIELD name="a" {written}>{children}</FIELD>', f"<TD>{escape(value)}</TD>")


def assert_no_markup(page: str) -> None:
    """Check that a table of results in HTML has nothing in it but its rows and their links."""
    table = html.document_fromstring(page).xpath("//table[contains(@class, 'results')]")
    usual = {"table", "thead", "tbody", "tr", "th", "td", "br", "a", "span", "sup"}
    for element in (element for one in table for element in one.iter()):
        assert element.tag in usual, etree.tostring(element)
        assert not any(name.startswith("on") for name in element.attrib if name != "onmouseover")
        link = element.get("href", "/").strip().lower()
        assert link.startswith(("/", "http://", "https://")), link

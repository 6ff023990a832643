from pathlib import Path

import pytest
from lxml import etree

from iact.errors import CtaError
from iact.operate import userconfig

PATH = Path("/site/userconfig.rd")
#: What the version before wrote.
BEFORE = b"""\
<resource schema="dc" resdir="__system">
  <!-- Yours to extend: see "Extending Obscore" in the reference of DaCHS. -->
  <STREAM id="obscore-extracolumns">
    <FEED source="cta/ext#obscore-extracolumns"/>
  </STREAM>
</resource>
"""
#: As an operator may have written it.
OWN = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Château: <STREAM id="obscore-extrapars"> is further down. -->
<resource schema='__system'>
\t<STREAM id = 'obscore-extracolumns'>
\t\t<column name="pluto_long" type="real"\tdescription="Länge des Pluto"/>
\t</STREAM>   <STREAM id="obscore-extrapars"><mixinPar key="plutoLong">NULL</mixinPar></STREAM>

  <STREAM id="obscore-extraevents"
      ><doc><![CDATA[ </STREAM> ]]></doc><property name="obscoreClause" cumulate="True">
      , CAST(\\\\plutoLong AS real) AS pluto_long
  </property>
      </STREAM>
  <STREAM id="tapexamples"><meta name="_example" title="Mine">.. tapquery::

      SELECT 1</meta></STREAM>
</resource>
<!-- end -->""".encode()


def fed(text, **more):
    return userconfig.with_feeds(text, PATH, **more)


def feeds(text):
    """Return what is fed into each stream, as an XML parser sees it."""
    root = etree.fromstring(text)
    return {
        stream.get("id"): [feed.get("source") for feed in stream.iter("FEED")]
        for stream in root.iterchildren("STREAM")
    }


EXPECTED = {name: [f"cta/ext#{name}"] for name in userconfig.FEEDS}


@pytest.mark.parametrize("text", [None, b"<resource/>", b"<resource></resource>", BEFORE])
def test_a_file_without_streams_of_the_sites_own_gets_all_feeds(text):
    assert feeds(fed(text)) == EXPECTED


def test_a_new_file_is_written_as_one_would_write_it():
    name = userconfig.FEEDS[0]
    lines = f'  <STREAM id="{name}">\n    <FEED source="cta/ext#{name}"/>\n  </STREAM>\n'
    assert lines in fed(None).decode()
    assert fed(None).startswith(b"<resource ")
    assert fed(None).endswith(b"</resource>\n")


@pytest.mark.parametrize("text", [None, BEFORE, OWN, OWN.replace(b"\n", b"\r\n")])
def test_a_second_time_nothing_is_added(text):
    once = fed(text)
    assert fed(once) == once


@pytest.mark.parametrize(
    "text", [BEFORE, OWN, OWN.replace(b"\n", b"\r\n"), OWN.replace(b"\n", b" ")]
)
def test_what_was_there_stays_byte_for_byte(text):
    left = fed(text)
    rest = iter(left)
    assert all(byte in rest for byte in text), "something was taken away or changed"
    line = len('<STREAM id=""></STREAM><FEED source="cta/ext#"/>') + 2 * max(map(len, EXPECTED))
    assert len(left) - len(text) <= (line + 16) * len(EXPECTED)


def test_feeds_come_behind_what_the_site_has_in_its_own_streams():
    root = etree.fromstring(fed(OWN))
    (columns,) = root.xpath("STREAM[@id='obscore-extracolumns']")
    assert [child.tag for child in columns] == ["column", "FEED"]
    (events,) = root.xpath("STREAM[@id='obscore-extraevents']")
    assert [child.tag for child in events] == ["doc", "property", "FEED"]
    assert events.findtext("doc") == " </STREAM> "


def test_lines_end_as_in_the_file():
    assert b"\n" not in fed(OWN.replace(b"\n", b"\r\n")).replace(b"\r\n", b"")


def test_an_empty_stream_is_opened():
    text = b'<resource schema="dc"><STREAM id="obscore-extrapars" /></resource>'
    assert feeds(fed(text)) == EXPECTED


def test_a_feed_in_a_comment_does_not_count():
    text = BEFORE.replace(b"    <FEED", b"    <!-- <FEED").replace(b"/>\n  </S", b"/> -->\n  </S")
    assert feeds(fed(text)) == EXPECTED


def test_other_feeds_of_the_site_stay():
    text = BEFORE.replace(b"cta/ext#obscore", b"mine/q#obscore")
    assert feeds(fed(text))["obscore-extracolumns"] == [
        "mine/q#obscore-extracolumns",
        "cta/ext#obscore-extracolumns",
    ]


def test_another_encoding_stays():
    text = OWN.decode().replace("UTF-8", "ISO-8859-1").encode("iso-8859-1")
    assert "Länge des Pluto".encode("iso-8859-1") in fed(text)
    assert feeds(fed(text))["obscore-extrapars"] == ["cta/ext#obscore-extrapars"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no XML"),
        (b"<resource><STREAM></resource>", "line 1"),
        (OWN + b"<more/>", "no XML"),
        (b"<html/>", "<html>, not <resource>"),
        (OWN.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "not in UTF-8"),
    ],
)
def test_what_is_no_descriptor_is_refused_with_its_name(text, reason):
    with pytest.raises(CtaError, match=r"/site/userconfig\.rd") as caught:
        fed(text)
    assert reason in str(caught.value)


def test_a_column_that_the_site_has_already_is_named():
    text = OWN.replace(b"pluto_long", b"proposal_id")
    with pytest.raises(CtaError, match="proposal_id, which this software brings"):
        fed(text, reserved=frozenset({"proposal_id", "site"}))
    assert fed(OWN, reserved=frozenset({"proposal_id", "site"}))

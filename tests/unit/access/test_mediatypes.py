"""Texts that are one media type, as clients send them, and texts that are none."""

import pytest

from iact.access import mediatypes


@pytest.mark.parametrize(
    "text",
    [
        "text/xml",
        "application/x-votable+xml;serialization=BINARY2",
        "application/x-votable+xml; serialization=tabledata; content=datalink",
        'text/csv;header="present"',
        "text/plain;charset=utf-8",
        "image/svg+xml",
    ],
)
def test_types_are_types(text):
    assert mediatypes.is_one(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "votable",
        "text/plain;x=,text/html",
        "text/plain,text/html",
        "text/plain, text/html",
        'text/plain;x=",text/html',
        'text/plain;x="a,text/html"',
        "text/plain\r\nx: y",
        "text/plain\n",
        "text/plain;",
        "text/plain;x",
        "text/<b>",
        "text/pläin",
        "text/xml" + ";a=b" * 100,
    ],
)
def test_other_texts_are_none(text):
    assert not mediatypes.is_one(text)

"""Any text at all, as XML 1.0 and HTML have it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

# XML 1.0, section 2.2: these cannot stand in a document, not even escaped.
_UNWRITABLE = "\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_NOT_XML = re.compile(f"[{_UNWRITABLE}]")
# Most texts have none of what must be written otherwise, and documents have many texts.
_SPECIAL = re.compile(f"[&<>\r{_UNWRITABLE}]")
_SPECIAL_IN_ATTRIBUTE = re.compile(f"[&<>\"'\r\n\t{_UNWRITABLE}]")


def text(content: str) -> str:
    """Return a text as the content of an element.

    What cannot be in XML is replaced by U+FFFD. A carriage return is written so that it is
    read as one.
    """
    if not _SPECIAL.search(content):
        return content
    return escape(_NOT_XML.sub("\ufffd", content), {"\r": "&#13;"})


def attribute(content: str) -> str:
    """Return a text as the value of an attribute, for either kind of quotes."""
    if not _SPECIAL_IN_ATTRIBUTE.search(content):
        return content
    ends = {'"': "&quot;", "'": "&#39;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
    return escape(_NOT_XML.sub("\ufffd", content), ends)

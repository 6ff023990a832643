"""The site's own ``userconfig.rd`` gets our feeds; all else in it stays byte for byte.

DaCHS takes from this file what a site adds to ObsCore and to TAP ("Extending Obscore" in its
reference): elements ``<STREAM id="...">``. Ours are in ``rd/ext.rd``, each under the name that
the stream has in ``userconfig.rd``, so that a ``<FEED>`` is all that the site's file needs.
"""

from __future__ import annotations

import re
import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path

from iact.errors import CtaError

FEEDS = ("obscore-extracolumns", "obscore-extrapars", "obscore-extraevents", "tapexamples")
"""Streams of ``rd/ext.rd`` that the streams of the same names are fed from."""

_SOURCE = "cta/ext#{}"
_COLUMNS = "obscore-extracolumns"

_EMPTY = b"""\
<resource schema="dc" resdir="__system">
  <!-- Yours to extend: see "Extending Obscore" in the reference of DaCHS. -->
</resource>
"""


@dataclass
class _Element:
    """Where an element is in the file, in bytes, and what is in it.

    Parameters
    ----------
    name
        Of the element.
    stream
        Its id, if it is a stream of the site.
    end
        Of its content: where the end tag begins. Of an empty-element tag: behind it.
    empty
        Whether it is an empty-element tag.
    sources
        What is fed into it.
    columns
        Names of columns in it.
    """

    name: str
    stream: str = ""
    end: int = 0
    empty: bool = False
    sources: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


def with_feeds(text: bytes | None, path: Path, reserved: frozenset[str] = frozenset()) -> bytes:
    """Return the site's file with our feeds in it.

    Parameters
    ----------
    text
        What is in the file; None where there is none.
    path
        Of the file, for messages.
    reserved
        Names of our columns of ivoa.obscore.

    Raises
    ------
    CtaError
        The file is no resource descriptor in an encoding that contains ASCII, or the site has
        a column of its own with a name of ours.
    """
    text = _EMPTY if text is None else text
    root, streams = _read(text, path)
    if _COLUMNS in streams and (taken := sorted(reserved & streams[_COLUMNS].columns)):
        raise CtaError(
            f"{path}: the stream {_COLUMNS} has the columns {', '.join(taken)}, which this software"
            " brings itself. Take them, their parameters and their expressions out (give the"
            " parameters of the same names in your resource descriptors), then run `bin/cta setup`"
            " again."
        )
    newline = b"\r\n" if b"\r\n" in text else b"\n"
    changes: list[tuple[_Element, bytes]] = []
    fresh = b""
    for name in FEEDS:
        feed = f'<FEED source="{_SOURCE.format(name)}"/>'.encode("ascii")
        if name not in streams:
            lines = f'<STREAM id="{name}">'.encode("ascii"), b"  " + feed, b"</STREAM>"
            fresh += b"".join(b"  " + line + newline for line in lines)
        elif _SOURCE.format(name) not in streams[name].sources:
            changes.append((streams[name], b"  " + feed + newline))
    if fresh:
        # First: an empty-element tag may end where the root's end tag begins.
        changes.insert(0, (root, fresh))
    # From the end, for the places before to stay what they are.
    for element, added in sorted(changes, key=lambda change: -change[0].end):
        text = _insert(text, element, added)
    return text


def _read(text: bytes, path: Path) -> tuple[_Element, dict[str, _Element]]:
    """Return the root element and the site's streams by their ids."""
    if b"\0" in text:
        raise CtaError(f"{path} is not in UTF-8: save it so, then run `bin/cta setup` again.")
    parser = xml.parsers.expat.ParserCreate()
    above: list[_Element] = []
    done: list[_Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        # The root is above[0], streams of the site are right below it.
        is_stream = len(above) == 1 and name in ("STREAM", "NXSTREAM")
        above.append(_Element(name, attributes.get("id", "") if is_stream else ""))
        if len(above) > 2:
            if name == "FEED":
                above[1].sources.add(attributes.get("source", "").strip())
            elif name == "column":
                above[1].columns.add(attributes.get("name", ""))

    def end(name: str) -> None:
        element = above.pop()
        element.end = parser.CurrentByteIndex
        # Of an empty-element tag, expat gives the place behind it.
        element.empty = not text.startswith(f"</{name}".encode(), element.end)
        done.append(element)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        raise CtaError(
            f"{path} is no XML ({error}); mend it, then run `bin/cta setup` again."
        ) from error
    root = done[-1]
    if root.name != "resource":
        raise CtaError(
            f"{path} is no resource descriptor: its root is <{root.name}>, not <resource>."
        )
    return root, {element.stream: element for element in done if element.stream}


def _insert(text: bytes, element: _Element, added: bytes) -> bytes:
    """Return the text with whole lines added at the end of an element's content."""
    newline = b"\r\n" if added.endswith(b"\r\n") else b"\n"
    before, after = text[: element.end], text[element.end :]
    if element.empty:
        opening = re.sub(rb"\s*/>$", b">", before)
        closing = f"</{element.name}>".encode()
        return opening + newline + added + closing + after
    # The end tag's own indent stays before it.
    indent = before[len(before.rstrip(b" \t")) :]
    if before.removesuffix(indent).endswith(b"\n"):
        lines = added if element.name == "resource" else indent + added
        return before.removesuffix(indent) + lines + indent + after
    return before + newline + added + after

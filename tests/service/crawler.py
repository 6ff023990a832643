"""Finding every address that a server tells of, and what is in its answers."""

from __future__ import annotations

import gzip
import html
import re
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, urljoin, urlsplit

_ATTRIBUTE = re.compile(r"""(?:href|src|action)\s*=\s*["']([^"'<>]+)["']""", re.I)
_ADDRESS = re.compile(r"""https?://[^\s"'<>\\|)\]}]+""")
#: Pages that are made of one template for each service, table or schema.
_SAME = re.compile(r"/getRR/|.*/(howtocite|info|availability|tableMetadata)$|.*alphaOrder")
#: How many addresses that differ in their parameters only are asked.
_ALIKE = 3
_WINDOW = 64


def addresses_in(body: bytes, here: str) -> Iterator[str]:
    """Yield what a page, table or text refers to, absolute and without fragments.

    Parameters
    ----------
    body
        Of an answer.
    here
        Its own address.
    """
    text = plain(body).decode("utf-8", "replace")
    for found in (*_ATTRIBUTE.findall(text), *_ADDRESS.findall(text)):
        try:
            made = urljoin(here, html.unescape(found.strip())).partition("#")[0]
            yield quote(made, safe="%/:=&?~+!$,;'@()*[]")
        except ValueError:
            # What looks like an address and is none.
            continue


def crawl(
    start: Iterable[str], server: str, fetch: Callable[[str], Iterable[bytes]], limit: int = 1000
) -> set[str]:
    """Fetch every address of a server that can be reached from others; return them.

    Parameters
    ----------
    start
        Paths to begin with.
    server
        Address that paths are below, without a slash at its end.
    fetch
        Gets a path; returns the answers to it, which are searched for more.
    limit
        How many to fetch at most: more is a mistake.
    """
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    waiting = deque(start)
    while waiting:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        assert len(seen) <= limit, f"more than {limit} addresses, the last is {path}"
        for body in fetch(path):
            for found in addresses_in(body, server + path):
                made = _path_on(server, found)
                if made is None or made in seen or _SAME.match(made):
                    continue
                kind = made.partition("?")[0]
                kinds[kind] += 1
                if kinds[kind] <= _ALIKE:
                    waiting.append(made)
    return seen


def _path_on(server: str, address: str) -> str | None:
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != server:
        return None
    # A signature is somebody's; without it, the address is everybody's.
    query = "" if "signature=" in parts.query else parts.query
    return (parts.path or "/") + (f"?{query}" if query else "")


def plain(body: bytes) -> bytes:
    """Return what is in gzip streams, as far as they are whole; other bytes as they are."""
    found = b""
    while body.startswith(b"\x1f\x8b"):
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            found += stream.decompress(body)
        except zlib.error:
            # Part of a stream, or no stream at all: taken as it is.
            break
        body = stream.unused_data
    return found + body


class Secret:
    """The bytes of a file that others must not get, nor any part of 127 bytes.

    Parameters
    ----------
    content
        A gzip file.
    known
        Files whose bytes everybody may have: headers and responses are alike in all.
    """

    def __init__(self, content: bytes, known: Iterable[bytes]) -> None:
        windows = {*_windows(content), *_windows(gzip.decompress(content))}
        # What has hardly a content: blanks, zeros, numbers in a row.
        windows = {window for window in windows if len(set(window)) > _WINDOW // 4}
        for other in known:
            for form in (other, gzip.decompress(other)):
                windows.difference_update(_everywhere(form))
        self._windows = windows

    def __len__(self) -> int:
        return len(self._windows)

    def is_in(self, body: bytes) -> bool:
        """Tell whether an answer has a part of it, as it is or compressed."""
        return any(not self._windows.isdisjoint(_everywhere(form)) for form in {body, plain(body)})


def _windows(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content) - _WINDOW + 1, _WINDOW):
        yield content[start : start + _WINDOW]


def _everywhere(content: bytes) -> Iterator[bytes]:
    return (content[start : start + _WINDOW] for start in range(len(content) - _WINDOW + 1))

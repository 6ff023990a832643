"""What HTTP answers to a request for a file: status, headers, and which bytes (RFC 9110)."""

from __future__ import annotations

import base64
import email.utils
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from urllib.parse import quote

from iact.access.ranges import wanted

_TAG = re.compile(r'(?P<weak>W/)?(?P<tag>"[^"]*")')
#: Between parts of a file; 128 bits that no file has by chance.
_BOUNDARY = "cta-c5d9f2e07b8a4b63a1ee6f0d3c94b172"
#: A date is a strong validator if the file had not changed for so long (section 8.8.2.2), s.
_STRONG_AFTER = 60.0

#: RFC 8187, section 3.2.1 without the percent sign; of these, RFC 6266 quoted strings need no
#: escapes, and no file system minds them.
_PLAIN = "A-Za-z0-9!#$&+.^_`|~-"


@dataclass(frozen=True)
class Answer:
    """An answer without its content.

    Parameters
    ----------
    status
        200, 206, 304, 412 or 416.
    headers
        By name.
    spans
        What to send: bytes that stand before a piece, its offset and its length. Empty where
        nothing is sent.
    sentence
        For people, with 412 and 416.
    """

    status: int
    headers: dict[str, str]
    spans: list[tuple[bytes, int, int]] = field(default_factory=list)
    sentence: str = ""


@dataclass(frozen=True)
class Entity:
    """What conditions and ranges of a request are about.

    Parameters
    ----------
    tag
        What no other content has: the entity tag, without quotes.
    size
        In bytes.
    sha256
        Hexadecimal; empty where it is not known.
    modified
        When it was changed, in seconds since 1970-01-01 UTC; None where that means nothing.
    """

    tag: str
    size: int
    sha256: str = ""
    modified: float | None = None


@dataclass(frozen=True)
class Labels:
    """What is told about a content.

    Parameters
    ----------
    media_type
        Of the bytes as they are.
    file_name
        Under which to save it; may have any characters. Empty: whatever the client thinks of.
    public
        Whether everybody may have it.
    """

    media_type: str
    file_name: str
    public: bool


def answer(
    get: Callable[[str], str | None], method: str, entity: Entity, labels: Labels, now: float
) -> Answer:
    """Return what to answer to somebody who may have a content.

    Parameters
    ----------
    get
        Returns a header of the request by its name, or None.
    method
        GET or HEAD.
    entity, labels
        What is asked for.
    now
        Seconds since 1970-01-01 UTC.
    """
    tag = f'"{entity.tag}"'
    modified = None if entity.modified is None else math.floor(entity.modified)
    if modified is not None and modified > now:
        # A date to come must not be sent (section 8.8.2.1).
        modified = None
    headers = {
        "etag": tag,
        # Whoever keeps a copy asks again: rights change. What is protected is kept by
        # nobody in between, though a signed URL needs no Authorization.
        "cache-control": "no-cache" if labels.public else "private, no-cache",
        "vary": "Authorization",
    }
    if modified is not None:
        headers["last-modified"] = email.utils.formatdate(modified, usegmt=True)
    status = _condition(get, tag, modified)
    if status == 304:
        return Answer(304, headers)
    if status == 412:
        return Answer(412, {}, sentence="The file is not the one that the request is about.")
    described = headers | {"accept-ranges": "bytes"}
    if labels.file_name:
        # Pictures are for looking at; all else is for keeping.
        how = "inline" if labels.media_type.startswith("image/") else "attachment"
        described["content-disposition"] = disposition(labels.file_name, how)
    if entity.sha256:
        digest = base64.b64encode(bytes.fromhex(entity.sha256)).decode()
        described["repr-digest"] = f"sha-256=:{digest}:"
    if method == "GET" and (header := get("range")) and _if_range(get, tag, modified, now):
        spans = wanted(header, entity.size)
        if spans is not None:
            return _partial(spans, described, entity.size, labels.media_type)
    described |= {"content-type": labels.media_type, "content-length": str(entity.size)}
    return Answer(200, described, [(b"", 0, entity.size)])


def disposition(file_name: str, how: str = "attachment") -> str:
    """Return a Content-Disposition (RFC 6266) for saving under a name.

    What no name of a file can have, or what would end the header, becomes an underscore.

    Parameters
    ----------
    file_name
        The name.
    how
        ``attachment``, or ``inline`` for what a browser shows.
    """
    clean = "".join(
        char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in file_name
    )
    plain = re.sub(f"[^{_PLAIN}]", "_", clean)
    result = f'{how}; filename="{plain}"'
    if plain != clean:
        result += f"; filename*=UTF-8''{quote(clean, safe='!#$&+-.^_`|~')}"
    return result


def _partial(
    spans: list[tuple[int, int]], described: dict[str, str], size: int, media_type: str
) -> Answer:
    if not spans:
        return Answer(
            416, {"content-range": f"bytes */{size}"},
            sentence=f"The file has {size} bytes, none of which is in the range asked for.",
        )  # fmt: skip
    if len(spans) == 1:
        ((offset, length),) = spans
        described |= {
            "content-type": media_type,
            "content-length": str(length),
            "content-range": _content_range(offset, length, size),
        }
        return Answer(206, described, [(b"", offset, length)])
    parts = []
    for offset, length in spans:
        head = (
            f"\r\n--{_BOUNDARY}\r\ncontent-type: {media_type}\r\n"
            f"content-range: {_content_range(offset, length, size)}\r\n\r\n"
        )
        parts.append((head.encode("latin-1"), offset, length))
    parts.append((f"\r\n--{_BOUNDARY}--\r\n".encode("ascii"), 0, 0))
    described |= {
        "content-type": f"multipart/byteranges; boundary={_BOUNDARY}",
        "content-length": str(sum(len(head) + length for head, _, length in parts)),
    }
    return Answer(206, described, parts)


def _content_range(offset: int, length: int, size: int) -> str:
    return f"bytes {offset}-{offset + length - 1}/{size}"


def _condition(get: Callable[[str], str | None], tag: str, modified: int | None) -> int:
    """Return 304 or 412 where a condition of the request asks for it, else 200.

    In the order of section 13.2.2.
    """
    if (header := get("if-match")) is not None:
        if not _has(header, tag, weak=False):
            return 412
    elif _modified_since(get("if-unmodified-since"), modified):
        return 412
    if (header := get("if-none-match")) is not None:
        return 304 if _has(header, tag, weak=True) else 200
    date = _date(get("if-modified-since"))
    return 304 if date is not None and modified is not None and modified <= date else 200


def _modified_since(header: str | None, modified: int | None) -> bool:
    """Tell whether a content is younger than If-Unmodified-Since (section 13.1.4).

    Where there is no date the header must be ignored.
    """
    date = _date(header)
    return date is not None and modified is not None and modified > date


def _has(header: str, tag: str, weak: bool) -> bool:
    """Tell whether a list of entity tags has ours."""
    if header.strip() == "*":
        return True
    return any(
        found["tag"] == tag and (weak or not found["weak"]) for found in _TAG.finditer(header)
    )


def _if_range(get: Callable[[str], str | None], tag: str, modified: int | None, now: float) -> bool:
    """Tell whether the client's other bytes are of this content (section 13.1.5)."""
    header = get("if-range")
    if header is None:
        return True
    if '"' in header:
        return header.strip() == tag
    date = _date(header)
    return date is not None and date == modified and now - date >= _STRONG_AFTER


def _date(header: str | None) -> float | None:
    """Return an HTTP date as seconds since 1970-01-01 UTC; None where it is none."""
    if header is None:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

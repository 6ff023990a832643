"""What clients send with a request, looked at before it is read.

Readers of forms in parts (multipart/form-data, RFC 7578) spend a time on the header of a part, and
on the parts, that grows with the square of their number; and what they do for each parameter of a
plain form or an address is much more than to count it. So what is read is small, but for the
contents of the parts.
"""

from __future__ import annotations

import re

from iact.errors import CtaError

#: Parts of a form, bytes of what stands above a part's content, and of a form's media type.
MOST_PARTS, MOST_ABOVE, LONGEST_TYPE = 500, 2000, 500
#: Parameters of a part's headers: there are a name, a file's name, and perhaps its letters.
MOST_PARAMETERS = 30
#: Parameters that are given as text (a package has at most 10,000 datasets), how many names they
#: have, and characters that are written as three.
MOST_GIVEN, MOST_NAMES, MOST_ESCAPED = 11_000, 500, 1_000_000
#: A parameter of a media type (RFC 2045, section 5.1), whose value is in quotes or not.
_PARAMETER = re.compile(rb"""\s*;\s*([^\s=;"]+)=(?:"([^"\\;]*)"|([^\s;"]*))""")
#: RFC 2046, section 5.1.1, and what clients send besides.
_BOUNDARY = re.compile(rb"[!-~ ]{0,69}[!-~]")
_OF_PARTS = re.compile(rb"\s*multipart/[\w.+-]+", re.I)
#: Where the content of a part begins.
_EMPTY_LINE = re.compile(rb"\n[ \t\r\f\v]*\n")
#: RFC 7578, section 4.3: parts that have parts are of the past. Some readers take forms for such.
_NESTED = re.compile(rb"^content-type:\s*(?:multipart|application/x-www-form)", re.I | re.M)
#: What follows on the delimiter in its line; dashes in the last one.
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t\r\f\v]*(?:\n|\Z)")
_LINE_ENDS = re.compile(rb"\r?\n\Z")


class FormFault(CtaError):
    """Why a form is not read, as a sentence for the client, and the status to say so with."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def boundary_of(media_type: bytes) -> bytes:
    """Return what separates the parts of a form; empty where a media type is of no such form.

    Raises
    ------
    FormFault
        It does not say so plainly: readers would not agree on it.
    """
    if len(media_type) > LONGEST_TYPE:
        raise FormFault(f"A Content-Type has at most {LONGEST_TYPE} characters here.")
    kind = _OF_PARTS.match(media_type)
    if kind is None:
        return b""
    end, boundaries = kind.end(), []
    while parameter := _PARAMETER.match(media_type, end):
        name, quoted, plain = parameter.groups()
        if name.lower().startswith(b"boundary"):
            boundaries.append((name.lower(), (plain if quoted is None else quoted).rstrip()))
        end = parameter.end()
    named = [name for name, _ in boundaries]
    if media_type[end:].strip(b"; \t") or named != [b"boundary"]:
        raise FormFault("The Content-Type of a form must name one boundary, as RFC 2046 has it.")
    boundary: bytes = boundaries[0][1]
    if not _BOUNDARY.fullmatch(boundary):
        raise FormFault("The boundary of a form has 1 to 70 characters of ASCII.")
    return boundary


def check_form(boundary: bytes, body: bytes) -> None:
    """Look at a form in a time that grows with its length.

    Parameters
    ----------
    boundary
        As `boundary_of` returns it.
    body
        All of the form.

    Raises
    ------
    FormFault
        It has too many parts, or too much stands above one of them, or a part has parts.
    """
    delimiter = b"--" + boundary
    if body.count(delimiter) > MOST_PARTS + 1:
        raise FormFault(
            f"A form has at most {MOST_PARTS} parts here: send parameters without files as"
            " application/x-www-form-urlencoded.",
            413,
        )
    place = body.find(delimiter)
    if place > MOST_ABOVE:
        raise FormFault(f"More than {MOST_ABOVE} bytes stand above the first part of the form.")
    while place >= 0:
        begin = place + len(delimiter)
        above = body[begin : begin + MOST_ABOVE]
        if not above.startswith(b"--"):
            end = _EMPTY_LINE.search(above)
            if end is None and len(above) == MOST_ABOVE:
                raise FormFault(f"A part of the form has more than {MOST_ABOVE} bytes of headers.")
            headers = above[: end.start() if end else None]
            if headers.count(b";") > MOST_PARAMETERS:
                raise FormFault("A part of the form has too many parameters in its headers.")
            if _NESTED.search(headers):
                raise FormFault("A part of a form cannot have parts: send them one by one.")
        place = body.find(delimiter, begin)


def check_given(text: bytes) -> None:
    """Look at the parameters of an address, or of a form that is written as one.

    Raises
    ------
    FormFault
        They are too many, or have too many names, or too many characters are escaped.
    """
    if text.count(b"&") + text.count(b";") >= MOST_GIVEN:
        raise FormFault(f"A request has at most {MOST_GIVEN:,} parameters here: send fewer.", 413)
    names = {each.partition(b"=")[0] for each in text.replace(b";", b"&").split(b"&")}
    if len(names) > MOST_NAMES:
        raise FormFault(f"Parameters have at most {MOST_NAMES} names here: send fewer.", 413)
    if text.count(b"%") > MOST_ESCAPED:
        raise FormFault(
            "The form has too much that is escaped: send it as multipart/form-data.", 413
        )


def end_of_content(boundary: bytes, body: bytes, begin: int) -> tuple[int, int, bool | None]:
    """Find where the content of a part of a form ends.

    Parameters
    ----------
    boundary
        As `boundary_of` returns it.
    body
        All of the form.
    begin
        Where the content begins.

    Returns
    -------
    tuple
        Where it ends, where the next part begins, and whether there is none; None where the form
        ends before its last delimiter.
    """
    delimiter = b"--" + boundary
    place = body.find(delimiter, begin)
    while place >= 0:
        rest = _REST_OF_DELIMITER.match(body, place + len(delimiter))
        if rest and (place == begin or body[place - 1 : place] == b"\n"):
            line_end = _LINE_ENDS.search(body[max(begin, place - 2) : place])
            return place - (len(line_end[0]) if line_end else 0), rest.end(), rest[1] is not None
        place = body.find(delimiter, place + 1)
    line_end = _LINE_ENDS.search(body[max(begin, len(body) - 2) :])
    return len(body) - (len(line_end[0]) if line_end else 0), len(body), None

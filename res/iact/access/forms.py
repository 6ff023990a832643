"""Forms that clients send in parts (multipart/form-data, RFC 7578), looked at before they are read.

Readers of such forms spend a time on the header of a part, and on the parts, that grows with the
square of their number. So what is read is small, but for the contents of the parts.
"""

from __future__ import annotations

import re

from iact.errors import CtaError

#: Parts of a form, bytes of what stands above a part's content, and of a form's media type.
MOST_PARTS, MOST_ABOVE, LONGEST_TYPE = 500, 2000, 500
#: Parameters of a part's headers: there are a name, a file's name, and perhaps its letters.
MOST_PARAMETERS = 30
#: A parameter of a media type (RFC 2045, section 5.1), whose value is in quotes or not.
_PARAMETER = re.compile(rb"""\s*;\s*([^\s=;"]+)=(?:"([^"\\;]*)"|([^\s;"]*))""")
#: RFC 2046, section 5.1.1, and what clients send besides.
_BOUNDARY = re.compile(rb"[!-~ ]{0,69}[!-~]")
_OF_PARTS = re.compile(rb"\s*multipart/[\w.+-]+", re.I)
#: Where the content of a part begins.
_EMPTY_LINE = re.compile(rb"\n[ \t\r\f\v]*\n")
#: RFC 7578, section 4.3: parts that have parts are of the past.
_NESTED = re.compile(rb"^content-type:\s*multipart", re.I | re.M)


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

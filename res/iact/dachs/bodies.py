"""What clients send with a request is looked at before DaCHS takes it apart.

DaCHS reads forms where it answers all requests, by readers whose time grows with the square of
what they read: a header of some kilobytes keeps all others waiting for seconds.
"""

import io

from gavo import base

from iact.access.forms import FormFault, boundary_of, check_form, check_given, end_of_content
from iact.dachs import known
from iact.dachs.refusals import NOT_UTF8, end, refuse

_REQUEST = "gavo.web.common:Request"
#: Debian 12 (2.7), Debian 13 (2.11) and Debian's testing (2.13).
KNOWN = known.Known(
    "how forms are looked at before they are read",
    {
        "gavo.web.common:Request.requestReceived": {
            "373c6804a960118a",
            "50e00efe4303e249",
            "111602e053b22591",
        },
    },
    "let nobody reach it",
    protects=True,
)
_TYPE, _AS_ADDRESSES = b"content-type", b"urlencoded"


def install():
    """Look at what requests bring before DaCHS reads it."""
    KNOWN.fits()
    known.replace(f"{_REQUEST}.requestReceived", _of_small_parts)
    known.replace(f"{_REQUEST}.process", _unless_refused)
    # Only Python before 3.13 has these, and DaCHS 2.7 uses them; later ones read so themselves.
    known.replace("cgi:parse_multipart", _from_memory)
    known.replace("cgi:FieldStorage.read_lines_to_outerboundary", lambda stock: _read_content)
    # Where DaCHS keeps the parameters of a job.
    known.replace("gavo.web.common:BinaryItem.__getnewargs_ex__", lambda stock: _refuse_bytes)


def _of_small_parts(stock):
    def receive(request, command, path, version):
        address, _, given = path.partition(b"?")
        request.fault = _fault(request, given, command == b"POST")
        if request.fault is not None:
            # So nothing reads it.
            path, request.content = address, io.BytesIO()
            request.requestHeaders.removeHeader(_TYPE)
        stock(request, command, path, version)

    return receive


def _fault(request, given, has_body):
    media_types = request.requestHeaders.getRawHeaders(_TYPE, ()) if has_body else ()
    try:
        check_given(given)
        if media_types:
            boundary = boundary_of(media_types[0])
            request.content.seek(0)
            if boundary:
                check_form(boundary, request.content.read())
            elif _AS_ADDRESSES in media_types[0].lower():
                check_given(request.content.read())
    except FormFault as fault:
        return fault
    return None


def _from_memory(stock):
    def parse(content, *args, **kwargs):
        return stock(io.BytesIO(content.read()), *args, **kwargs)

    return parse


def _read_content(storage):
    """Read the content of a part at once: Python does it line by line."""
    begin, body = storage.fp.tell(), storage.fp.getvalue()
    end, following, is_last = end_of_content(storage.outerboundary, body, begin)
    storage.fp.seek(following)
    storage.bytes_read += following - begin
    if is_last is None:
        storage.done = -1
    elif is_last:
        storage.done = 1
    storage._FieldStorage__write(body[begin:end])


def _unless_refused(stock):
    def process(request):
        fault = getattr(request, "fault", None)
        if fault is None:
            stock(request)
        else:
            end(request, refuse(request, fault.status, str(fault)))

    return process


def _refuse_bytes(item):
    raise base.ValidationError(NOT_UTF8, "request")

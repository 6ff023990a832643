"""What clients send with a request is looked at before DaCHS takes it apart.

DaCHS reads forms where it answers all requests, by readers whose time grows with the square of
what they read: a header of some kilobytes keeps all others waiting for seconds.
"""

import io

from gavo import base

from iact.access.forms import FormFault, boundary_of, check_form
from iact.dachs import known
from iact.dachs.refusals import end, refuse

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
_TYPE = b"content-type"


def install():
    """Have this process's server look at forms first."""
    KNOWN.fits()
    known.replace(f"{_REQUEST}.requestReceived", _of_small_parts)
    known.replace(f"{_REQUEST}.process", _unless_refused)
    # Where DaCHS keeps the parameters of a job.
    known.replace("gavo.web.common:BinaryItem.__getnewargs_ex__", lambda stock: _refuse_bytes)


def _of_small_parts(stock):
    def receive(request, command, path, version):
        if command == b"POST":
            request.fault = _fault(request)
            if request.fault is not None:
                # So nothing reads it.
                request.content = io.BytesIO()
                request.requestHeaders.removeHeader(_TYPE)
        stock(request, command, path, version)

    return receive


def _fault(request):
    media_types = request.requestHeaders.getRawHeaders(_TYPE, ())
    try:
        boundary = boundary_of(media_types[0]) if media_types else b""
        if boundary:
            request.content.seek(0)
            check_form(boundary, request.content.read())
    except FormFault as fault:
        return fault
    return None


def _unless_refused(stock):
    def process(request):
        fault = getattr(request, "fault", None)
        if fault is None:
            stock(request)
        else:
            end(request, refuse(request, fault.status, str(fault)))

    return process


def _refuse_bytes(item):
    raise base.ValidationError("A parameter is not in UTF-8.", "request")

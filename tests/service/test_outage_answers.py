"""What every kind of page answers when the database is away or the disk is full."""

from __future__ import annotations

import json

import pytest

#: Errors that come in at a page, and all of an answer that goes out, without a server.
ANSWERS = """
import errno, json
import psycopg2
from types import SimpleNamespace
from gavo import base, svcs
from gavo.protocols import dali
from gavo.web import vodal, weberrors
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from iact.dachs import errortexts, outages, uwsjobs

outages.tell()
errortexts.choose()
uwsjobs.complete()


class Request:
    _disconnected = startedWriting = False
    client = channel = True
    method, code = b"GET", 200

    def __init__(self):
        self.headers, self.body = {}, b""

    def setHeader(self, name, value):
        self.headers[name.lower()] = value

    def setResponseCode(self, code, message=None):
        self.code = code

    def write(self, data):
        self.body += data.encode() if isinstance(data, str) else data

    def finish(self):
        pass


def page(error, request):
    weberrors.getDCErrorPage(Failure(error)).render(request)


def imported_page(error, request):
    chosen = getattr(svcs, "getDCErrorPage", weberrors.getDCErrorPage)
    chosen(Failure(error)).render(request)


def dali_document(error, request):
    dali.serveDALIError(request, error)


def job(error, request):
    resource = SimpleNamespace()
    uwsjobs._deliver_error(resource, Failure(error), request)


def of(renderer):
    made = object.__new__(renderer)
    made.service = None
    return made


def cone(error, request):
    of(vodal.SCSRenderer)._writeErrorTable(request, error)


def images(error, request):
    of(vodal.SIAP2Renderer)._handleRandomFailure(Failure(error), request)


def images_input(error, request):
    of(vodal.SIAP2Renderer)._handleInputErrors(Failure(error), request)


def registry(error, request):
    of(vodal.RegistryRenderer)._renderError(Failure(error), request, {})


base.getMetaText = lambda *arguments, **named: ""
answers = []
for error in (
    OSError(errno.ENOSPC, "No space left on device", "/srv/x"),
    OSError(errno.EDQUOT, "Disk quota exceeded", "/srv/x"),
    OSError(errno.EMFILE, "Too many open files", "/srv/x"),
    psycopg2.OperationalError("connection to server on socket /srv/x failed"),
    base.QueryCanceledError("canceling statement"),
):
    for door in (page, imported_page, dali_document, job, cone, images, images_input, registry):
        request = Request()
        door(error, request)
        answers.append([repr(error), door.__name__, request.code, request.headers,
            request.body.decode()])
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(archive):
    return json.loads(archive.gavo_python(ANSWERS))


@pytest.mark.parametrize(
    "door",
    ["page", "imported_page", "dali_document", "job", "cone", "images", "images_input", "registry"],
)
def test_it_is_status_503_and_when_to_ask_again(answers, door):
    of_door = [(error, *rest) for error, name, *rest in answers if name == door]
    assert len(of_door) == 5
    for error, status, headers, body in of_door:
        assert (status, headers.get("retry-after")) == (503, "60"), (error, status, body)
        assert "ask again" in body and "/srv/" not in body, (error, body)

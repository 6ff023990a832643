"""Addresses lead to published pages and files only, and cost nothing where nothing is there.

Stock DaCHS joins the decoded segments of a path to names of files, and takes each beginning of a
path for the id of a resource descriptor: any file of that name is read as one, and what is not
there is looked for in four places, by every request, and kept in memory.
"""

import os
from importlib.resources import files

from gavo import base, svcs

from iact.access import doors, paths
from iact.dachs import known

_ROOT = "gavo.web.root:ArchiveService"
_BROWSE = "gavo.web.metarender:RDInfoRenderer.getChild"
_RECORD = "gavo.web.metarender:ResourceRecordMaker.getChild"
_STATIC = "gavo.web.constantrender:StaticRenderer.getChild"
_FILES = "gavo.rscdesc:_getFilenamesForId"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how addresses are kept from files that nobody has published",
    {
        "gavo.web.root:ArchiveService._locateResourceBasedChild": {"f9995a989d1e8dbd"},
        "gavo.web.root:ArchiveService.getChild": {"fb659609777681c0", "4d17aa744e58b47d"},
        "gavo.web.metarender:RDInfoRenderer.getChild": {"19050494a0cf8a0f"},
        "gavo.web.metarender:ResourceRecordMaker.getChild": {"155fc7553596e6fa"},
        "gavo.web.constantrender:StaticRenderer.getChild": {"3e23bffd8b26ac5d", "ab3605ff288d9703"},
        "gavo.rscdesc:_getFilenamesForId": {"1fd05f6a6b503165", "c6e16ce6a52d2d28"},
    },
    "let nobody reach it",
    protects=True,
)
NOT_HERE = "There is nothing at this address."
_DESCRIPTOR = ".rd"
#: DaCHS's own descriptors.
_SYSTEM = files("gavo") / "resources" / "inputs"
#: Pages for which segments of the path are texts: pages of our own and others' (custom),
#: products (get), and values of a parameter (qp). What they name on a disk they look up.
_OF_TEXTS = frozenset(("custom", "get", "qp"))
_RANGE, _MOST_RANGES = "range", 5


def install():
    """Look at paths before anything is looked for on the disk."""
    KNOWN.fits()
    known.replace(f"{_ROOT}.getChild", _of_few_segments)
    known.replace(f"{_ROOT}._locateResourceBasedChild", _of_known_resources)
    known.replace(_BROWSE, _of_a_known_resource)
    known.replace(_RECORD, _of_a_public_record)
    known.replace(_STATIC, _inside_its_folder)
    known.replace(_FILES, _of_descriptors)


def is_resource(name):
    """Tell whether there is a resource descriptor of an id that the operator has not ruled out."""
    # The operator may have put an own version of one of DaCHS's there.
    for folder in (base.getConfig("inputsDir"), _SYSTEM):
        path = f"{folder}/{name}{_DESCRIPTOR}"
        # Not by pathlib, which raises where a name is too long.
        if os.path.isfile(path):  # noqa: PTH113
            banned = base.getConfig("general", "rdblacklist")
            return not any(name == one or path.endswith(one) for one in banned)
    return False


def _of_few_segments(stock):
    def child(page, name, request):
        segments = _decoded([*(() if name is None else (name,)), *request.postpath])
        behind = segments[page.rootLen :]
        is_static = bool(behind) and behind[0] in page.statics
        if len(segments) > paths.MOST_SEGMENTS or (is_static and not paths.leads_inside(behind)):
            raise svcs.UnknownURI(NOT_HERE)
        if is_static and (request.getHeader(_RANGE) or "").count(",") >= _MOST_RANGES:
            # Each is sent, however they overlap; a server need not (RFC 9110, section 14.2).
            request.requestHeaders.removeHeader(_RANGE)
        return stock(page, name, request)

    return child


def _of_known_resources(stock):
    def locate(page, request, segments):
        resource = paths.of_resource(segments, is_resource)
        if not resource:
            raise svcs.UnknownURI(NOT_HERE)
        found, rest = stock(page, request, segments)
        takes_texts = getattr(found, "name", None) in _OF_TEXTS
        if not paths.are_names(segments[: -len(rest) or None] if takes_texts else segments):
            raise svcs.UnknownURI(NOT_HERE)
        return found, rest

    return locate


def _of_a_known_resource(stock):
    def child(page, name, request):
        segments = _decoded([name, *request.postpath])
        if segments != [""] and not _names_resource(segments):
            raise svcs.UnknownURI(NOT_HERE)
        return stock(page, name, request)

    return child


def _of_a_public_record(stock):
    def child(page, name, request):
        *resource, service = _decoded([name, *request.postpath])
        # Where there is nothing more, a form asks for one.
        is_form = not resource and not service
        if not is_form and not (
            _names_resource(resource) and doors.knows_service("/".join(resource), service)
        ):
            raise svcs.UnknownURI(NOT_HERE)
        return stock(page, name, request)

    return child


def _names_resource(segments):
    return (
        0 < len(segments) <= paths.MOST_OF_RESOURCE
        and all(map(paths.is_name, segments))
        and is_resource("/".join(segments))
    )


def _inside_its_folder(stock):
    def child(page, name, request):
        if not paths.leads_inside(_decoded([name, *request.postpath])):
            raise svcs.UnknownURI(NOT_HERE)
        return stock(page, name, request)

    return child


def _of_descriptors(stock):
    """Name files that are called as resource descriptors are, where DaCHS names any."""

    def names(identifier):
        return [name for name in stock(identifier) if str(name).endswith(_DESCRIPTOR)]

    return names


def _decoded(segments):
    return [segment.decode("utf-8", "replace") for segment in segments]

"""Addresses that no resource needs are answered as if they were not there.

See `iact.access.doors` for what is open. Stock DaCHS answers others with errors of its own, some
of which show its inside, and with pages for its developers.
"""

from pathlib import Path

from gavo import base, svcs
from gavo.web import root

from iact.access import doors
from iact.dachs import known
from iact.dachs.paths import NOT_HERE

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "which addresses are closed",
    {
        "gavo.web.root:ArchiveService._locateResourceBasedChild": {"f9995a989d1e8dbd"},
        "gavo.web.grend:ServiceBasedPage.__init__": {"f246a9cc7fb83f84"},
        "gavo.web.metarender:RDInfoPage": {"3493c955a7a31dd0", "2a7c3377bb07af2b"},
        "gavo.svcs.renderers:getRenderer": {"e7077706933c915c"},
    },
    "see what others can reach before you serve protected data with it",
    protects=True,
)
#: What a front page that lists services by its own scripts asks for.
_LISTS = "fancyroot"


def close():
    """Answer only what resources publish and what that needs."""
    KNOWN.fits()
    known.replace("gavo.web.grend:ServiceBasedPage.__init__", _of_open_services)
    known.replace("gavo.web.metarender:RDInfoPage.__init__", _of_open_resources)
    known.replace("gavo.svcs:getRenderer", _that_can_be_had)
    needed = doors.PAGES | ({_LISTS} if _front_page_lists() else set())
    statics = root.ArchiveService.statics
    for name in set(statics) - needed:
        del statics[name]


def _of_open_services(stock):
    def init(page, request, service):
        name = page.name
        if name is not None and not doors.is_open(
            service.rd.sourceId, service.id, {name, *page.aliases}, service.allowed
        ):
            raise svcs.UnknownURI(NOT_HERE)
        # For what browsers are told of it.
        request.page = page
        stock(page, request, service)

    return init


def _of_open_resources(stock):
    def init(page, request, resource):
        if not doors.knows_resource(resource.sourceId):
            raise svcs.UnknownURI(NOT_HERE)
        stock(page, request, resource)

    return init


def _that_can_be_had(stock):
    def renderer(name):
        try:
            return stock(name)
        except ImportError:
            # It needs software that is not there, and then no service has it.
            raise svcs.UnknownURI(NOT_HERE) from None

    return renderer


def _front_page_lists():
    page = Path(base.getConfig("webDir")) / "templates" / "root.html"
    return page.exists() and _LISTS in page.read_text(encoding="utf-8", errors="replace")

"""Links and files are reached without what DaCHS does for each request to a service.

To find a service, to make a page that could show a form of it, and to read parameters as the
service declares them takes stock DaCHS longer than a file or the links of a dataset take.
All else of DaCHS's root page holds: its short addresses, maintenance, blocked resources.
Where its code is not as this module knows it, requests go the stock way.
"""

import psycopg2
from gavo import base
from gavo.web import grend, root

from iact.dachs import files, known, linkspage, versions
from iact.dachs.outages import RefusalPage
from iact.dachs.refusals import database_away

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "its short ways to links and files",
    {
        "gavo.web.root:ArchiveService._locateResourceBasedChild": {"f9995a989d1e8dbd"},
        "gavo.web.root:ArchiveService.getChild": {"fb659609777681c0", "4d17aa744e58b47d"},
        "gavo.web.grend:ResourceBasedPage.__init__": {"b1031cb78221c7d5"},
        "gavo.web.grend:ServiceBasedPage.__init__": {"f246a9cc7fb83f84"},
        "gavo.web.common:Request._makeStrargs": {"b14bd6ffb449b94e", "15c76c840030977a"},
    },
    "they take longer, and people see the links as DaCHS shows them",
)
_RESOURCE = "cta/dl"
_FILES = ["cta", "dl", "get", "custom"]
#: With and without the renderer, which is the only one: what comes behind it is DaCHS's business.
_LINKS = [["cta", "dl", "links", *rest] for rest in ((), ("",), ("dlmeta",))]


def take():
    """Lead requests to pages by the shorter ways; return whether this is done."""
    if not KNOWN.fits():
        return False
    root.site.resource = Root()
    return True


class Root(root.ArchiveService):
    """DaCHS's root page, which knows more ways."""

    def __init__(self):
        root.ArchiveService.__init__(self)
        self._files, self._links = files.FilesPage(), linkspage.LinksPage()

    def _locateResourceBasedChild(self, request, segments):
        if segments in _LINKS:
            page, rest = self._links, []
        elif segments[:4] == _FILES:
            page, rest = self._files, segments[4:]
        else:
            return root.ArchiveService._locateResourceBasedChild(self, request, segments)
        try:
            resource_of_pages = base.caches.getRD(_RESOURCE)
        except (psycopg2.Error, base.ReportableError) as error:
            # To read it, DaCHS asks the database.
            refusal = database_away(error)
            if refusal is None:
                raise
            return RefusalPage(refusal), []
        # As DaCHS's own pages do: the operator may have blocked it.
        if hasattr(resource_of_pages, "currently_blocked"):
            raise grend.RDBlocked()
        versions.spare_collection(self)
        return page, rest

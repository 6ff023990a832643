"""The page behind /coverage/[<collection>/]moc.fits and moc.json: what of the sky there is."""

import functools

from gavo import base

from iact.access.answer import Labels
from iact.access.content import of_bytes
from iact.archive.footprint import FORMS, Footprints
from iact.dachs import site
from iact.dachs.answering import send
from iact.dachs.pages import READING, PathPage, answer_later
from iact.dachs.refusals import Refusal, refuse, refuse_method
from iact.dachs.workers import Workers

_NOT_FOUND = (
    f"Sky coverage is at /coverage/NAME and, of one collection, at /coverage/COLLECTION/NAME; "
    f"NAME is one of {', '.join(FORMS)}."
)
#: For requests that wait for a MOC: nearly all are kept ready.
_PLACES = 100


class _Maker:
    """Makes MOCs one at a time: for a large archive it takes some seconds."""

    def __init__(self):
        self.workers = Workers("coverage maps", 1, _PLACES)
        self._footprints = functools.lru_cache(maxsize=1)(Footprints)

    def make(self, collection, file_name):
        """Return a document, in a thread of `workers`.

        Raises
        ------
        Refusal
            There is none.
        """
        footprints = self._footprints(site.current().name)
        with base.getTableConn() as connection:
            document = footprints.document(connection, collection, file_name)
        if document is None:
            raise Refusal(404, _NOT_FOUND)
        return document


_maker = functools.lru_cache(maxsize=1)(_Maker)


class MainPage(PathPage):
    """Collects the parts of the path and sends the MOC that they name."""

    def render(self, request):
        """Have the MOC made, then send it."""
        if request.method not in READING:
            return refuse_method(request, "Coverage can be read only, by GET and HEAD.", *READING)
        if len(self.segments) not in (1, 2):
            return refuse(request, 404, _NOT_FOUND)
        *collection, file_name = self.segments
        maker = _maker()

        def begin(gone):
            return maker.workers.do(gone, maker.make, "".join(collection), file_name)

        return answer_later(request, begin, self._send)

    def _send(self, document, request, gone):
        if gone:
            # Whoever asked has hung up.
            return
        name = "_".join(self.segments)
        send(request, of_bytes(document.content), Labels(document.media_type, name, public=True))

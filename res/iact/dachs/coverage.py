"""The page behind /coverage/[<collection>/]moc.fits and moc.json: what of the sky there is."""

from gavo import base
from twisted.internet import reactor, threads
from twisted.python import threadpool
from twisted.web import http, server

from iact.archive.footprint import FORMS, Footprints
from iact.archive.site import SiteConfig
from iact.dachs.grammar import site_config_path
from iact.dachs.pathpage import READING, PathPage

_NOT_FOUND = (
    f"Sky coverage is at /coverage/NAME and, of one collection, at /coverage/COLLECTION/NAME; "
    f"NAME is one of {', '.join(FORMS)}."
)


class _Maker:
    """Makes MOCs in a thread of its own: for a large archive it takes some seconds, in which
    other requests must not wait."""

    def __init__(self):
        self._pool = threadpool.ThreadPool(minthreads=0, maxthreads=1, name="coverage")
        self._pool.start()
        reactor.addSystemEventTrigger("before", "shutdown", self._pool.stop)
        self._footprints = Footprints(SiteConfig.load(site_config_path()).name)

    def document(self, collection, file_name):
        """Return a deferred document; None where there is none."""
        return threads.deferToThreadPool(reactor, self._pool, self._make, collection, file_name)

    def _make(self, collection, file_name):
        with base.getTableConn() as connection:
            return self._footprints.document(connection, collection, file_name)


class MainPage(PathPage):
    """Collects the parts of the path and sends the MOC that they name."""

    maker = None

    def render(self, request):
        """Have the MOC made, then send it."""
        if request.method not in READING:
            return self.refuse_method(request, "Coverage can be read only, by GET and HEAD.")
        if len(self.segments) not in (1, 2):
            return self.refuse(request, 404, _NOT_FOUND)
        if MainPage.maker is None:
            MainPage.maker = _Maker()
        gone = []
        request.notifyFinish().addErrback(gone.append)
        *collection, file_name = self.segments
        self.maker.document("".join(collection), file_name).addCallback(
            self._send, request, gone
        ).addErrback(self._fail, request, gone)
        return server.NOT_DONE_YET

    def _send(self, document, request, gone):
        if gone:
            # Whoever asked has hung up.
            return
        if document is None:
            request.write(self.refuse(request, 404, _NOT_FOUND))
        else:
            # Web pages of others, such as those with Aladin Lite, may show it.
            request.setHeader("access-control-allow-origin", "*")
            request.setHeader("cache-control", "no-cache")
            if request.setETag(f'"{document.tag}"'.encode()) is not http.CACHED:
                request.setHeader("content-type", document.media_type)
                request.setHeader("content-length", str(len(document.content)))
                request.write(document.content)
        request.finish()

    def _fail(self, failure, request, gone):
        base.ui.notifyFailure(failure)
        if gone:
            return
        request.write(self.refuse(request, 500, "Internal error."))
        request.finish()

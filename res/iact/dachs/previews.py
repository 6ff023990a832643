"""Previews below /dl3/: counts map, spectrum and thumbnail of an event list."""

import os
from pathlib import Path

from gavo import base
from twisted.internet import reactor, threads
from twisted.python import threadpool
from twisted.web import http, resource, server, static

from iact.access.previews import pictured
from iact.archive.site import SiteConfig
from iact.dachs.grammar import site_config_path
from iact.errors import CtaError
from iact.preview import stored
from iact.preview.drawer import Drawer

#: Pictures that may wait to be drawn; whoever comes then is asked to come again.
_MOST_WAITING = 200
_RETRY_SECONDS = 60


def named(dataset, name):
    """Return which preview of a dataset a file's name stands for; empty: none."""
    return next((known for known in stored.NAMES if name == dataset.free_name(known)), "")


def page(dataset, name):
    """Return the page that sends a preview; None where its file's disk is not there.

    Parameters
    ----------
    dataset
        Whoever asks may see its previews.
    name
        As `named` gives it.
    """
    roots = {root.name: root.path for root in SiteConfig.load(site_config_path()).data_roots}
    key = (dataset.collection, dataset.obs_id, dataset.event_type)
    with base.getTableConn() as connection:
        found = next(pictured(connection, roots, key), None)
    return None if found is None else PreviewPage(found.source, name)


def folder():
    """Return the folder of all previews: the data centre's, else one in DaCHS's own cache."""
    var = os.environ.get("VAR")
    return (Path(var) / "cache" if var else Path(base.getConfig("cacheDir"))) / "previews"


class _Studio:
    """Has previews drawn one at a time, in a thread that waits for the process that does it."""

    def __init__(self):
        self.waiting = 0
        self._drawer = Drawer(folder())
        self._pool = threadpool.ThreadPool(minthreads=0, maxthreads=1, name="previews")
        self._pool.start()
        reactor.addSystemEventTrigger("before", "shutdown", self._pool.stop)

    def have_made(self, source, gone):
        """Return a deferred that fires when a source's previews are there.

        Parameters
        ----------
        source
            What they are made from.
        gone
            Not empty when nobody waits for them any more.
        """
        self.waiting += 1
        return threads.deferToThreadPool(reactor, self._pool, self._make, source, gone).addBoth(
            self._one_less
        )

    def _make(self, source, gone):
        # Another request may have had them made while this one waited.
        if not gone and not stored.are_made(folder(), source):
            self._drawer.draw(source)

    def _one_less(self, result):
        self.waiting -= 1
        return result


class PreviewPage(resource.Resource):
    """Sends a preview, which is drawn first where it is not there."""

    isLeaf = True
    studio = None

    def __init__(self, source, name):
        resource.Resource.__init__(self)
        self.source, self.name = source, name
        self.path = stored.place(folder(), source, name)

    def render(self, request):
        """Send the picture now, or when it is drawn."""
        if self.path.exists():
            return self._picture(request)
        if PreviewPage.studio is None:
            PreviewPage.studio = _Studio()
        if self.studio.waiting >= _MOST_WAITING:
            request.setHeader("retry-after", str(_RETRY_SECONDS))
            return self._refusal(request, "Too many previews are being drawn; try again later.")
        gone = []
        request.notifyFinish().addErrback(gone.append)
        self.studio.have_made(self.source, gone).addCallback(self._send, request, gone).addErrback(
            self._fail, request, gone
        )
        return server.NOT_DONE_YET

    def _send(self, _, request, gone):
        if gone:
            return
        result = self._picture(request)
        if result is not server.NOT_DONE_YET:
            request.write(result)
            request.finish()

    def _picture(self, request):
        # Caches must ask again each time: rights may have changed.
        request.setHeader("cache-control", "private, no-cache")
        if request.setETag(f'"{self.source.key[:32]}-{self.name}"'.encode()) is http.CACHED:
            return b""
        return static.File(os.fspath(self.path), defaultType=stored.MEDIA_TYPE).render(request)

    def _fail(self, failure, request, gone):
        if failure.check(CtaError):
            base.ui.notifyWarning(f"No preview: {failure.value}")
        else:
            base.ui.notifyFailure(failure)
        if gone:
            return
        request.write(self._refusal(request, "The preview cannot be drawn; ask the operator."))
        request.finish()

    def _refusal(self, request, sentence):
        request.setResponseCode(503)
        request.setHeader("content-type", "text/plain; charset=utf-8")
        return (sentence + "\n").encode("utf-8")

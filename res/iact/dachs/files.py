"""The page behind /dl3/<collection>/<obs_id>/<file name>: files, to those who may have them."""

import os
from datetime import UTC, datetime

from gavo import base, svcs
from gavo.web import grend
from twisted.internet import threads
from twisted.web import server, static

from iact.access.decision import ANYBODY, decide
from iact.access.lookup import file_below, package_by_name
from iact.archive.site import SiteConfig
from iact.dachs.grammar import site_config_path


def _find(segments):
    """Return path on disk and media type of the file that a URL names.

    Raises
    ------
    svcs.UnknownURI
        There is no such product.
    svcs.ForbiddenURI
        Whoever asks may not have it.
    """
    if len(segments) != 3 or any("\0" in segment for segment in segments):
        raise svcs.UnknownURI("Files are at /dl3/<collection>/<obs_id>/<file name>.")
    with base.getTableConn() as connection:
        product = package_by_name(connection, *segments)
    if product is None:
        raise svcs.UnknownURI("There is no such file in this archive.")
    decision = decide(ANYBODY, product.rights, datetime.now(UTC).replace(tzinfo=None))
    if not decision.allowed:
        raise svcs.ForbiddenURI(decision.reason)
    roots = {root.name: root.path for root in SiteConfig.load(site_config_path()).data_roots}
    path = file_below(roots.get(product.data_root), product.path)
    if path is None:
        raise svcs.UnknownURI("The file is in the archive, but its disk cannot be read now.")
    return os.fspath(path), product.media_type


class MainPage(grend.ServiceBasedPage):
    """Collects the parts of the path, looks the product up and sends its file."""

    name = "custom"

    def __init__(self, request, service, segments=()):
        grend.ServiceBasedPage.__init__(self, request, service)
        self.segments = tuple(segments)

    @classmethod
    def isBrowseable(cls, service):
        """Tell DaCHS that this is not a page for people."""
        return False

    def getChild(self, name, request):
        """Take one more part of the path."""
        return MainPage(request, self.service, (*self.segments, name.decode("utf-8", "replace")))

    def render(self, request):
        """Look up in a thread, then send."""
        threads.deferToThread(_find, self.segments).addCallback(self._send, request).addErrback(
            self._fail, request
        )
        return server.NOT_DONE_YET

    def _send(self, found, request):
        path, media_type = found
        page = static.File(path, defaultType=media_type)
        page.type, page.encoding = media_type, None
        result = page.render(request)
        if result is not server.NOT_DONE_YET:
            request.write(result)
            request.finish()

    def _fail(self, failure, request):
        if failure.check(svcs.UnknownURI):
            request.setResponseCode(404)
        elif failure.check(svcs.ForbiddenURI):
            request.setResponseCode(403)
        else:
            base.ui.notifyFailure(failure)
            request.setResponseCode(500)
        request.setHeader("content-type", "text/plain; charset=utf-8")
        message = failure.getErrorMessage() if request.code != 500 else "Internal error."
        request.write((message + "\n").encode("utf-8"))
        request.finish()

"""The page behind /dl3/<collection>/<obs_id>/<file name>: files, to those who may have them."""

import errno
import os
from datetime import UTC, datetime

from gavo import base, svcs
from twisted.internet import threads
from twisted.web import server, static

from iact.access.decision import decide
from iact.access.lookup import dataset_by_key, file_below
from iact.archive.site import SiteConfig
from iact.dachs import identity
from iact.dachs.grammar import site_config_path
from iact.dachs.pathpage import READING, PathPage


class Refusal(Exception):
    """Why a file is not sent: HTTP status and a sentence for whoever asked."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def _find(request, segments):
    """Return the page that sends the file which a URL names.

    Raises
    ------
    Refusal
        There is no such product, or whoever asks may not have it.
    """
    if len(segments) not in (3, 4) or any("\0" in segment for segment in segments):
        raise Refusal(404, "Files are at /dl3/<collection>/<obs_id>/<file name>.")
    *key, name = segments
    with base.getTableConn() as connection:
        dataset = dataset_by_key(connection, *key)
    if dataset is None or name != dataset.file_name("package"):
        raise Refusal(404, "There is no such file in this archive.")
    try:
        asker = identity.of_request(request)
    except svcs.Authenticate:
        raise Refusal(401, "The user name or the password is wrong.") from None
    except svcs.ForbiddenURI as fault:
        raise Refusal(403, str(fault)) from None
    decision = decide(asker, dataset.rights, datetime.now(UTC).replace(tzinfo=None))
    if not decision.allowed:
        raise Refusal(403 if asker.name else 401, decision.reason)
    product = dataset.package
    roots = {root.name: root.path for root in SiteConfig.load(site_config_path()).data_roots}
    path = file_below(roots.get(product.file.data_root), product.file.path)
    if path is None:
        raise Refusal(503, "The file is in the archive, but its disk cannot be read now.")
    page = ProductFile(path, product)
    if not product.unchanged or not page.is_as_read(path.stat()):
        raise Refusal(503, "The file has changed since the archive read it; ask the operator.")
    return page


class ProductFile(static.File):
    """A file that is sent only while it is what was read into the archive."""

    def __init__(self, path, product):
        static.File.__init__(self, os.fspath(path), defaultType=product.media_type)
        self.type, self.encoding = product.media_type, None
        self.expected = (product.file.size, product.file.mtime_ns)

    def is_as_read(self, info):
        """Tell whether size and time of change are those of the archive."""
        return (info.st_size, info.st_mtime_ns) == self.expected

    def openForReading(self):
        """Open the file; what is checked is what is sent."""
        stream = static.File.openForReading(self)
        if self.is_as_read(os.fstat(stream.fileno())):
            return stream
        stream.close()
        # Twisted answers this with 403.
        raise OSError(errno.EACCES, "the file has changed in this moment", self.path)


class MainPage(PathPage):
    """Collects the parts of the path, looks the product up and sends its file."""

    def render(self, request):
        """Look up in a thread, then send."""
        if request.method not in READING:
            return self.refuse_method(request, "Files can be read only, by GET and HEAD.")
        gone = []
        request.notifyFinish().addErrback(gone.append)
        threads.deferToThread(_find, request, self.segments).addCallback(
            self._send, request, gone
        ).addErrback(self._fail, request, gone)
        return server.NOT_DONE_YET

    def _send(self, page, request, gone):
        if gone:
            # Whoever asked has hung up.
            return
        result = page.render(request)
        if result is not server.NOT_DONE_YET:
            request.write(result)
            request.finish()

    def _fail(self, failure, request, gone):
        if gone:
            return
        if failure.check(Refusal):
            body = self.refuse(request, failure.value.status, str(failure.value))
        else:
            base.ui.notifyFailure(failure)
            body = self.refuse(request, 500, "Internal error.")
        request.write(body)
        request.finish()

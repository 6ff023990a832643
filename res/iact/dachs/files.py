"""The page behind /dl3/<collection>/<obs_id>[/<event_type>]/<name>: to those who may have it.

What is there for a dataset is said by its names, in `_page`.
"""

from gavo import base
from twisted.internet import threads
from twisted.web import resource

from iact.access.decision import ANYBODY, decide, utc_now
from iact.access.lookup import dataset_by_key
from iact.dachs import previews
from iact.dachs.pages import READING, PathPage, answer_later, asker_of
from iact.dachs.products import make_ready, product_page, provenance_page
from iact.dachs.refusals import Refusal, refuse_method

_NOT_THERE = "There is no such file in this archive."


def _find(request, segments):
    """Return the page that sends what a URL names.

    Raises
    ------
    Refusal
        There is no such file, it cannot be had now, or whoever asks may not have it.
    """
    if len(segments) not in (3, 4) or any("\0" in segment for segment in segments):
        raise Refusal(404, "Files are at /dl3/<collection>/<obs_id>/<file name>.")
    *key, name = segments
    with base.getTableConn() as connection:
        dataset = dataset_by_key(connection, *key)
    if dataset is None:
        raise Refusal(404, _NOT_THERE)
    return _page(dataset, name, asker_of(request))


def _page(dataset, name, asker):
    """Return the page for a name; what else is made for a dataset comes in here."""
    if name == dataset.free_name("provenance.json"):
        return provenance_page(dataset, public=not asker.name)
    if picture := previews.named(dataset, name):
        public = _require(asker, dataset.rights.of_previews)
        return previews.picture_page(dataset, picture, public)
    kinds = {dataset.file_name(kind): kind for kind in dataset.products}
    if name not in kinds:
        raise Refusal(404, _NOT_THERE)
    return product_page(dataset, kinds[name], public=_require(asker, dataset.rights))


def _require(asker, rights):
    """Refuse those who may not read; return whether the answer is anybody's.

    Raises
    ------
    Refusal
        With 401 for somebody who has not signed in, else with 403.
    """
    now = utc_now()
    decision = decide(asker, rights, now)
    if not decision.allowed:
        raise Refusal(403 if asker.name else 401, decision.told)
    return not asker.name and decide(ANYBODY, rights, now).allowed


class FilesPage(resource.Resource):
    """What is below /dl3: collects the parts of the path."""

    def getChild(self, name, request):
        """Return the page of a file, with all of the path that is left."""
        return _FilePage(request.popSegments(name))

    def render(self, request):
        """Say where files are."""
        return _render(request, ())


class _FilePage(resource.Resource):
    """Looks up what a path names and sends it."""

    isLeaf = True

    def __init__(self, segments):
        resource.Resource.__init__(self)
        self._segments = segments

    def render(self, request):
        return _render(request, self._segments)


class MainPage(PathPage):
    """The same, for DaCHS: what it knows of is served where our own server does not."""

    def render(self, request):
        """Look up what the path names and send it."""
        return _render(request, self.segments)


def _render(request, segments):
    """Look up in a thread, then send."""
    if request.method not in READING:
        return refuse_method(request, "Files can be read only, by GET and HEAD.", *READING)
    make_ready()
    previews.make_ready()
    return answer_later(request, lambda _: threads.deferToThread(_find, request, segments), _send)


def _send(page, request, gone):
    if not gone:
        return page.render(request)
    # Whoever asked has hung up.
    page.close()
    return None

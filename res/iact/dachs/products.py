"""What there is below /dl3/ for a dataset: its file, its products, and how it was made."""

import functools
import os

from gavo import base
from twisted.web import server

from iact.access import content
from iact.access.answer import Labels
from iact.access.checked import Checked
from iact.access.extraction import Part, Source
from iact.access.lookup import provenance_of
from iact.dachs import site
from iact.dachs.answering import send
from iact.dachs.refusals import Refusal
from iact.dachs.workers import Workers
from iact.errors import CtaError

_ASK = "ask the operator."
#: For requests that wait for a product: those of many programs at once, each with some.
_PLACES = 200

#: What is known of files, by all that send them.
CHECKED = Checked()


class ContentPage:
    """Sends a content, which may have to be read or made first.

    Parameters
    ----------
    labels
        What is told about it.
    get
        Takes ``quick`` and returns the content, or with ``quick`` None if that would take long.
    workers
        They make it; by default those for products.

    Raises
    ------
    Refusal
        It cannot be had now.
    """

    def __init__(self, labels, get, workers=None):
        self._labels, self._get = labels, get
        self._workers = workers or _worker().workers
        self._there = self._content(quick=True)

    def render(self, request):
        """Send it; where it is to be made, return a deferred that may end with a `Refusal`."""
        if self._there is not None:
            send(request, self._there, self._labels)
            return server.NOT_DONE_YET
        gone = []
        request.notifyFinish().addErrback(gone.append)
        return self._workers.do(gone, self._content).addCallback(self._send, request, gone)

    def close(self):
        """Do without, for whoever asked has hung up."""
        if self._there is not None:
            self._there.stream.close()

    def _content(self, quick=False):
        try:
            return self._get(quick=quick)
        except (CtaError, OSError) as exc:
            base.ui.notifyWarning(f"{self._labels.file_name} cannot be sent: {exc}")
            # An OSError names folders of this machine; ours name files in their data root.
            told = str(exc) if isinstance(exc, CtaError) else "The file cannot be read or made now"
            raise Refusal(503, f"{told}; {_ASK}") from exc

    def _send(self, there, request, gone):
        # Nothing where nobody waits for it any more.
        self._there = there
        if gone:
            self.close()
        else:
            send(request, there, self._labels)


def product_page(dataset, kind, public):
    """Return the page that sends a product.

    Parameters
    ----------
    dataset, kind
        Whoever asks may have it.
    public
        Whether everybody may.

    Raises
    ------
    Refusal
        A file is not there, or is not what the archive read.
    """
    product, contents = dataset.products[kind], _worker().contents
    if kind == "package":
        if not product.unchanged:
            path = product.file.path
            raise Refusal(503, f"The file {path} has changed since the archive read it; {_ASK}")
        labels = Labels(product.media_type, product.file.name, public)
        return ContentPage(labels, functools.partial(contents.whole, _source(product.file)))
    # An event list is not to be used without its good time intervals.
    names = dict.fromkeys((kind, *_WITH.get(kind, ())))
    found = [dataset.products[name] for name in names if name in dataset.products]
    sources = {file: _source(file) for file in {one.file for one in found}}
    parts = [Part(sources[one.file], one.hdu_number, one.sha256) for one in found]
    parts.sort(key=lambda part: (part.source.name, part.number))
    labels = Labels(product.media_type, long_name(dataset, f"{kind}.fits.gz"), public)
    return ContentPage(labels, functools.partial(contents.extracted, parts))


_WITH = {"events": ("gti",)}


def provenance_page(dataset, public):
    """Return the page that sends how a dataset was made, as PROV-JSON.

    Like all metadata of what is not hidden it is for everybody.

    Raises
    ------
    Refusal
        Nothing is known.
    """
    with base.getTableConn() as connection:
        text = provenance_of(connection, dataset)
    if text is None:
        raise Refusal(404, "There is no provenance record for this observation.")
    labels = Labels("application/json", long_name(dataset, "provenance.json"), public)
    return ContentPage(labels, lambda quick: content.of_text(text))


def long_name(dataset, name):
    """Return a name under which files of several datasets can be saved in one folder."""
    key = (dataset.collection, dataset.obs_id, dataset.event_type, name)
    return "_".join(part for part in key if part)


def _source(file):
    """Return where a file is.

    Raises
    ------
    Refusal
        It is not there, or has become a link that leads out of its data root.
    """
    path = file.on_disk(site.current().roots)
    if path is None:
        raise Refusal(503, f"The file {file.path} is in the archive, but not on disk now; {_ASK}")
    return Source(path, file.path, file.size, file.sha256)


class _Worker:
    """Reads and makes files."""

    def __init__(self):
        self.workers = Workers("products", os.cpu_count() or 1, _PLACES)
        folder = site.cache_folder("products")
        self.contents = content.Contents(folder, site.current().cache_bytes, CHECKED)


#: Not made by other commands that load this module: there is one server for each cache.
_worker = functools.lru_cache(maxsize=1)(_Worker)


def make_ready():
    """Begin to serve products; called in the reactor's thread, before all else."""
    _worker()

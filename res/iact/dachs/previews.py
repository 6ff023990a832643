"""Previews below /dl3/: counts map, spectrum and thumbnail of an event list."""

import functools

from gavo import base

from iact.access import content
from iact.access.answer import Labels
from iact.access.previews import pictured
from iact.dachs import site
from iact.dachs.products import ContentPage, long_name
from iact.dachs.refusals import Refusal
from iact.dachs.workers import Workers
from iact.preview import stored
from iact.preview.drawer import Drawer

#: For requests that wait for a preview: some pages full of thumbnails.
_PLACES = 100


def named(dataset, name):
    """Return which preview of a dataset a file's name stands for; empty: none."""
    return next((known for known in stored.NAMES if name == dataset.free_name(known)), "")


def picture_page(dataset, name, public):
    """Return the page that sends a preview, which is drawn first where it is not there.

    Parameters
    ----------
    dataset
        Whoever asks may see its previews.
    name
        As `named` gives it.
    public
        Whether everybody may.

    Raises
    ------
    Refusal
        The file's data root is not in the archive's list any more.
    """
    key = (dataset.collection, dataset.obs_id, dataset.event_type)
    with base.getTableConn() as connection:
        found = next(pictured(connection, site.current().roots, key), None)
    if found is None:
        raise Refusal(503, "The data root of the file is not known now; ask the operator.")
    labels = Labels(stored.MEDIA_TYPE, long_name(dataset, name), public)
    return ContentPage(labels, functools.partial(_picture, found.source, name), _studio().workers)


def _picture(source, name, quick=False):
    """Return a preview; None where it would have to be drawn, and that is not quick."""
    studio = _studio()
    path = stored.place(studio.folder, source, name)
    try:
        return content.of_bytes(path.read_bytes())
    except FileNotFoundError:
        if quick:
            return None
    studio.drawer.draw(source)
    return content.of_bytes(path.read_bytes())


class _Studio:
    """Has previews drawn one at a time, in a thread that waits for the process that does it."""

    def __init__(self):
        self.folder = site.cache_folder("previews")
        self.drawer = Drawer(self.folder)
        self.workers = Workers("previews", 1, _PLACES)


#: Not made by other commands that load this module.
_studio = functools.lru_cache(maxsize=1)(_Studio)


def make_ready():
    """Begin to serve previews; called in the reactor's thread, before all else."""
    _studio()

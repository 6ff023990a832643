"""The site's configuration as it is now: parsed when it has changed, not for each request."""

import os
from pathlib import Path

from gavo import base

from iact.archive.collectionfile import files_in
from iact.archive.collections import INSTRUMENTS, CollectionSet
from iact.archive.site import DATA_ROOTS, SiteConfig
from iact.errors import CtaError


def site_config_path():
    """Return the site's configuration: $CTA_SITE_CONFIG, else cta.yaml beside DaCHS's own."""
    return Path(os.environ.get("CTA_SITE_CONFIG") or Path(base.getConfig("configDir")) / "cta.yaml")


class _Kept:
    """What was read last: files that somebody is just editing close no doors.

    Parameters
    ----------
    load
        Reads the files anew.
    """

    def __init__(self, load):
        self._load = load
        self._last = None, None

    def get(self, state, *where):
        """Return what the files say, or said before they became wrong; may be called in a thread.

        Parameters
        ----------
        state
            Differs between versions of the files.
        where
            For the function that loads.

        Raises
        ------
        CtaError
            The files are wrong, and were so from the beginning; so with OSError.
        """
        known, value = self._last
        if state != known:
            try:
                value = self._load(*where)
            except (CtaError, OSError) as fault:
                if known is None:
                    raise
                base.ui.notifyWarning(f"The configuration stays as it was: {fault}")
            self._last = state, value
        return value


_site, _collections = _Kept(SiteConfig.load), _Kept(CollectionSet.load)


def current():
    """Return the configuration; may be called in a thread."""
    path = site_config_path()
    return _site.get((path, _state(path), _state(path.with_name(DATA_ROOTS))), path)


def collections():
    """Return the configured collections; may be called in a thread."""
    folders = (Path(INSTRUMENTS), site_config_path().with_name("instruments"))
    files = [path for folder in folders if folder.is_dir() for path in files_in(folder)]
    return _collections.get(tuple((path, _state(path)) for path in files), *folders)


def _state(path):
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def cache_folder(name):
    """Return a folder for what can be made anew: the data centre's, else one of DaCHS's."""
    var = os.environ.get("VAR")
    return (Path(var) / "cache" if var else Path(base.getConfig("cacheDir"))) / name

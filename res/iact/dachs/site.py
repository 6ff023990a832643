"""The site's configuration as it is now: parsed when it has changed, not for each request."""

import functools
import os
from pathlib import Path

from gavo import base

from iact.archive.site import DATA_ROOTS, SiteConfig
from iact.dachs.grammar import site_config_path


def current():
    """Return the configuration; may be called in a thread."""
    path = site_config_path()
    return _loaded(path, _state(path), _state(path.with_name(DATA_ROOTS)))


@functools.lru_cache(maxsize=1)
def _loaded(path, *_states):
    return SiteConfig.load(path)


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

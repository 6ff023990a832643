"""Data roots come and go: the list beside the site's configuration is written anew.

Two commands that do so at once take turns, so that neither loses what the other has written.
"""

from __future__ import annotations

from pathlib import Path

from iact.archive import dataroots
from iact.archive.site import DATA_ROOTS, SiteConfig
from iact.errors import ConfigError


def add_data_root(path: Path | str, folder: Path | str) -> SiteConfig:
    """Register a folder as a data root.

    A folder inside a registered root is a part of that root and adds nothing:
    `SiteConfig.root_of` tells which root it is. A folder above a registered root is
    refused, because the files below would then have two paths.

    Parameters
    ----------
    path
        The configuration file.
    folder
        An existing folder; kept as an absolute path without symbolic links.

    Returns
    -------
    SiteConfig
        With the root.

    Raises
    ------
    ConfigError
        The folder does not exist, lies above a root or above the configuration, or the
        list of roots cannot be written.
    """
    path, resolved = Path(path), Path(folder).resolve()
    roots_path = path.with_name(DATA_ROOTS)
    with dataroots.locked(path.parent):
        config = SiteConfig.load(path)
        if config.root_of(resolved):
            return config
        if path.resolve().is_relative_to(resolved):
            raise ConfigError(
                roots_path,
                "data_roots",
                f"{resolved} holds the archive's own state ({path.parent}): "
                f"choose a folder that holds data only",
            )
        text = dataroots.with_new(roots_path, config.data_roots, resolved)
        dataroots.write(roots_path, text, like=path)
    return SiteConfig.load(path)


def remove_data_root(path: Path | str, name: str) -> SiteConfig:
    """Take a data root out of the list; its files stay as they are.

    Parameters
    ----------
    path
        The configuration file.
    name
        Of the data root; one that is not there changes nothing.

    Returns
    -------
    SiteConfig
        Without the root.

    Raises
    ------
    ConfigError
        The list of roots cannot be written.
    """
    path = Path(path)
    roots_path = path.with_name(DATA_ROOTS)
    with dataroots.locked(path.parent):
        config = SiteConfig.load(path)
        rest = tuple(root for root in config.data_roots if root.name != name)
        dataroots.write(roots_path, dataroots.text_of(rest), like=path)
    return SiteConfig.load(path)

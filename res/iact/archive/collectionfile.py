"""Reading collections and sites from their YAML files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from iact.archive import configfile
from iact.archive.collection import (
    NEVER,
    Collection,
    Condition,
    Match,
    Processing,
    Proposal,
    Site,
)
from iact.dl3.observation import ReadingRules
from iact.dl3.units import EV_PER_TEV
from iact.errors import ConfigError

#: Explains every key; checked, but not a collection.
EXAMPLE = "example.yaml"
SITES = "sites.yaml"


def read_folders(
    folders: Sequence[Path],
) -> tuple[tuple[Collection, ...], Mapping[str, Site]]:
    """Read the collections and sites of all folders.

    Parameters
    ----------
    folders
        All but the first may be absent; later ones win.

    Returns
    -------
    collections, sites
        In matching order; by name.

    Raises
    ------
    ConfigError
        A file is wrong, a site is unknown, or a name stands twice in one folder.
    """
    present = [folder for folder in folders if folder == folders[0] or folder.is_dir()]
    sites: dict[str, Site] = {}
    for folder in present:
        if (folder / SITES).is_file():
            sites.update(read_sites(folder / SITES))
    chosen: dict[str, Collection] = {}
    for folder in reversed(present):
        for name, collection in _read_folder(folder, sites).items():
            chosen.setdefault(name, collection)
    return tuple(chosen.values()), sites


def read_sites(path: Path) -> dict[str, Site]:
    """Read a file of sites.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        Sites by name.

    Raises
    ------
    ConfigError
        The file is wrong.
    """
    sites = configfile.read(path, "sites")["sites"]
    return {name: Site(name=name, **values) for name, values in sites.items()}


def read_collection(path: Path, sites: Mapping[str, Site]) -> Collection:
    """Read one collection.

    Parameters
    ----------
    path
        The file.
    sites
        Those that may be named.

    Returns
    -------
    Collection
        What the file says.

    Raises
    ------
    ConfigError
        The file is wrong.
    """
    values = configfile.read(path, "collection")
    site = values.get("site", "")
    if site and site not in sites:
        raise ConfigError(
            path, "site", f"{site!r} is no known site: {configfile.suggestion(site, list(sites))}"
        )
    match = values.pop("match")
    collection = Collection(
        rules=_rules(path, values.pop("reading", {})),
        processing=Processing(**values.pop("processing", {})),
        release_date=_date(path, "", values),
        references=tuple(values.pop("references", ())),
        proposals=_proposals(path, values.pop("proposals", {})),
        match=Match(tuple(map(_condition, match if isinstance(match, list) else [match]))),
        **values,
    )
    _check_hiding(path, collection)
    return collection


def _check_hiding(path: Path, collection: Collection) -> None:
    """See that nothing is hidden without a date at which it is seen."""
    places = [("", collection.hide_until_release, collection.rights())]
    for name, proposal in collection.proposals.items():
        hides = bool(proposal.hide_until_release)
        places.append((f"proposals.{name}.", hides, collection.rights(name)))
    for prefix, hides, rights in places:
        # What is public is not hidden by what its collection says of all others.
        if rights.hidden_until == NEVER or (hides and rights.release_date is None):
            raise ConfigError(
                path,
                f"{prefix}hide_until_release",
                "is true, here or for the whole collection, and there is no release_date: the"
                " observations would stay hidden for ever. Give a release_date (9999-12-31 if"
                " that is meant), or hide_until_release: false",
            )


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are read, by name; not what editors leave beside them.

    Raises
    ------
    ConfigError
        The folder cannot be read.
    """
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
        )
    except OSError as exc:
        raise ConfigError(folder, "", f"the folder cannot be read: {exc.strerror}") from exc


def _read_folder(folder: Path, sites: Mapping[str, Site]) -> dict[str, Collection]:
    found: dict[str, Collection] = {}
    origin: dict[str, str] = {}
    for path in files_in(folder):
        if path.name == SITES:
            continue
        collection = read_collection(path, sites)
        if path.name == EXAMPLE:
            continue
        name = collection.name
        if name in found:
            raise ConfigError(path, "name", f"{name!r} is already the name in {origin[name]}")
        found[name], origin[name] = collection, path.name
    return found


def _rules(path: Path, values: dict[str, Any]) -> ReadingRules:
    low, high = values.pop("energy_min_TeV", None), values.pop("energy_max_TeV", None)
    if low is not None and high is not None and low >= high:
        raise ConfigError(
            path, "reading.energy_max_TeV", f"is {high}: expected more than energy_min_TeV, {low}"
        )
    return ReadingRules(
        energy_min_eV=None if low is None else low * EV_PER_TEV,
        energy_max_eV=None if high is None else high * EV_PER_TEV,
        **values,
    )


def _proposals(path: Path, proposals: dict[str, dict[str, Any]]) -> dict[str, Proposal]:
    return {
        name: Proposal(
            proposal_id=name, release_date=_date(path, f"proposals.{name}.", values), **values
        )
        for name, values in proposals.items()
    }


def _date(path: Path, prefix: str, values: dict[str, Any]) -> datetime | None:
    text = values.pop("release_date", None)
    return None if text is None else configfile.utc(path, f"{prefix}release_date", text)


def _condition(values: dict[str, Any]) -> Condition:
    return Condition(
        paths=tuple(values.get("paths", ())),
        headers={
            keyword: tuple(map(str, wanted if isinstance(wanted, list) else [wanted]))
            for keyword, wanted in values.get("headers", {}).items()
        },
    )

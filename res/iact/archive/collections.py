"""All collections of an archive, and which one a file belongs to.

A collection is one YAML file below ``res/instruments/`` or in the operator's own
folder; ``example.yaml`` explains every key.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iact.archive.collection import (
    Collection,
    Condition,
    Match,
    Processing,
    Proposal,
    Rights,
    Site,
    header_text,
)
from iact.archive.collectionfile import read_folders
from iact.dl3.observation import ReadingRules

__all__ = [
    "INSTRUMENTS",
    "Collection",
    "CollectionSet",
    "Condition",
    "Match",
    "Processing",
    "Proposal",
    "Rights",
    "Site",
]

#: The ready-made collections.
INSTRUMENTS = Path(__file__).resolve().parents[2] / "instruments"


@dataclass(frozen=True)
class CollectionSet:
    """All collections of an archive, in the order in which they are tried.

    Parameters
    ----------
    collections
        First match wins.
    sites
        By name.
    default_rights
        Of files that no collection fits: the archive's ``rights.default``.
    """

    collections: tuple[Collection, ...]
    sites: Mapping[str, Site] = field(default_factory=dict, hash=False)
    default_rights: str = "proprietary"

    @classmethod
    def load(cls, *folders: Path | str, default_rights: str = "proprietary") -> CollectionSet:
        """Read all collections and sites of some folders.

        Later folders are tried first, and a collection or site of the same name there
        replaces an earlier one; within a folder, files are taken by name.

        Parameters
        ----------
        folders
            `INSTRUMENTS`, then an operator's own. All but the first may be absent.
        default_rights
            For files that no collection fits.

        Returns
        -------
        CollectionSet
            It can be pickled.

        Raises
        ------
        ConfigError
            A file is wrong, a site is unknown, or a name stands twice in one folder.
        """
        collections, sites = read_folders([Path(folder) for folder in folders])
        return cls(collections, sites, default_rights)

    @functools.cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that change when any collection, or their order, does."""
        parts = [collection.digest for collection in self.collections] + [self.default_rights]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the configured collections, in matching order."""
        return tuple(collection.name for collection in self.collections)

    def digest_for(self, name: str) -> str:
        """Return a digest of all that a file's rows take from here.

        Parameters
        ----------
        name
            The collection that the file has.

        Returns
        -------
        str
            It changes when that collection does, or when another might be chosen
            instead. For a name that is not configured: when anything does.
        """
        return self._digests.get(name, self.digest)

    @functools.cached_property
    def _digests(self) -> dict[str, str]:
        tried = hashlib.sha256()
        digests: dict[str, str] = {}
        for collection in self.collections:
            tried.update(repr(collection.match).encode())
            content = collection.digest + tried.hexdigest()
            digests[collection.name] = hashlib.sha256(content.encode()).hexdigest()[:16]
        return digests

    def choose(self, path: str, headers: Mapping[str, object]) -> Collection:
        """Return the collection that a file belongs to.

        Parameters
        ----------
        path
            POSIX, relative to the data root. In globs ``*`` stays within one folder,
            ``**`` does not; a glob without ``/`` fits the file's name in any folder.
        headers
            Of EVENTS, keywords in upper case. Values are compared as text, without
            regard to case; patterns may be globs. A missing keyword fits only the
            empty pattern.

        Returns
        -------
        Collection
            The first that fits; else one made of TELESCOP and INSTRUME.
        """
        for collection in self.collections:
            if collection.match.fits(path, headers):
                return collection
        return self._generic(self._generic_name(headers), headers)

    def rules(self, path: str, headers: Mapping[str, object]) -> tuple[str, ReadingRules]:
        """Return name and reading rules of the collection that `choose` gives."""
        collection = self.choose(path, headers)
        return collection.name, collection.rules

    def by_name(self, name: str, headers: Mapping[str, object] | None = None) -> Collection:
        """Return a collection that `choose` named before.

        Parameters
        ----------
        name
            Of a configured collection, or one made of headers.
        headers
            TELESCOP and INSTRUME, for the latter.

        Returns
        -------
        Collection
            The same as `choose` gave, if the headers are the same.
        """
        for collection in self.collections:
            if collection.name == name:
                return collection
        return self._generic(name, headers or {})

    def _generic_name(self, headers: Mapping[str, object]) -> str:
        text = re.sub(r"[^A-Z0-9._+-]+", "-", header_text(headers, "TELESCOP").upper())
        name = text.strip("._+-")[:58] or "UNKNOWN"
        # Files must not slip into a collection whose match they do not fit.
        taken = {known.upper() for known in self.names}
        return f"{name}-OTHER" if name in taken else name

    def _generic(self, name: str, headers: Mapping[str, object]) -> Collection:
        telescope = header_text(headers, "TELESCOP")
        return Collection(
            name=name,
            title=f"Files of {telescope}" if telescope else "Files that name no telescope",
            facility_name=telescope,
            instrument_name=header_text(headers, "INSTRUME"),
            data_rights=self.default_rights,
        )

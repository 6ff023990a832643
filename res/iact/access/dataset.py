"""What there is for an observation, as the tables have it, and at which addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from iact.access.decision import Rights
from iact.access.ondisk import file_below


@dataclass(frozen=True)
class StoredFile:
    """A file of a data root, as ingestion read it.

    Parameters
    ----------
    data_root, path
        Where the file is.
    size, mtime_ns
        In bytes; time of the last change, ns since 1970-01-01 UTC.
    sha256
        Hexadecimal digest of its bytes.
    """

    data_root: str
    path: str
    size: int
    mtime_ns: int
    sha256: str

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition("/")[2]

    def on_disk(self, roots: Mapping[str, Path]) -> Path | None:
        """Return where it is now, as `file_below` does.

        Parameters
        ----------
        roots
            Folders of the data roots that are registered, by their names.
        """
        return file_below(roots.get(self.data_root), self.path)


@dataclass(frozen=True)
class StoredProduct:
    """A product as the tables have it.

    Parameters
    ----------
    did
        Its identifier.
    kind
        One of `iact.dl3.observation.KINDS`.
    hdu, hdu_number, hdu_class
        Name, position and GADF class of the HDU in its file; empty, 0 and empty for the
        package.
    size
        In bytes: of the file on disk for the package, of the uncompressed HDU otherwise.
    sha256
        Hexadecimal digest of what `size` counts, when it was read.
    media_type
        With which it is sent, compressed or not.
    file
        What holds it. Responses may lie in another file than the event list, which several
        observations share.
    """

    did: str
    kind: str
    hdu: str
    hdu_number: int
    hdu_class: str
    size: int
    sha256: str
    media_type: str
    file: StoredFile

    @property
    def unchanged(self) -> bool:
        """False where ingestion has met other content at the package's place since."""
        return self.kind != "package" or self.sha256 == self.file.sha256


@dataclass(frozen=True)
class Dataset:
    """An observation's event list and all that belongs to it.

    Parameters
    ----------
    did
        Identifier that it was asked for by: that of any of its products, for profile hea
        has rows for responses too.
    kind
        Which product that is.
    collection, obs_id, event_type
        Key of the observation.
    title
        Of the observation.
    rights
        The rule for all its products.
    products
        By kind; there is always a package.
    """

    did: str
    kind: str
    collection: str
    obs_id: str
    event_type: str
    title: str
    rights: Rights
    products: dict[str, StoredProduct]

    @property
    def package(self) -> StoredProduct:
        """The whole file with the event list."""
        return self.products["package"]

    @property
    def has_responses(self) -> bool:
        """Whether the event list's file holds instrument responses beside it."""
        return any(
            product.file == self.package.file
            for kind, product in self.products.items()
            if kind not in ("package", "events", "gti")
        )

    def file_name(self, kind: str) -> str:
        """Return the last part of a product's URL.

        A package has the name of its file, other products that of their kind, as
        ``aeff.fits.gz``: clients choose by the end of the name how they open it.
        """
        if kind == "package":
            return self.package.file.name
        return self.free_name(f"{kind}.fits.gz")

    def free_name(self, name: str) -> str:
        """Return the name of something made for the dataset, which is not the package's."""
        return name if name != self.package.file.name else f"made-{name}"

    def url_path(self, name: str) -> str:
        """Return the path of a file's URL on the server, percent-encoded.

        Where an observation is split into several lists, their label stands before the
        file's name, as it does in identifiers: the lists' files may have the same name.

        Parameters
        ----------
        name
            As `file_name` or `free_name` give it.
        """
        return self._folder + quote(name, safe="")

    @cached_property
    def _folder(self) -> str:
        split = (self.event_type,) if self.event_type else ()
        parts = (self.collection, self.obs_id, *split)
        return "".join(("/dl3/", *(f"{quote(part, safe='')}/" for part in parts)))

"""Finding datasets and their products in the database, with the rule of their rights."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from iact.access.decision import Rights
from iact.access.prepared import execute

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


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
        return PurePosixPath(self.path).name

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
        split = (self.event_type,) if self.event_type else ()
        parts = (self.collection, self.obs_id, *split, name)
        return "/dl3/" + "/".join(quote(part, safe="") for part in parts)


#: What `collected` wants of each product of the datasets asked for, and where it comes from.
COLUMNS = (
    "asked.obs_publisher_did, asked.kind, asked.obs_collection, asked.obs_id,"
    " asked.event_type, o.obs_title, o.data_rights, o.obs_release_date,"
    " coalesce(o.rights_group, ''), coalesce(l.open_previews, false),"
    " p.obs_publisher_did, p.kind, coalesce(p.hdu, ''), p.hdu_number,"
    " coalesce(p.hdu_class, ''), p.content_length, p.sha256, p.content_type,"
    " f.data_root, f.path, f.content_length, f.mtime_ns, f.sha256"
)
TABLES = (
    "cta.product AS asked"
    " JOIN cta.product AS p USING (obs_collection, obs_id, event_type)"
    " JOIN cta.obscore_row AS o USING (obs_collection, obs_id, event_type)"
    " JOIN cta.source_file AS f ON (f.data_root, f.path) = (p.data_root, p.path)"
    " LEFT JOIN cta.collection AS l ON l.obs_collection = o.obs_collection"
)
_SELECT = f"SELECT {COLUMNS} FROM {TABLES}"


def datasets_of(connection: Any, dids: Sequence[str]) -> dict[str, Dataset]:
    """Return each dataset that is known, by the identifier it was asked for, in one query."""
    wanted = askable(dids)
    query = f"{_SELECT} WHERE asked.obs_publisher_did = ANY(%s)"
    return _query(connection, "datasets", query, (wanted,))


def askable(dids: Iterable[str]) -> list[str]:
    """Return the identifiers that the database can be asked for.

    PostgreSQL has no texts with NUL or lone surrogates, and the driver refuses to ask for one.
    """
    return [did for did in dids if not _NO_TEXT.search(did)]


def dataset_by_key(
    connection: Any, collection: str, obs_id: str, event_type: str = ""
) -> Dataset | None:
    """Return the dataset of an observation; None where there is none.

    Parameters
    ----------
    connection
        To the database.
    collection, obs_id, event_type
        Key of the observation.
    """
    found = _query(
        connection,
        "dataset_by_key",
        f"{_SELECT} WHERE asked.kind = 'events'"
        " AND (asked.obs_collection, asked.obs_id, asked.event_type) = (%s, %s, %s)",
        (collection, obs_id, event_type),
    )
    return next(iter(found.values()), None)


def provenance_of(connection: Any, dataset: Dataset) -> str | None:
    """Return the record of a dataset's making, PROV-JSON; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prov_json FROM cta.provenance"
            " WHERE (obs_collection, obs_id, event_type) = (%s, %s, %s)",
            (dataset.collection, dataset.obs_id, dataset.event_type),
        )
        found = cursor.fetchone()
    return None if found is None else str(found[0])


def file_below(root: Path | None, path: str) -> Path | None:
    """Return where a product's file is on disk.

    Parameters
    ----------
    root
        The folder of its data root; None where that is not registered any more.
    path
        Relative to it.

    Returns
    -------
    pathlib.Path or None
        Without symbolic links below the root; None where it is not a plain file inside it. A
        link that has come in the file's place after ingestion must not lead out of it.
    """
    if root is None:
        return None
    here, mode = os.fspath(root), 0
    try:
        for part in PurePosixPath(path).parts:
            here = f"{here}/{part}"
            mode = os.lstat(here).st_mode
            if stat.S_ISLNK(mode) or part == "..":
                return _resolved(root, path)
    except (OSError, ValueError):
        # Gone, closed, or no name of a file.
        return None
    return Path(here) if stat.S_ISREG(mode) else None


def _resolved(root: Path, path: str) -> Path | None:
    try:
        found = (root / path).resolve(strict=True)
        inside = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, RuntimeError):
        # Gone, closed, or a link that leads to itself.
        return None
    return found if inside else None


def collected(rows: Iterable[Sequence[Any]]) -> dict[str, Dataset]:
    """Return datasets by the identifier asked for.

    Parameters
    ----------
    rows
        Each begins with `COLUMNS`.
    """
    found: dict[str, Dataset] = {}
    for row in rows:
        did, kind, collection, obs_id, event_type, title = row[:6]
        if did not in found:
            rights = Rights(*row[6:10])
            found[did] = Dataset(did, kind, collection, obs_id, event_type, title, rights, {})
        product = StoredProduct(*(*row[10:18], StoredFile(*row[18:23])))
        found[did].products[product.kind] = product
    return found


def _query(connection: Any, name: str, query: str, values: Sequence[object]) -> dict[str, Dataset]:
    with connection.cursor() as cursor:
        execute(cursor, name, query, values)
        return collected(cursor)

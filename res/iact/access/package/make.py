"""From datasets to the manifest of their package, and whether a package still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iact.access.checked import Checked
from iact.access.decision import Identity, decide
from iact.access.lookup import datasets_of
from iact.access.package import documents, indexes
from iact.access.package.choice import Choice, Roots, check_file, files_of
from iact.access.package.manifest import Manifest
from iact.access.package.names import data_name
from iact.access.package.tar import FileChanged

#: Observations that a package may have. Its length is no concern: it is nowhere.
MOST = 10_000


class NotAllowed(Exception):
    """Whoever asks may not have all of a package; the message says why."""


class Outdated(Exception):
    """The archive has other files than a package was made from; the message says what to do."""


def make_manifest(connection: Any, choice: Choice, archive: str, asked: str) -> Manifest:
    """Return the manifest of what was chosen.

    The same datasets, files and reasons give the same manifest whoever asks, and whenever.

    Parameters
    ----------
    connection
        As for `iact.access.package.choice.choose`.
    choice
        With one dataset at least.
    archive
        Name of the archive.
    asked
        What was asked for, for people.
    """
    datasets = choice.datasets
    # Responses that observations share are in the package once.
    names = {file: data_name(file) for found in datasets.values() for file in files_of(found)}
    files = tuple((name, file) for file, name in sorted(names.items(), key=lambda item: item[1]))
    numbers = indexes.numbers_of(list(datasets))
    rows = indexes.observation_rows(connection, list(datasets))
    made = [
        (
            "README.txt",
            documents.readme(archive, asked, len(datasets), len(files), len(choice.left_out)),
        ),
        ("LEFT-OUT.txt", documents.left_out_list(choice.left_out)),
        *documents.terms_of_use(connection, {collection for collection, _, _ in datasets}),
        ("obs-index.fits.gz", indexes.obs_index(numbers, rows)),
        ("hdu-index.fits.gz", indexes.hdu_index(numbers, datasets, names)),
    ]
    made.append(("SHA256SUMS", documents.checksums(made, files)))
    dids = tuple(dataset.products["events"].did for dataset in datasets.values())
    return Manifest(dids, tuple(made), files)


def check_package(
    connection: Any,
    manifest: Manifest,
    identity: Identity,
    now: datetime,
    roots: Roots,
    checked: Checked,
) -> None:
    """Check that somebody may have every byte of a package, and that the archive still has it.

    A package is sent as it was described, or not at all: to leave out a file that is not
    allowed any more would give other bytes under the same address and length.

    Parameters
    ----------
    connection, identity, now, roots, checked
        As for `iact.access.package.choice.choose`.
    manifest
        Of the package.

    Raises
    ------
    NotAllowed
        Because of the rights of one dataset at least.
    Outdated
        Because of datasets or files that are gone or have changed.
    """
    found = datasets_of(connection, manifest.dids)
    refused = [
        (did, decision.told)
        for did, dataset in found.items()
        if not (decision := decide(identity, dataset.rights, now)).allowed
    ]
    if refused:
        did, reason = min(refused)
        raise NotAllowed(
            f"{len(refused)} of the {len(manifest.dids)} datasets in this package are not open to"
            f" you, such as {did}: {reason} Ask for a package of your own with the same query or"
            " identifiers; what you may not have will be left out."
        )
    if missing := sorted(set(manifest.dids) - set(found)):
        raise Outdated(_outdated(f"{missing[0]} is not in the archive any more", len(missing)))
    current = {file for dataset in found.values() for file in files_of(dataset)}
    changed = [did for did, dataset in found.items() if not dataset.package.unchanged]
    changed += [file.name for _, file in manifest.files if file not in current]
    if changed:
        raise Outdated(_outdated(f"{min(changed)} is not what it was", len(changed)))
    for _, file in manifest.files:
        try:
            check_file(file, roots, checked)
        except FileChanged as error:
            raise Outdated(_outdated(str(error), 1)) from error


def _outdated(what: str, count: int) -> str:
    others = f", and {count - 1} more" if count > 1 else ""
    return f"The archive has changed since this package was made: {what}{others}. Ask for it anew."


def dids_of(connection: Any, keys: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """Return the identifiers of observations that are named by their keys.

    Parameters
    ----------
    connection
        As for `iact.access.package.choice.choose`.
    keys
        obs_collection, obs_id and event_type; where the latter is None, all event lists of
        the observation are meant.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.obs_publisher_did FROM cta.product AS p"
            " JOIN unnest(%s::text[], %s::text[], %s::text[])"
            " AS k (obs_collection, obs_id, event_type)"
            " ON (p.obs_collection, p.obs_id) = (k.obs_collection, k.obs_id)"
            " AND p.event_type = coalesce(k.event_type, p.event_type)"
            " WHERE p.kind = 'events' ORDER BY 1",
            [list(part) for part in zip(*keys, strict=True)] if keys else [[], [], []],
        )
        return [did for (did,) in cursor]

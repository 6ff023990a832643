"""Which of the datasets that are asked for go into a package, and why others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from iact.access.checked import Checked, open_plain, state_of
from iact.access.dataset import Dataset, StoredFile
from iact.access.decision import Identity, decide
from iact.access.lookup import datasets_of
from iact.access.package.indexes import Key, key_of
from iact.access.package.tar import FileChanged

#: Data roots that are registered: folders by name.
Roots = Mapping[str, Path]


@dataclass
class Choice:
    """What of a list of identifiers can go into a package.

    Parameters
    ----------
    datasets
        By key, sorted by it.
    left_out
        Identifiers with the reason for each.
    refused
        Those of them that are left out because of their rights, with advice for whoever asks.
    broken
        Those of them whose files cannot be sent now.
    """

    datasets: dict[Key, Dataset] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def choose(
    connection: Any,
    dids: Sequence[str],
    identity: Identity,
    now: datetime,
    roots: Roots,
    checked: Checked,
) -> Choice:
    """Return what somebody may have of some datasets.

    Parameters
    ----------
    connection
        To the database, as the role that sees no hidden observations.
    dids
        Identifiers of any products; the whole dataset of each is meant.
    identity
        Who asks.
    now
        Naive, in UTC.
    roots, checked
        Where files are; what is known of them.
    """
    choice = Choice()
    known = datasets_of(connection, dids)
    for did in sorted(set(dids)):
        dataset = known.get(did)
        if dataset is None:
            choice.left_out[did] = "There is no such dataset in this archive."
            continue
        decision = decide(identity, dataset.rights, now)
        if not decision.allowed:
            choice.left_out[did] = decision.reason
            choice.refused[did] = decision.advice
        elif reason := _defect(dataset, roots, checked):
            choice.left_out[did] = reason
            choice.broken.add(did)
        else:
            choice.datasets[key_of(dataset)] = dataset
    choice.datasets = dict(sorted(choice.datasets.items()))
    return choice


def files_of(dataset: Dataset) -> set[StoredFile]:
    """Return all files that hold a dataset's products."""
    return {product.file for product in dataset.products.values()}


def _defect(dataset: Dataset, roots: Roots, checked: Checked) -> str:
    """Return why a dataset's files cannot be sent; empty where they can."""
    if not dataset.package.unchanged:
        return "Its file has changed since the archive read it."
    for file in sorted(files_of(dataset), key=lambda file: file.path):
        try:
            check_file(file, roots, checked)
        except FileChanged as error:
            return f"{error}."
    return ""


def check_file(file: StoredFile, roots: Roots, checked: Checked) -> Path:
    """Return where a file is.

    A package may have thousands: what has its size and time of change is not read here; its
    checksum is looked at when it is sent. What has another time is read once.

    Raises
    ------
    FileChanged
        It is not there, or not what the archive has read.
    """
    path = file.on_disk(roots)
    try:
        is_same = path is not None and _is_same(file, path, checked)
    except OSError:
        # Gone since it was looked for, or not to be read.
        path = None
    if path is None:
        raise _away(file)
    if not is_same:
        raise FileChanged(f"{file.name} has changed since the archive read it")
    return path


def _is_same(file: StoredFile, path: Path, checked: Checked) -> bool:
    status = path.stat()
    if status.st_size != file.size:
        return False
    known = checked.known_in(state_of(status))
    if known is None and status.st_mtime_ns != file.mtime_ns:
        with open_plain(path) as stream:
            known = checked.sha256(stream)
    return known in (None, file.sha256)


def opened(file: StoredFile, roots: Roots) -> BinaryIO:
    """Open a file for `iact.access.package.tar.Tar.chunks`, which compares it.

    Raises
    ------
    FileChanged
        It is not there, or cannot be opened.
    """
    path = file.on_disk(roots)
    if path is None:
        raise _away(file)
    try:
        return open_plain(path)
    except OSError as error:
        raise _away(file) from error


def _away(file: StoredFile) -> FileChanged:
    return FileChanged(f"The disk with {file.name} cannot be read now")

"""From a request for a cut to the files that it is made from, if whoever asks may have them."""

from gavo import base

from iact.access.decision import decide, utc_now
from iact.access.lookup import datasets_of
from iact.dachs import site
from iact.dachs.products import long_name
from iact.dl3.classify import RESPONSES
from iact.events.faults import Fault, unavailable, usage
from iact.events.reading import shown
from iact.events.task import Response, Source, Task


def task_of(values, selection, asker, target=None):
    """Return the task of one request.

    Parameters
    ----------
    values, selection
        What is asked for, with one ID.
    asker
        Who asks: an `Identity`.
    target
        Where the result goes; None where that is decided later.

    Raises
    ------
    Fault
        There is no such dataset, it is no event list, it is not for whoever asks, or it cannot
        be read now.
    """
    (did,) = values["ID"]
    dataset = dataset_for(did, asker)
    if dataset.kind not in ("events", "package"):
        raise usage(
            f"{shown(did, 200)} is no event list but a product of another kind ({dataset.kind});"
            " download it by its link, or ask with the identifier of the events."
        )
    if not dataset.package.unchanged:
        raise unavailable("The file has changed since the archive read it; ask the operator.")
    roots = site.current().roots
    return Task(
        did,
        dataset.event_type,
        _source(dataset.package.file, roots),
        values,
        target,
        # As they are configured now.
        site.collections().by_name(dataset.collection).rules,
        tuple(
            Response(kind, product.hdu_number, _source(product.file, roots))
            for kind, product in dataset.products.items()
            if kind in RESPONSES and product.file != dataset.package.file and selection.wants(kind)
        ),
        label_of(dataset),
    )


def label_of(dataset):
    """Return what the names of files begin with that are cut out of a dataset."""
    return long_name(dataset, "cut")


def dataset_for(did, asker):
    """Return a dataset that somebody may have now.

    Raises
    ------
    Fault
        There is none, or it is not for whoever asks.
    """
    with base.getTableConn() as connection:
        dataset = datasets_of(connection, [did]).get(did)
    if dataset is None:
        raise Fault("UsageError", 404, f"There is no dataset {shown(did, 200)} in this archive.")
    decision = decide(asker, dataset.rights, utc_now())
    if not decision.allowed and asker.name:
        raise Fault("AuthorizationError", 403, decision.told)
    if not decision.allowed:
        raise Fault("AuthenticationError", 401, decision.told)
    return dataset


def _source(file, roots):
    path = file.on_disk(roots)
    if path is None:
        raise unavailable(f"{file.name} is in the archive, but its disk cannot be read now.")
    return Source(path, file.name, file.sha256)

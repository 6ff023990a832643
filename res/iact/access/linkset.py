"""What a request for links is answered with, before it is written as VOTable or page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from iact.access import descriptors
from iact.access.datalink import document
from iact.access.elsewhere import Elsewhere
from iact.access.link import Accesses, Link
from iact.access.linked import Linked
from iact.access.links import links_elsewhere, links_of, not_found, not_looked_up

#: Identifiers that one request is answered for; the rest is left to the next (DataLink 1.1,
#: section 2.1.1). A document with so many has some 20 MB.
MOST_IDENTIFIERS = 2000


@dataclass(frozen=True)
class Group:
    """The links of one dataset.

    Parameters
    ----------
    did
        As it was sent.
    title
        Of the dataset; empty where it is not known.
    links
        At least one.
    """

    did: str
    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class LinkSet:
    """The links of all datasets that were asked for.

    Parameters
    ----------
    groups
        In the order of the request.
    descriptors
        Of the services that links name, as XML.
    overflow
        A sentence about identifiers that are not answered; empty where all are.
    """

    groups: tuple[Group, ...]
    descriptors: tuple[str, ...]
    overflow: str

    def as_votable(self) -> str:
        """Return the DataLink document."""
        return document(
            (link for group in self.groups for link in group.links), self.descriptors, self.overflow
        )


def chosen(dids: Sequence[str]) -> list[str]:
    """Return the identifiers that a request is answered for, each once."""
    return list(dict.fromkeys(dids))[:MOST_IDENTIFIERS]


def link_set(
    dids: Sequence[str],
    known: Mapping[str, Linked],
    elsewhere: Mapping[str, Elsewhere] | None,
    accesses_of: Callable[[Linked], Accesses],
    server_url: str,
    most_links: int | None = None,
) -> LinkSet:
    """Return what a request is answered with.

    Parameters
    ----------
    dids
        Identifiers as they were sent.
    known
        Those of ours, by identifier.
    elsewhere
        Those of other resources; None where these could not be asked.
    accesses_of
        How whoever asks gets to a dataset's files and previews.
    server_url
        Address of the server, without a slash at the end.
    most_links
        MAXREC of the request: datasets are left out whose links would be more.
    """
    wanted = chosen(dids)
    with_limits = len(wanted) <= descriptors.MOST_WITH_LIMITS
    groups: list[Group] = []
    described: list[str] = []
    count = 0
    has_cuts = False
    for number, did in enumerate(wanted, 1):
        linked = known.get(did)
        if linked is None:
            group = Group(did, *_others(did, elsewhere))
        else:
            services = descriptors.services(number if with_limits else None)
            links = links_of(linked, accesses_of(linked), server_url, services)
            group = Group(did, linked.dataset.title, tuple(links))
        count += len(group.links)
        if most_links is not None and count > most_links:
            break
        groups.append(group)
        if linked is not None and any(link.service_def for link in group.links):
            has_cuts = True
            if with_limits:
                described += descriptors.own_descriptors(linked, number, server_url)
    if has_cuts and not with_limits:
        described += descriptors.common_descriptors(server_url)
    left_out = len(dict.fromkeys(dids)) - len(groups)
    return LinkSet(tuple(groups), tuple(described), _overflow(left_out, len(groups)))


def _others(did: str, elsewhere: Mapping[str, Elsewhere] | None) -> tuple[str, tuple[Link, ...]]:
    if elsewhere is None:
        return "", (not_looked_up(did),)
    if did in elsewhere:
        return elsewhere[did].title, tuple(links_elsewhere(elsewhere[did]))
    return "", (not_found(did),)


def _overflow(left_out: int, answered: int) -> str:
    if not left_out:
        return ""
    if not answered:
        return "MAXREC is less than the number of links of the first dataset, which are not cut."
    return (
        f"The links of the first {answered} datasets are complete; {left_out} more were asked for."
        f" Ask for these in requests of up to {MOST_IDENTIFIERS} identifiers."
    )

"""The one function that decides who may read a product.

Links, files, previews, cuts and packages ask it at each request, with the groups that somebody
is in at that moment. DaCHS's own services (getproduct, dlget, getTar) have nothing to ask about:
no file of the archive is in their table dc.products.

What tables tell of rights (data_rights in rd/views.rd, link_auth in rd/taplinks.rd) repeats in
SQL which data are open to everybody. Nothing is given out because of it; a new rule has to be
told there, too.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime


@dataclass(frozen=True)
class Identity:
    """Who asks.

    Parameters
    ----------
    name
        Empty for somebody who has not signed in.
    groups
        Groups that the archive knows them to be a member of.
    """

    name: str = ""
    groups: Container[str] = frozenset()


#: Somebody who has not signed in.
ANYBODY = Identity()


@dataclass(frozen=True)
class Rights:
    """The rule that is stored with a product.

    Parameters
    ----------
    data_rights
        ``public``, ``secure`` (any login) or ``proprietary``; anything else is taken for
        proprietary.
    release_date
        Naive, in UTC: from then on the product is public. None: no such date.
    group
        Who may read proprietary data; empty: nobody. Names of users do not count: an owner is
        a group with one member.
    open_previews
        Whether everybody may see pictures of the data, whatever the rest says.
    """

    data_rights: str
    release_date: datetime | None
    group: str
    open_previews: bool = False

    @property
    def of_previews(self) -> Rights:
        """The rule for pictures of the data: theirs, unless the collection opens them."""
        if self.open_previews:
            return replace(self, data_rights="public", release_date=None)
        return self


@dataclass(frozen=True)
class Decision:
    """The answer.

    Parameters
    ----------
    allowed
        Whether they may.
    reason
        A sentence that is the same for all who get this answer, and may be kept.
    advice
        A sentence for whoever asked alone; may be empty.
    """

    allowed: bool
    reason: str
    advice: str = ""

    @property
    def told(self) -> str:
        """All that is said to whoever asked."""
        return f"{self.reason} {self.advice}".rstrip()


def utc_now() -> datetime:
    """Return the moment to decide for: naive, in UTC, as the tables have their dates."""
    return datetime.now(UTC).replace(tzinfo=None)


def decide(identity: Identity, rights: Rights, now: datetime) -> Decision:
    """Decide whether somebody may read a product.

    A date to come holds whatever the rule says: "public" with a future date is proprietary
    until then. No date with "secure" or "proprietary" means never, as in ObsCore. The group of
    secure data does not narrow who may read them.

    Parameters
    ----------
    identity
        Who asks.
    rights
        The product's rule.
    now
        Naive, in UTC.
    """
    if rights.release_date is None:
        if rights.data_rights == "public":
            return Decision(True, "The data are public.")
    elif rights.release_date <= now:
        return Decision(True, f"The data are public since {rights.release_date:%Y-%m-%d}.")
    until = f" until {rights.release_date:%Y-%m-%dT%H:%M:%SZ}" if rights.release_date else ""
    if rights.data_rights == "secure":
        if identity.name:
            return Decision(True, "The data are open to all who have signed in.")
        reason = f"The data are open only to those who have signed in{until}."
        return Decision(False, reason, "Sign in by HTTP Basic.")
    if identity.name and rights.group and rights.group in identity.groups:
        return Decision(True, f"The data are open to the group {rights.group}.")
    advice = "Sign in by HTTP Basic if you may have them."
    if identity.name:
        advice = f"{identity.name} is in no group that may have them."
    return Decision(False, f"The data are proprietary{until}.", advice)

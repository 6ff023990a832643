"""Users of the live archive for as long as a test needs them."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.livearchive import LiveArchive

#: Who may read the proprietary runs of the simulated data challenge.
GROUP = "sim-crab"
#: A member of that group, as long as the tests run.
MEMBER = "test-member"


@dataclass(frozen=True)
class Person:
    """A user with a password.

    Parameters
    ----------
    name
        Empty for somebody who does not sign in.
    password
        As it is sent.
    """

    name: str = ""
    # A dash at its beginning would be an option of DaCHS's command.
    password: str = field(default_factory=lambda: f"p{secrets.token_urlsafe(24)}")

    @property
    def auth(self) -> tuple[str, str] | None:
        """What clients of HTTP Basic take."""
        return (self.name, self.password) if self.name else None

    @property
    def headers(self) -> dict[str, str]:
        """The header that HTTP Basic makes of it (RFC 7617)."""
        return {"Authorization": f"Basic {self.basic}"} if self.name else {}

    @property
    def basic(self) -> str:
        """Name and password as they travel."""
        return base64.b64encode(f"{self.name}:{self.password}".encode()).decode()

    def refusal(self, until: str = "") -> str:
        """What they hear of proprietary data that are not for them."""
        advice = "Sign in by HTTP Basic if you may have them."
        if self.name:
            advice = f"{self.name} is in no group that may have them."
        return f"The data are proprietary{until}. {advice}"


NOBODY = Person()


@contextmanager
def signed_up(
    archive: LiveArchive, name: str, *groups: str, password: str = ""
) -> Iterator[Person]:
    """Have a user in some groups, besides the one that DaCHS makes of each user's name."""
    person = Person(name, password) if password else Person(name)
    salt = os.urandom(16)
    # As DaCHS stores passwords; its own command takes a second and more for each user.
    digest = hashlib.scrypt(person.password.encode(), salt=salt, n=4, r=8, p=1)
    archive.sql(
        "INSERT INTO dc.users (username, password, remarks) VALUES (%s, %s, 'of a test')",
        (name, "scrypt:" + base64.b64encode(salt + digest).decode()),
    )
    try:
        for group in (name, *groups):
            join(archive, name, group)
        yield person
    finally:
        remove(archive, name)


def remove(archive: LiveArchive, name: str) -> None:
    """Remove a user, as `dachs adm deluser` does."""
    archive.sql("DELETE FROM dc.groups WHERE username = %s", (name,))
    archive.sql("DELETE FROM dc.users WHERE username = %s", (name,))


def join(archive: LiveArchive, name: str, group: str) -> None:
    """Make a user a member of a group."""
    archive.sql("INSERT INTO dc.groups (username, groupname) VALUES (%s, %s)", (name, group))


def leave(archive: LiveArchive, name: str, group: str) -> None:
    """Take a user out of a group."""
    archive.sql("DELETE FROM dc.groups WHERE username = %s AND groupname = %s", (name, group))


def told(person: Person, until: str = "") -> bytes:
    """Return the body of the answer that refuses proprietary data to somebody."""
    return f"{person.refusal(until)}\n".encode()

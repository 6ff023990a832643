"""Asking for cuts at once, and opening them."""

from __future__ import annotations

import io
from typing import Any

import requests
from astropy.io import fits

from service.livearchive import LiveArchive
from service.people import NOBODY, Person

PUBLIC, PROPRIETARY = "101001", "101005"


def event_lists(archive: LiveArchive) -> dict[str, str]:
    """Return identifiers of event lists by obs_id."""
    found = archive.rows("SELECT obs_id, obs_publisher_did FROM cta.vo_obscore")
    return {str(row["obs_id"]): str(row["obs_publisher_did"]) for row in found}


def where_cuts_are(archive: LiveArchive) -> str:
    """Return the address of the service that cuts at once."""
    return f"{archive.url}/cta/dl/soda/dlget"


def ask(address: str, did: str, person: Person = NOBODY, **values: Any) -> requests.Response:
    """Ask for a cut of an event list."""
    return requests.get(address, params={"ID": did, **values}, headers=person.headers, timeout=60)


def opened(answer: requests.Response) -> fits.HDUList:
    """Return the file in an answer; its checksums are verified."""
    assert answer.status_code == 200, answer.text
    return fits.open(io.BytesIO(answer.content), checksum=True)

"""Signed addresses: for some minutes, a path is open to whoever holds its address.

Clients that open plain addresses (gammapy, Aladin, TOPCAT's loaders) get protected files by
them. An address names who asked for it, for whom rights are decided anew at each use, and it
carries an HMAC-SHA256 (RFC 2104) of all the rest of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote_to_bytes, urlencode

from iact.access.decision import Identity

#: How long an address is good.
LIFETIME = timedelta(minutes=15)
#: Name of the parameter that must be in no log.
SIGNATURE = "signature"

_PARAMETERS = ("for", "until", "key", SIGNATURE)
_EPOCH = datetime(1970, 1, 1)


class InvalidSignature(Exception):
    """Why a signed address opens nothing, as a sentence for whoever sent it."""


@dataclass(frozen=True)
class Key:
    """A secret with a name that addresses may tell."""

    name: str
    secret: bytes


def signed(path: str, identity: Identity, now: datetime, key: Key) -> str:
    """Return a path with what opens it for `LIFETIME`.

    Parameters
    ----------
    path
        Of a URL, percent-encoded, as `iact.access.dataset.Dataset.url_path` gives it.
    identity
        Whose rights count when the address is used. The address tells their name.
    now
        Naive, in UTC.
    key
        The newest.

    Raises
    ------
    ValueError
        The identity is that of nobody, or the path has a query.
    """
    if not identity.name:
        raise ValueError("an address can be signed for somebody only")
    if "?" in path:
        raise ValueError(f"{path}: an address with a query cannot be signed")
    until = int((now - _EPOCH + LIFETIME).total_seconds())
    values = (identity.name, str(until), key.name)
    told = urlencode(dict(zip(_PARAMETERS, values, strict=False)), quote_via=quote)
    return f"{path}?{told}&{SIGNATURE}={_digest(path, values, key)}"


def verified(
    path: str, query: Mapping[str, Sequence[str]], now: datetime, keys: Sequence[Key]
) -> str:
    """Return the name of who a signed address is for.

    Parameters
    ----------
    path
        Of the URL, percent-encoded as it came: clients may have encoded it otherwise.
    query
        Values of its parameters, decoded.
    now
        Naive, in UTC.
    keys
        Those in use.

    Raises
    ------
    InvalidSignature
        It is incomplete, altered, expired, or made for another path or with a key that is
        not in use any more.
    """
    found = [query.get(name, ()) for name in _PARAMETERS]
    if any(len(values) != 1 for values in found):
        raise InvalidSignature(
            f"A signed address has each of the parameters {', '.join(_PARAMETERS)} once."
        )
    *values, signature = (values[0] for values in found)
    name, until, key_name = values
    key = next((key for key in keys if key.name == key_name), None)
    # Compared first: only what we have signed ourselves is read any further.
    if key is None or not hmac.compare_digest(
        _digest(path, values, key).encode(), signature.encode()
    ):
        raise InvalidSignature(
            "The signature does not fit this address, or its key is not used any more; get a"
            " new address from the dataset's links."
        )
    if now >= _EPOCH + timedelta(seconds=int(until)):
        raise InvalidSignature(
            "The signed address has expired; get a new one from the dataset's links."
        )
    return name


def _digest(path: str, values: Sequence[str], key: Key) -> str:
    """Return the signature: of the path in one spelling, and of the other parameters."""
    parts = (quote(unquote_to_bytes(part), safe="") for part in path.split("/"))
    # None of these can have a blank, so no two addresses have the same text.
    text = " ".join(("/".join(parts), *(quote(value, safe="") for value in values)))
    return hmac.new(key.secret, text.encode("ascii"), "sha256").hexdigest()

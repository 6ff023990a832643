"""Addresses as logs may have them: without what opens something to whoever reads it.

Signatures, and what comes with sign-in (RFC 6749; OpenID Connect Core 1.0; SAML 2.0 bindings):
codes, tokens, states, passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from iact.access.signing import SIGNATURE

#: Tells whether the name of a parameter is one of those in question.
_Test = Callable[[bytes], bool]
#: Names of parameters that are secret.
_NAMES = frozenset(
    {
        b"code", b"state", b"nonce", b"ticket", b"assertion", b"jwt", b"auth", b"authorization",
        b"pwd", b"pass", b"apikey", b"api_key", b"samlresponse", b"samlrequest", b"relaystate",
        b"session", b"sessionid", b"session_id", b"sid", b"user_code", b"device_code",
    }
)  # fmt: skip
#: What names of others have in them.
_PARTS = (SIGNATURE.encode(), b"token", b"secret", b"passw", b"credential", b"code_verifier")
#: Digits of a signature, each as it is or percent-encoded, as often as somebody likes.
_SIGNATURE = re.compile(rb"(?:[0-9a-f]|%(?:25)*(?:3[0-9]|[46][1-6])){64,}", re.IGNORECASE)
#: Without these in it, an address that has been decoded has no secrets.
_WORDS = (*_PARTS, *_NAMES)
_DIGITS = re.compile(rb"[0-9a-f]{64}")
#: What separates parameters, or makes a second query in the first.
_SEPARATOR = re.compile(rb"([&;?#])")
#: A name and a password before a host (RFC 3986, section 3.2.1).
_LOGIN = re.compile(rb"//[^/?#@:]*:[^/?#@]*@")
#: Of names; what is longer is a text with such a word.
_LONGEST = 40
#: What may be encoded once more in a value that is an address itself.
_DEEPEST = 4


def without_secrets(uri: bytes) -> bytes:
    """Return a URI for logs: with dashes for the secrets in it, and for parts of signatures.

    Parameters
    ----------
    uri
        As somebody sent it.
    """
    if _is_harmless(uri):
        return uri
    return _without(_LOGIN.sub(b"//-@", uri), is_secret)


def without_signatures(uri: bytes) -> bytes:
    """Return a URI without signatures, wherever in it they are; other secrets stay.

    Parameters
    ----------
    uri
        As somebody sent it.
    """
    return uri if _is_harmless(uri) else _without(uri, _is_signature)


def is_secret(name: bytes) -> bool:
    """Tell whether the values of a parameter are secret.

    Parameters
    ----------
    name
        Of the parameter; in any case of letters.
    """
    known = name.strip().lower()
    return known in _NAMES or (len(known) <= _LONGEST and any(part in known for part in _PARTS))


def may_be_logged(name: str, value: object) -> bool:
    """Tell whether a log may have the value of a parameter.

    Parameters
    ----------
    name, value
        Of the parameter, decoded; what is no text is shown as one.
    """
    known = _decoded(name.encode("utf-8", "replace"))
    return not (is_secret(known) or _has(str(value).encode("utf-8", "replace"), is_secret))


# The address of a request is looked at when it comes, and again when it is logged.
@lru_cache(maxsize=16)
def _is_harmless(uri: bytes) -> bool:
    """Tell whether an address has no secret for certain: nearly all have none."""
    decoded = _decoded(uri).lower()
    if b"%" in decoded or b"@" in decoded or _DIGITS.search(decoded):
        return False
    # With what separates parameters, as paths of files have none.
    return not (b"=" in decoded and any(word in decoded for word in _WORDS))


def _is_signature(name: bytes) -> bool:
    return SIGNATURE.encode() in name.lower()


def _without(uri: bytes, is_left_out: _Test) -> bytes:
    # Wherever a signature stands: clients may have encoded what separates parameters.
    path, mark, query = _SIGNATURE.sub(b"-", uri).partition(b"?")
    if not mark:
        # A fragment has no business here, but some clients send it.
        path, mark, query = path.partition(b"#")
    pieces = (_parameter(piece, is_left_out) for piece in _SEPARATOR.split(query))
    return path + mark + b"".join(pieces)


def _parameter(text: bytes, is_left_out: _Test) -> bytes:
    name, _, value = text.partition(b"=")
    if value and (is_left_out(_decoded(name)) or _has(value, is_left_out)):
        return name + b"=-"
    return text


def _has(value: bytes, is_left_out: _Test) -> bool:
    """Tell whether a value is, in the end, an address or a form with such parameters in it."""
    decoded = _decoded(value)
    if b"=" not in decoded:
        return False
    pairs = _SEPARATOR.split(decoded)
    return any(is_left_out(pair.partition(b"=")[0]) for pair in pairs if b"=" in pair)


def _decoded(text: bytes) -> bytes:
    for _ in range(_DEEPEST):
        if b"%" not in text:
            break
        text = unquote_to_bytes(text)
    return text.replace(b"+", b" ")

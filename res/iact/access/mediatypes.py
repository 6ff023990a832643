"""Media types that clients name and are answered with."""

from __future__ import annotations

import re

#: Longer ones are not looked at: the longest that means anything here has some 60.
LONGEST = 200
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,100}"
_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}(?:[ ]*;[ ]*{_TOKEN}=(?:{_TOKEN}|"{_TOKEN}"))*')
#: What is said of content that has no such type (RFC 9110, section 8.3).
UNKNOWN = "application/octet-stream"


def is_one(text: str) -> bool:
    """Tell whether a text is one media type, with parameters that are plain words.

    A header may have a list of types, of which browsers take the last (Fetch Standard, "extract a
    MIME type"); so a client that may say more than one type says which one counts.
    """
    return len(text) <= LONGEST and _TYPE.fullmatch(text) is not None
